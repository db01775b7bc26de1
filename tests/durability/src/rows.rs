//! Rows written into the tablet's file by hand, as durable as one asks for.
//!
//! The measure of the tool itself: with `synchronous = NORMAL` it must see losses, or it would
//! see none anywhere.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};
use tsumugi_core::device::Storage as _;
use tsumugi_mobile::{Opened as Found, SqliteStorage};
use tsumugi_tests::Chance;

use crate::{
    cut::{Moment, Opened, Recorded, replay},
    disk::{Disk, Syncs},
    report::Report,
    season::scratch,
    shim::Shim,
    trace,
};

const FILE: &str = "tsumugi.db";
const ROWS: u32 = 300;

/// Writes rows, and says the number of each after its commit.
///
/// # Errors
/// When the file cannot be written, or nobody reads any more.
pub fn write(folder: &Path, synchronous: &str) -> io::Result<()> {
    let db = Connection::open(folder.join(FILE)).map_err(io::Error::other)?;
    db.pragma_update(None, "synchronous", synchronous).map_err(io::Error::other)?;
    for row in 0..ROWS {
        let (key, value) = (key(row), vec![7; 600]);
        let sum: Vec<u8> = Sha256::new()
            .chain_update((key.len() as u64).to_le_bytes())
            .chain_update(&key)
            .chain_update(&value)
            .finalize()
            .into_iter()
            .take(8)
            .collect();
        db.execute("INSERT INTO entries (key, value, sum) VALUES (?1, ?2, ?3)", (key, value, sum))
            .map_err(io::Error::other)?;
        io::stdout().lock().write_all(format!("{row}\n").as_bytes())?;
    }
    Ok(())
}

fn key(row: u32) -> Vec<u8> {
    [b"row".as_slice(), &row.to_be_bytes()].concat()
}

/// Cuts the writing of rows; `program` is the binary `durability`.
///
/// # Panics
/// When the writing cannot be recorded.
pub fn cut_rows(program: &Path, synchronous: &str, moments: u64, seed: u64) -> Report {
    let (shim, folder, outside) = (Shim::compile(), scratch(), scratch());
    drop(SqliteStorage::open(&folder.path().join(FILE)).expect("a new file"));
    let before = Disk::of(folder.path(), Syncs::Believed).expect("the disk before");
    let file = outside.path().join("trace");
    let status = Command::new(program)
        .arg("rows")
        .arg(folder.path())
        .arg(synchronous)
        .envs(shim.environment(folder.path(), Some(&file), None))
        .stdout(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success(), "the rows ended with {status}");
    let run = Recorded { before, events: trace::read(&file).expect("a trace") };
    fs::remove_dir_all(folder.path()).expect("the folder goes");
    let mut chance = Chance::of(seed);
    replay(&run, run.some_moments(moments, &mut chance), &mut chance, open)
}

fn open(moment: &Moment<'_>) -> Opened {
    let acknowledged = moment.said().lines().count() as u64;
    let mut wrong = Vec::new();
    match SqliteStorage::open(&moment.folder.join(FILE)) {
        Ok((storage, found)) => {
            if found != Found::Sound {
                wrong.push(format!("the storage was found as {found:?}"));
            }
            let said = moment.said().lines().filter_map(|row| row.parse().ok()).collect::<Vec<u32>>();
            let lost = said.iter().filter(|row| !matches!(storage.get(&key(**row)), Ok(Some(_)))).count();
            if lost > 0 {
                wrong.push(format!("{lost} acknowledged rows are lost"));
            }
        }
        Err(error) => wrong.push(format!("the storage does not open: {error}")),
    }
    Opened { acknowledged, unsaid: 0, wrong }
}
