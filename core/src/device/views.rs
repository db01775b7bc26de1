//! What a host draws: plain data, ready for JSON (camelCase).

use serde::{Deserialize, Serialize};

use crate::{
    answers::{Path, Value},
    form::Violation,
    id::{ResponseId, SurveyId},
    moment::Moment,
    survey::{Mode, SurveyState},
};

/// A survey in the list of a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurveyCard {
    /// Names the survey.
    pub id: SurveyId,
    /// Title in the language asked for.
    pub title: String,
    /// How it is answered.
    pub mode: Mode,
    /// Whether answers are taken.
    pub state: SurveyState,
    /// First civil day, ISO 8601.
    pub opens: String,
    /// Last civil day, ISO 8601.
    pub closes: String,
    /// XLSForm `form_id`.
    pub form_name: String,
    /// Fiscal year by its first calendar year.
    pub fiscal_year: i32,
    /// Responses that were begun and not submitted; 0 of anonymous surveys.
    pub drafts: usize,
    /// Responses that were submitted; 0 of anonymous surveys.
    pub done: usize,
    /// Changes or sealed records that the server has not acknowledged.
    pub waiting: usize,
    /// Who asks and whom to call.
    pub contact: String,
    /// Made-up data: every page says so.
    pub fictitious: bool,
    /// The form is here: the survey can be answered without a network.
    pub ready: bool,
}

/// How far a company or register response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResponseState {
    /// Nothing was entered.
    Empty,
    /// Something is left to answer or to correct.
    Draft,
    /// Two people gave different answers; somebody must choose.
    Conflict,
    /// Could be submitted.
    Complete,
    /// Submitted, and not changed since.
    Submitted,
    /// Submitted, and changed since: a new revision waits to be submitted.
    Amending,
}

/// A company or register response in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseCard {
    /// Names the response.
    pub id: ResponseId,
    /// Name of the company or of the row.
    pub name: String,
    /// How far it is.
    pub state: ResponseState,
    /// Questions that have an answer, of those that can be asked now.
    pub answered: usize,
    /// Questions that can be asked now.
    pub askable: usize,
    /// Questions with different answers.
    pub conflicts: usize,
    /// Receipt of the last submission.
    pub receipt: Option<Receipt>,
}

/// A question with different answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictView {
    /// The question.
    pub path: Path,
    /// Its label as plain text.
    pub label: String,
    /// The top-level group that it stands in; empty for loose questions.
    pub section: Path,
    /// The answers; the first is the one that is shown until a person chooses.
    pub values: Vec<ConflictValue>,
    /// What else changes when another answer than the first is chosen, over all of them.
    pub effects: Vec<Effect>,
}

/// One of the different answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictValue {
    /// The answer.
    pub value: Value,
    /// The answer as people read it: label of the choice, unit behind the number.
    pub text: String,
    /// Who gave it; empty when unknown.
    pub by: String,
    /// When, RFC 3339 by that device's clock; empty when unknown.
    pub at: String,
    /// True when it was given on this device since the response was opened.
    pub mine: bool,
    /// What else changes when this answer is chosen.
    pub effects: Vec<Effect>,
}

/// A calculated value that follows from a choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// The value that changes.
    pub path: Path,
    /// Its label as plain text.
    pub label: String,
    /// What it is now; `None` when empty.
    pub from: Option<Value>,
    /// What it becomes; `None` when empty.
    pub to: Option<Value>,
}

/// Proof of a submission, the same on every device of the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Number for people (`R8-0142-7351-1-K`): fiscal year, response, revision, check letter.
    pub number: String,
    /// RFC 3339 instant by the submitting device's clock.
    pub at: String,
    /// 1 for the first submission.
    pub revision: i64,
    /// Who submitted.
    pub by: String,
}

/// Why a response was not submitted. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotSubmitted {
    /// Answers that are missing or do not fit.
    pub violations: Vec<Violation>,
    /// Questions where somebody must choose first.
    pub conflicts: Vec<Path>,
    /// An amendment needs a reason.
    pub reason_missing: bool,
}

/// How far the device is with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SyncState {
    /// Everything here is acknowledged.
    Synced,
    /// Something waits for a network.
    Waiting,
    /// A request is under way.
    Sending,
    /// The last exchange failed for a reason that waiting does not mend.
    Problem,
}

/// What the bar on every page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncStatus {
    /// One of four.
    pub state: SyncState,
    /// Changes of company and register responses that the server has not acknowledged.
    pub waiting_changes: usize,
    /// Sealed records that the server has not acknowledged.
    pub waiting_records: usize,
    /// Sealed records that the server has; copies of them stay here until a verified backup of the
    /// server holds them too.
    pub kept_records: usize,
    /// Changes that the server refused for good; they are kept here for a person to look at.
    pub refused_changes: usize,
    /// When an exchange last ended well, by this device's clock.
    pub last_sync: Option<Moment>,
    /// Why the state is `problem`: a stable code (`revoked`, `closed`, `refused`); empty otherwise.
    pub problem: String,
}

/// A request that the host sends as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// To be given back with the reply.
    pub id: u64,
    /// `POST`, or `GET` of the stream of news.
    pub method: String,
    /// Path below the server's address (`/v1/sync`).
    pub path: String,
    /// Media type of `body`.
    pub content_type: String,
    /// Value of the `authorization` header; `None` on routes that know no account, where the
    /// host must send no cookie and no other credential either.
    pub authorization: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// What a reply led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Ask `next_request` again at once.
    pub more: bool,
    /// When there is nothing more for now: milliseconds until asking again is worth it.
    pub wait_ms: u64,
    /// Surveys of which something new arrived.
    pub changed: Vec<SurveyId>,
    /// Responses that changed here by what others entered.
    pub merged: Vec<ResponseId>,
}

/// What the reply to a bundle led to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleNews {
    /// Changes that the server has acknowledged.
    pub changes: u64,
    /// Changes that the server refused for good; they are kept here.
    pub refused: u64,
    /// Batches of sealed records that the server has acknowledged.
    pub batches: u64,
    /// Parcels of this device that somebody holds, on their way to the server.
    pub on_the_way: u64,
    /// Parcels that the server could not open; what is in them is packed again.
    pub unreadable: u64,
    /// What became of parcels of other devices that this one carries.
    pub for_others: u64,
    /// Notices that fit nothing here: of another device, or read before.
    pub strange: u64,
    /// Surveys of which something new arrived.
    pub changed: Vec<SurveyId>,
    /// Responses that changed here by what others entered.
    pub merged: Vec<ResponseId>,
}
