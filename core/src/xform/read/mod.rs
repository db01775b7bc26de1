//! Reading an XForm: what any tool of the ODK family writes.
//!
//! A form of another tool has passed that tool's checks: what is odd but works there is
//! taken here as it is. What cannot be read at all is told with its place and a remedy.

mod actions;
mod binds;
mod body;
mod document;
mod element;
mod issue;
mod items;
mod itext;
mod large;
mod nodes;
mod settings;
mod words;

pub use document::read;
pub(super) use issue::{malformed, missing};
