//! The files of a database that was damaged: set aside whole, with a rescued one in their place.
//!
//! Three names beside each other: the database, `….rescue` with what could be read of it, and
//! `….damaged-N`. The rescue is whole and durable before the first name changes, so a cut at any
//! moment leaves either the damaged file where it was, to be rescued again, or the rescue, to be
//! moved into its place.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// What SQLite keeps beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

fn named(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Where the rescued rows are written.
pub(crate) fn rescue_of(path: &Path) -> PathBuf {
    named(path, ".rescue")
}

/// Makes room for a rescue: one that was not finished is made again from the damaged file, which
/// is still where it was.
pub(crate) fn forget_rescue(path: &Path) -> io::Result<()> {
    let rescue = rescue_of(path);
    for ending in [BESIDE[0], BESIDE[1], ""] {
        match fs::remove_file(named(&rescue, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Moves the damaged file and what belongs to it out of the way, under the first free number, and
/// the rescue into its place. Gives the damaged file's new name.
pub(crate) fn change_places(path: &Path) -> io::Result<PathBuf> {
    let free = (1..10_000).map(|number| named(path, &format!(".damaged-{number}"))).find(|one| !one.exists());
    let aside = free.unwrap_or_else(|| named(path, ".damaged-10000"));
    // The database first: without its name the rest is finished by the next start.
    fs::rename(path, &aside)?;
    put_rescue(path, &aside)?;
    Ok(aside)
}

/// Finishes what a cut has left: the damaged file is aside already, the rescue not yet in its
/// place. Gives the damaged file's name, or nothing when there is nothing to finish.
pub(crate) fn finish(path: &Path) -> io::Result<Option<PathBuf>> {
    if path.exists() || !rescue_of(path).exists() {
        return Ok(None);
    }
    let numbers = (1..=10_000).map(|number| named(path, &format!(".damaged-{number}")));
    let Some(aside) = numbers.take_while(|one| one.exists()).last() else { return Ok(None) };
    put_rescue(path, &aside)?;
    Ok(Some(aside))
}

fn put_rescue(path: &Path, aside: &Path) -> io::Result<()> {
    // A log of the damaged file beside the rescue would be played into it.
    for ending in BESIDE {
        let from = named(path, ending);
        if from.exists() {
            fs::rename(&from, named(aside, ending))?;
        }
    }
    fs::rename(rescue_of(path), path)?;
    // Names are durable with their folder; a system that cannot do that has no need to.
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
    Ok(())
}
