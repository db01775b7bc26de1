//! XPath: expressions at a node of a document, and what other engines made of them.

mod case;
mod compare;
mod host;
mod place;
mod reasons;
mod suite;

pub(crate) use suite::run;
