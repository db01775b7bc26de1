//! What is recorded as one change: as much as the gate of another device takes.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, ObjId};

use super::gate::{MAX_OPS, MAX_OTHER_ACTORS, MAX_REPLACED};
use crate::answers::{Path, Value};

const MAX_BYTES: usize = 128 * 1024;

/// Entries of one change, counted as the gate counts them.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) entries: BTreeMap<Path, Option<Value>>,
    bytes: usize,
    replaced: usize,
    actors: BTreeSet<ActorId>,
}

impl Batch {
    /// True when one more entry, which replaces these values, fits. One always fits.
    pub(super) fn holds(&self, path: &Path, value: Option<&Value>, replaced: &[(Value, ObjId)]) -> bool {
        let new = actors(replaced).filter(|actor| !self.actors.contains(*actor)).count();
        self.entries.is_empty()
            || (self.entries.len() < MAX_OPS
                && self.bytes + bytes(path, value) <= MAX_BYTES
                && self.replaced + replaced.len() <= MAX_REPLACED
                && self.actors.len() + new <= MAX_OTHER_ACTORS)
    }

    pub(super) fn put(&mut self, path: Path, value: Option<Value>, replaced: &[(Value, ObjId)]) {
        self.bytes += bytes(&path, value.as_ref());
        self.replaced += replaced.len();
        self.actors.extend(actors(replaced).cloned());
        self.entries.insert(path, value);
    }
}

fn bytes(path: &Path, value: Option<&Value>) -> usize {
    path.as_str().len() + value.map_or(0, |value| value.to_string().len())
}

fn actors(replaced: &[(Value, ObjId)]) -> impl Iterator<Item = &ActorId> {
    replaced.iter().filter_map(|(_, id)| match id {
        ObjId::Id(_, actor, _) => Some(actor),
        ObjId::Root => None,
    })
}
