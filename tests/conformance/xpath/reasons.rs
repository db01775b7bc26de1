//! Why a recorded case is passed over.

use super::case::Case;

/// The reason for passing over a case, if there is one.
pub(super) fn reason(_case: &Case) -> Option<&'static str> {
    None
}
