//! What the store keeps, as values.

use serde::{Deserialize, Serialize};
use tsumugi_core::{
    answers::Answers,
    form::FormDefinition,
    id::{DeviceId, ItemId, Nullifier, ResponseId, SurveyId},
    sync::Refusal,
};

use crate::api::Role;

/// A SHA-256 hash of a secret: code, token.
pub type SecretHash = [u8; 32];

/// What the projector decided about the waiting changes of one response, and its new row.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The survey.
    pub survey: SurveyId,
    /// The response.
    pub response: ResponseId,
    /// Go to the log.
    pub admitted: Vec<ItemId>,
    /// A change of each actor among these, with the actor.
    pub actors: Vec<(ItemId, [u8; 16])>,
    /// Wait for what they depend on.
    pub parked: Vec<ItemId>,
    /// Refused, kept aside for the office.
    pub refused: Vec<(ItemId, Refusal)>,
    /// The response after them; `None` leaves it as it is.
    pub state: Option<ResponseState>,
    /// The row for analysis; `None` removes it.
    pub row: Option<AnalysisRow>,
}

/// A company or register response as the projector sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseState {
    /// Code of the stratum.
    pub stratum: String,
    /// `empty`, `draft`, `conflict` or `submitted`.
    pub state: String,
    /// How many questions have more than one answer.
    pub conflicts: u64,
}

/// A row for analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisRow {
    /// Response, or random bytes for an anonymous row.
    pub row: ResponseId,
    /// Code of the stratum.
    pub stratum: String,
    /// Entered and calculated values.
    pub outputs: Answers,
}

/// A form of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredForm {
    /// Its name in the library.
    pub id: ItemId,
    /// What it asks.
    pub definition: FormDefinition,
    /// File that it came from.
    pub file_name: String,
    /// May be used by a survey.
    pub published: bool,
}

/// A survey's secret key, locked under a passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedKey {
    /// Salt of the passphrase.
    pub salt: Vec<u8>,
    /// Memory in KiB that deriving costs.
    pub memory_kib: u32,
    /// The locked bytes.
    pub locked: Vec<u8>,
}

/// A company of the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// The response that it fills.
    pub response: ResponseId,
    /// Its name.
    pub name: String,
    /// Code of its stratum.
    pub stratum: String,
    /// Corporate number, 13 digits.
    pub corporate_number: Option<String>,
    /// Hash of its letter's code.
    pub code: SecretHash,
}

/// A sealed record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// The survey.
    pub survey: SurveyId,
    /// Decides that it is counted once.
    pub nullifier: Nullifier,
    /// Number of the stratum.
    pub stratum: u16,
    /// The record's bytes.
    pub record: Vec<u8>,
}

/// Counts of anonymous records of one stratum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SealedCount {
    /// Number of the stratum.
    pub stratum: u16,
    /// Cards made.
    pub issued: u64,
    /// Records kept.
    pub received: u64,
    /// Times that other bytes arrived under a used nullifier.
    pub conflicts: u64,
    /// Records without a valid card.
    pub refused: u64,
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Language tag.
    pub language: String,
    /// Salt of the password.
    pub salt: Vec<u8>,
    /// Memory in KiB of one try.
    pub memory_kib: u32,
    /// Hash of the password.
    pub hash: Vec<u8>,
}

/// A session of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Account.
    pub account: String,
    /// What it may do.
    pub role: Role,
    /// Language tag.
    pub language: String,
    /// Value of the header that proves that a page of ours sent a request.
    pub csrf: String,
}

/// A right to enrol one tablet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolCode {
    /// Name of the tablet.
    pub name: String,
    /// Surveys that it may see.
    pub surveys: Vec<SurveyId>,
    /// Milliseconds since 1970 after which the code is worthless.
    pub expires: i64,
}

/// An enrolled device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDevice {
    /// Its id.
    pub id: DeviceId,
    /// `tablet` or `company`.
    pub role: String,
    /// Its name.
    pub name: String,
    /// Surveys that it may see.
    pub surveys: Vec<SurveyId>,
    /// Of a company: the only response that it may see.
    pub response: Option<ResponseId>,
    /// Milliseconds since 1970.
    pub enrolled: i64,
    /// Milliseconds since 1970.
    pub last_seen: Option<i64>,
    /// May not sync any more.
    pub revoked: bool,
}

/// The sufficient statistics of an indicator in a survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTally {
    /// Id of the indicator.
    pub indicator: String,
    /// The survey.
    pub survey: SurveyId,
    /// Fingerprint of the definition that it was counted with.
    pub definition: String,
    /// The tally as JSON.
    pub tally: String,
}

/// What was released of a survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLedger {
    /// The survey.
    pub survey: SurveyId,
    /// The repeat whose instances are counted; empty for responses.
    pub units: String,
    /// The ledger as JSON, with the definitions that it was released by.
    pub ledger: String,
}

/// What the audit is to say of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditNote {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Account, `device` or `local`.
    pub who: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
}

/// A row of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Number.
    pub seq: i64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Account, `device` or `local`.
    pub who: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
    /// SHA-256 over the hash before and this row.
    pub hash: Vec<u8>,
}

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRow {
    /// Its number in this life of the log, from 1.
    pub number: u64,
    /// Milliseconds since 1970.
    pub begun: i64,
    /// When restoring it had succeeded; `None` when it failed or is under way.
    pub verified: Option<i64>,
    /// Name of its file.
    pub file: String,
    /// Bytes of its file.
    pub bytes: u64,
}

/// How much a database holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Surveys.
    pub surveys: u64,
    /// Items of the logs, and those that wait or were refused.
    pub items: u64,
    /// Sealed records.
    pub records: u64,
    /// Company and register responses.
    pub responses: u64,
    /// Devices.
    pub devices: u64,
    /// Accounts of staff.
    pub accounts: u64,
}

/// What [`BackupLedger::note_start`](super::BackupLedger::note_start) found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The number of this start.
    pub number: u64,
    /// The database is older than the last one that ran here: somebody put a copy in its place.
    pub is_older: bool,
}
