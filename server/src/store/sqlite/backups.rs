//! Which backups there are, and the copy that goes into one.

use std::path::Path;

use rusqlite::Connection;
use tsumugi_core::sync::{Backups, Epoch};

use super::{connection, database::SqliteStore};
use crate::{
    keyring,
    store::{BackupLedger, BackupRow, Contents, Start, StoreError, Stored},
};

fn count(db: &Connection, sql: &str) -> Stored<u64> {
    Ok(db.query_row(sql, [], |row| row.get(0))?)
}

impl BackupLedger for SqliteStore {
    fn backup_counts(&self) -> Stored<Backups> {
        self.read(|db| {
            let sql = "SELECT COALESCE(MAX(number), 0), COALESCE(MAX(number) FILTER (WHERE verified IS NOT NULL), 0)
                       FROM backups";
            let mut select = db.prepare_cached(sql)?;
            Ok(select.query_row([], |row| Ok(Backups { begun: row.get(0)?, verified: row.get(1)? }))?)
        })
    }

    fn backups(&self) -> Stored<Vec<BackupRow>> {
        self.read(|db| {
            let mut select = db.prepare_cached(
                "SELECT number, begun, verified, file, bytes FROM backups ORDER BY number DESC",
            )?;
            let rows = select.query_map([], |row| {
                Ok(BackupRow {
                    number: row.get(0)?,
                    begun: row.get(1)?,
                    verified: row.get(2)?,
                    file: row.get(3)?,
                    bytes: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn begin_backup(&self, now: i64) -> Stored<u64> {
        self.write(move |db| {
            db.execute("INSERT INTO backups (begun) VALUES (?1)", [now])?;
            u64::try_from(db.last_insert_rowid()).map_err(|error| StoreError::Database(Box::new(error)))
        })
    }

    fn end_backup(&self, row: BackupRow) -> Stored<()> {
        self.write(move |db| {
            db.execute(
                "UPDATE backups SET verified = ?2, file = ?3, bytes = ?4 WHERE number = ?1",
                (row.number, row.verified, row.file, row.bytes),
            )?;
            Ok(())
        })
    }

    fn copy_to(&self, file: &Path) -> Stored<()> {
        let file = file.to_string_lossy().into_owned();
        // One consistent view, without the pages of what was deleted; writing goes on meanwhile.
        self.copy(|db| Ok(db.execute("VACUUM INTO ?1", [file]).map(drop)?))
    }

    fn contents(&self) -> Stored<Contents> {
        self.read(|db| {
            Ok(Contents {
                surveys: count(db, "SELECT COUNT(*) FROM surveys")?,
                items: count(db, "SELECT COUNT(*) FROM items")?,
                records: count(db, "SELECT COUNT(*) FROM sealed")?,
                responses: count(db, "SELECT COUNT(*) FROM responses")?,
                devices: count(db, "SELECT COUNT(*) FROM devices")?,
                accounts: count(db, "SELECT COUNT(*) FROM accounts")?,
            })
        })
    }

    fn renew_epoch(&self) -> Stored<Epoch> {
        let made = u64::from_le_bytes(keyring::make_bytes()).max(1);
        self.write(move |db| {
            let sql = "INSERT INTO meta (key, value) VALUES ('epoch', ?1)
                       ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            db.execute(sql, [made.to_le_bytes()])?;
            // Devices offer again what others had delivered since the backup: whoever is first must
            // not keep the rest from coming by somebody else.
            db.execute("DELETE FROM actors", [])?;
            db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('restored', x'01')", [])?;
            Ok(())
        })?;
        self.set_epoch(made);
        Ok(Epoch(made))
    }

    fn note_start(&self, seen: u64) -> Stored<Start> {
        const KEY: &str = "starts";
        self.write(move |db| {
            let known = connection::meta(db, KEY)?.and_then(|bytes| bytes.try_into().ok());
            let known = known.map_or(0, u64::from_le_bytes);
            let number = known.max(seen).saturating_add(1);
            db.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (KEY, number.to_le_bytes()),
            )?;
            Ok(Start { number, is_older: known < seen })
        })
    }
}
