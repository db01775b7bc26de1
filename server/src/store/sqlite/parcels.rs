//! Parcels that a relay holds: opaque bytes by their names.

use rusqlite::{Connection, Row};
use tsumugi_core::{
    id::ParcelId,
    sealed::{Fate, Notice, Parcel},
};

use super::database::SqliteStore;
use crate::store::{Parcels, StoreError, Stored};

fn fate(row: &Row<'_>) -> rusqlite::Result<Option<Fate>> {
    Ok(Fate::from_parts(row.get(0)?, row.get(1)?))
}

fn hold(db: &Connection, parcel: &Parcel) -> Stored<Fate> {
    let id = parcel.id();
    db.prepare_cached("INSERT INTO parcels (id, parcel) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute((id.as_bytes(), parcel.as_bytes()))?;
    db.prepare_cached("SELECT fate, reply FROM parcels WHERE id = ?1")?
        .query_row([id.as_bytes()], fate)?
        .ok_or(StoreError::Missing { what: "the fate of a parcel" })
}

/// What was answered is kept without the parcel: `secure_delete` takes its bytes from the file.
fn settle(db: &Connection, notice: &Notice, now: i64) -> Stored<u64> {
    if notice.fate == Fate::Carried {
        return Ok(0);
    }
    let answered = db
        .prepare_cached(
            "UPDATE parcels SET fate = ?2, reply = ?3, answered = ?4, parcel = x''
             WHERE id = ?1 AND fate = 0",
        )?
        .execute((notice.parcel.as_bytes(), notice.fate.code(), notice.fate.reply(), now))?;
    Ok(answered as u64)
}

/// How many parcels that wait are not those of their names any more.
pub(super) fn changed_parcels(db: &Connection) -> Stored<Vec<String>> {
    let mut select = db.prepare("SELECT id, parcel FROM parcels WHERE fate = 0")?;
    let mut rows = select.query([])?;
    let mut changed = 0_u64;
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?.as_blob().unwrap_or_default();
        let same = Parcel::from_bytes(row.get(1)?).is_ok_and(|parcel| parcel.id().as_bytes() == id);
        changed += u64::from(!same);
    }
    Ok(if changed == 0 { Vec::new() } else { vec![format!("{changed} parcels have changed")] })
}

impl Parcels for SqliteStore {
    fn hold_parcels(&self, parcels: Vec<Parcel>) -> Stored<Vec<Fate>> {
        self.write(move |db| parcels.iter().map(|parcel| hold(db, parcel)).collect())
    }

    fn parcels_to_forward(&self, after: Option<ParcelId>, max_bytes: usize) -> Stored<Vec<Parcel>> {
        self.read(|db| {
            let mut select =
                db.prepare_cached("SELECT parcel FROM parcels WHERE fate = 0 AND id > ?1 ORDER BY id")?;
            let after = after.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
            let mut rows = select.query([after])?;
            let (mut parcels, mut bytes) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let parcel = Parcel::from_bytes(row.get(0)?)
                    .map_err(|error| StoreError::Damaged { detail: error.to_string() })?;
                bytes += parcel.as_bytes().len();
                if bytes > max_bytes && !parcels.is_empty() {
                    break;
                }
                parcels.push(parcel);
            }
            Ok(parcels)
        })
    }

    fn settle_parcels(&self, notices: Vec<Notice>, now: i64) -> Stored<u64> {
        self.write(move |db| {
            notices.iter().try_fold(0, |sum, notice| Ok::<_, StoreError>(sum + settle(db, notice, now)?))
        })
    }

    fn forget_answers(&self, then: i64) -> Stored<()> {
        self.write(move |db| {
            db.execute("DELETE FROM parcels WHERE answered < ?1", [then])?;
            Ok(())
        })
    }

    fn parcel_counts(&self) -> Stored<[u64; 2]> {
        self.read(|db| {
            let count = |sql| db.query_row(sql, [], |row| row.get(0));
            Ok([
                count("SELECT COUNT(*) FROM parcels WHERE fate = 0")?,
                count("SELECT COUNT(*) FROM parcels WHERE answered IS NOT NULL")?,
            ])
        })
    }
}
