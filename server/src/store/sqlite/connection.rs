//! Opening a connection, and bringing the schema up to date.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use crate::store::StoreError;

/// The migrations in order; the version of a database is how many of them it has seen.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_base.sql"),
    include_str!("migrations/0002_backups.sql"),
    include_str!("migrations/0003_sealed_beside.sql"),
    include_str!("migrations/0004_parcels.sql"),
    include_str!("migrations/0005_intake.sql"),
    include_str!("migrations/0006_no_summaries.sql"),
    include_str!("migrations/0007_ledgers.sql"),
];

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { detail: error.to_string() }
            }
            _ => Self::Database(Box::new(error)),
        }
    }
}

/// Opens the connection that writes, and migrates.
pub(super) fn open_writer(path: &Path, max_pages: u64) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What was deleted must not be readable in the file.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    connection.pragma_update(None, "cache_size", -65536)?;
    if max_pages > 0 {
        connection.query_row(&format!("PRAGMA max_page_count = {max_pages}"), [], |_| Ok(()))?;
    }
    connection.set_prepared_statement_cache_capacity(128);
    migrate(&mut connection)?;
    check(&connection, path)?;
    Ok(connection)
}

/// Reads every page of a small file. A large one would hold up the start for minutes:
/// `tsumugi doctor` does that.
fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    const SMALL_BYTES: u64 = 256 * 1024 * 1024;
    if path.metadata().map_or(0, |file| file.len()) > SMALL_BYTES {
        return Ok(());
    }
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(StoreError::Damaged { detail: found }) }
}

/// Opens a connection that reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "cache_size", -16384)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (version, sql) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        // One transaction for each: a cut leaves the version before it, whole.
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Names of the pages and rows that are wrong; empty when the file is sound.
pub(super) fn integrity(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// The value under `key` in the table of single values.
pub(super) fn meta(connection: &Connection, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    Ok(connection.query_row(sql, [key], |row| row.get(0)).optional()?)
}

/// Puts a value that is not there yet, and returns the one that is.
pub(super) fn meta_or_insert(
    connection: &Connection,
    key: &str,
    value: &[u8],
) -> Result<Vec<u8>, StoreError> {
    connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?1, ?2)", (key, value))?;
    meta(connection, key)?.ok_or(StoreError::Missing { what: "a value just written" })
}
