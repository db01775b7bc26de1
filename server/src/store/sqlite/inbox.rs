//! The projector's side of the log.

use rusqlite::{Connection, OptionalExtension};
use tsumugi_core::{
    id::{ItemId, ResponseId, SurveyId},
    item::Item,
    sync::Refusal,
};

use super::{
    analysis,
    database::SqliteStore,
    log::{self, ITEM, read_item},
};
use crate::store::{Inbox, Stored, Verdict};

/// Keeps a pending item aside.
pub(super) fn refuse(db: &Connection, id: ItemId, refusal: Refusal) -> Stored<()> {
    db.prepare_cached("UPDATE items SET refusal = ?2 WHERE id = ?1 AND seq IS NULL AND refusal IS NULL")?
        .execute((id.as_bytes(), refusal.to_byte()))?;
    Ok(())
}

fn settle(db: &Connection, verdict: &Verdict) -> Stored<()> {
    log::admit(db, &verdict.admitted)?;
    let mut park = db.prepare_cached("UPDATE items SET parked = 1 WHERE id = ?1")?;
    for id in &verdict.parked {
        park.execute([id.as_bytes()])?;
    }
    for (id, refusal) in &verdict.refused {
        refuse(db, *id, *refusal)?;
    }
    if let Some(state) = &verdict.state {
        analysis::put_response(db, verdict.survey, verdict.response, state)?;
        analysis::replace_row(db, verdict.survey, verdict.response, verdict.row.as_ref())?;
    }
    Ok(())
}

impl Inbox for SqliteStore {
    fn waiting(&self, limit: usize) -> Stored<Vec<(SurveyId, ResponseId)>> {
        self.read(|db| {
            let mut select = db.prepare_cached(
                "SELECT DISTINCT survey, response FROM items
                 WHERE seq IS NULL AND refusal IS NULL AND parked = 0 AND response IS NOT NULL
                 LIMIT ?1",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = select.query_map([limit], |row| {
                Ok((SurveyId::from_bytes(row.get(0)?), ResponseId::from_bytes(row.get(1)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn assignment(&self, response: ResponseId) -> Stored<Option<Item>> {
        self.read(|db| {
            let mut select = db.prepare_cached(&format!(
                "SELECT {ITEM} FROM items
                 WHERE response = ?1 AND kind = 4 AND seq IS NOT NULL
                 ORDER BY arrival LIMIT 1"
            ))?;
            Ok(select.query_row([response.as_bytes()], |row| read_item(row, 0)).optional()?)
        })
    }

    fn settle(&self, verdicts: Vec<Verdict>) -> Stored<()> {
        self.write(move |db| verdicts.iter().try_for_each(|verdict| settle(db, verdict)))
    }

    fn inbox_counts(&self) -> Stored<[u64; 2]> {
        let sql = "SELECT (SELECT COUNT(*) FROM items WHERE seq IS NULL AND refusal IS NULL),
                          (SELECT COUNT(*) FROM items WHERE refusal IS NOT NULL)";
        self.read(|db| Ok(db.prepare_cached(sql)?.query_row([], |row| Ok([row.get(0)?, row.get(1)?]))?))
    }

    fn quarantined(&self, survey: SurveyId) -> Stored<u64> {
        let sql = "SELECT COUNT(*) FROM items WHERE survey = ?1 AND refusal IS NOT NULL";
        self.read(|db| Ok(db.prepare_cached(sql)?.query_row([survey.as_bytes()], |row| row.get(0))?))
    }
}
