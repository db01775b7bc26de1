//! What core asks of a device's durable storage.

/// Storage failed. The host decides which variant a failure of its own is.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No space is left; nothing of the batch was written.
    #[error("no space is left on the device")]
    Full,
    /// What is stored does not pass its checksum. It was kept aside, never deleted.
    #[error("the storage is damaged: {detail}")]
    Damaged {
        /// Which part, in words for a support person.
        detail: String,
    },
    /// Anything else; the outcome of a commit is unknown and must be read again.
    #[error("the storage failed: {detail}")]
    Io {
        /// The host's own message.
        detail: String,
    },
}

/// Writes that happen together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// In order; a later write of a key wins.
    pub writes: Vec<Write>,
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Puts a value under a key.
    Put {
        /// Key.
        key: Vec<u8>,
        /// Value.
        value: Vec<u8>,
    },
    /// Removes a key; a missing key is no error.
    Delete {
        /// Key.
        key: Vec<u8>,
    },
}

impl Batch {
    /// Adds a put.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.writes.push(Write::Put { key: key.into(), value: value.into() });
    }

    /// Adds a delete.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.writes.push(Write::Delete { key: key.into() });
    }
}

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Durable, ordered key-value storage of one device. Values are already encrypted where they
/// must be. Nothing about insertion order may be observable.
pub trait Storage {
    /// The value under `key`.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] when the value does not pass its checksum.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;

    /// Entries whose key begins with `prefix`, in key order.
    ///
    /// # Errors
    /// As [`Storage::get`].
    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StorageError>;

    /// Makes all writes of `batch` durable, or none.
    ///
    /// # Errors
    /// [`StorageError::Full`] when nothing was written; [`StorageError::Io`] when unknown.
    fn commit(&mut self, batch: Batch) -> Result<(), StorageError>;
}
