//! Cards and sealed records. No time, no device, no order: the tables are WITHOUT ROWID.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};
use tsumugi_core::{
    id::{Nullifier, SurveyId},
    item::Item,
    sealed::SealedRecord,
};

use super::{database::SqliteStore, log::append};
use crate::store::{SealedCount, SealedIntake, Stored, StoredRecord};

/// Records under one card that are told apart: who has a card could send others for ever.
const MOST_BESIDE: u32 = 16;

/// What became of the records of a batch, in one stratum.
#[derive(Default)]
struct Outcome {
    received: i64,
    conflicts: i64,
    refused: i64,
}

fn deposit(db: &Connection, records: &mut Vec<StoredRecord>) -> Stored<bool> {
    let open = open_surveys(db, records)?;
    let sent = records.len();
    records.retain(|record| open.contains(&record.survey));
    let all_open = records.len() == sent;
    // Sorted: neighbours in the tree are written together, and the order of arrival is gone.
    records
        .sort_unstable_by(|a, b| (a.survey, a.nullifier, &a.record).cmp(&(b.survey, b.nullifier, &b.record)));
    // A small batch is padded with repeats.
    records.dedup();
    let mut tally: BTreeMap<(SurveyId, u16), Outcome> = BTreeMap::new();
    for record in records.iter() {
        let outcome = tally.entry((record.survey, record.stratum)).or_default();
        match deposit_one(db, record)? {
            Taken::New => outcome.received += 1,
            Taken::Again => (),
            Taken::Conflict => outcome.conflicts += 1,
            Taken::Refused => outcome.refused += 1,
        }
    }
    let mut count = db.prepare_cached(
        "UPDATE sealed_counts
         SET received = received + ?3, conflicts = conflicts + ?4, refused = refused + ?5
         WHERE survey = ?1 AND stratum = ?2",
    )?;
    for ((survey, stratum), outcome) in tally {
        if outcome.received + outcome.conflicts + outcome.refused > 0 {
            count.execute((
                survey.as_bytes(),
                stratum,
                outcome.received,
                outcome.conflicts,
                outcome.refused,
            ))?;
        }
    }
    Ok(all_open)
}

fn open_surveys(db: &Connection, records: &[StoredRecord]) -> Stored<BTreeSet<SurveyId>> {
    let mut select = db.prepare_cached("SELECT open FROM surveys WHERE id = ?1")?;
    let asked: BTreeSet<SurveyId> = records.iter().map(|record| record.survey).collect();
    let mut open = BTreeSet::new();
    for survey in asked {
        if select.query_row([survey.as_bytes()], |row| row.get(0)).optional()? == Some(true) {
            open.insert(survey);
        }
    }
    Ok(open)
}

/// What a record is compared with when the whole database is read.
fn sum_of(record: &[u8]) -> [u8; 8] {
    let hash: [u8; 32] = Sha256::digest(record).into();
    hash.first_chunk().copied().unwrap_or_default()
}

/// How many records have changed since they were written, or lie under a card that is not theirs;
/// their names say nothing to anybody.
pub(super) fn changed_records(db: &Connection) -> Stored<Vec<String>> {
    let mut select = db.prepare("SELECT survey, nullifier, stratum, record, sum FROM sealed")?;
    let mut rows = select.query([])?;
    let mut changed = 0_u64;
    while let Some(row) = rows.next()? {
        let record = row.get_ref(3)?.as_blob().unwrap_or_default();
        let sum = row.get_ref(4)?.as_blob().unwrap_or_default();
        // A record of before there were sums has none.
        let same = sum.is_empty() || sum == sum_of(record);
        changed += u64::from(!(same && is_filed(row, record)?));
    }
    Ok(if changed == 0 { Vec::new() } else { vec![format!("{changed} sealed records have changed")] })
}

/// True when the columns of a row are those that its record itself says.
fn is_filed(row: &Row<'_>, record: &[u8]) -> rusqlite::Result<bool> {
    let Ok(record) = SealedRecord::decode(record) else { return Ok(false) };
    Ok(row.get_ref(0)?.as_blob().is_ok_and(|survey| survey == record.survey().as_bytes())
        && row.get_ref(1)?.as_blob().is_ok_and(|nullifier| nullifier == record.nullifier().as_bytes())
        && row.get_ref(2)?.as_i64().is_ok_and(|stratum| stratum == i64::from(record.stratum())))
}

enum Taken {
    New,
    Again,
    Conflict,
    Refused,
}

fn deposit_one(db: &Connection, record: &StoredRecord) -> Stored<Taken> {
    let key = (record.survey.as_bytes(), record.nullifier.as_bytes());
    let card: Option<u16> = db
        .prepare_cached("SELECT stratum FROM cards WHERE survey = ?1 AND nullifier = ?2")?
        .query_row(key, |row| row.get(0))
        .optional()?;
    if card != Some(record.stratum) {
        return Ok(Taken::Refused);
    }
    let inserted = db
        .prepare_cached(
            "INSERT INTO sealed (survey, nullifier, stratum, record, sum)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
        )?
        .execute((key.0, key.1, record.stratum, &record.record, sum_of(&record.record)))?;
    if inserted > 0 {
        return Ok(Taken::New);
    }
    let kept: Vec<u8> = db
        .prepare_cached("SELECT record FROM sealed WHERE survey = ?1 AND nullifier = ?2")?
        .query_row(key, |row| row.get(0))?;
    if kept == record.record {
        return Ok(Taken::Again);
    }
    // Whatever the order and the device, the same one of two stays.
    let (new, old) = (Sha256::digest(&record.record), Sha256::digest(&kept));
    if new < old {
        db.prepare_cached("UPDATE sealed SET record = ?3, sum = ?4 WHERE survey = ?1 AND nullifier = ?2")?
            .execute((key.0, key.1, &record.record, sum_of(&record.record)))?;
    }
    // A reply that was lost and a batch that is padded bring the other one again: it counts once.
    let beside = db
        .prepare_cached(
            "INSERT INTO sealed_beside (survey, nullifier, hash)
             SELECT ?1, ?2, ?3
             WHERE (SELECT COUNT(*) FROM sealed_beside WHERE survey = ?1 AND nullifier = ?2) < ?4
             ON CONFLICT DO NOTHING",
        )?
        .execute((key.0, key.1, new.max(old).as_slice(), MOST_BESIDE))?;
    Ok(if beside > 0 { Taken::Conflict } else { Taken::Again })
}

impl SealedIntake for SqliteStore {
    fn put_cards(
        &self,
        survey: SurveyId,
        stratum: u16,
        mut cards: Vec<Nullifier>,
        items: Vec<Item>,
    ) -> Stored<()> {
        cards.sort_unstable();
        self.write(move |db| {
            let mut insert =
                db.prepare_cached("INSERT INTO cards (survey, nullifier, stratum) VALUES (?1, ?2, ?3)")?;
            for card in &cards {
                insert.execute((survey.as_bytes(), card.as_bytes(), stratum))?;
            }
            db.execute(
                "INSERT INTO sealed_counts (survey, stratum, issued)
                 VALUES (?1, ?2, ?3)
                 ON CONFLICT (survey, stratum) DO UPDATE SET issued = issued + excluded.issued",
                (survey.as_bytes(), stratum, i64::try_from(cards.len()).unwrap_or(i64::MAX)),
            )?;
            append(db, &items)
        })
    }

    fn deposit(&self, mut records: Vec<StoredRecord>) -> Stored<bool> {
        self.write(move |db| deposit(db, &mut records))
    }

    fn sealed_counts(&self, survey: SurveyId) -> Stored<Vec<SealedCount>> {
        self.read(|db| {
            let mut select = db.prepare_cached(
                "SELECT stratum, issued, received, conflicts, refused
                 FROM sealed_counts
                 WHERE survey = ?1
                 ORDER BY stratum",
            )?;
            let rows = select.query_map([survey.as_bytes()], |row| {
                Ok(SealedCount {
                    stratum: row.get(0)?,
                    issued: row.get(1)?,
                    received: row.get(2)?,
                    conflicts: row.get(3)?,
                    refused: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn each_record(&self, survey: SurveyId, each: &mut dyn FnMut(StoredRecord)) -> Stored<()> {
        self.read(|db| {
            let mut select = db.prepare(
                "SELECT nullifier, stratum, record FROM sealed WHERE survey = ?1 ORDER BY nullifier",
            )?;
            let mut rows = select.query([survey.as_bytes()])?;
            while let Some(row) = rows.next()? {
                each(StoredRecord {
                    survey,
                    nullifier: Nullifier::from_bytes(row.get(0)?),
                    stratum: row.get(1)?,
                    record: row.get(2)?,
                });
            }
            Ok(())
        })
    }
}
