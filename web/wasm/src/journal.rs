//! Storage in memory that remembers what changed, for a host that writes asynchronously.

use js_sys::{Array, Uint8Array};
use tsumugi_core::device::{Batch, Entry, MemoryStorage, Storage, StorageError, Write};
use wasm_bindgen::{JsCast as _, JsValue};

/// Memory, and the writes since the journal was last taken. The page writes each journal in
/// one transaction and says "saved" after it; when it cannot, it keeps the journal and tries
/// again, for memory is then ahead of the disk.
#[derive(Debug, Default)]
pub(crate) struct JournalStorage {
    memory: MemoryStorage,
    journal: Vec<Write>,
}

impl JournalStorage {
    /// Takes what the page read from its database: an array of `[key, value]`.
    pub(crate) fn from_rows(rows: &Array) -> Result<Self, StorageError> {
        let mut batch = Batch::default();
        for row in rows.iter() {
            let (key, value) = pair(&row).ok_or_else(|| StorageError::Damaged {
                detail: "a row of the database is not a key and a value".to_owned(),
            })?;
            batch.put(key, value);
        }
        let mut memory = MemoryStorage::new();
        memory.commit(batch)?;
        Ok(Self { memory, journal: Vec::new() })
    }

    /// Hands out what changed since the last call: an array of `[key, value or null]`, in order.
    pub(crate) fn take_journal(&mut self) -> Array {
        self.journal.drain(..).map(|write| change(&write)).collect()
    }
}

fn pair(row: &JsValue) -> Option<(Vec<u8>, Vec<u8>)> {
    let row = row.dyn_ref::<Array>()?;
    let bytes = |value: JsValue| value.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec());
    Some((bytes(row.get(0))?, bytes(row.get(1))?))
}

fn change(write: &Write) -> JsValue {
    let (key, value) = match write {
        Write::Put { key, value } => (key, JsValue::from(Uint8Array::from(value.as_slice()))),
        Write::Delete { key } => (key, JsValue::NULL),
    };
    Array::of2(&JsValue::from(Uint8Array::from(key.as_slice())), &value).into()
}

impl Storage for JournalStorage {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.memory.get(key)
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StorageError> {
        self.memory.scan(prefix)
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StorageError> {
        self.journal.extend(batch.writes.iter().cloned());
        self.memory.commit(batch)
    }
}

#[cfg(test)]
mod tests {
    tsumugi_core::storage_contract!(super::JournalStorage::default());
}
