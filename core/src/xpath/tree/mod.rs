//! The arena tree that expressions walk: any XML-like instance.
//!
//! Owns nodes, names, document order and reading from XML. A node is an index, so a form
//! can hold on to it and set a value in constant time. Does not know what a value means.

mod arena;
mod mutate;
mod order;
mod xml;

#[cfg(test)]
mod tests;

pub use arena::{Name, NodeId, NodeKind, Tree};
pub use xml::{MAX_XML_BYTES, TreeError};
