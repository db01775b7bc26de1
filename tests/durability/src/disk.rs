//! The disk that a power cut leaves.
//!
//! Holds what is surely on it and what is not yet: bytes of a file are sure after its fsync,
//! names after that of the folder. So it is stricter than ext4, whose fsync of a new file keeps
//! its name too.

use std::{collections::BTreeMap, fs, io, path::Path};

use tsumugi_tests::Chance;

use crate::trace::Event;

/// A sector is written whole or not at all.
const SECTOR: usize = 512;

/// What becomes of writes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All are gone.
    Dropped,
    /// Some sectors were written, in any order.
    Sectors,
    /// None is gone.
    Kept,
}

/// All of them.
pub const LOSSES: [Loss; 3] = [Loss::Dropped, Loss::Sectors, Loss::Kept];

/// Which fsyncs the disk believes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    /// All.
    Believed,
    /// None of a write-ahead log: what `synchronous = NORMAL` would have left out.
    NotOfTheLog,
}

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

#[derive(Debug, Clone, Default)]
struct Content {
    sure: Vec<u8>,
    unsure: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Naming {
    Gave(String, usize),
    Took(String),
}

/// Files of one folder, as far as they are on the disk.
#[derive(Debug, Clone)]
pub struct Disk {
    contents: Vec<Content>,
    /// Names as the process sees them.
    seen: BTreeMap<String, usize>,
    /// Names as they surely are.
    sure: BTreeMap<String, usize>,
    unsure: Vec<Naming>,
    syncs: Syncs,
}

impl Disk {
    /// A disk with what lies in `folder`, all of it sure.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn of(folder: &Path, syncs: Syncs) -> io::Result<Self> {
        let mut disk = Self {
            contents: Vec::new(),
            seen: BTreeMap::new(),
            sure: BTreeMap::new(),
            unsure: Vec::new(),
            syncs,
        };
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            disk.seen.insert(name, disk.contents.len());
            disk.contents.push(Content { sure: fs::read(entry.path())?, unsure: Vec::new() });
        }
        disk.sure.clone_from(&disk.seen);
        Ok(disk)
    }

    /// Takes the next event.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Created(name) => {
                self.name(name, self.contents.len());
                self.contents.push(Content::default());
            }
            Event::Written { name, offset, bytes } => {
                self.change(name, Change::Write(*offset, bytes.clone()))
            }
            Event::Cut { name, length } => self.change(name, Change::Cut(*length)),
            Event::Synced(name) => {
                if self.syncs == Syncs::Believed || !name.ends_with("-wal") {
                    self.sync(name);
                }
            }
            Event::FolderSynced => {
                self.sure.clone_from(&self.seen);
                self.unsure.clear();
            }
            Event::Unlinked(name) => self.unname(name),
            Event::Renamed { from, to } => {
                let Some(content) = self.seen.get(from).copied() else { return };
                self.unname(from);
                self.name(to, content);
            }
            Event::Said(_) | Event::Sent => {}
        }
    }

    fn name(&mut self, name: &str, content: usize) {
        self.seen.insert(name.to_owned(), content);
        self.unsure.push(Naming::Gave(name.to_owned(), content));
    }

    fn unname(&mut self, name: &str) {
        self.seen.remove(name);
        self.unsure.push(Naming::Took(name.to_owned()));
    }

    fn change(&mut self, name: &str, change: Change) {
        let content = self.seen.get(name).and_then(|place| self.contents.get_mut(*place));
        if let Some(content) = content {
            content.unsure.push(change);
        }
    }

    fn sync(&mut self, name: &str) {
        let content = self.seen.get(name).and_then(|place| self.contents.get_mut(*place));
        if let Some(content) = content {
            for change in std::mem::take(&mut content.unsure) {
                apply(&mut content.sure, &change);
            }
        }
    }

    /// The files that a cut leaves now, but for shared memory, which is none of a disk.
    pub fn after_cut(&self, loss: Loss, chance: &mut Chance) -> BTreeMap<String, Vec<u8>> {
        // The names of a journalled folder change in order; how far they came is chance.
        let namings = match loss {
            Loss::Dropped => 0,
            Loss::Sectors => chance.place(self.unsure.len() + 1),
            Loss::Kept => self.unsure.len(),
        };
        let mut names = self.sure.clone();
        for naming in self.unsure.iter().take(namings) {
            match naming {
                Naming::Gave(name, content) => names.insert(name.clone(), *content),
                Naming::Took(name) => names.remove(name),
            };
        }
        let percent = [5, 50, 95].get(chance.place(3)).copied().unwrap_or(50);
        names
            .into_iter()
            .filter(|(name, _)| !name.ends_with("-shm"))
            .filter_map(|(name, place)| Some((name, self.contents.get(place)?)))
            .map(|(name, content)| (name, content.after_cut(loss, percent, chance)))
            .collect()
    }
}

impl Content {
    fn after_cut(&self, loss: Loss, percent: u64, chance: &mut Chance) -> Vec<u8> {
        let mut bytes = self.sure.clone();
        for change in &self.unsure {
            match (loss, change) {
                (Loss::Dropped, _) => {}
                (Loss::Kept, change) => apply(&mut bytes, change),
                (Loss::Sectors, Change::Cut(_)) => {
                    if chance.percent(percent) {
                        apply(&mut bytes, change);
                    }
                }
                (Loss::Sectors, Change::Write(offset, data)) => {
                    for (place, piece) in sectors(*offset, data) {
                        if chance.percent(percent) {
                            write(&mut bytes, place, piece);
                        }
                    }
                }
            }
        }
        bytes
    }
}

/// The pieces of a write that lie in different sectors of the file.
fn sectors(offset: usize, data: &[u8]) -> Vec<(usize, &[u8])> {
    let (mut pieces, mut place, mut rest) = (Vec::new(), offset, data);
    while !rest.is_empty() {
        let length = (SECTOR - place % SECTOR).min(rest.len());
        let (piece, after) = rest.split_at(length);
        pieces.push((place, piece));
        place += length;
        rest = after;
    }
    pieces
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(offset, data) => write(bytes, *offset, data),
        Change::Cut(length) => bytes.resize(*length, 0),
    }
}

fn write(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(offset..end) {
        place.copy_from_slice(data);
    }
}

/// Writes an image into an empty folder.
///
/// # Errors
/// When it cannot be written.
pub fn write_image(image: &BTreeMap<String, Vec<u8>>, folder: &Path) -> io::Result<()> {
    image.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, offset: usize, bytes: &[u8]) -> Event {
        Event::Written { name: name.to_owned(), offset, bytes: bytes.to_vec() }
    }

    #[test]
    fn what_was_not_synced_is_gone_what_was_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("old"), b"aaaa").expect("a file");
        let mut disk = Disk::of(folder.path(), Syncs::Believed).expect("a disk");
        let events = [
            written("old", 0, b"b"),
            Event::Synced("old".to_owned()),
            written("old", 1, b"cc"),
            Event::Created("new".to_owned()),
            written("new", 0, b"n"),
            Event::Synced("new".to_owned()),
        ];
        events.iter().for_each(|event| disk.take(event));
        let mut chance = Chance::of(1);
        let files = |image: &[(&str, &[u8])]| -> BTreeMap<String, Vec<u8>> {
            image.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
        };
        assert_eq!(disk.after_cut(Loss::Dropped, &mut chance), files(&[("old", b"baaa")]));
        assert_eq!(disk.after_cut(Loss::Kept, &mut chance), files(&[("new", b"n"), ("old", b"bcca")]));
        disk.take(&Event::FolderSynced);
        assert_eq!(disk.after_cut(Loss::Dropped, &mut chance), files(&[("new", b"n"), ("old", b"baaa")]));
    }

    #[test]
    fn a_write_is_torn_at_sectors_of_the_file() {
        let data = [1; 700];
        let pieces = sectors(500, &data);
        assert_eq!(
            pieces.iter().map(|(at, piece)| (*at, piece.len())).collect::<Vec<_>>(),
            [(500, 12), (512, 512), (1024, 176)]
        );
    }
}
