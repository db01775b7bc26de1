//! How large a response may become.

/// How large a response may become by what is admitted to it.
///
/// A change is judged by its past alone, so that every device decides alike; these limits are about
/// all that is there, and one place decides: the server, by [`Limits::ADMITTED`]. What is recorded
/// stays within the same. A device takes what the server has admitted beside what it holds itself,
/// in whatever order ([`Limits::HELD`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Changes.
    pub changes: usize,
    /// Operations of all changes.
    pub ops: usize,
    /// Bytes of the bodies of all changes, inflated: a chunk of a kibibyte may hold a mebibyte.
    pub bytes: usize,
    /// Changes on which no other builds, and answers to one question that stand. The next change
    /// names all of these, and may name 1,024.
    pub side_by_side: usize,
}

impl Limits {
    /// What a server admits and a person records.
    pub const ADMITTED: Self =
        Self { changes: 20_000, ops: 60_000, bytes: 4 * 1024 * 1024, side_by_side: 512 };
    /// What a device takes: all that a server admits, and as much of its own.
    pub const HELD: Self = Self {
        changes: 2 * Self::ADMITTED.changes,
        ops: 2 * Self::ADMITTED.ops,
        bytes: 2 * Self::ADMITTED.bytes,
        side_by_side: usize::MAX,
    };
}
