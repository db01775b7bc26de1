//! What can be wrong with what was asked.

use crate::{api::FileFinding, keyring::KeyringError, store::StoreError};

/// The application refused, or the store failed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A response could not be examined; what waits for it still waits.
    #[error("{0}")]
    Admission(String),
    /// A key could not be derived.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// What was named is not there.
    #[error("there is no such {what}")]
    NotFound {
        /// What.
        what: &'static str,
    },
    /// What was asked for cannot be.
    #[error("{detail}")]
    Invalid {
        /// Stable word.
        code: &'static str,
        /// What is wrong and what to do.
        detail: String,
    },
    /// It does not fit the present state.
    #[error("{detail}")]
    Conflict {
        /// Stable word.
        code: &'static str,
        /// What is wrong and what to do.
        detail: String,
    },
    /// A code, password or passphrase is wrong.
    #[error("the {what} is wrong")]
    Wrong {
        /// `code`, `password` or `passphrase`.
        what: &'static str,
    },
    /// A file has errors.
    #[error("the file has {} errors", .findings.len())]
    Findings {
        /// Each, by place.
        findings: Vec<FileFinding>,
    },
}

impl AppError {
    /// Something that cannot be, with what to do.
    pub fn invalid(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { code, detail: detail.into() }
    }

    /// Something that does not fit the present state, with what to do.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }
}
