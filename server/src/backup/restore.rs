//! The way back, and the check that the way back is open.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    BackupError, Keys, Manifest,
    archive::{self, Scratch, sync_folder},
    manifest::{DATABASE, SETTINGS},
};
use crate::store::{BackupLedger as _, SqliteStore, Staff as _, Upkeep as _};

/// A data folder that was filled from a backup.
#[derive(Debug)]
pub struct Restored {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// Where the database that was there before lies now.
    pub aside: Option<PathBuf>,
}

/// Restores a backup into a folder of its own beside `beside`, reads every page, item and record
/// of it, and removes the folder again.
///
/// # Errors
/// [`BackupError`] says what is wrong with the file.
pub fn verify(file: &Path, keys: &Keys, beside: &Path) -> Result<Manifest, BackupError> {
    let scratch = Scratch::make(beside)?;
    let manifest = archive::unpack(file, keys, scratch.path())?;
    examine(file, &manifest, scratch.path())?;
    Ok(manifest)
}

/// Opens an unpacked database as a server does, and looks at all of it.
fn examine(file: &Path, manifest: &Manifest, folder: &Path) -> Result<(), BackupError> {
    let unsound = |reason: String| BackupError::Unsound { file: file.to_owned(), reason };
    let store =
        SqliteStore::open(&folder.join(DATABASE), 1, 0).map_err(|error| unsound(error.to_string()))?;
    let wrong = store.verify()?;
    if let Some(first) = wrong.first() {
        return Err(unsound(format!("{first} ({} faults)", wrong.len())));
    }
    let contents = store.contents()?;
    if contents == manifest.contents {
        Ok(())
    } else {
        Err(unsound(format!("it holds {contents:?} and should hold {:?}", manifest.contents)))
    }
}

/// Fills a data folder from a backup, after the whole check. A database that is there is an
/// error, or moved aside; nothing is deleted. The log gets another life, so that devices offer
/// again what came after the backup.
///
/// # Errors
/// [`BackupError`]; the folder is as it was, unless the last step, moving files, failed.
pub fn restore(
    file: &Path,
    keys: &Keys,
    folder: &Path,
    set_aside: bool,
    now: i64,
) -> Result<Restored, BackupError> {
    let occupied = folder.join(DATABASE).exists();
    if occupied && !set_aside {
        return Err(BackupError::Occupied { folder: folder.to_owned() });
    }
    let scratch = Scratch::make(folder)?;
    let manifest = archive::unpack(file, keys, scratch.path())?;
    examine(file, &manifest, scratch.path())?;
    let opened = scratch.path().join(DATABASE);
    {
        let store = SqliteStore::open(&opened, 1, 0)?;
        store.renew_epoch()?;
        let what = format!("backup {} of {}", manifest.number, manifest.begun);
        store.record(now, "local".to_owned(), "backup.restore".to_owned(), what)?;
    }
    let aside = if occupied { Some(move_aside(folder)?) } else { None };
    for name in [DATABASE].into_iter().chain(SETTINGS) {
        let (from, to) = (scratch.path().join(name), folder.join(name));
        // Settings of this machine stand over those of the backup.
        if from.exists() && !to.exists() {
            fs::rename(&from, &to).map_err(BackupError::file(&to))?;
        }
    }
    sync_folder(folder);
    Ok(Restored { manifest, aside })
}

/// Moves the database and what belongs to it into the first free folder.
fn move_aside(folder: &Path) -> Result<PathBuf, BackupError> {
    let named = |number: u32| folder.join(format!("before-restore-{number}"));
    let aside = (1..=10_000).map(named).find(|place| !place.exists()).unwrap_or_else(|| named(0));
    fs::create_dir(&aside).map_err(BackupError::file(&aside))?;
    for ending in ["", "-wal", "-shm"] {
        let name = format!("{DATABASE}{ending}");
        let from = folder.join(&name);
        if from.exists() {
            fs::rename(&from, aside.join(&name)).map_err(BackupError::file(&from))?;
        }
    }
    sync_folder(&aside);
    Ok(aside)
}
