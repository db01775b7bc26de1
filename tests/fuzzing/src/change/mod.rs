//! Change chunks as bytes: read apart, put together again, honest or not.
//!
//! Owns an implementation of automerge's change format of its own, so that a fault of the gate's
//! parser is no fault of the test: [`Body`] is a change apart, [`frame`] puts length and checksum
//! around one, [`Draft`] writes one from operations. Judges nothing.

mod body;
mod draft;
mod leb;

pub use body::{Body, Kind, body_of, frame, framed_as};
pub use draft::{Draft, RawOp, column};
pub use leb::{signed, unsigned};
