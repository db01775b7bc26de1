//! The browser's skin over core: a device whose storage is a journal.
//!
//! Owns the words that JavaScript hears (JSON in and out, failures with a stable code) and
//! the journal that the page writes to IndexedDB. Decides nothing: everything else is
//! [`tsumugi_core::device::Device`].

mod anonymous;
mod bundle;
mod device;
mod failure;
mod journal;
mod response;

pub use device::{WebDevice, WebRequest};
