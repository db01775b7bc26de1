//! The disk of a simulated device: it dies, fails and fills at any call, and tells what was written.
//!
//! Owns the faults and the journal of written batches. Does not know what the batches mean.

use std::cell::Cell;

use tsumugi_core::device::{Batch, Entry, MemoryStorage, Storage, StorageError};

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// The process dies; nothing of a commit was written.
    DiesBefore,
    /// The process dies; a commit was written, and nobody heard of it.
    DiesAfter,
    /// The call fails once; nothing of a commit was written.
    FailsBefore,
    /// A commit is written, and fails all the same.
    FailsAfter,
    /// No space is left, for so many commits.
    Full(u32),
}

/// Something that goes wrong after some more calls.
#[derive(Debug, Clone, Copy)]
struct Strike {
    calls_left: u32,
    blow: Blow,
}

/// How a disk betrays its device; only to prove that the simulation sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Every so often a commit is said to be written and is not.
    DropsCommits(u32),
    /// Every so often only the first half of a commit is written.
    TearsCommits(u32),
}

/// A storage in memory with faults.
#[derive(Debug, Default)]
pub struct Disk {
    kept: MemoryStorage,
    strike: Cell<Option<Strike>>,
    dead: Cell<bool>,
    struck: Cell<Option<Blow>>,
    full_for: u32,
    journal: Vec<Batch>,
    commits: u32,
    calls: Cell<u64>,
    lie: Option<Lie>,
}

impl Disk {
    /// An empty disk.
    pub fn new(lie: Option<Lie>) -> Self {
        Self { lie, ..Self::default() }
    }

    /// A disk that holds the same, without the faults that await this one.
    pub fn copied(&self) -> Self {
        Self { kept: self.kept.clone(), lie: self.lie, commits: self.commits, ..Self::default() }
    }

    /// Lets `blow` fall after so many more calls.
    pub fn strike(&self, blow: Blow, after_calls: u32) {
        self.strike.set(Some(Strike { calls_left: after_calls, blow }));
    }

    /// Takes back every fault that is still to come, and makes space.
    pub fn mend(&mut self) {
        self.strike.set(None);
        self.dead.set(false);
        self.full_for = 0;
    }

    /// True when the process that used this disk is dead.
    pub const fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// The last blow that fell, told once.
    pub fn take_struck(&self) -> Option<Blow> {
        self.struck.take()
    }

    /// What was written since this was asked last.
    pub fn take_journal(&mut self) -> Vec<Batch> {
        std::mem::take(&mut self.journal)
    }

    /// How often the device called.
    pub const fn calls(&self) -> u64 {
        self.calls.get()
    }

    /// Everything, in key order.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.kept.entries()
    }

    /// The blow that falls at this call.
    fn blow(&self, commits: bool) -> Option<Blow> {
        self.calls.set(self.calls.get() + 1);
        let strike = self.strike.get()?;
        if strike.calls_left > 0 {
            self.strike.set(Some(Strike { calls_left: strike.calls_left - 1, ..strike }));
            return None;
        }
        // What only a commit can meet waits for one.
        if !commits && matches!(strike.blow, Blow::FailsAfter | Blow::Full(_)) {
            return None;
        }
        self.strike.set(None);
        self.struck.set(Some(strike.blow));
        if matches!(strike.blow, Blow::DiesBefore | Blow::DiesAfter) {
            self.dead.set(true);
        }
        Some(strike.blow)
    }

    fn read(&self) -> Result<(), StorageError> {
        if self.dead.get() {
            return Err(failed("the process is dead"));
        }
        match self.blow(false) {
            Some(_) => Err(failed("a read failed")),
            None => Ok(()),
        }
    }

    fn write(&mut self, mut batch: Batch) -> Result<(), StorageError> {
        self.commits += 1;
        match self.lie {
            Some(Lie::DropsCommits(every)) if self.commits.is_multiple_of(every) => return Ok(()),
            Some(Lie::TearsCommits(every)) if self.commits.is_multiple_of(every) => {
                batch.writes.truncate(batch.writes.len() / 2);
            }
            _ => {}
        }
        self.journal.push(batch.clone());
        self.kept.commit(batch)
    }
}

fn failed(detail: &str) -> StorageError {
    StorageError::Io { detail: detail.to_owned() }
}

impl Storage for Disk {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.read()?;
        self.kept.get(key)
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StorageError> {
        self.read()?;
        self.kept.scan(prefix)
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StorageError> {
        if self.dead.get() {
            return Err(failed("the process is dead"));
        }
        if self.full_for > 0 {
            self.full_for -= 1;
            return Err(StorageError::Full);
        }
        match self.blow(true) {
            None => self.write(batch),
            Some(Blow::DiesBefore | Blow::FailsBefore) => Err(failed("a commit failed")),
            Some(Blow::DiesAfter | Blow::FailsAfter) => {
                self.write(batch)?;
                Err(failed("a commit failed after it was written"))
            }
            Some(Blow::Full(commits)) => {
                self.full_for = commits.saturating_sub(1);
                Err(StorageError::Full)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    tsumugi_core::storage_contract!(Disk::new(None));

    #[test]
    fn a_blow_falls_at_its_call_and_a_dead_process_reads_nothing() {
        let mut disk = Disk::new(None);
        let mut batch = Batch::default();
        batch.put(*b"key", *b"value");
        disk.strike(Blow::DiesAfter, 1);
        assert!(disk.get(b"key").is_ok());
        assert!(disk.commit(batch).is_err());
        assert!(disk.is_dead() && disk.get(b"key").is_err());
        disk.mend();
        assert_eq!(disk.get(b"key").expect("a mended disk"), Some(b"value".to_vec()));
    }
}
