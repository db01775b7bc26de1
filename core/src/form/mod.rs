//! Form logic: what a questionnaire asks, when, and whether an answer fits.
//!
//! Owns the definition, its check, one filled form and what a screen must draw. Does not
//! know where answers are kept, who gave them or how a form file looks.

mod definition;
mod entry;
mod issue;
mod model;
mod refused;
mod rich;
mod screen;

pub use definition::*;
pub use entry::{FormEntry, Start};
pub use issue::{FormIssue, Severity};
pub use model::Form;
pub use refused::{AnswerRefused, RefusedReason, RepeatRefused};
pub use rich::{Piece, Rich};
pub use screen::*;
