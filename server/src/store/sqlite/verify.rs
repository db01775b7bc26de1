//! Contents that SQLite's own check cannot judge: their bytes are there, and are others.

use rusqlite::Connection;
use tsumugi_core::{
    id::{ItemId, SurveyId},
    item::{Item, ItemKind},
    sealed::SealedRecord,
};

use crate::store::Stored;

/// Names of forms whose definition no longer fits: a form's id is that of its item in no survey.
pub(super) fn changed_forms(db: &Connection) -> Stored<Vec<String>> {
    let mut wrong = Vec::new();
    let mut select = db.prepare("SELECT id, CAST(definition AS BLOB) FROM forms")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id = ItemId::from_bytes(row.get(0)?);
        if Item::of_survey(ItemKind::Form, SurveyId::from_bytes([0; 16]), row.get(1)?).id() != id {
            wrong.push(format!("form {id} has changed since it was written"));
        }
    }
    Ok(wrong)
}

/// How many sealed records no longer say what they were filed under. What is inside only the
/// survey's key can judge.
pub(super) fn changed_records(db: &Connection) -> Stored<Option<String>> {
    let mut changed = 0_u64;
    let mut select = db.prepare("SELECT survey, nullifier, stratum, record FROM sealed")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (survey, nullifier, stratum): ([u8; 16], [u8; 32], u16) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let bytes: Vec<u8> = row.get(3)?;
        let fits = SealedRecord::decode(&bytes).is_ok_and(|record| {
            *record.survey().as_bytes() == survey
                && *record.nullifier().as_bytes() == nullifier
                && record.stratum() == stratum
        });
        changed += u64::from(!fits);
    }
    // No nullifier: what an operator copies into a mail must not point at a card.
    Ok((changed > 0).then(|| format!("{changed} sealed records have changed since they were written")))
}
