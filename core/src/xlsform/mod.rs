//! XLSForm: a questionnaire as a workbook, read into a form.
//!
//! Owns how workbooks are opened, what their columns mean, and what is said when something
//! in them is wrong: every problem at once, each with its cell and its remedy. Does not
//! know how a form is filled.

mod anonymous;
mod appearance;
mod archive;
mod build;
mod choices;
mod entities;
mod entity_place;
mod expression;
mod finding;
mod header;
mod import;
mod kinds;
mod languages;
mod loops;
mod name;
mod nested;
mod open;
mod outline;
mod parameters;
mod places;
mod range;
mod reference;
mod select;
mod settings;
mod sheet;
mod suggest;
mod survey;
mod tags;
mod trigger;
mod vocabulary;

pub use finding::Finding;
pub use import::{Import, Naming, import, import_workbook};
pub use sheet::{Row, Sheet, Workbook};
pub use vocabulary::{Vocabulary, vocabulary};

#[cfg(test)]
mod tests;
