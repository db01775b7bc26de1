//! XForm: a form as the XML document that ODK's clients load.
//!
//! Owns the writing of a form as an XForm and the reading of one. Does not know workbooks,
//! answers or how a form is filled.

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
