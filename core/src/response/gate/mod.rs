//! The one way by which bytes from outside reach automerge.
//!
//! Owns the limits, the pre-flight parser ([`preflight`]) and admission ([`admit`]).
//! Pre-flight reads a change chunk completely with our own code: framing, checksum, sizes,
//! every column run, every key and value. Admission then decides from the change and its own
//! causal past alone, so that every device decides alike: what it builds on is known, its
//! sequence and operation numbers follow on exactly, what it replaces stands in its past.
//! Only then automerge parses it, on a clone, with panics caught; the result is saved, loaded
//! and compared before it is swapped in.
//!
//! Without this a change of 69 bytes takes 4.7 GiB, and one of 122 bytes makes every later
//! edit of every device panic (automerge 0.12, measured 2026-11).

mod admit;
mod chunk;
mod columns;
mod error;
mod limits;
mod reader;

pub use admit::{Admission, admit};
pub use chunk::{ChangeHead, preflight};
pub use columns::OpHead;
pub use error::GateError;
pub use limits::Limits;

pub(super) use chunk::MAX_OTHER_ACTORS;
pub(super) use columns::{MAX_KEY_BYTES, MAX_OPS, MAX_REPLACED, MAX_TEXT_BYTES};

#[cfg(test)]
mod tests;
