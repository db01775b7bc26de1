//! The log of items.

use std::collections::{BTreeMap, btree_map::Entry};

use rusqlite::{Connection, OptionalExtension, Row};
use tsumugi_core::{
    id::{ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
    sync::{Epoch, Insertion, Listing, Page, Refusal, Scope, ShortId, Standing, Summary},
};

use super::database::SqliteStore;
use crate::store::{ItemLog, StoreError, Stored};

/// The columns that [`read_item`] reads.
pub(super) const ITEM: &str = "kind, survey, response, payload";
/// Bytes of an item beside its payload.
const HEAD_BYTES: usize = 33;

fn kind(number: u8) -> Option<ItemKind> {
    [ItemKind::Survey, ItemKind::Form, ItemKind::Change, ItemKind::Assignment, ItemKind::Cards]
        .into_iter()
        .find(|kind| *kind as u8 == number)
}

/// Reads the columns of [`ITEM`] from `first` on.
pub(super) fn read_item(row: &Row<'_>, first: usize) -> rusqlite::Result<Item> {
    let number: u8 = row.get(first)?;
    let kind = kind(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(first, number.into()))?;
    let survey = SurveyId::from_bytes(row.get(first + 1)?);
    let response: Option<[u8; 16]> = row.get(first + 2)?;
    let payload = row.get(first + 3)?;
    Ok(match response {
        Some(response) => Item::of_response(kind, survey, ResponseId::from_bytes(response), payload),
        None => Item::of_survey(kind, survey, payload),
    })
}

pub(super) fn refusal(byte: u8) -> Refusal {
    Refusal::from_byte(byte).unwrap_or(Refusal::Other)
}

/// Keeps items, pending.
fn insert(db: &Connection, items: &[Item]) -> Stored<Vec<Insertion>> {
    let mut held = db.prepare_cached("SELECT refusal FROM items WHERE id = ?1")?;
    let mut insert = db.prepare_cached(
        "INSERT INTO items (id, survey, response, kind, payload)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut answers = Vec::with_capacity(items.len());
    for item in items {
        let known: Option<Option<u8>> =
            held.query_row([item.id().as_bytes()], |row| row.get(0)).optional()?;
        answers.push(match known {
            Some(Some(byte)) => Insertion::Refused(refusal(byte)),
            Some(None) => Insertion::Known,
            None => {
                let response = item.response().map(|response| *response.as_bytes());
                insert.execute((
                    item.id().as_bytes(),
                    item.survey().as_bytes(),
                    response,
                    item.kind() as u8,
                    item.payload(),
                ))?;
                Insertion::Inserted
            }
        });
    }
    Ok(answers)
}

/// Gives pending items their place in the logs of their surveys.
pub(super) fn admit(db: &Connection, ids: &[ItemId]) -> Stored<()> {
    let mut find = db.prepare_cached(
        "SELECT arrival, survey FROM items WHERE id = ?1 AND seq IS NULL AND refusal IS NULL",
    )?;
    let mut place = db.prepare_cached(
        "UPDATE items SET seq = ?2, parked = 0, device = NULL, since = NULL WHERE arrival = ?1",
    )?;
    let mut ends: BTreeMap<SurveyId, u64> = BTreeMap::new();
    for id in ids {
        let found: Option<(i64, [u8; 16])> =
            find.query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((arrival, survey)) = found else { continue };
        let end = match ends.entry(SurveyId::from_bytes(survey)) {
            Entry::Occupied(end) => end.into_mut(),
            Entry::Vacant(place) => {
                let end = end_of(db, *place.key())?;
                place.insert(end)
            }
        };
        *end += 1;
        place.execute((arrival, *end))?;
    }
    Ok(())
}

/// Appends items of the server's own making to the log; those that are there are left alone.
pub(super) fn append(db: &Connection, items: &[Item]) -> Stored<()> {
    insert(db, items)?;
    admit(db, &items.iter().map(Item::id).collect::<Vec<_>>())
}

/// Names of items whose bytes no longer fit.
pub(super) fn changed_items(db: &Connection) -> Stored<Vec<String>> {
    let mut wrong = Vec::new();
    let mut select = db.prepare(&format!("SELECT id, {ITEM} FROM items"))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id = ItemId::from_bytes(row.get(0)?);
        if !read_item(row, 1).is_ok_and(|item| item.id() == id) {
            wrong.push(format!("item {id} has changed since it was written"));
        }
    }
    Ok(wrong)
}

/// The first of the rows, then as many as fit in `max_bytes`; true when there are more.
fn within(
    rows: &mut rusqlite::Rows<'_>,
    first: usize,
    max_bytes: usize,
    mut take: impl FnMut(&Row<'_>, Item) -> Stored<()>,
) -> Stored<bool> {
    let (mut total, mut taken) = (0_usize, false);
    while let Some(row) = rows.next()? {
        let item = read_item(row, first)?;
        total = total.saturating_add(HEAD_BYTES + item.payload().len());
        if taken && total > max_bytes {
            return Ok(true);
        }
        taken = true;
        take(row, item)?;
    }
    Ok(false)
}

pub(super) fn end_of(db: &Connection, survey: SurveyId) -> Stored<u64> {
    let sql = "SELECT COALESCE(MAX(seq), 0) FROM items WHERE survey = ?1 AND seq IS NOT NULL";
    Ok(db.prepare_cached(sql)?.query_row([survey.as_bytes()], |row| row.get(0))?)
}

fn number(cursor: u64) -> i64 {
    i64::try_from(cursor).unwrap_or(i64::MAX)
}

fn after_whole(db: &Connection, survey: SurveyId, cursor: u64, max_bytes: usize) -> Stored<Page> {
    let mut select = db.prepare_cached(&format!(
        "SELECT seq, {ITEM} FROM items
         WHERE survey = ?1 AND seq > ?2
         ORDER BY seq"
    ))?;
    let (mut items, mut last) = (Vec::new(), cursor);
    let mut rows = select.query((survey.as_bytes(), number(cursor)))?;
    let more = within(&mut rows, 1, max_bytes, |row, item| {
        last = row.get(0)?;
        items.push(item);
        Ok(())
    })?;
    let next = if more { last } else { end_of(db, survey)?.max(cursor) };
    Ok(Page { items, next, more })
}

/// The places in the log that a scope of single responses shows after a cursor, in order.
fn shown(db: &Connection, survey: SurveyId, scope: &Scope, cursor: u64) -> Stored<Vec<(u64, i64)>> {
    let Scope::Responses(responses) = scope else { return Ok(Vec::new()) };
    let mut of_survey = db.prepare_cached(
        "SELECT seq, arrival FROM items
         WHERE survey = ?1 AND seq > ?2 AND response IS NULL AND kind IN (1, 2)",
    )?;
    let key = (survey.as_bytes(), number(cursor));
    let mut places: Vec<(u64, i64)> =
        of_survey.query_map(key, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut of_response = db.prepare_cached(
        "SELECT seq, arrival FROM items
         WHERE response = ?3 AND survey = ?1 AND seq > ?2",
    )?;
    for response in responses {
        let rows = of_response
            .query_map((key.0, key.1, response.as_bytes()), |row| Ok((row.get(0)?, row.get(1)?)))?;
        for place in rows {
            places.push(place?);
        }
    }
    places.sort_unstable();
    Ok(places)
}

fn after_scoped(
    db: &Connection,
    survey: SurveyId,
    scope: &Scope,
    cursor: u64,
    max_bytes: usize,
) -> Stored<Page> {
    let mut fetch = db.prepare_cached(&format!("SELECT {ITEM} FROM items WHERE arrival = ?1"))?;
    let (mut items, mut last, mut total) = (Vec::new(), cursor, 0_usize);
    for (seq, arrival) in shown(db, survey, scope, cursor)? {
        let item = fetch.query_row([arrival], |row| read_item(row, 0))?;
        total = total.saturating_add(HEAD_BYTES + item.payload().len());
        if !items.is_empty() && total > max_bytes {
            return Ok(Page { items, next: last, more: true });
        }
        last = seq;
        items.push(item);
    }
    Ok(Page { items, next: end_of(db, survey)?.max(cursor), more: false })
}

/// What a scope of single responses shows of a log.
fn summary_of_responses(db: &Connection, survey: SurveyId, scope: &Scope) -> Stored<Summary> {
    let mut id_of = db.prepare_cached("SELECT id FROM items WHERE arrival = ?1")?;
    let mut sum = Summary::default();
    for (_, arrival) in shown(db, survey, scope, 0)? {
        sum.add(ItemId::from_bytes(id_of.query_row([arrival], |row| row.get(0))?));
    }
    Ok(sum)
}

fn ids(db: &Connection, survey: SurveyId, scope: &Scope, upto: Option<u64>) -> Stored<Listing> {
    let end = end_of(db, survey)?;
    let upto = upto.unwrap_or(end).min(end);
    let mut select = db.prepare_cached(
        "SELECT id, kind, response FROM items
         WHERE survey = ?1 AND seq <= ?2
         ORDER BY seq",
    )?;
    let mut rows = select.query((survey.as_bytes(), number(upto)))?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        let response: Option<[u8; 16]> = row.get(2)?;
        let response = response.map(ResponseId::from_bytes);
        if kind(row.get(1)?).is_some_and(|kind| scope.shows(kind, response)) {
            ids.push(ItemId::from_bytes(row.get(0)?));
        }
    }
    Ok(Listing { ids, upto })
}

fn standing(db: &Connection, id: &ShortId) -> Stored<Standing> {
    let (low, high) =
        ([id.as_bytes().as_slice(), &[0; 24]].concat(), [id.as_bytes().as_slice(), &[255; 24]].concat());
    let mut select =
        db.prepare_cached("SELECT seq, refusal FROM items WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1")?;
    let found: Option<(Option<u64>, Option<u8>)> =
        select.query_row((low, high), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(match found {
        None => Standing::Unknown,
        Some((_, Some(byte))) => Standing::Refused(refusal(byte)),
        Some((Some(_), None)) => Standing::Admitted,
        Some((None, None)) => Standing::Pending,
    })
}

fn pending(db: &Connection, of: Option<(SurveyId, ResponseId)>, max_bytes: usize) -> Stored<Vec<Item>> {
    let of_response = if of.is_some() { "AND response = ?1 AND survey = ?2" } else { "" };
    let mut select = db.prepare_cached(&format!(
        "SELECT {ITEM} FROM items
         WHERE seq IS NULL AND refusal IS NULL {of_response}
         ORDER BY arrival"
    ))?;
    let mut rows = match &of {
        Some((survey, response)) => select.query((response.as_bytes(), survey.as_bytes()))?,
        None => select.query([])?,
    };
    let mut items = Vec::new();
    within(&mut rows, 0, max_bytes, |_, item| {
        items.push(item);
        Ok(())
    })?;
    Ok(items)
}

impl ItemLog for SqliteStore {
    fn epoch(&self) -> Stored<Epoch> {
        Ok(Epoch(self.log_epoch()))
    }

    fn insert(&self, items: Vec<Item>) -> Stored<Vec<Insertion>> {
        self.write(move |db| insert(db, &items))
    }

    fn pending(&self, of: Option<(SurveyId, ResponseId)>, max_bytes: usize) -> Stored<Vec<Item>> {
        self.read(|db| pending(db, of, max_bytes))
    }

    fn admit(&self, ids: Vec<ItemId>) -> Stored<()> {
        self.write(move |db| admit(db, &ids))
    }

    fn refuse(&self, id: ItemId, refusal: Refusal) -> Stored<()> {
        self.write(move |db| super::inbox::refuse(db, id, refusal))
    }

    fn standing(&self, ids: &[ShortId]) -> Stored<Vec<Standing>> {
        self.read(|db| ids.iter().map(|id| standing(db, id)).collect())
    }

    fn after(&self, survey: SurveyId, scope: &Scope, cursor: u64, max_bytes: usize) -> Stored<Page> {
        self.read(|db| match scope {
            Scope::Whole => after_whole(db, survey, cursor, max_bytes),
            Scope::Responses(_) => after_scoped(db, survey, scope, cursor, max_bytes),
        })
    }

    fn summary(&self, survey: SurveyId, scope: &Scope) -> Stored<Summary> {
        match scope {
            Scope::Whole => self.read(|db| self.totals().of(db, survey)),
            Scope::Responses(_) => self.read(|db| summary_of_responses(db, survey, scope)),
        }
    }

    fn ids(&self, survey: SurveyId, scope: &Scope, upto: Option<u64>) -> Stored<Listing> {
        self.read(|db| ids(db, survey, scope, upto))
    }

    fn get(&self, ids: &[ItemId]) -> Stored<Vec<Item>> {
        self.read(|db| {
            let mut select = db.prepare_cached(&format!("SELECT {ITEM} FROM items WHERE id = ?1"))?;
            let mut items = Vec::with_capacity(ids.len());
            for id in ids {
                items.extend(select.query_row([id.as_bytes()], |row| read_item(row, 0)).optional()?);
            }
            Ok::<_, StoreError>(items)
        })
    }

    fn append(&self, items: Vec<Item>) -> Stored<()> {
        self.write(move |db| append(db, &items))
    }

    fn changes(&self, response: ResponseId) -> Stored<Vec<Vec<u8>>> {
        self.read(|db| {
            let mut select = db.prepare_cached(
                "SELECT payload FROM items
                 WHERE response = ?1 AND kind = 3 AND seq IS NOT NULL
                 ORDER BY seq",
            )?;
            let rows = select.query_map([response.as_bytes()], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
