//! Placeholder
use super::table::Function;
pub(super) const FUNCTIONS: &[Function] = &[];
