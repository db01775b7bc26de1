//! Exchange of items between a device and the server, whatever carries the bytes.
//!
//! Owns the log ([`ItemStore`]), what a device keeps of it ([`Replica`]), the messages
//! ([`Request`], [`Reply`]), both ends of the exchange ([`Session`], [`respond`]) and set
//! reconciliation ([`reconcile`]). Items are opaque bytes here: whether a change is sound is
//! judged by `response::gate`, which the caller passes in. Anonymous records take another
//! way and never come through here.
//!
//! One request carries everything: what the device has not yet delivered, and a cursor for
//! each survey. One reply carries everything back. Both may be lost, doubled or repeated at
//! any time; the exchange is begun again and nothing is lost. `docs/PROTOCOL.md` has the bytes.
//!
//! ```
//! use tsumugi_core::id::{ResponseId, SurveyId};
//! use tsumugi_core::item::{Item, ItemKind};
//! use tsumugi_core::sync::{
//!     Grant, ItemStore, MemoryItems, MemoryReplica, Replica, Request, Scope, Session, respond,
//! };
//!
//! let survey = SurveyId::from_bytes([1; 16]);
//! let response = ResponseId::from_bytes([2; 16]);
//! let mut device = MemoryReplica::new();
//! device.add(Item::of_response(ItemKind::Change, survey, response, vec![1, 2, 3]));
//! let mut server = MemoryItems::new();
//! let grant = Grant::of([(survey, Scope::Whole)]);
//!
//! let mut session = Session::new();
//! while let Some(request) = session.next_request(&device)? {
//!     let request = Request::decode(&request)?;
//!     let reply = respond(&mut server, &request, &grant, |_| Ok(()))?;
//!     session.on_reply(&mut device, &reply.encode())?;
//! }
//! assert_eq!(server.pending(None, 1024)?.len(), 1);
//! assert!(device.outgoing(1024)?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod catch_up;
#[cfg(any(test, feature = "contract"))]
#[macro_use]
pub mod contract;
mod frame;
mod grant;
mod log;
mod memory;
mod message;
pub mod reconcile;
mod replica;
mod responder;
mod session;
mod summary;
mod wire;

pub use frame::Protocol;
pub use grant::{Grant, Refusal, Scope};
pub use log::{Backups, Epoch, Insertion, ItemStore, Listing, Page, Standing};
pub use memory::{MemoryItems, NeverFails};
pub use message::{
    Ask, Entry, Found, MAX_REPLY_BYTES, MAX_REQUEST_BYTES, Probe, ProbeReply, Reply, Request, SurveyReply,
};
pub use replica::{Cursor, MemoryReplica, Replica, Update};
pub use responder::{MAX_WINDOW_BYTES, deliver, receive, respond};
pub use session::{Asked, Progress, Session, SessionError};
pub use summary::{ShortId, Summary};
pub use wire::WireError;

#[cfg(test)]
mod tests;
