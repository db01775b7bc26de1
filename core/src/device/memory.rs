//! Storage in memory: for tests, for practice, and beneath a host's own journal.

use std::collections::BTreeMap;

use super::{Batch, Entry, Storage, StorageError, Write};

/// An ordered map. Cloning it is a copy of the device's disk at that moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryStorage {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl MemoryStorage {
    /// An empty storage.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything, in key order.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
    }
}

impl Storage for MemoryStorage {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.entries.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StorageError> {
        Ok(self
            .entries
            .range(prefix.to_vec()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StorageError> {
        for write in batch.writes {
            match write {
                Write::Put { key, value } => drop(self.entries.insert(key, value)),
                Write::Delete { key } => drop(self.entries.remove(&key)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    crate::storage_contract!(super::MemoryStorage::new());
}
