//! Form logic: what a questionnaire asks, when, and whether an answer fits.
//!
//! Owns the definition, its check, one filled form and what a screen must draw. Does not
//! know where answers are kept, who gave them or how a form file looks.

mod actions;
mod calendar;
mod carry;
mod check;
mod choose;
mod compile;
mod definition;
mod draw;
mod entry;
mod geojson;
mod graph;
mod host;
mod issue;
mod language;
mod list;
mod load;
mod meta;
mod model;
mod number;
mod offer;
mod place;
mod previous;
mod read;
mod reads;
mod refused;
mod rich;
mod rows;
mod screen;
mod settle;
mod source;
mod state;
mod sums;
mod template;
mod typed;
mod validate;

#[cfg(test)]
mod tests;

pub use definition::*;
pub use entry::{FormEntry, Start};
pub use issue::{FormIssue, Severity};
pub use model::Form;
pub use refused::{AnswerRefused, RefusedReason, RepeatRefused};
pub use rich::{Piece, Rich, parse_rich, plain_text};
pub(crate) use rows::read_table;
pub use screen::*;
pub use state::{InstanceKind, InstanceNode};
