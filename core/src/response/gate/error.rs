//! Why a change was refused.

/// A change was refused. Nothing of it was applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// The chunk or something in it is over a limit.
    #[error("{what}: {got} is over the limit of {limit}")]
    OverLimit {
        /// What was counted.
        what: &'static str,
        /// How many.
        got: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// The bytes end early, have bytes over, or do not read as what they should be.
    #[error("not a change chunk: {what}")]
    Malformed {
        /// The part that could not be read.
        what: &'static str,
    },
    /// A document, a bundle or an unknown chunk.
    #[error("chunk type {kind} is not a single change")]
    NotAChange {
        /// The type byte.
        kind: u8,
    },
    /// The bytes do not have the checksum that they carry.
    #[error("the checksum does not match")]
    Checksum,
    /// Something that a flat register does not have: an object, a list, a counter, a mark.
    #[error("not a put or delete of a scalar at the root: {what}")]
    NotARegister {
        /// What was found.
        what: &'static str,
    },
    /// Automerge would write it otherwise, so that the change had another hash after loading.
    #[error("{what} could be written shorter or stand in another order")]
    NotShortest {
        /// The part.
        what: &'static str,
    },
    /// Another change with this actor and sequence number was admitted before.
    #[error("the actor already has another change number {seq}")]
    DuplicateSequence {
        /// The sequence number.
        seq: u64,
    },
    /// The sequence or operation number does not follow on from what the change builds on.
    #[error("{what} is {got}, expected {expected}")]
    OutOfSequence {
        /// Which number.
        what: &'static str,
        /// As in the change.
        got: u64,
        /// As it would have to be.
        expected: u64,
    },
    /// The change replaces a value that is not in its own past.
    #[error("operation {index} replaces a value that the change cannot have seen")]
    UnseenPredecessor {
        /// Index of the operation in the change.
        index: usize,
    },
    /// automerge refused, panicked, or could not load again what it had saved.
    #[error("the trial on a copy failed: {stage}")]
    Trial {
        /// The step that failed.
        stage: &'static str,
    },
}
