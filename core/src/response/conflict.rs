//! Where two people gave different answers to one question, neither knowing the other's.

use crate::answers::{Path, Value};

use super::{Author, ChangeId};

/// One of the different answers at a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The answer.
    pub value: Value,
    /// The change that holds it.
    pub change: ChangeId,
    /// Who gave it and when, where the change says so.
    pub author: Option<Author>,
    /// True when the change was recorded here: in this opening, or claimed by
    /// [`ResponseDoc::claim`](super::ResponseDoc::claim).
    pub by_this_device: bool,
}

/// A path with different answers that do not know of each other. Equal answers are no conflict.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The question.
    pub path: Path,
    /// At least two; the first is the one that answers show until a person chooses. The
    /// order is the same on every device.
    pub values: Vec<Candidate>,
}
