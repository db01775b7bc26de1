//! What changes build on, read from their heads alone.

use std::collections::BTreeMap;

use super::{
    ChangeId,
    gate::{self, ChangeHead},
};

/// Changes that the gate can read, by their names.
pub(super) type Heads<'a> = BTreeMap<ChangeId, (ChangeHead, &'a Vec<u8>)>;

/// Reads the heads of changes; what no gate reads is passed over.
pub(super) fn heads_of(changes: &[Vec<u8>]) -> Heads<'_> {
    changes
        .iter()
        .filter_map(|chunk| gate::preflight(chunk).ok().map(|head| (head.hash, (head, chunk))))
        .collect()
}

/// The changes that `ends` build on, and these themselves.
pub(super) fn past_of(heads: &Heads<'_>, ends: &[ChangeId]) -> BTreeMap<ChangeId, Vec<u8>> {
    let mut past = BTreeMap::new();
    let mut open: Vec<ChangeId> = ends.to_vec();
    while let Some(id) = open.pop() {
        if let Some((head, chunk)) = heads.get(&id).filter(|_| !past.contains_key(&id)) {
            past.insert(id, (*chunk).clone());
            open.extend(&head.deps);
        }
    }
    past
}
