//! What the simulated world asks of a server, whichever stands there.
//!
//! [`Carrier`] is the seam between a device and whomever it talks to: a relay that stands
//! between is one more of them. [`Server`] is what the office and the checks ask beside it.

use std::collections::BTreeSet;

use tsumugi_core::{
    answers::Answers,
    id::{DeviceId, ItemId, Nullifier, ResponseId, SurveyId},
    item::Item,
    survey::Survey,
};

use crate::{office::Office, tablet::Right};

/// A request as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Path below the address.
    pub path: String,
    /// Media type of the body.
    pub content_type: String,
    /// Value of the header `authorization`.
    pub authorization: Option<String>,
    /// Every other header.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// A reply as it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Seconds of `Retry-After`.
    pub retry_after: Option<u64>,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// A reply without a body.
    pub const fn bare(status: u16) -> Self {
        Self { status, retry_after: None, body: Vec::new() }
    }

    /// The server's own word that a device may not sync.
    pub fn shut_out(status: u16, code: &str) -> Self {
        let body = format!("{{\"type\":\"about:blank\",\"status\":{status},\"code\":\"{code}\"}}");
        Self { status, retry_after: None, body: body.into_bytes() }
    }

    /// A reply that went well.
    pub const fn ok(body: Vec<u8>) -> Self {
        Self { status: 200, retry_after: None, body }
    }
}

/// Whom a device talks to.
pub trait Carrier {
    /// Takes a request and gives the reply.
    fn carry(&mut self, sent: &Sent) -> Answer;
}

/// What a survey came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counted {
    /// The rows, in any order, with the response where they are of one.
    pub rows: Vec<(ResponseId, Answers)>,
    /// How many records came under a used card.
    pub conflicts: u64,
    /// How many records were not counted.
    pub refused: u64,
}

/// A row of what is kept of sealed records: every column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name of the table.
    pub table: String,
    /// Blobs and texts, as bytes.
    pub bytes: Vec<Vec<u8>>,
    /// Numbers.
    pub numbers: Vec<i64>,
}

/// A server with its office and its disk.
pub trait Server: Carrier {
    /// Opens the surveys of an office.
    fn begin(&mut self, office: &Office);
    /// Lets a device in, or lets it in again.
    fn enrol(&mut self, device: DeviceId, token: &str, name: &str, right: Right);
    /// Revokes a device.
    fn revoke(&mut self, device: DeviceId);
    /// A survey as it stands here.
    fn survey(&self, survey: SurveyId) -> Survey;
    /// Puts a new revision of a survey, and tells devices with these items.
    fn revise(&mut self, survey: &Survey, items: Vec<Item>);
    /// The items that are here and were not refused.
    fn items(&self) -> BTreeSet<ItemId>;
    /// The admitted changes of a response.
    fn changes(&self, response: ResponseId) -> Vec<Vec<u8>>;
    /// The sealed record of a card.
    fn record(&self, survey: SurveyId, nullifier: Nullifier) -> Option<Vec<u8>>;
    /// Everything that is kept of sealed records.
    fn kept(&self) -> Vec<Row>;
    /// Dies and starts again on its disk. What waits for the projector is examined at once, or
    /// `later`: at the next start, restore or closing.
    fn restart(&mut self, later: bool);
    /// The backups.
    fn backups(&mut self) -> &mut dyn Backing;
    /// Closes a survey and counts it.
    fn close(&mut self, survey: SurveyId) -> Counted;
}

/// Backups of a server.
pub trait Backing {
    /// Begins a backup; true when it was verified at once.
    fn begin(&mut self) -> bool;
    /// Verifies the backup that was begun last.
    fn verify(&mut self);
    /// The disk dies; the last verified backup is put back.
    fn restore(&mut self);
}
