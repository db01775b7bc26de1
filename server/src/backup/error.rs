//! What can be wrong with a backup.

use std::{io, path::PathBuf};

use crate::store::StoreError;

/// A backup could not be made, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
    /// Too little space is left to make the copy and to verify it.
    #[error("the backup needs {needed} bytes in `{}`, and {free} are free", folder.display())]
    Space {
        /// Where it was to be written.
        folder: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The file is encrypted, and no key opens it.
    #[error("no key that was given opens `{}`: {reason}", file.display())]
    Locked {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// A key is none.
    #[error("`{text}` is no age key: {reason}")]
    Key {
        /// What was given; a secret key is not repeated.
        text: String,
        /// Why.
        reason: String,
    },
    /// The file is no backup, or its bytes have changed.
    #[error("the backup `{}` is not sound: {reason}", file.display())]
    Unsound {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The folder already holds a database.
    #[error("`{}` already holds a database", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    /// Names the file that an operation of the system failed on.
    pub(super) fn file(file: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let file = file.into();
        move |source| Self::File { file, source }
    }
}
