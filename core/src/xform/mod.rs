//! XForm: a form as the XML document that ODK's clients load.
//!
//! Owns the writing of a form as an XForm and the reading of one. Does not know workbooks,
//! answers or how a form is filled.

mod bind;
mod body;
mod instance;
mod text;
mod write;
mod xml;

pub use write::write;
