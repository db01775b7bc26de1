//! Core's views of surveys and answers as records that Kotlin, Swift and Python know. Ids are hexadecimal text.

use tsumugi_core::{
    answers::Value,
    device::{
        CardRefused, ConflictValue, ConflictView, Effect, NotSubmitted, Receipt, ResponseCard, SurveyCard,
    },
    form::Violation,
};

/// An answer.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum AnswerValue {
    /// A whole number.
    Integer {
        /// The number.
        number: i64,
    },
    /// A number with a fraction.
    Decimal {
        /// The number.
        number: f64,
    },
    /// Anything else, in the notation of XForms.
    Text {
        /// The text.
        text: String,
    },
}

impl From<Value> for AnswerValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(number) => Self::Integer { number },
            Value::Decimal(number) => Self::Decimal { number },
            Value::Text(text) => Self::Text { text },
        }
    }
}

impl From<AnswerValue> for Value {
    fn from(value: AnswerValue) -> Self {
        match value {
            AnswerValue::Integer { number } => Self::Integer(number),
            AnswerValue::Decimal { number } => Self::Decimal(number),
            AnswerValue::Text { text } => Self::Text(text),
        }
    }
}

/// A survey in the list.
#[derive(Debug, Clone, uniffi::Record)]
pub struct SurveyRecord {
    /// Names the survey.
    pub id: String,
    /// Title.
    pub title: String,
    /// `company`, `anonymous` or `register`.
    pub mode: String,
    /// `open` or `closed`.
    pub state: String,
    /// First civil day, ISO 8601.
    pub opens: String,
    /// Last civil day, ISO 8601.
    pub closes: String,
    /// XLSForm `form_id`.
    pub form_name: String,
    /// Fiscal year by its first calendar year.
    pub fiscal_year: i32,
    /// Responses begun and not submitted.
    pub drafts: u64,
    /// Responses submitted.
    pub done: u64,
    /// Changes or records that the server has not acknowledged.
    pub waiting: u64,
    /// Who asks and whom to call.
    pub contact: String,
    /// Made-up data.
    pub fictitious: bool,
    /// The form is here.
    pub ready: bool,
}

impl From<SurveyCard> for SurveyRecord {
    fn from(card: SurveyCard) -> Self {
        Self {
            id: card.id.to_string(),
            title: card.title,
            mode: word(&card.mode),
            state: word(&card.state),
            opens: card.opens,
            closes: card.closes,
            form_name: card.form_name,
            fiscal_year: card.fiscal_year,
            drafts: card.drafts as u64,
            done: card.done as u64,
            waiting: card.waiting as u64,
            contact: card.contact,
            fictitious: card.fictitious,
            ready: card.ready,
        }
    }
}

/// A company or register response in a list.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ResponseRecord {
    /// Names the response.
    pub id: String,
    /// Name of the company or row.
    pub name: String,
    /// `empty`, `draft`, `conflict`, `complete`, `submitted` or `amending`.
    pub state: String,
    /// Questions that have an answer.
    pub answered: u64,
    /// Questions that can be asked now.
    pub askable: u64,
    /// Questions with different answers.
    pub conflicts: u64,
    /// Receipt of the last submission.
    pub receipt: Option<ReceiptRecord>,
}

impl From<ResponseCard> for ResponseRecord {
    fn from(card: ResponseCard) -> Self {
        Self {
            id: card.id.to_string(),
            name: card.name,
            state: word(&card.state),
            answered: card.answered as u64,
            askable: card.askable as u64,
            conflicts: card.conflicts as u64,
            receipt: card.receipt.map(ReceiptRecord::from),
        }
    }
}

/// Proof of a submission.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReceiptRecord {
    /// Number for people.
    pub number: String,
    /// RFC 3339 instant.
    pub at: String,
    /// 1 for the first submission.
    pub revision: i64,
    /// Who submitted.
    pub by: String,
}

impl From<Receipt> for ReceiptRecord {
    fn from(receipt: Receipt) -> Self {
        Self { number: receipt.number, at: receipt.at, revision: receipt.revision, by: receipt.by }
    }
}

/// An answer that is missing or does not fit.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ViolationRecord {
    /// The question.
    pub path: String,
    /// `required`, `constraint` or `type`.
    pub kind: String,
    /// A sentence for the person who answers.
    pub message: String,
    /// The top-level group.
    pub section: String,
}

impl From<Violation> for ViolationRecord {
    fn from(violation: Violation) -> Self {
        Self {
            path: violation.path.to_string(),
            kind: word(&violation.kind),
            message: violation.message,
            section: violation.section.to_string(),
        }
    }
}

/// A question with different answers.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ConflictRecord {
    /// The question.
    pub path: String,
    /// Its label.
    pub label: String,
    /// The top-level group.
    pub section: String,
    /// The answers; the first is shown until a person chooses.
    pub values: Vec<ConflictValueRecord>,
}

impl From<ConflictView> for ConflictRecord {
    fn from(conflict: ConflictView) -> Self {
        Self {
            path: conflict.path.to_string(),
            label: conflict.label,
            section: conflict.section.to_string(),
            values: all(conflict.values),
        }
    }
}

/// One of the different answers.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ConflictValueRecord {
    /// The answer.
    pub value: AnswerValue,
    /// The answer as people read it.
    pub text: String,
    /// Who gave it.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// Given on this device.
    pub mine: bool,
    /// What else changes when it is chosen.
    pub effects: Vec<EffectRecord>,
}

impl From<ConflictValue> for ConflictValueRecord {
    fn from(value: ConflictValue) -> Self {
        Self {
            value: value.value.into(),
            text: value.text,
            by: value.by,
            at: value.at,
            mine: value.mine,
            effects: all(value.effects),
        }
    }
}

/// A calculated value that follows from a choice.
#[derive(Debug, Clone, uniffi::Record)]
pub struct EffectRecord {
    /// The value that changes.
    pub path: String,
    /// Its label.
    pub label: String,
    /// What it is now.
    pub from_value: Option<AnswerValue>,
    /// What it becomes.
    pub to_value: Option<AnswerValue>,
}

impl From<Effect> for EffectRecord {
    fn from(effect: Effect) -> Self {
        Self {
            path: effect.path.to_string(),
            label: effect.label,
            from_value: effect.from.map(AnswerValue::from),
            to_value: effect.to.map(AnswerValue::from),
        }
    }
}

/// What became of a submission.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum Submission {
    /// Submitted, or submitted before and not changed since.
    Submitted {
        /// The receipt.
        receipt: ReceiptRecord,
    },
    /// Something is missing first.
    NotReady {
        /// Answers that are missing or do not fit.
        violations: Vec<ViolationRecord>,
        /// Questions where somebody must choose.
        conflicts: Vec<String>,
        /// An amendment needs a reason.
        reason_missing: bool,
    },
}

impl From<NotSubmitted> for Submission {
    fn from(missing: NotSubmitted) -> Self {
        Self::NotReady {
            violations: all(missing.violations),
            conflicts: missing.conflicts.iter().map(ToString::to_string).collect(),
            reason_missing: missing.reason_missing,
        }
    }
}

/// What became of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CardOutcome {
    /// The entry is open.
    Opened,
    /// A letter is wrong: type it again.
    Mistyped,
    /// The card belongs to another survey.
    Unknown,
    /// The card was used on this tablet.
    Used,
    /// The form must not be answered without a name; tell the office.
    FormNotAnonymous,
}

impl From<&CardRefused> for CardOutcome {
    fn from(refused: &CardRefused) -> Self {
        match refused {
            CardRefused::Code(_) => Self::Mistyped,
            CardRefused::Unknown => Self::Unknown,
            CardRefused::Used => Self::Used,
        }
    }
}

/// What became of an anonymous entry.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum FinishOutcome {
    /// Sealed and durable; nothing else is left.
    Sealed,
    /// Answers are missing or do not fit; the entry goes on.
    NotComplete {
        /// Which.
        violations: Vec<ViolationRecord>,
    },
}

/// Converts a list.
pub(crate) fn all<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(B::from).collect()
}

/// The word that core writes into JSON for a variant without data.
pub(crate) fn word<T: serde::Serialize>(variant: &T) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
