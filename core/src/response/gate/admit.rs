//! Admission: from judged bytes to a document that has been proved to save and load.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, LoadOptions};

use super::{ChangeHead, GateError, Limits, preflight};
use crate::response::{
    ChangeId,
    doc::{ENCODING, ResponseDoc, same_values},
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
    /// How often the document was applied to, saved, loaded and compared.
    pub trials: u32,
}

/// Operations and bytes of the changes that are tried together. Each is held about four times
/// meanwhile, so that a batch of small chunks that inflate to gigabytes costs no more than this.
const WINDOW_COST: usize = 1024 * 1024;
/// What one operation costs beside its bytes.
const OP_COST: usize = 128;

struct Candidate<'a> {
    index: usize,
    order: (u64, ChangeId),
    cost: usize,
    /// Left out where many are large: read again when it is its turn.
    head: Option<ChangeHead>,
    chunk: &'a [u8],
}

/// Applies what it can of `changes`, in any order, to `doc`; a bad change does not take good
/// ones with it. The document is replaced only after the result was saved, loaded and compared.
pub fn admit(doc: &mut ResponseDoc, changes: &[Vec<u8>], limits: &Limits) -> Admission {
    let mut admission = Admission::default();
    let mut candidates = Vec::new();
    let mut held = 0;
    for (index, chunk) in changes.iter().enumerate() {
        match preflight(chunk) {
            Ok(head) if doc.history.contains(head.hash) => admission.known.push(index),
            Ok(head) => {
                let (order, cost) = ((head.start_op, head.hash), head.bytes + head.ops.len() * OP_COST);
                held += cost;
                let head = (held <= WINDOW_COST).then_some(head);
                candidates.push(Candidate { index, order, cost, head, chunk });
            }
            Err(error) => admission.refused.push((index, error)),
        }
    }
    // Operation numbers rise along every path, so this order is causal.
    candidates.sort_unstable_by_key(|candidate| (candidate.order, candidate.index));
    let mut rest = candidates.as_mut_slice();
    while !rest.is_empty() {
        let (window, after) = rest.split_at_mut(window_of(rest));
        for candidate in window.iter_mut() {
            candidate.head = candidate.head.take().or_else(|| preflight(candidate.chunk).ok());
        }
        admit_run(doc, window, limits, &mut admission);
        window.iter_mut().for_each(|candidate| candidate.head = None);
        rest = after;
    }
    admission.accepted.sort_unstable();
    admission.known.sort_unstable();
    admission.parked.sort_unstable();
    admission.refused.sort_unstable_by_key(|(index, _)| *index);
    admission
}

/// How many of the first are tried together: one at least.
fn window_of(candidates: &[Candidate<'_>]) -> usize {
    let mut cost = 0;
    let fits = candidates.iter().take_while(|candidate| {
        cost += candidate.cost;
        cost <= WINDOW_COST
    });
    fits.count().max(1)
}

/// Tries a run as a whole; when the trial fails, its halves one after the other.
fn admit_run(doc: &mut ResponseDoc, run: &[Candidate<'_>], limits: &Limits, admission: &mut Admission) {
    let mark = doc.history.len();
    let mut verdicts = Vec::with_capacity(run.len());
    let mut ready = Vec::new();
    for candidate in run {
        let Some(head) = &candidate.head else { continue };
        let standing = doc.history.check(head, limits);
        if standing == Ok(Standing::Ready) {
            doc.history.push(head);
            ready.push(candidate.chunk);
        }
        verdicts.push((candidate.index, standing));
    }
    admission.trials += u32::from(!ready.is_empty());
    match trial(doc, &ready) {
        Ok(Some(automerge)) => doc.automerge = automerge,
        Ok(None) => {}
        Err(error) => {
            doc.history.truncate(mark);
            match run {
                [one] => admission.refused.push((one.index, error)),
                _ => {
                    let (first, second) = run.split_at(run.len() / 2);
                    admit_run(doc, first, limits, admission);
                    admit_run(doc, second, limits, admission);
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
        if ResponseDoc::heads_of(&loaded) != expected || !same_values(&loaded, &clone) {
            return Err(GateError::Trial { stage: "compare what was loaded" });
        }
        Ok(clone)
    }));
    outcome.unwrap_or(Err(GateError::Trial { stage: "panic" })).map(Some)
}
