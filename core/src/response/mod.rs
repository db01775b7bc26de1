//! Company and register responses: a flat multi-value register behind a gate.
//!
//! Owns the automerge document of one response: recording what a person entered, reading
//! answers back, showing where two people differ, and letting a person choose. A document's
//! root map holds `path -> scalar` and nothing else: no nested objects, no lists, no text
//! CRDT, no counters. Does not know forms, devices, accounts or the network.
//!
//! Bytes from outside reach automerge by one way only, [`gate`]: single change chunks, read
//! by our own parser first. Documents, bundles and automerge's sync messages are never
//! loaded from outside.

mod again;
mod author;
mod batch;
mod condense;
mod conflict;
mod doc;
pub mod gate;
mod history;
mod past;

pub use again::record_again;
pub use author::Author;
pub use condense::{Condensed, condense};
pub use conflict::{Candidate, Conflict};
pub use doc::{ChangeId, OpenError, RecordError, ResponseDoc};
