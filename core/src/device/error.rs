//! What can go wrong on a device.

use super::{StorageError, VaultError};
use crate::{
    form::{AnswerRefused, RepeatRefused},
    id::{ResponseId, SurveyId},
};

/// A call on a device failed. Nothing that a respondent typed is in here.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// An answer does not fit its question; nothing was changed.
    #[error(transparent)]
    AnswerRefused(#[from] AnswerRefused),
    /// A repeat instance cannot be added or removed; nothing was changed.
    #[error(transparent)]
    RepeatRefused(#[from] RepeatRefused),
    /// The device has no enrolment, or the server revoked it.
    #[error("this device is not enrolled")]
    NotEnrolled,
    /// The storage failed; what is shown as saved is saved.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A stored value cannot be read with this data key.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A stored value can be opened but not understood.
    #[error("a stored {what} cannot be understood: {detail}")]
    Malformed {
        /// Which kind of value.
        what: &'static str,
        /// Where reading stopped.
        detail: String,
    },
    /// The survey is not on this device.
    #[error("survey {survey} is not on this device")]
    UnknownSurvey {
        /// The survey asked for.
        survey: SurveyId,
    },
    /// The survey's form is not on this device yet, or this version cannot read it.
    #[error("the form of survey {survey} is not ready on this device")]
    FormNotReady {
        /// The survey asked for.
        survey: SurveyId,
    },
    /// The response is not on this device.
    #[error("response {response} is not on this device")]
    UnknownResponse {
        /// The response asked for.
        response: ResponseId,
    },
    /// The response is not open.
    #[error("response {response} is not open")]
    NotOpen {
        /// The response asked for.
        response: ResponseId,
    },
    /// Answers of this kind of survey are given in another way.
    #[error("survey {survey} is answered in another way")]
    WrongMode {
        /// The survey asked for.
        survey: SurveyId,
    },
    /// The survey does not take answers.
    #[error("survey {survey} does not take answers")]
    NotTaking {
        /// The survey asked for.
        survey: SurveyId,
    },
    /// No anonymous entry is in progress.
    #[error("no anonymous entry is in progress")]
    NoAnonymousEntry,
    /// The change is larger than one change may be.
    #[error("the change was not recorded: {0}")]
    NotRecorded(String),
    /// The answers do not fit into a record of the survey.
    #[error(transparent)]
    Seal(#[from] crate::sealed::SealError),
    /// The server that the device is enrolled with told no key for bundles.
    #[error("the server told this device no key for bundles; enrol it again")]
    NoBundleKey,
    /// The reply does not belong to the request under way, or is not one.
    #[error("the reply cannot be read: {detail}")]
    Reply {
        /// What was expected.
        detail: String,
    },
}

/// A card does not give the right to answer, or the form must not be answered without a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardRefused {
    /// The code was mistyped.
    #[error(transparent)]
    Code(#[from] crate::sealed::CardCodeError),
    /// No list of the survey has the card.
    #[error("the card does not belong to this survey")]
    Unknown,
    /// The card was used on this device.
    #[error("the card was used on this device")]
    Used,
}

/// An anonymous entry was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenAnonymousError {
    /// The card.
    #[error(transparent)]
    Card(#[from] CardRefused),
    /// The form reads the clock or asks for free text that its author did not allow.
    #[error(transparent)]
    Form(#[from] NotAnonymous),
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// Why a form cannot be answered anonymously.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnonymous {
    /// A value comes from the clock: a time stamp tells who answered.
    #[error("`{path}` reads the clock, which an anonymous form must not")]
    ReadsClock {
        /// The element.
        path: crate::answers::Path,
    },
    /// A free text can tell who answered; the settings sheet must allow it with
    /// `anonymous_free_text` = `yes`.
    #[error("`{path}` asks for free text, which the form does not allow for anonymous answers")]
    FreeText {
        /// The question.
        path: crate::answers::Path,
    },
    /// A file, a place or a barcode tells who answered.
    #[error("`{path}` asks for a file, a place or a barcode, which anonymous answers must not hold")]
    Identifying {
        /// The question.
        path: crate::answers::Path,
    },
}
