//! What a server's database holds, compared with what was sent to it.
//!
//! Reads the file beside the server and not through it: a server that forgot cannot cover it up.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, OpenFlags};
use tsumugi_core::{id::ItemId, item::ItemKind};

use crate::sent::{Sent, Standing};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// A sentence for each thing that does not hold.
    pub wrong: Vec<String>,
    /// There, and never acknowledged.
    pub unsaid: u64,
}

/// Compares the database `file` with what was sent.
pub fn compare(file: &Path, sent: &Sent) -> Found {
    let mut found = Found::default();
    if let Err(error) = compare_all(file, sent, &mut found) {
        found.wrong.push(format!("the database cannot be read: {error}"));
    }
    found
}

fn compare_all(file: &Path, sent: &Sent, found: &mut Found) -> rusqlite::Result<()> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // One view of it: a server that started just now admits what a kill left waiting.
    let db = db.unchecked_transaction()?;
    let check: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if check != "ok" {
        found.wrong.push(format!("the database is damaged: {check}"));
    }
    compare_items(&db, sent, found)?;
    compare_log(&db, found)?;
    compare_records(&db, sent, found)
}

/// Each item that was acknowledged once, none that nobody sent, none refused.
fn compare_items(db: &Connection, sent: &Sent, found: &mut Found) -> rusqlite::Result<()> {
    let mut select = db.prepare("SELECT id, refusal FROM items WHERE kind = ?1")?;
    let rows = select.query_map([ItemKind::Change as u8], |row| {
        Ok((ItemId::from_bytes(row.get(0)?), row.get::<_, Option<u8>>(1)?))
    })?;
    let mut times: BTreeMap<ItemId, u64> = BTreeMap::new();
    for row in rows {
        let (id, refusal) = row?;
        *times.entry(id).or_default() += 1;
        match sent.items.get(&id) {
            None => found.wrong.push(format!("item {id} is there, and nobody sent it")),
            Some(Standing::Tried) => found.unsaid += 1,
            Some(Standing::Acknowledged) => {}
        }
        if let Some(refusal) = refusal {
            found.wrong.push(format!("item {id} was refused with {refusal}"));
        }
    }
    for (id, standing) in &sent.items {
        let there = times.get(id).copied().unwrap_or(0);
        if there > 1 || (there == 0 && *standing == Standing::Acknowledged) {
            found.wrong.push(format!("item {id} is {standing:?} and there {there} times"));
        }
    }
    Ok(())
}

/// The places of each log are 1, 2, 3 …
fn compare_log(db: &Connection, found: &mut Found) -> rusqlite::Result<()> {
    let mut logs: BTreeMap<[u8; 16], Vec<u64>> = BTreeMap::new();
    let mut select =
        db.prepare("SELECT survey, seq FROM items WHERE seq IS NOT NULL ORDER BY survey, seq")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        logs.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    for (survey, places) in logs {
        if !places.iter().copied().eq(1..=places.len() as u64) {
            found.wrong.push(format!("the log of survey {} has gaps or doubles", hex::encode(survey)));
        }
    }
    Ok(())
}

/// Each record that was acknowledged with its very bytes, and as many as are counted.
fn compare_records(db: &Connection, sent: &Sent, found: &mut Found) -> rusqlite::Result<()> {
    let mut held: BTreeMap<[u8; 32], Vec<u8>> = BTreeMap::new();
    let mut select = db.prepare("SELECT nullifier, record FROM sealed")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        held.insert(row.get(0)?, row.get(1)?);
    }
    for (nullifier, (standing, bytes)) in &sent.records {
        match (held.remove(nullifier.as_bytes()), standing) {
            (Some(kept), _) if kept != *bytes => found.wrong.push("a record has other bytes".to_owned()),
            (Some(_), Standing::Tried) => found.unsaid += 1,
            (Some(_), Standing::Acknowledged) | (None, Standing::Tried) => {}
            (None, Standing::Acknowledged) => {
                found.wrong.push("a record was acknowledged and is not there".to_owned());
            }
        }
    }
    if !held.is_empty() {
        found.wrong.push(format!("{} records are there that nobody sent", held.len()));
    }
    let there: u64 = db.query_row("SELECT COUNT(*) FROM sealed", [], |row| row.get(0))?;
    let sums = "SELECT COALESCE(SUM(received), 0), COALESCE(SUM(conflicts), 0), COALESCE(SUM(refused), 0)
         FROM sealed_counts";
    let counted: (u64, u64, u64) =
        db.query_row(sums, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if counted != (there, 0, 0) {
        found
            .wrong
            .push(format!("{there} records are there; received, conflicts and refused are {counted:?}"));
    }
    Ok(())
}
