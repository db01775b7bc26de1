//! Enrolment, requests and the state of the exchange as records of the bindings.

use tsumugi_core::device::{Enrolment, HttpRequest, LiveNews, Person, Progress, SyncStatus};

use crate::types::word;

/// Who this device is for the server; the token stays inside.
#[derive(Debug, Clone, uniffi::Record)]
pub struct EnrolmentRecord {
    /// Address of the server.
    pub server: String,
    /// Names the device.
    pub device_id: String,
    /// Name of the device or of who fills.
    pub name: String,
    /// `tablet` or `company`.
    pub role: String,
    /// Of a company: the response to fill.
    pub response: Option<String>,
    /// The server ended the enrolment.
    pub revoked: bool,
}

impl From<&Enrolment> for EnrolmentRecord {
    fn from(enrolment: &Enrolment) -> Self {
        Self {
            server: enrolment.server.clone(),
            device_id: enrolment.device_id.to_string(),
            name: enrolment.name.clone(),
            role: word(&enrolment.role),
            response: enrolment.response.map(|response| response.to_string()),
            revoked: enrolment.revoked,
        }
    }
}

/// What became of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum EnrolOutcome {
    /// The device is enrolled.
    Enrolled,
    /// The server does not take the code.
    CodeRefused,
    /// Too many wrong codes; try again later.
    TooMany,
    /// The server or the network failed; try again.
    ServerFailed,
}

/// What the bar on every page shows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StatusRecord {
    /// `synced`, `waiting`, `sending` or `problem`.
    pub state: String,
    /// Changes that the server has not acknowledged.
    pub waiting_changes: u64,
    /// Sealed records that the server has not acknowledged.
    pub waiting_records: u64,
    /// Changes that the server refused.
    pub refused_changes: u64,
    /// Sealed records that the server has; copies stay here until a verified backup holds them.
    pub kept_records: u64,
    /// Milliseconds since 1970 of the last exchange that ended well.
    pub last_sync_unix_ms: Option<i64>,
    /// Stable code of the problem; empty otherwise.
    pub problem: String,
}

impl From<SyncStatus> for StatusRecord {
    fn from(status: SyncStatus) -> Self {
        Self {
            state: word(&status.state),
            waiting_changes: status.waiting_changes as u64,
            waiting_records: status.waiting_records as u64,
            kept_records: status.kept_records as u64,
            refused_changes: status.refused_changes as u64,
            last_sync_unix_ms: status.last_sync.map(|moment| moment.unix_ms),
            problem: status.problem,
        }
    }
}

/// A request that the app sends as it is, below the server's address.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RequestRecord {
    /// To be given back with the reply.
    pub id: u64,
    /// `POST`, or `GET` of the stream of news.
    pub method: String,
    /// Path.
    pub path: String,
    /// Media type of the body.
    pub content_type: String,
    /// Value of the `authorization` header. `None`: send no credential and no cookie either.
    pub authorization: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

impl From<HttpRequest> for RequestRecord {
    fn from(request: HttpRequest) -> Self {
        let HttpRequest { id, method, path, content_type, authorization, body } = request;
        Self { id, method, path, content_type, authorization, body }
    }
}

/// What a reply led to.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgressRecord {
    /// Ask for the next request at once.
    pub more: bool,
    /// Otherwise: milliseconds until asking is worth it.
    pub wait_ms: u64,
    /// Surveys of which something new arrived.
    pub changed: Vec<String>,
    /// Responses that changed here by what others entered.
    pub merged: Vec<String>,
}

impl From<Progress> for ProgressRecord {
    fn from(progress: Progress) -> Self {
        Self {
            more: progress.more,
            wait_ms: progress.wait_ms,
            changed: progress.changed.iter().map(ToString::to_string).collect(),
            merged: progress.merged.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Somebody else who has a form open.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonRecord {
    /// Department and name.
    pub name: String,
    /// The question or section that they are at; empty for the form as a whole.
    pub at: String,
    /// They are in that question's field.
    pub typing: bool,
}

/// Who is at work on a response, without this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PresenceRecord {
    /// The response.
    pub response: String,
    /// Each once.
    pub people: Vec<PersonRecord>,
}

/// What a piece of the stream of news told.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LiveRecord {
    /// An exchange is worth it now.
    pub fetch: bool,
    /// Who is where, of the responses whose people changed.
    pub people: Vec<PresenceRecord>,
}

impl From<LiveNews> for LiveRecord {
    fn from(news: LiveNews) -> Self {
        let person = |Person { name, at, typing }| PersonRecord { name, at, typing };
        let people = news.people.into_iter().map(|presence| PresenceRecord {
            response: presence.response.to_string(),
            people: presence.people.into_iter().map(person).collect(),
        });
        Self { fetch: news.fetch, people: people.collect() }
    }
}
