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
    intake::{self, Shelf},
    log::{self, ITEM, read_item},
};
use crate::store::{Delivery, Inbox, Quotas, Stored, Taking, Verdict};

/// Keeps a pending item aside.
pub(super) fn refuse(db: &Connection, id: ItemId, refusal: Refusal) -> Stored<()> {
    db.prepare_cached(
        "UPDATE items SET refusal = ?2, parked = 0 WHERE id = ?1 AND seq IS NULL AND refusal IS NULL",
    )?
    .execute((id.as_bytes(), refusal.to_byte()))?;
    Ok(())
}

/// Writes a verdict; the items for which there was no room to wait in.
fn settle(db: &Connection, verdict: &Verdict, shelf: &mut Shelf<'_>) -> Stored<Vec<ItemId>> {
    for (change, actor) in &verdict.actors {
        intake::bind(db, *change, actor)?;
    }
    log::admit(db, &verdict.admitted)?;
    let mut gone = Vec::new();
    for id in &verdict.parked {
        if !shelf.park(*id)? {
            gone.push(*id);
        }
    }
    for (id, refusal) in &verdict.refused {
        shelf.refuse(*id, *refusal)?;
    }
    if let Some(state) = &verdict.state {
        analysis::put_response(db, verdict.survey, verdict.response, state)?;
        analysis::replace_row(db, verdict.survey, verdict.response, verdict.row.as_ref())?;
    }
    Ok(gone)
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

    fn take(&self, delivery: Delivery) -> Stored<Taking> {
        self.write(move |db| intake::take(db, &delivery))
    }

    fn settle(&self, verdicts: Vec<Verdict>, quotas: Quotas) -> Stored<Vec<ItemId>> {
        self.write(move |db| {
            let mut shelf = Shelf::new(db, quotas);
            let mut gone = Vec::new();
            for verdict in &verdicts {
                gone.extend(settle(db, verdict, &mut shelf)?);
            }
            Ok(gone)
        })
    }

    fn expire(&self, before: i64, quotas: Quotas) -> Stored<u64> {
        self.write(move |db| intake::expire(db, before, quotas))
    }

    fn strike(&self, response: ResponseId) -> Stored<u32> {
        self.write(move |db| intake::strike(db, response))
    }

    fn forgive(&self, response: ResponseId) -> Stored<()> {
        self.write(move |db| intake::forgive(db, response))
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
