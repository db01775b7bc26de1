//! Form logic: what a questionnaire asks, when, and whether an answer fits.
//!
//! Owns the definition, its check, one filled form and what a screen must draw. Does not
//! know where answers are kept, who gave them or how a form file looks.

mod definition;

pub use definition::*;
