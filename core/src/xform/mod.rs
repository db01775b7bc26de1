//! XForm XML, read and written.
