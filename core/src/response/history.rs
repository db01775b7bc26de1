//! What the changes of a document build on: enough to judge a new change by its past alone.
//!
//! automerge itself checks little of this. A change that replaces a value outside of its own
//! past, or numbers its operations freely, is admitted on one device and fails on another,
//! depending on what else is there; so each of these is refused before automerge sees it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    Author, ChangeId,
    gate::{ChangeHead, GateError},
};
use crate::answers::Path;

/// Whether a change can be applied now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Applied before.
    Known,
    /// Builds on a change that is not here yet.
    Parked,
    /// Everything it builds on is here, and it fits.
    Ready,
}

#[derive(Debug, Clone)]
struct Known {
    deps: Vec<usize>,
    actor: [u8; 16],
    start_op: u64,
    /// The path of each operation, and whether it puts a value.
    ops: Vec<(Path, bool)>,
    author: Option<Author>,
}

impl Known {
    fn last_op(&self) -> u64 {
        self.start_op + self.ops.len() as u64 - 1
    }
}

/// The admitted changes of one document, in the order of their admission.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    ids: Vec<ChangeId>,
    changes: Vec<Arc<Known>>,
    by_id: HashMap<ChangeId, usize>,
    /// The changes of each actor, by sequence number from 1.
    by_actor: BTreeMap<[u8; 16], Vec<usize>>,
}

impl History {
    pub(super) const fn len(&self) -> usize {
        self.changes.len()
    }

    pub(super) fn contains(&self, id: ChangeId) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(super) fn author(&self, id: ChangeId) -> Option<&Author> {
        self.changes.get(*self.by_id.get(&id)?)?.author.as_ref()
    }

    /// The changes on which no other builds, sorted.
    pub(super) fn heads(&self) -> BTreeSet<ChangeId> {
        let mut heads: BTreeSet<_> = self.ids.iter().copied().collect();
        for dep in self.changes.iter().flat_map(|change| &change.deps) {
            if let Some(id) = self.ids.get(*dep) {
                heads.remove(id);
            }
        }
        heads
    }

    /// Judges a change by itself and its past.
    pub(super) fn check(&self, head: &ChangeHead) -> Result<Standing, GateError> {
        if self.contains(head.hash) {
            return Ok(Standing::Known);
        }
        let deps: Option<Vec<usize>> = head.deps.iter().map(|dep| self.by_id.get(dep).copied()).collect();
        let Some(deps) = deps else { return Ok(Standing::Parked) };
        let mut wanted = HashSet::new();
        self.check_numbers(head, &deps, &mut wanted)?;
        self.check_replaced(head, &mut wanted)?;
        if let Some(missing) = self.not_in_past(&deps, wanted) {
            let index = self.op_that_needs(head, missing);
            return Err(index.map_or(
                GateError::OutOfSequence { what: "sequence number", got: head.seq, expected: 1 },
                |index| GateError::UnseenPredecessor { index },
            ));
        }
        Ok(Standing::Ready)
    }

    fn check_numbers(
        &self,
        head: &ChangeHead,
        deps: &[usize],
        wanted: &mut HashSet<usize>,
    ) -> Result<(), GateError> {
        let own = self.by_actor.get(&head.actor()).map_or(&[][..], Vec::as_slice);
        let expected = own.len() as u64 + 1;
        if head.seq < expected {
            return Err(GateError::DuplicateSequence { seq: head.seq });
        }
        if head.seq > expected {
            return Err(GateError::OutOfSequence { what: "sequence number", got: head.seq, expected });
        }
        wanted.extend(own.last());
        let past = deps.iter().filter_map(|dep| self.changes.get(*dep));
        let expected = past.map(|change| change.last_op()).max().unwrap_or(0) + 1;
        if head.start_op != expected {
            return Err(GateError::OutOfSequence { what: "operation number", got: head.start_op, expected });
        }
        Ok(())
    }

    fn check_replaced(&self, head: &ChangeHead, wanted: &mut HashSet<usize>) -> Result<(), GateError> {
        for (index, op) in head.ops.iter().enumerate() {
            let mut seen = BTreeSet::new();
            for (actor, number) in &op.replaces {
                let found = head.actors.get(*actor).and_then(|actor| self.find_op(actor, *number));
                match found {
                    Some((change, path)) if *path == op.path && seen.insert((actor, number)) => {
                        wanted.insert(change);
                    }
                    _ => return Err(GateError::UnseenPredecessor { index }),
                }
            }
        }
        Ok(())
    }

    /// The change and path of the put that has this actor and number.
    fn find_op(&self, actor: &[u8; 16], number: u64) -> Option<(usize, &Path)> {
        let own = self.by_actor.get(actor)?;
        let at = own.partition_point(|index| {
            self.changes.get(*index).is_some_and(|change| change.last_op() < number)
        });
        let index = *own.get(at)?;
        let change = self.changes.get(index)?;
        let offset = usize::try_from(number.checked_sub(change.start_op)?).ok()?;
        match change.ops.get(offset)? {
            (path, true) => Some((index, path)),
            (_, false) => None,
        }
    }

    fn op_that_needs(&self, head: &ChangeHead, change: usize) -> Option<usize> {
        head.ops.iter().position(|op| {
            op.replaces.iter().any(|(actor, number)| {
                let found = head.actors.get(*actor).and_then(|actor| self.find_op(actor, *number));
                found.is_some_and(|(index, _)| index == change)
            })
        })
    }

    /// The first of `wanted` that is not `from` or an ancestor of it. Operation numbers rise
    /// along every path, so a walk stops at changes older than what is looked for.
    fn not_in_past(&self, from: &[usize], mut wanted: HashSet<usize>) -> Option<usize> {
        let oldest = wanted.iter().filter_map(|index| self.changes.get(*index)).map(|c| c.start_op).min();
        let mut stack = from.to_vec();
        let mut seen: HashSet<usize> = stack.iter().copied().collect();
        while let Some(index) = stack.pop() {
            wanted.remove(&index);
            if wanted.is_empty() {
                return None;
            }
            let Some(change) = self.changes.get(index) else { continue };
            if Some(change.start_op) > oldest {
                stack.extend(change.deps.iter().copied().filter(|dep| seen.insert(*dep)));
            }
        }
        wanted.into_iter().min()
    }

    /// Adds a change that [`History::check`] called ready.
    pub(super) fn push(&mut self, head: &ChangeHead) {
        let index = self.changes.len();
        let known = Known {
            deps: head.deps.iter().filter_map(|dep| self.by_id.get(dep).copied()).collect(),
            actor: head.actor(),
            start_op: head.start_op,
            ops: head.ops.iter().map(|op| (op.path.clone(), op.value.is_some())).collect(),
            author: head.author.clone(),
        };
        self.by_actor.entry(known.actor).or_default().push(index);
        self.by_id.insert(head.hash, index);
        self.ids.push(head.hash);
        self.changes.push(Arc::new(known));
    }

    /// Forgets every change after the first `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        while self.changes.len() > length {
            if let (Some(change), Some(id)) = (self.changes.pop(), self.ids.pop()) {
                self.by_id.remove(&id);
                if let Some(own) = self.by_actor.get_mut(&change.actor) {
                    own.pop();
                    if own.is_empty() {
                        self.by_actor.remove(&change.actor);
                    }
                }
            }
        }
    }
}
