//! The log of items and the inbox before it.

use rusqlite::{Connection, OptionalExtension, Row};
use tsumugi_core::{
    id::{DeviceId, ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
};

use super::{analysis, database::SqliteStore};
use crate::store::{ItemLog, LoggedItem, Received, StoreError, Stored, Verdict, WaitingChange};

const ITEM: &str = "kind, survey, response, payload";
const PARKED: i64 = 1;
const REFUSED: i64 = 2;

fn bytes<const N: usize>(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; N]> {
    row.get(column)
}

fn kind(number: u8) -> Option<ItemKind> {
    [ItemKind::Survey, ItemKind::Form, ItemKind::Change, ItemKind::Assignment, ItemKind::Cards]
        .into_iter()
        .find(|kind| *kind as u8 == number)
}

/// Reads the columns of [`ITEM`] from `first` on.
fn item(row: &Row<'_>, first: usize) -> rusqlite::Result<Item> {
    let number: u8 = row.get(first)?;
    let kind = kind(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(first, number.into()))?;
    let survey = SurveyId::from_bytes(bytes(row, first + 1)?);
    let response: Option<[u8; 16]> = row.get(first + 2)?;
    let payload = row.get(first + 3)?;
    Ok(match response {
        Some(response) => Item::of_response(kind, survey, ResponseId::from_bytes(response), payload),
        None => Item::of_survey(kind, survey, payload),
    })
}

/// Appends items to the log; those that are there are left alone.
pub(super) fn append(db: &Connection, items: &[Item]) -> Stored<()> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO items (id, survey, response, kind, payload)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for item in items {
        let response = item.response().map(|response| *response.as_bytes());
        insert.execute((
            item.id().as_bytes(),
            item.survey().as_bytes(),
            response,
            item.kind() as u8,
            item.payload(),
        ))?;
    }
    Ok(())
}

/// Items whose bytes no longer fit their name.
pub(super) fn changed_items(db: &Connection) -> Stored<Vec<String>> {
    let mut wrong = Vec::new();
    for table in ["items", "inbox"] {
        let kind = if table == "items" { "kind" } else { "3" };
        let mut select = db.prepare(&format!("SELECT id, {kind}, survey, response, payload FROM {table}"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let id = ItemId::from_bytes(bytes(row, 0)?);
            if !item(row, 1).is_ok_and(|item| item.id() == id) {
                wrong.push(format!("item {id} in `{table}` has changed since it was written"));
            }
        }
    }
    Ok(wrong)
}

fn receive(db: &Connection, device: Option<DeviceId>, items: &[Item]) -> Stored<Vec<Received>> {
    let mut logged = db.prepare_cached("SELECT 1 FROM items WHERE id = ?1")?;
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO inbox (id, survey, response, payload, device)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let device = device.map(|device| *device.as_bytes());
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        let Some(response) = item.response() else {
            append(db, std::slice::from_ref(item))?;
            outcomes.push(Received::Inserted);
            continue;
        };
        let id = item.id();
        let fresh = !logged.exists([id.as_bytes()])?
            && insert.execute((
                id.as_bytes(),
                item.survey().as_bytes(),
                response.as_bytes(),
                item.payload(),
                device,
            ))? > 0;
        outcomes.push(if fresh { Received::Inserted } else { Received::Known });
    }
    Ok(outcomes)
}

fn settle(db: &Connection, survey: SurveyId, response: ResponseId, verdict: &Verdict) -> Stored<()> {
    let mut admit = db.prepare_cached(
        "INSERT OR IGNORE INTO items (id, survey, response, kind, payload)
         SELECT id, survey, response, 3, payload FROM inbox WHERE id = ?1",
    )?;
    let mut leave = db.prepare_cached("DELETE FROM inbox WHERE id = ?1")?;
    for id in &verdict.admitted {
        admit.execute([id.as_bytes()])?;
        leave.execute([id.as_bytes()])?;
    }
    let mut mark = db.prepare_cached("UPDATE inbox SET state = ?2, code = ?3 WHERE id = ?1")?;
    for id in &verdict.parked {
        mark.execute((id.as_bytes(), PARKED, None::<String>))?;
    }
    for (id, code) in &verdict.refused {
        mark.execute((id.as_bytes(), REFUSED, Some(code)))?;
    }
    if let Some(state) = &verdict.state {
        analysis::put_response(db, survey, response, state)?;
        analysis::replace_row(db, survey, response, verdict.row.as_ref())?;
    }
    Ok(())
}

fn after(db: &Connection, survey: SurveyId, cursor: u64, max_bytes: usize) -> Stored<Vec<LoggedItem>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT seq, {ITEM} FROM items
         WHERE survey = ?1 AND seq > ?2
         ORDER BY seq"
    ))?;
    let cursor = i64::try_from(cursor).unwrap_or(i64::MAX);
    let mut rows = select.query((survey.as_bytes(), cursor))?;
    let (mut items, mut total) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let item = item(row, 1)?;
        total += item.payload().len() + 33;
        if total > max_bytes && !items.is_empty() {
            break;
        }
        items.push(LoggedItem { seq: seq.unsigned_abs(), item });
    }
    Ok(items)
}

impl ItemLog for SqliteStore {
    fn epoch(&self) -> Stored<u64> {
        Ok(self.log_epoch())
    }

    fn append(&self, items: Vec<Item>) -> Stored<()> {
        self.write(move |db| append(db, &items))
    }

    fn receive(&self, device: Option<DeviceId>, items: Vec<Item>) -> Stored<Vec<Received>> {
        self.write(move |db| receive(db, device, &items))
    }

    fn after(&self, survey: SurveyId, cursor: u64, max_bytes: usize) -> Stored<Vec<LoggedItem>> {
        self.read(|db| after(db, survey, cursor, max_bytes))
    }

    fn item(&self, id: ItemId) -> Stored<Option<Item>> {
        let sql = format!("SELECT {ITEM} FROM items WHERE id = ?1");
        self.read(|db| {
            Ok(db.prepare_cached(&sql)?.query_row([id.as_bytes()], |row| item(row, 0)).optional()?)
        })
    }

    fn ids(&self, survey: SurveyId) -> Stored<Vec<(ItemId, Option<ResponseId>)>> {
        self.read(|db| {
            let mut select =
                db.prepare_cached("SELECT id, response FROM items WHERE survey = ?1 ORDER BY seq")?;
            let rows = select.query_map([survey.as_bytes()], |row| {
                let response: Option<[u8; 16]> = row.get(1)?;
                Ok((ItemId::from_bytes(bytes(row, 0)?), response.map(ResponseId::from_bytes)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn changes(&self, response: ResponseId) -> Stored<Vec<Vec<u8>>> {
        self.read(|db| {
            let mut select = db.prepare_cached(
                "SELECT payload FROM items
                 WHERE response = ?1 AND kind = 3
                 ORDER BY seq",
            )?;
            let rows = select.query_map([response.as_bytes()], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn waiting(&self, limit: usize) -> Stored<Vec<(SurveyId, ResponseId)>> {
        self.read(|db| {
            let mut select =
                db.prepare_cached("SELECT DISTINCT survey, response FROM inbox WHERE state = 0 LIMIT ?1")?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = select.query_map([limit], |row| {
                Ok((SurveyId::from_bytes(bytes(row, 0)?), ResponseId::from_bytes(bytes(row, 1)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn waiting_changes(&self, response: ResponseId) -> Stored<Vec<WaitingChange>> {
        self.read(|db| {
            let mut select = db.prepare_cached(
                "SELECT id, payload FROM inbox
                 WHERE state IN (0, 1) AND response = ?1
                 ORDER BY seq",
            )?;
            let rows = select.query_map([response.as_bytes()], |row| {
                Ok(WaitingChange { id: ItemId::from_bytes(bytes(row, 0)?), payload: row.get(1)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn settle(&self, survey: SurveyId, response: ResponseId, verdict: Verdict) -> Stored<()> {
        self.write(move |db| settle(db, survey, response, &verdict))
    }

    fn inbox_counts(&self) -> Stored<[u64; 3]> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT state, COUNT(*) FROM inbox GROUP BY state")?;
            let mut counts = [0; 3];
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let state: usize = row.get(0)?;
                if let Some(count) = counts.get_mut(state) {
                    *count = row.get(1)?;
                }
            }
            Ok(counts)
        })
    }

    fn quarantined(&self, survey: SurveyId) -> Stored<u64> {
        let sql = "SELECT COUNT(*) FROM inbox WHERE survey = ?1 AND state = ?2";
        self.read(|db| {
            Ok(db.prepare_cached(sql)?.query_row((survey.as_bytes(), REFUSED), |row| row.get(0))?)
        })
    }
}

/// Turns JSON of our own making into a value.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Stored<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged { detail: format!("{what}: {error}") })
}

/// Turns a value into JSON.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Database(Box::new(error)))
}
