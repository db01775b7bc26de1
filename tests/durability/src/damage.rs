//! Damage: a database in which one page was changed, zeroed or cut off, opened by the real code.
//!
//! Asserts what must hold whatever becomes of the rest: no crash, no panic, no endless opening;
//! the damage is told, or nothing is different; and the damaged bytes are kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags, types::ValueRef};
use tsumugi_mobile::{StorageCheck, TabletError};
use tsumugi_server::Config;
use tsumugi_tests::Chance;

use crate::{
    client::{Company, Urn},
    report::Report,
    season::scratch,
    sent::Sent,
    tablet::{self, Carrier},
    ward::Ward,
};

const PAGE: usize = 4_096;
/// The file of both, in its folder.
const FILE: &str = "tsumugi.db";

/// What happened to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// One bit of the page is another.
    Flipped,
    /// The page is zeros.
    Zeroed,
    /// The page and all after it are gone.
    CutOff,
}

const HARMS: [Harm; 3] = [Harm::Flipped, Harm::Zeroed, Harm::CutOff];

impl Harm {
    fn on(self, bytes: &[u8], page: usize, chance: &mut Chance) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let from = page * PAGE;
        match self {
            Self::Flipped => {
                let (place, bit) = (from + chance.place(PAGE), chance.below(8));
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << bit);
            }
            Self::Zeroed => bytes.iter_mut().skip(from).take(PAGE).for_each(|byte| *byte = 0),
            Self::CutOff => bytes.truncate(from),
        }
        bytes
    }
}

/// What opening came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// Opening was refused, in words.
    Refused,
    /// The damage was told, and the rest is usable.
    Told,
    /// Nothing was told, and nothing is different.
    Harmless,
    /// Nothing was told, and something is different.
    Silent,
}

/// How often opening came to what, by harm.
pub type Counts = BTreeMap<(String, Seen), u64>;

/// Damages each page of a tablet's file in every way, and opens it. `program` is the binary
/// `durability`.
///
/// # Panics
/// When there is no tablet to damage.
pub fn damage_tablet(program: &Path, seed: u64) -> (Report, Counts) {
    let ward = Ward::with(3, 60);
    let folder = scratch();
    ward.tablet_on(folder.path());
    fs::write(folder.path().join("plan.json"), ward.plan().encode()).expect("the plan");
    let status = std::process::Command::new(program)
        .arg("tablet")
        .arg(folder.path())
        .args(["1", "offline", "400"])
        .stdout(std::process::Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success(), "a life ended with {status}");
    let file = folder.path().join(FILE);
    assert!(
        !folder.path().join("tsumugi.db-wal").exists(),
        "a tablet that ended folds its log into the file"
    );
    each_page(&file, seed, true, open_tablet)
}

/// Damages each page of a server's database in every way, and starts a server on it.
///
/// # Panics
/// When there is no server to damage.
pub fn damage_server(seed: u64) -> (Report, Counts) {
    let mut ward = Ward::with(1, 60);
    let mut company = Company::of(&ward, ward.letters.first().expect("a letter"), 1);
    let mut urn = Urn::of(&ward, 0, 40, 1);
    let (carrier, mut chance) = (Carrier::to(&ward.world.url()), Chance::of(1));
    for _ in 0..30 {
        company.answer();
        company.exchange(&carrier, &mut Sent::default());
    }
    while urn.waiting() > 0 && urn.deposit(&carrier, &mut Sent::default(), &mut chance) {}
    ward.world.stop();
    each_page(&ward.world.data().join(FILE), seed, false, open_server)
}

type Rows = Option<Vec<String>>;

fn each_page(
    file: &Path,
    seed: u64,
    sets_aside: bool,
    mut open: impl FnMut(&Path, &Rows) -> (Seen, Vec<String>),
) -> (Report, Counts) {
    let (mut report, mut counts, mut chance) = (Report::default(), Counts::new(), Chance::of(seed));
    let sound = fs::read(file).expect("the file");
    let before = rows(file);
    assert!(before.is_some(), "the file is sound before");
    for page in 0..sound.len() / PAGE {
        for harm in HARMS {
            // An empty file is a new one: a kill before its first page leaves the same.
            if page == 0 && harm == Harm::CutOff {
                continue;
            }
            let folder = scratch();
            let damaged = harm.on(&sound, page, &mut chance);
            fs::write(folder.path().join(FILE), &damaged).expect("the damage");
            let (seen, mut wrong) = open(folder.path(), &before);
            // A server that runs writes on: what is told of it stands in its rows.
            let must_keep = seen == Seen::Refused || (seen == Seen::Told && sets_aside);
            if must_keep && !is_kept(folder.path(), &damaged) {
                wrong.push("the damaged bytes are gone".to_owned());
            }
            report.blows += 1;
            report.note(&format!("page {page}, {harm:?}"), wrong);
            *counts.entry((format!("{harm:?}"), seen)).or_default() += 1;
        }
    }
    (report, counts)
}

/// True when a file of the folder has these very bytes.
fn is_kept(folder: &Path, bytes: &[u8]) -> bool {
    let files = fs::read_dir(folder).expect("the folder").flatten();
    files.map(|file| file.path()).any(|file| fs::read(file).is_ok_and(|kept| kept == bytes))
}

fn open_tablet(folder: &Path, before: &Rows) -> (Seen, Vec<String>) {
    let mut wrong = Vec::new();
    let same = rows(&folder.join(FILE)) == *before;
    let seen = match tablet::open(folder) {
        Ok(tablet) if tablet.storage_check() != StorageCheck::Sound => {
            drop(tablet);
            // Told once: afterwards the app is as usable as before.
            if let Err(error) = tablet::open(folder) {
                wrong.push(format!("after it was told the tablet does not open: {error}"));
            }
            Seen::Told
        }
        Ok(_) if same => Seen::Harmless,
        Ok(_) => {
            wrong.push("the tablet takes a damaged file as a sound one".to_owned());
            Seen::Silent
        }
        Err(TabletError::StorageDamaged) => Seen::Refused,
        Err(error) => {
            wrong.push(format!("the damage is told as: {error}"));
            Seen::Refused
        }
    };
    (seen, wrong)
}

fn open_server(folder: &Path, before: &Rows) -> (Seen, Vec<String>) {
    let mut wrong = Vec::new();
    let different = different_tables(&rows(&folder.join(FILE)), before);
    let config = Config {
        data: folder.to_owned(),
        listen: ([127, 0, 0, 1], 0).into(),
        log: "off".to_owned(),
        backup_hours: 0,
        ..Config::default()
    };
    let seen = match tsumugi_server::run(config) {
        Ok(handle) => match handle.app().blocking_store().verify() {
            Ok(found) if found.is_empty() && different.is_empty() => Seen::Harmless,
            Ok(found) if found.is_empty() => {
                wrong.extend(different.iter().map(|table| format!("a change in {table} is not told")));
                Seen::Silent
            }
            _ => Seen::Told,
        },
        Err(error) => {
            let words = words(&error);
            if !words.contains("damaged") {
                wrong.push(format!("the damage is told as: {words}"));
            }
            Seen::Refused
        }
    };
    (seen, wrong)
}

/// The tables that differ; `everything` when they cannot be read.
fn different_tables(now: &Rows, before: &Rows) -> BTreeSet<String> {
    let (Some(now), Some(before)) = (now, before) else { return BTreeSet::from(["everything".to_owned()]) };
    let of = |rows: &[String]| -> BTreeSet<String> { rows.iter().cloned().collect() };
    let table = |row: &String| row.split(' ').next().unwrap_or_default().to_owned();
    of(now).symmetric_difference(&of(before)).map(table).collect()
}

fn words(error: &dyn std::error::Error) -> String {
    let source = error.source().map(words).unwrap_or_default();
    format!("{error}; {source}")
}

/// All rows of all tables, each after the name of its table, or nothing when they cannot be read.
fn rows(file: &Path) -> Rows {
    read_rows(file).ok()
}

fn read_rows(file: &Path) -> rusqlite::Result<Vec<String>> {
    // Read-only and immutable: looking must change nothing.
    let uri = format!("file:{}?immutable=1", PathBuf::from(file).display());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(uri, flags)?;
    let mut all = Vec::new();
    let mut tables = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    let tables: Vec<(String, Option<String>)> =
        tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (table, sql) in tables {
        all.push(format!("{table} {sql:?}"));
        let mut select = db.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns = select.column_count();
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let cells = (0..columns).map(|place| row.get_ref(place).map(cell));
            all.push(format!("{table} {}", cells.collect::<rusqlite::Result<Vec<_>>>()?.join(" ")));
        }
    }
    Ok(all)
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => hex::encode(bytes),
        other => format!("{other:?}"),
    }
}
