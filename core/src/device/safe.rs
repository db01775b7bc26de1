//! Storage behind the vault: every value that a device keeps passes here.

use rand_core::CryptoRng;
use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, DeviceError, Entry, Storage, Vault};

/// A storage whose values are encrypted.
#[derive(Debug)]
pub(super) struct Safe<S> {
    storage: S,
    vault: Vault,
}

impl<S: Storage> Safe<S> {
    pub(super) fn new(storage: S, data_key: &[u8; 32]) -> Self {
        Self { storage, vault: Vault::new(data_key) }
    }

    pub(super) fn storage(&self) -> &S {
        &self.storage
    }

    pub(super) fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    pub(super) fn into_storage(self) -> S {
        self.storage
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, DeviceError> {
        match self.storage.get(key)? {
            Some(sealed) => Ok(Some(self.vault.open(key, &sealed)?)),
            None => Ok(None),
        }
    }

    /// True when something stands under `key`; it is not opened.
    pub(super) fn has(&self, key: &[u8]) -> Result<bool, DeviceError> {
        Ok(self.storage.get(key)?.is_some())
    }

    pub(super) fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, DeviceError> {
        self.storage
            .scan(prefix)?
            .into_iter()
            .map(|(key, sealed)| {
                let value = self.vault.open(&key, &sealed)?;
                Ok((key, value))
            })
            .collect()
    }

    /// The keys below `prefix`; values are not opened.
    pub(super) fn keys(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, DeviceError> {
        Ok(self.storage.scan(prefix)?.into_iter().map(|(key, _)| key).collect())
    }

    /// How many bytes are kept below `prefix`, as they are stored.
    pub(super) fn bytes_below(&self, prefix: &[u8]) -> Result<usize, DeviceError> {
        Ok(self.storage.scan(prefix)?.iter().map(|(_, sealed)| sealed.len()).sum())
    }

    pub(super) fn get_json<T: DeserializeOwned>(
        &self,
        key: &[u8],
        what: &'static str,
    ) -> Result<Option<T>, DeviceError> {
        let Some(bytes) = self.get(key)? else { return Ok(None) };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| DeviceError::Malformed { what, detail: position_of(&error) })
    }

    /// Adds an encrypted put to `batch`.
    pub(super) fn put(&self, batch: &mut Batch, key: Vec<u8>, value: &[u8], rng: &mut impl CryptoRng) {
        let sealed = self.vault.seal(&key, value, rng);
        batch.put(key, sealed);
    }

    pub(super) fn put_json<T: Serialize>(
        &self,
        batch: &mut Batch,
        key: &[u8],
        value: &T,
        rng: &mut impl CryptoRng,
    ) {
        let json = serde_json::to_vec(value).expect("what a device keeps has text keys only");
        self.put(batch, key.to_vec(), &json, rng);
    }

    pub(super) fn commit(&mut self, batch: Batch) -> Result<(), DeviceError> {
        Ok(self.storage.commit(batch)?)
    }
}

/// Where JSON stopped to make sense, without its content.
pub(super) fn position_of(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}
