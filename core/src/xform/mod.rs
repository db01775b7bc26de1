//! XForm: a form as the XML document that ODK's clients load.
//!
//! Owns the writing of a form as an XForm and the reading of one, and the submissions of a
//! filled form both ways. Does not know workbooks or how a form is filled.

mod bind;
mod body;
mod instance;
mod read;
mod restore;
mod submission;
mod text;
mod write;
mod xml;

pub use read::read;
pub use restore::{Submitted, read_submission};
pub use submission::{SubmissionIds, submission};
pub use write::write;

#[cfg(test)]
mod tests;
