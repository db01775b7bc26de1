//! Taking what devices deliver: quotas, and whose changes an actor's are.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};
use tsumugi_core::{
    id::{DeviceId, ItemId, ResponseId, SurveyId},
    item::Item,
    sync::{Insertion, Refusal},
};

use super::log::refusal;
use crate::store::{Delivered, Delivery, OverQuota, Quotas, Stored, Taking};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What is not here yet, and what it comes to.
#[derive(Default)]
struct New {
    items: u64,
    bytes: u64,
    by_survey: BTreeMap<SurveyId, u64>,
}

/// Keeps a delivery as a whole, or nothing of it when it is over a quota.
pub(super) fn take(db: &Connection, delivery: &Delivery) -> Stored<Taking> {
    db.prepare_cached("SAVEPOINT delivery")?.execute([])?;
    let mut answers = Vec::with_capacity(delivery.items.len());
    let mut new = New::default();
    for delivered in &delivery.items {
        let answer = insert(db, delivery, delivered)?;
        if answer == Insertion::Inserted {
            let bytes = bytes_of(&delivered.item);
            new.items += 1;
            new.bytes += bytes;
            *new.by_survey.entry(delivered.item.survey()).or_default() += bytes;
        }
        answers.push(answer);
    }
    let over = over_quota(db, delivery, &new)?;
    if over.is_some() {
        db.prepare_cached("ROLLBACK TO delivery")?.execute([])?;
    } else {
        count(db, delivery, &new)?;
    }
    db.prepare_cached("RELEASE delivery")?.execute([])?;
    Ok(over.map_or(Taking::Taken(answers), Taking::Over))
}

fn bytes_of(item: &Item) -> u64 {
    item.payload().len() as u64
}

/// True when the actor's changes come by another device. One that was revoked has no say: the same
/// tablet may have been enrolled anew, and goes on.
fn is_of_another(db: &Connection, device: DeviceId, delivered: &Delivered) -> Stored<bool> {
    let (Some(actor), Some(response)) = (delivered.continues, delivered.item.response()) else {
        return Ok(false);
    };
    let bound: Option<[u8; 16]> = db
        .prepare_cached(
            "SELECT actors.device FROM actors JOIN devices ON devices.id = actors.device
             WHERE actors.response = ?1 AND actors.actor = ?2 AND NOT devices.revoked",
        )?
        .query_row((response.as_bytes(), actor), |row| row.get(0))
        .optional()?;
    Ok(bound.is_some_and(|bound| bound != *device.as_bytes()))
}

/// Binds an actor to the device whose change is admitted: what is not, binds nobody. In a log that
/// was restored nobody is bound: what it lacks comes back by whoever has it.
pub(super) fn bind(db: &Connection, change: ItemId, actor: &[u8; 16]) -> Stored<()> {
    db.prepare_cached(
        "INSERT INTO actors (response, actor, device)
         SELECT response, ?2, device FROM items
         WHERE id = ?1 AND seq IS NULL AND device IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'restored')
         ON CONFLICT DO NOTHING",
    )?
    .execute((change.as_bytes(), actor))?;
    Ok(())
}

fn over_quota(db: &Connection, delivery: &Delivery, new: &New) -> Stored<Option<OverQuota>> {
    let Quotas { device_items, device_bytes, survey_bytes, .. } = delivery.quotas;
    if new.items == 0 {
        return Ok(None);
    }
    let (items, bytes): (u64, u64) = db
        .prepare_cached("SELECT items, bytes FROM deliveries WHERE device = ?1 AND day = ?2")?
        .query_row((delivery.device.as_bytes(), delivery.now / DAY_MS), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or_default();
    if items + new.items > device_items || bytes + new.bytes > device_bytes {
        let left = DAY_MS - delivery.now % DAY_MS;
        return Ok(Some(OverQuota::Device { seconds: u64::try_from(left / 1_000).unwrap_or(1) + 1 }));
    }
    let mut held = db.prepare_cached("SELECT bytes FROM survey_bytes WHERE survey = ?1")?;
    for (survey, added) in &new.by_survey {
        let bytes: Option<u64> = held.query_row([survey.as_bytes()], |row| row.get(0)).optional()?;
        if survey_bytes > 0 && bytes.unwrap_or(0) + added > survey_bytes {
            return Ok(Some(OverQuota::Survey));
        }
    }
    Ok(None)
}

/// Inserts an item that is not here, and says where one stands that is.
fn insert(db: &Connection, delivery: &Delivery, delivered: &Delivered) -> Stored<Insertion> {
    let item = &delivered.item;
    if is_of_another(db, delivery.device, delivered)? {
        return Ok(standing(db, item)?.unwrap_or(Insertion::Refused(Refusal::DuplicateSequence)));
    }
    let inserted = db
        .prepare_cached(
            "INSERT INTO items (id, survey, response, kind, payload, device, since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO NOTHING",
        )?
        .execute((
            item.id().as_bytes(),
            item.survey().as_bytes(),
            item.response().map(|response| *response.as_bytes()),
            item.kind() as u8,
            item.payload(),
            delivery.device.as_bytes(),
            delivery.now,
        ))?;
    let there = if inserted > 0 { None } else { standing(db, item)? };
    Ok(there.unwrap_or(Insertion::Inserted))
}

/// Where an item stands that is here.
fn standing(db: &Connection, item: &Item) -> Stored<Option<Insertion>> {
    let mut held = db.prepare_cached("SELECT refusal FROM items WHERE id = ?1")?;
    let known: Option<Option<u8>> = held.query_row([item.id().as_bytes()], |row| row.get(0)).optional()?;
    Ok(known.map(|byte| byte.map_or(Insertion::Known, |byte| Insertion::Refused(refusal(byte)))))
}

fn count(db: &Connection, delivery: &Delivery, new: &New) -> Stored<()> {
    if new.items == 0 {
        return Ok(());
    }
    let day = delivery.now / DAY_MS;
    let device = delivery.device.as_bytes();
    db.prepare_cached(
        "INSERT INTO deliveries (device, day, items, bytes)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (device, day) DO UPDATE
         SET items = items + excluded.items, bytes = bytes + excluded.bytes",
    )?
    .execute((device, day, new.items, new.bytes))?;
    db.prepare_cached("DELETE FROM deliveries WHERE device = ?1 AND day < ?2")?.execute((device, day - 1))?;
    for (survey, bytes) in &new.by_survey {
        add_survey_bytes(db, survey.as_bytes(), i64::try_from(*bytes).unwrap_or(i64::MAX))?;
    }
    Ok(())
}

fn add_survey_bytes(db: &Connection, survey: &[u8; 16], bytes: i64) -> Stored<()> {
    db.prepare_cached(
        "INSERT INTO survey_bytes (survey, bytes)
         VALUES (?1, ?2)
         ON CONFLICT (survey) DO UPDATE SET bytes = MAX(0, bytes + excluded.bytes)",
    )?
    .execute((survey, bytes))?;
    Ok(())
}

/// How many items a device has in one of the tables' partial indexes, and their bytes.
type Held = (u64, u64);

/// Puts what waits for others, and what was refused, where it is counted against its device. Over
/// the quota it is not kept: it was not acknowledged yet.
pub(super) struct Shelf<'a> {
    db: &'a Connection,
    quotas: Quotas,
    parked: BTreeMap<[u8; 16], Held>,
    aside: BTreeMap<[u8; 16], Held>,
}

impl<'a> Shelf<'a> {
    pub(super) fn new(db: &'a Connection, quotas: Quotas) -> Self {
        Self { db, quotas, parked: BTreeMap::new(), aside: BTreeMap::new() }
    }

    /// Lets an item wait for others; false when there is no room and it is gone.
    pub(super) fn park(&mut self, id: ItemId) -> Stored<bool> {
        let Some(row) = self.pending(id)? else { return Ok(true) };
        if row.parked {
            return Ok(true);
        }
        let held = match row.device {
            Some(device) => {
                let sql = "SELECT COUNT(*), COALESCE(SUM(LENGTH(payload)), 0) FROM items
                           WHERE device = ?1 AND parked = 1";
                Some(held_by(self.db, sql, &mut self.parked, device)?)
            }
            None => None,
        };
        if !within(held, row.bytes, self.quotas.orphans, self.quotas.orphan_bytes) {
            self.remove(id, &row)?;
            return Ok(false);
        }
        self.db.prepare_cached("UPDATE items SET parked = 1 WHERE id = ?1")?.execute([id.as_bytes()])?;
        Ok(true)
    }

    /// Keeps a refused item aside for the office; one for which there is no room is gone, and its
    /// device, which is told, keeps it.
    pub(super) fn refuse(&mut self, id: ItemId, refusal: Refusal) -> Stored<()> {
        let Some(row) = self.pending(id)? else { return Ok(()) };
        let held = match row.device {
            Some(device) => {
                let sql = "SELECT COUNT(*), COALESCE(SUM(LENGTH(payload)), 0) FROM items
                           WHERE device = ?1 AND refusal IS NOT NULL";
                Some(held_by(self.db, sql, &mut self.aside, device)?)
            }
            None => None,
        };
        if !within(held, row.bytes, self.quotas.refused, self.quotas.refused_bytes) {
            return self.remove(id, &row);
        }
        super::inbox::refuse(self.db, id, refusal)
    }

    fn remove(&self, id: ItemId, row: &Pending) -> Stored<()> {
        self.db.prepare_cached("DELETE FROM items WHERE id = ?1")?.execute([id.as_bytes()])?;
        add_survey_bytes(self.db, &row.survey, -i64::try_from(row.bytes).unwrap_or(i64::MAX))
    }

    fn pending(&self, id: ItemId) -> Stored<Option<Pending>> {
        let mut select = self.db.prepare_cached(
            "SELECT device, survey, LENGTH(payload), parked FROM items
             WHERE id = ?1 AND seq IS NULL AND refusal IS NULL",
        )?;
        let row = select.query_row([id.as_bytes()], |row| {
            Ok(Pending { device: row.get(0)?, survey: row.get(1)?, bytes: row.get(2)?, parked: row.get(3)? })
        });
        Ok(row.optional()?)
    }
}

struct Pending {
    /// Nobody's when the server itself made it, or before there were quotas.
    device: Option<[u8; 16]>,
    survey: [u8; 16],
    bytes: u64,
    parked: bool,
}

fn held_by<'h>(
    db: &Connection,
    sql: &str,
    counts: &'h mut BTreeMap<[u8; 16], Held>,
    device: [u8; 16],
) -> Stored<&'h mut Held> {
    use std::collections::btree_map::Entry;
    Ok(match counts.entry(device) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => {
            let held = db.prepare_cached(sql)?.query_row([device], |row| Ok((row.get(0)?, row.get(1)?)))?;
            entry.insert(held)
        }
    })
}

/// Counts one more, when there is room for it.
fn within(held: Option<&mut Held>, bytes: u64, most: u64, most_bytes: u64) -> bool {
    let Some((items, sum)) = held else { return true };
    let fits = *items < most && *sum + bytes <= most_bytes;
    if fits {
        (*items, *sum) = (*items + 1, *sum + bytes);
    }
    fits
}

/// Refuses what has waited for others since before `before`; how many.
pub(super) fn expire(db: &Connection, before: i64, quotas: Quotas) -> Stored<u64> {
    let mut select = db.prepare("SELECT id FROM items WHERE parked = 1 AND since < ?1")?;
    let ids: Vec<ItemId> =
        select.query_map([before], |row| Ok(ItemId::from_bytes(row.get(0)?)))?.collect::<Result<_, _>>()?;
    let mut shelf = Shelf::new(db, quotas);
    for id in &ids {
        shelf.refuse(*id, Refusal::TooMany)?;
    }
    Ok(ids.len() as u64)
}

/// Notes that examining a response killed a worker; how often that has happened.
pub(super) fn strike(db: &Connection, response: ResponseId) -> Stored<u32> {
    db.prepare_cached(
        "INSERT INTO strikes (response, count)
         VALUES (?1, 1)
         ON CONFLICT (response) DO UPDATE SET count = count + 1",
    )?
    .execute([response.as_bytes()])?;
    let sql = "SELECT count FROM strikes WHERE response = ?1";
    Ok(db.prepare_cached(sql)?.query_row([response.as_bytes()], |row| row.get(0))?)
}

/// Forgets the strikes of a response.
pub(super) fn forgive(db: &Connection, response: ResponseId) -> Stored<()> {
    db.prepare_cached("DELETE FROM strikes WHERE response = ?1")?.execute([response.as_bytes()])?;
    Ok(())
}
