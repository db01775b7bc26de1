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
    gate::{ChangeHead, GateError, Limits, OpHead},
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

/// An operation: its change, and its place in it.
type Place = (usize, usize);

#[derive(Debug, Clone)]
struct Known {
    deps: Vec<usize>,
    actor: [u8; 16],
    start_op: u64,
    /// The path of each operation, and whether it puts a value.
    ops: Vec<(Path, bool)>,
    author: Option<Author>,
    /// Bytes of its body.
    bytes: usize,
    /// The values that stood until it replaced them.
    replaced: Vec<Place>,
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
    /// How many build on each change directly.
    followers: Vec<usize>,
    heads: usize,
    /// Values that another one has replaced.
    replaced: HashSet<Place>,
    /// How many values stand side by side at each path.
    side_by_side: HashMap<Path, usize>,
    ops: usize,
    bytes: usize,
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
        let of_each = self.ids.iter().zip(&self.followers);
        of_each.filter(|(_, followers)| **followers == 0).map(|(id, _)| *id).collect()
    }

    /// Judges a change by itself and its past, and whether there is room for it.
    pub(super) fn check(&self, head: &ChangeHead, limits: &Limits) -> Result<Standing, GateError> {
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
        self.check_room(head, &deps, limits)?;
        Ok(Standing::Ready)
    }

    fn check_room(&self, head: &ChangeHead, deps: &[usize], limits: &Limits) -> Result<(), GateError> {
        let over = |what, got: usize, limit: usize| match got > limit {
            true => Err(GateError::OverLimit { what, got: got as u64, limit: limit as u64 }),
            false => Ok(()),
        };
        over("changes of a response", self.len() + 1, limits.changes)?;
        over("operations of a response", self.ops + head.ops.len(), limits.ops)?;
        over("bytes of a response", self.bytes + head.bytes, limits.bytes)?;
        let followed = deps.iter().filter(|dep| self.followers.get(**dep) == Some(&0)).count();
        over("changes side by side", self.heads + 1 - followed, limits.side_by_side)?;
        for op in head.ops.iter().filter(|op| op.value.is_some()) {
            let there = self.side_by_side.get(&op.path).copied().unwrap_or(0);
            // Exactly only where it matters: most paths have one value.
            if there >= limits.side_by_side {
                let gone = self.replaced_now(head, op).len();
                over("answers to one question", there + 1 - gone.min(there), limits.side_by_side)?;
            }
        }
        Ok(())
    }

    /// The values that stand until this operation replaces them.
    fn replaced_now(&self, head: &ChangeHead, op: &OpHead) -> BTreeSet<Place> {
        let found = op.replaces.iter().filter_map(|(actor, number)| {
            self.find_op(head.actors.get(*actor)?, *number).map(|(place, _)| place)
        });
        found.filter(|place| !self.replaced.contains(place)).collect()
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
                    Some(((change, _), path)) if *path == op.path && seen.insert((actor, number)) => {
                        wanted.insert(change);
                    }
                    _ => return Err(GateError::UnseenPredecessor { index }),
                }
            }
        }
        Ok(())
    }

    /// The place and path of the put that has this actor and number.
    fn find_op(&self, actor: &[u8; 16], number: u64) -> Option<(Place, &Path)> {
        let own = self.by_actor.get(actor)?;
        let at = own.partition_point(|index| {
            self.changes.get(*index).is_some_and(|change| change.last_op() < number)
        });
        let index = *own.get(at)?;
        let change = self.changes.get(index)?;
        let offset = usize::try_from(number.checked_sub(change.start_op)?).ok()?;
        match change.ops.get(offset)? {
            (path, true) => Some(((index, offset), path)),
            (_, false) => None,
        }
    }

    fn op_that_needs(&self, head: &ChangeHead, change: usize) -> Option<usize> {
        head.ops.iter().position(|op| {
            op.replaces.iter().any(|(actor, number)| {
                let found = head.actors.get(*actor).and_then(|actor| self.find_op(actor, *number));
                found.is_some_and(|((index, _), _)| index == change)
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
        let replaced: BTreeSet<Place> = head.ops.iter().flat_map(|op| self.replaced_now(head, op)).collect();
        let known = Known {
            deps: head.deps.iter().filter_map(|dep| self.by_id.get(dep).copied()).collect(),
            actor: head.actor(),
            start_op: head.start_op,
            ops: head.ops.iter().map(|op| (op.path.clone(), op.value.is_some())).collect(),
            author: head.author.clone(),
            bytes: head.bytes,
            replaced: replaced.into_iter().collect(),
        };
        self.count(&known, 1);
        self.by_actor.entry(known.actor).or_default().push(index);
        self.by_id.insert(head.hash, index);
        self.ids.push(head.hash);
        self.changes.push(Arc::new(known));
        self.followers.push(0);
    }

    /// Forgets every change after the first `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        while self.changes.len() > length {
            self.followers.pop();
            if let (Some(change), Some(id)) = (self.changes.pop(), self.ids.pop()) {
                self.by_id.remove(&id);
                if let Some(own) = self.by_actor.get_mut(&change.actor) {
                    own.pop();
                    if own.is_empty() {
                        self.by_actor.remove(&change.actor);
                    }
                }
                self.count(&change, -1);
            }
        }
    }

    /// Counts what the last change adds, or with -1 no longer.
    fn count(&mut self, change: &Known, sign: isize) {
        let add = |count: &mut usize, by: usize| {
            *count = count.saturating_add_signed(sign.saturating_mul(by.cast_signed()));
        };
        add(&mut self.ops, change.ops.len());
        add(&mut self.bytes, change.bytes);
        add(&mut self.heads, 1);
        for dep in &change.deps {
            let Some(followers) = self.followers.get_mut(*dep) else { continue };
            let before = *followers;
            add(followers, 1);
            if before.min(*followers) == 0 {
                self.heads = self.heads.saturating_add_signed(-sign);
            }
        }
        for (path, _) in change.ops.iter().filter(|(_, puts)| *puts) {
            add(self.side_by_side.entry(path.clone()).or_default(), 1);
        }
        for place in &change.replaced {
            let of = self.changes.get(place.0).and_then(|change| change.ops.get(place.1));
            if let Some(standing) = of.and_then(|(path, _)| self.side_by_side.get_mut(path)) {
                *standing = standing.saturating_add_signed(-sign);
            }
            if sign > 0 {
                self.replaced.insert(*place)
            } else {
                self.replaced.remove(place)
            };
        }
    }
}
