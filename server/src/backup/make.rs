//! Making a backup.

use std::{collections::BTreeMap, fs, path::PathBuf};

use age::x25519;
use tracing::info;

use super::{
    BackupError, Keys, Manifest,
    archive::{self, Scratch, sum_of, sync_folder},
    manifest::{DATABASE, LAYOUT, SETTINGS},
    parse_recipient, verify,
};
use crate::{
    app::{App, free_bytes},
    clock,
    store::{AuditRow, BackupLedger as _, BackupRow, ItemLog as _, SqliteStore},
};

/// A verified backup.
#[derive(Debug)]
pub struct Made {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Where it lies.
    pub file: PathBuf,
    /// Bytes of the file.
    pub bytes: u64,
    /// Public keys that it is encrypted for.
    pub recipients: usize,
}

/// Makes a backup of a running server and verifies it by restoring it. `recipients` are public
/// keys of age beside those of the configuration; with none of either it is not encrypted.
///
/// # Errors
/// [`BackupError`]; what is left of a failed backup is removed, and the next one has another number.
pub fn make(app: &App, recipients: &[String]) -> Result<Made, BackupError> {
    let config = app.config();
    let folder = config.backup_folder();
    let named = config.backup_recipients.iter().chain(recipients);
    let mut keys = named.map(|text| parse_recipient(text)).collect::<Result<Vec<_>, _>>()?;
    let count = keys.len();
    // The very bytes on the disk are opened again below, with a key that nobody has afterwards.
    let own = x25519::Identity::generate();
    if count > 0 {
        keys.push(Box::new(own.to_public()));
    }
    let scratch = Scratch::make(&folder)?;
    check_space(&config.database(), &folder)?;
    let store = app.blocking_store();
    let begun = clock::now();
    let number = store.begin_backup(begun.unix_ms)?;
    let copy = scratch.path().join(DATABASE);
    store.copy_to(&copy)?;
    let mut files = BTreeMap::from([(DATABASE.to_owned(), copy.clone())]);
    let settings = [config.data.join("tsumugi.toml"), config.indicator_file(), config.margin_file()];
    for (name, path) in SETTINGS.into_iter().zip(settings) {
        if path.is_file() {
            files.insert(name.to_owned(), path);
        }
    }
    let manifest = describe(number, clock::rfc3339(begun), &files, &copy)?;
    let unfinished = scratch.path().join("backup");
    archive::write(&unfinished, &manifest, &files, &keys)?;
    // The copy is gone before it is made again from the archive: space for two is enough.
    fs::remove_file(&copy).map_err(BackupError::file(&copy))?;
    verify(&unfinished, &Keys(vec![own]), scratch.path())?;
    let stamp: String = manifest.begun.chars().take(16).filter(|c| *c != ':').collect();
    let ending = if count > 0 { "tar.age" } else { "tar" };
    let name = format!("tsumugi-{stamp}-{number:06}.{ending}");
    let file = folder.join(&name);
    fs::rename(&unfinished, &file).map_err(BackupError::file(&file))?;
    sync_folder(&folder);
    let bytes = file.metadata().map_err(BackupError::file(&file))?.len();
    let verified = Some(clock::now().unix_ms);
    store.end_backup(BackupRow { number, begun: begun.unix_ms, verified, file: name, bytes })?;
    remove_old(app)?;
    info!("backup {number} was made and verified: {} bytes in {}", bytes, file.display());
    Ok(Made { manifest, file, bytes, recipients: count })
}

/// Removes files of verified backups beyond those that stay; the list of backups still names them.
fn remove_old(app: &App) -> Result<(), BackupError> {
    let config = app.config();
    let keep = if config.backup_keep == 0 { usize::MAX } else { config.backup_keep };
    let verified = app.blocking_store().backups()?.into_iter().filter(|row| row.verified.is_some());
    for row in verified.skip(keep) {
        let file = config.backup_folder().join(&row.file);
        if file.is_file() {
            fs::remove_file(&file).map_err(BackupError::file(&file))?;
            info!("backup {} was removed: {keep} newer ones stay", row.number);
        }
    }
    Ok(())
}

fn describe(
    number: u64,
    begun: String,
    files: &BTreeMap<String, PathBuf>,
    copy: &std::path::Path,
) -> Result<Manifest, BackupError> {
    let (contents, epoch) = {
        let copied = SqliteStore::open(copy, 1, 0)?;
        (copied.contents()?, copied.epoch()?)
    };
    let sums = files.iter().map(|(name, path)| Ok((name.clone(), sum_of(path)?)));
    Ok(Manifest {
        layout: LAYOUT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        begun,
        number,
        epoch: format!("{:016x}", epoch.0),
        contents,
        files: sums.collect::<Result<_, BackupError>>()?,
    })
}

/// The copy, the archive and the restored copy: never more than two of them at a time.
fn check_space(database: &std::path::Path, folder: &std::path::Path) -> Result<(), BackupError> {
    let beside = |ending: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        fs::metadata(name).map_or(0, |file| file.len())
    };
    let needed = (beside("") + beside("-wal")).saturating_mul(2) + (16 << 20);
    match free_bytes(folder) {
        Some(free) if free < needed => Err(BackupError::Space { folder: folder.to_owned(), needed, free }),
        _ => Ok(()),
    }
}

/// Deeds of the office that a server restored from an older backup would not know, so that it would
/// take no answer that rests on them.
const RESTED_ON: [&str; 4] = ["cards.make", "companies.add", "survey.make", "survey.open"];
/// How many of the last deeds are looked at; an office does not do more in a day.
const RECENT_DEEDS: usize = 1_000;
const HOUR_MS: i64 = 3_600_000;

/// True when the configuration asks for backups and the last verified one is too old, or an hour old
/// and older than cards, companies or a survey that answers rest on.
///
/// # Errors
/// [`BackupError::Store`].
pub fn is_due(app: &App) -> Result<bool, BackupError> {
    let hours = i64::from(app.config().backup_hours);
    if hours == 0 {
        return Ok(false);
    }
    let store = app.blocking_store();
    let Some(last) = store.backups()?.into_iter().find_map(|row| row.verified.map(|_| row.begun)) else {
        return Ok(true);
    };
    let age = clock::now().unix_ms.saturating_sub(last);
    if age < HOUR_MS {
        return Ok(false);
    }
    let since = |row: AuditRow| row.at > last && RESTED_ON.contains(&row.action.as_str());
    Ok(age >= hours * HOUR_MS || store.audit(RECENT_DEEDS)?.into_iter().any(since))
}
