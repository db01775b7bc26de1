//! A job of a worker and its result, and how both cross the pipe.
//!
//! ```text
//! frame = length u32 little-endian | bytes
//! job   = frames of what is in the log: how many u32, then each; frames of what waits: alike
//! ```

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use tsumugi_core::{
    answers::Answers,
    response::{
        ResponseDoc,
        gate::{GateError, Limits},
    },
    sync::Refusal,
};

/// The first frame of a worker.
pub(super) const HELLO: &[u8] = b"tsumugi worker 1";
/// More than any job or result has.
const MOST_FRAME_BYTES: u32 = 256 * 1024 * 1024;

/// The changes of a response: those of the log, and those that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) admitted: Vec<Vec<u8>>,
    pub(crate) offered: Vec<Vec<u8>>,
}

/// What became of those that waited, by index, and the response after them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Judged {
    pub(crate) accepted: Vec<usize>,
    pub(crate) parked: Vec<usize>,
    pub(crate) refused: Vec<(usize, u8)>,
    pub(crate) answers: Answers,
    pub(crate) conflicts: u64,
}

impl Job {
    /// Does the job. Nothing of what automerge does with these bytes is done elsewhere.
    pub(super) fn judge(&self) -> Judged {
        let (mut doc, _) = ResponseDoc::open(&self.admitted);
        let admission = doc.apply_within(&self.offered, &Limits::ADMITTED);
        Judged {
            accepted: [admission.accepted, admission.known].concat(),
            parked: admission.parked,
            refused: admission.refused.iter().map(|(at, why)| (*at, refusal(why).to_byte())).collect(),
            answers: doc.answers(),
            conflicts: doc.conflicts().len() as u64,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for list in [&self.admitted, &self.offered] {
            out.extend(length(list.len()).to_le_bytes());
            for chunk in list {
                out.extend(length(chunk.len()).to_le_bytes());
                out.extend(chunk);
            }
        }
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut list = || {
            let count = number(&mut rest)?;
            (0..count)
                .map(|_| {
                    let length = usize::try_from(number(&mut rest)?).ok()?;
                    let (chunk, after) = rest.split_at_checked(length)?;
                    rest = after;
                    Some(chunk.to_vec())
                })
                .collect::<Option<Vec<_>>>()
        };
        let job = Self { admitted: list()?, offered: list()? };
        rest.is_empty().then_some(job)
    }
}

fn number(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number))
}

fn length(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn refusal(error: &GateError) -> Refusal {
    match error {
        GateError::DuplicateSequence { .. } => Refusal::DuplicateSequence,
        GateError::OutOfSequence { .. } | GateError::UnseenPredecessor { .. } | GateError::Trial { .. } => {
            Refusal::Unsound
        }
        // Pre-flight was passed at the door: what is left is how large a response may be.
        GateError::OverLimit { .. } => Refusal::TooMany,
        _ => Refusal::Malformed,
    }
}

/// Writes a frame and sends it off.
pub(super) fn write_frame(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&length(bytes.len()).to_le_bytes())?;
    out.write_all(bytes)?;
    out.flush()
}

/// Reads a frame; nothing when the other side has ended.
pub(super) fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; 4];
    match from.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_le_bytes(head);
    if length > MOST_FRAME_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    let read = from.take(length.into()).read_to_end(&mut bytes)?;
    if read as u64 == u64::from(length) { Ok(Some(bytes)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::{Job, read_frame, write_frame};

    #[test]
    fn a_job_is_read_as_it_was_written_and_every_cut_is_none() {
        let job = Job { admitted: vec![vec![1; 3], vec![]], offered: vec![vec![2; 300]] };
        let bytes = job.encode();
        assert_eq!(Job::decode(&bytes), Some(job));
        assert!((0..bytes.len()).all(|length| Job::decode(&bytes[..length]).is_none()));
    }

    #[test]
    fn a_frame_that_is_cut_is_an_error_and_an_end_is_none() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, b"word").unwrap();
        assert_eq!(read_frame(&mut bytes.as_slice()).unwrap().as_deref(), Some(&b"word"[..]));
        assert!(read_frame(&mut &bytes[..6]).is_err());
        assert!(read_frame(&mut &b""[..]).unwrap().is_none());
        assert!(read_frame(&mut &[255; 9][..]).is_err());
    }
}
