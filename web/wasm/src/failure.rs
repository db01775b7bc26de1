//! Failures as the page hears them: a stable code, and a sentence where core has one.

use serde::Serialize;
use tsumugi_core::{
    device::{BundleRefused, CardRefused, DeviceError, EnrolError, OpenAnonymousError, StorageError},
    form::AnswerRefused,
    id::ParseIdError,
};
use wasm_bindgen::JsValue;

/// A failed call. Holds nothing that a person typed.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    code: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Messages>,
}

/// A sentence for the person who typed.
#[derive(Debug, Serialize)]
struct Messages {
    ja: String,
    en: String,
}

impl Failure {
    pub(crate) fn new(code: &'static str, detail: impl ToString) -> Self {
        Self { code, detail: detail.to_string(), messages: None }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        // A failure is two or four texts: serde_json writes them or, without memory, nothing does.
        Self::from_str(&serde_json::to_string(&failure).unwrap_or_default())
    }
}

impl From<AnswerRefused> for Failure {
    fn from(refused: AnswerRefused) -> Self {
        let words = |language| refused.reason.message(language).to_owned();
        let messages = Messages { ja: words("ja"), en: words("en") };
        Self { messages: Some(messages), ..Self::new(refused.reason.code(), &refused) }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        let code = match &error {
            StorageError::Full => "storage-full",
            StorageError::Damaged { .. } => "storage-damaged",
            StorageError::Io { .. } => "not-saved",
        };
        Self::new(code, error)
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        let code = match error {
            DeviceError::AnswerRefused(refused) => return refused.into(),
            DeviceError::Storage(error) => return error.into(),
            DeviceError::NotEnrolled => "not-enrolled",
            DeviceError::NoBundleKey => "no-bundle-key",
            DeviceError::Vault(_) | DeviceError::Malformed { .. } => "storage-damaged",
            DeviceError::NotTaking { .. } => "not-taking",
            DeviceError::UnknownResponse { .. } | DeviceError::UnknownSurvey { .. } => "not-here",
            DeviceError::FormNotReady { .. } => "form-not-ready",
            DeviceError::NoAnonymousEntry => "no-entry",
            DeviceError::NotRecorded(_) => "not-recorded",
            _ => "internal",
        };
        Self::new(code, error)
    }
}

impl From<OpenAnonymousError> for Failure {
    fn from(error: OpenAnonymousError) -> Self {
        let code = match error {
            OpenAnonymousError::Device(error) => return error.into(),
            OpenAnonymousError::Card(CardRefused::Code(_)) => "card-code",
            OpenAnonymousError::Card(CardRefused::Unknown) => "card-unknown",
            OpenAnonymousError::Card(CardRefused::Used) => "card-used",
            OpenAnonymousError::Form(_) => "not-anonymous",
        };
        Self::new(code, error)
    }
}

impl From<BundleRefused> for Failure {
    fn from(error: BundleRefused) -> Self {
        match error {
            BundleRefused::Device(error) => error.into(),
            BundleRefused::File(file) => {
                let messages = Messages { ja: file.message("ja"), en: file.message("en") };
                Self { messages: Some(messages), ..Self::new("file-refused", file) }
            }
        }
    }
}

impl From<EnrolError> for Failure {
    fn from(error: EnrolError) -> Self {
        let code = match error {
            EnrolError::Device(error) => return error.into(),
            EnrolError::CodeRefused => "code-wrong",
            EnrolError::TooMany => "too-many",
            EnrolError::Server { .. } => "offline",
        };
        Self::new(code, error)
    }
}

impl From<ParseIdError> for Failure {
    fn from(error: ParseIdError) -> Self {
        Self::new("not-here", error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        // Where it stopped, never what stood there.
        Self::new("internal", format!("line {} column {}", error.line(), error.column()))
    }
}
