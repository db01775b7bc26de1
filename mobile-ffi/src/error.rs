//! What an app can act on, and nothing else.

use tsumugi_core::device::{
    BundleRefused, DeviceError, FinishError, OpenAnonymousError, StorageError, SubmitError,
};

/// A call failed. Each variant is something that the app does differently.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum TabletError {
    /// The answer does not fit its question: keep it on the screen and say why.
    #[error("`{path}` refuses the answer: {reason}")]
    AnswerRefused {
        /// The question or repeat.
        path: String,
        /// Stable code (`not-a-number`).
        reason: String,
    },
    /// Enrol first: there is no enrolment, or the server ended it.
    #[error("this device is not enrolled")]
    NotEnrolled,
    /// Ask for space to be made; what was saved before is there.
    #[error("no space is left on the device")]
    StorageFull,
    /// Show whom to call; the file was kept.
    #[error("the storage is damaged, or was written with another key")]
    StorageDamaged,
    /// Show the sentence: the file is damaged, or of another kind. Nothing was changed.
    #[error("{english}")]
    FileRefused {
        /// What is wrong and what to do, in Japanese.
        japanese: String,
        /// The same in English.
        english: String,
    },
    /// Show the report number and go on.
    #[error("{report}")]
    Internal {
        /// What happened, for a support person; holds no answer and no name.
        report: String,
    },
}

impl TabletError {
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        Self::Internal { report: error.to_string() }
    }
}

impl From<StorageError> for TabletError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Full => Self::StorageFull,
            StorageError::Damaged { .. } => Self::StorageDamaged,
            StorageError::Io { .. } => Self::internal(&error),
        }
    }
}

impl From<DeviceError> for TabletError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::AnswerRefused(refused) => Self::AnswerRefused {
                path: refused.path.to_string(),
                reason: refused.reason.code().to_owned(),
            },
            DeviceError::RepeatRefused(refused) => Self::from(&refused),
            DeviceError::NotEnrolled | DeviceError::NoBundleKey => Self::NotEnrolled,
            DeviceError::Storage(error) => error.into(),
            DeviceError::Vault(_) | DeviceError::Malformed { .. } => Self::StorageDamaged,
            other => Self::internal(&other),
        }
    }
}

impl From<&tsumugi_core::form::RepeatRefused> for TabletError {
    fn from(refused: &tsumugi_core::form::RepeatRefused) -> Self {
        use tsumugi_core::form::RepeatRefused::{Counted, TooMany, Unknown};
        let (path, reason) = match refused {
            Unknown { path } => (path, "unknown-repeat"),
            Counted { path } => (path, "counted-repeat"),
            TooMany { path, .. } => (path, "too-many-instances"),
        };
        Self::AnswerRefused { path: path.to_string(), reason: reason.to_owned() }
    }
}

impl From<OpenAnonymousError> for TabletError {
    fn from(error: OpenAnonymousError) -> Self {
        match error {
            OpenAnonymousError::Device(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<FinishError> for TabletError {
    fn from(error: FinishError) -> Self {
        match error {
            FinishError::Device(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<SubmitError> for TabletError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Device(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<BundleRefused> for TabletError {
    fn from(error: BundleRefused) -> Self {
        match error {
            BundleRefused::Device(error) => error.into(),
            BundleRefused::File(error) => {
                Self::FileRefused { japanese: error.message("ja"), english: error.message("en") }
            }
        }
    }
}

/// The platform's key store did not give the data key.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum KeyError {
    /// Locked, lost or not allowed.
    #[error("the key store did not give the data key: {detail}")]
    Unavailable {
        /// The platform's own message.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable { detail: error.reason }
    }
}
