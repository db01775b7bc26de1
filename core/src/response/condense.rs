//! Changes that nobody has seen, recorded again as one.
//!
//! An answer is durable as a change of its own when the field is left, which is about 200 bytes;
//! fifty of them made without a network say the same in 500 bytes as one change. Only what was
//! never offered to anybody is condensed: a change that somebody may hold stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

use super::{
    ChangeId, ResponseDoc,
    gate::{ChangeHead, MAX_OPS},
    past::{Heads, heads_of, past_of},
};
use crate::answers::{Path, Value};

/// One change in the place of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condensed {
    /// The changes that it stands for, of which nothing else is built.
    pub replaces: Vec<ChangeId>,
    /// The change; `None` when what they recorded is what was there before.
    pub chunk: Option<Vec<u8>>,
}

/// Condenses the last changes of a response, as far as each builds on the one before alone.
/// `changes` are all that are here; `unseen` those that were made here and never offered.
/// `None` when there are not two, or they say more than one change can.
///
/// What another device sees is the same: the new change has the past of the first, the last
/// value at every path, and the author of the last.
pub fn condense(
    changes: &[Vec<u8>],
    unseen: &BTreeSet<ChangeId>,
    rng: &mut impl CryptoRng,
) -> Option<Condensed> {
    let heads = heads_of(changes);
    let chain = last_chain(&heads, unseen)?;
    let first = chain.first()?;
    let (mut doc, _) = ResponseDoc::open(&past_of(&heads, &first.deps).into_values().collect::<Vec<_>>());
    if doc.heads() != first.deps {
        return None;
    }
    let mut last = last_values(&doc, &heads, &chain)?;
    // Set back to what it was: somebody wrote it again, which one change cannot say, and which
    // counts against another's answer or removal.
    if last.iter().any(|(path, value)| value.is_some() && !doc.is_written(path, value.as_ref())) {
        return None;
    }
    last.retain(|path, value| doc.is_written(path, value.as_ref()));
    if last.len() > MAX_OPS {
        return None;
    }
    doc.set_author(chain.last()?.author.clone());
    let chunk = doc.commit(&last, rng).ok()?;
    Some(Condensed { replaces: chain.iter().map(|head| head.hash).collect(), chunk })
}

/// What the chain leaves at every path that it writes. Read from the document and not from the
/// operations: settling a conflict for the value that is shown removes the others and puts nothing.
fn last_values(
    before: &ResponseDoc,
    heads: &Heads<'_>,
    chain: &[&ChangeHead],
) -> Option<BTreeMap<Path, Option<Value>>> {
    let chunks: Vec<Vec<u8>> =
        chain.iter().filter_map(|head| heads.get(&head.hash).map(|(_, chunk)| (*chunk).clone())).collect();
    let mut after = before.clone();
    if after.apply(&chunks).accepted.len() != chain.len() {
        return None;
    }
    let answers = after.answers();
    let written = chain.iter().flat_map(|head| &head.ops).map(|op| &op.path);
    Some(written.map(|path| (path.clone(), answers.get(path).cloned())).collect())
}

/// The longest run of unseen changes at the end, each of which builds on the one before alone.
fn last_chain<'a>(heads: &'a Heads<'_>, unseen: &BTreeSet<ChangeId>) -> Option<Vec<&'a ChangeHead>> {
    let built_on: BTreeSet<ChangeId> =
        heads.values().flat_map(|(head, _)| head.deps.iter().copied()).collect();
    let mut ends = unseen.iter().filter(|id| !built_on.contains(id));
    let (end, None) = (ends.next()?, ends.next()) else { return None };
    let mut chain: Vec<&ChangeHead> = Vec::new();
    let mut next = Some(*end);
    while let Some(id) = next.filter(|id| unseen.contains(id)) {
        let (head, _) = heads.get(&id)?;
        let author = |head: &ChangeHead| head.author.as_ref().map(|author| author.by.clone());
        if chain.last().is_some_and(|later| author(later) != author(head)) {
            break;
        }
        chain.push(head);
        let is_alone = |id: &ChangeId| heads.values().filter(|(head, _)| head.deps.contains(id)).count() == 1;
        next = match head.deps.as_slice() {
            [only] if is_alone(only) => Some(*only),
            _ => None,
        };
    }
    chain.reverse();
    (chain.len() > 1).then_some(chain)
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use proptest::prelude::*;
    use rand_core::SeedableRng;

    use super::*;
    use crate::response::{Author, gate};

    fn rng(seed: u64) -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(seed)
    }

    fn set(doc: &mut ResponseDoc, path: &str, value: Option<i64>, rng: &mut ChaCha20Rng) -> Vec<Vec<u8>> {
        doc.record_all(&[(Path::new(path), value.map(Value::Integer))], rng).expect("recordable")
    }

    fn ids(chunks: &[Vec<u8>]) -> BTreeSet<ChangeId> {
        chunks.iter().map(|chunk| gate::preflight(chunk).expect("a change").hash).collect()
    }

    #[test]
    fn fifty_offline_edits_are_one_small_change() {
        let mut doc = ResponseDoc::new();
        let mut rng = rng(1);
        let base = set(&mut doc, "a", Some(0), &mut rng);
        doc.set_author(Some(Author { by: "佐藤".to_owned(), at: "2026-11-22T09:12:00+09:00".to_owned() }));
        let edits: Vec<_> =
            (1..=50).flat_map(|n| set(&mut doc, &format!("q{}", n % 20), Some(n), &mut rng)).collect();
        let all = [base.clone(), edits.clone()].concat();
        let condensed = condense(&all, &ids(&edits), &mut rng).expect("a chain");
        assert_eq!(condensed.replaces.len(), 50);
        let chunk = condensed.chunk.expect("something is new");
        assert!(chunk.len() * 20 < edits.iter().map(Vec::len).sum(), "{}", chunk.len());
        let again = ResponseDoc::from_changes(&[base, vec![chunk]].concat()).expect("admitted");
        assert_eq!(again.answers(), doc.answers());
        assert_eq!(again.change_count(), 2);
    }

    #[test]
    fn what_was_offered_or_built_on_by_others_stays() {
        let mut doc = ResponseDoc::new();
        let mut rng = rng(2);
        let chunks: Vec<_> = (0..4).flat_map(|n| set(&mut doc, "a", Some(n), &mut rng)).collect();
        let last_two = condense(&chunks, &ids(&chunks[2..]), &mut rng).expect("two were not offered");
        assert_eq!(last_two.replaces.len(), 2);
        assert_eq!(condense(&chunks, &ids(&chunks[3..]), &mut rng), None, "one alone");
        assert_eq!(condense(&chunks, &ids(&chunks[..2]), &mut rng), None, "a later one builds on them");
    }

    #[test]
    fn an_answer_that_was_taken_back_leaves_nothing() {
        let mut doc = ResponseDoc::new();
        let mut rng = rng(3);
        let base = set(&mut doc, "a", Some(1), &mut rng);
        let edits = [set(&mut doc, "b", Some(1), &mut rng), set(&mut doc, "b", None, &mut rng)].concat();
        let condensed = condense(&[base, edits.clone()].concat(), &ids(&edits), &mut rng).expect("a chain");
        assert_eq!(condensed.chunk, None);
    }

    #[test]
    fn an_answer_that_was_cleared_and_given_again_is_not_condensed_away() {
        let mut doc = ResponseDoc::new();
        let mut rng = rng(4);
        let base = set(&mut doc, "a", Some(1), &mut rng);
        let edits = [set(&mut doc, "a", None, &mut rng), set(&mut doc, "a", Some(1), &mut rng)].concat();
        assert_eq!(condense(&[base, edits.clone()].concat(), &ids(&edits), &mut rng), None);
    }

    #[test]
    fn a_conflict_that_was_settled_for_the_answer_shown_is_not_condensed_to_no_answer() {
        let mut rng = rng(5);
        let (mut mine, mut theirs) = (ResponseDoc::new(), ResponseDoc::new());
        let both =
            [set(&mut mine, "a", Some(4), &mut rng), set(&mut theirs, "a", Some(5), &mut rng)].concat();
        mine.apply(&both);
        let path = Path::new("a");
        let shown = mine.answers().get(&path).cloned().expect("one of the two");
        let settled = mine.choose(&path, shown.clone(), &mut rng).expect("recordable").expect("a change");
        let edits = [vec![settled], set(&mut mine, "b", Some(1), &mut rng)].concat();
        let condensed = condense(&[both.clone(), edits.clone()].concat(), &ids(&edits), &mut rng);
        let chunk = condensed.and_then(|condensed| condensed.chunk).expect("a chain");
        let again = ResponseDoc::from_changes(&[both, vec![chunk]].concat()).expect("admitted");
        assert_eq!(again.answers().get(&path), Some(&shown));
        assert_eq!(again.conflicts(), []);
    }

    proptest! {
        /// Two people edit apart, one condenses: whoever merges sees the same answers, and the
        /// same conflicts, as without.
        #[test]
        fn merging_gives_the_same_as_without(
            before in prop::collection::vec((0..4_u8, prop::option::of(0..3_i64)), 0..5),
            here in prop::collection::vec((0..4_u8, prop::option::of(0..9_i64)), 2..12),
            there in prop::collection::vec((0..4_u8, prop::option::of(0..9_i64)), 0..6),
            seed in 0..1000_u64,
        ) {
            let mut rng = rng(seed);
            let mut first = ResponseDoc::new();
            let mut write = |doc: &mut ResponseDoc, edits: &[(u8, Option<i64>)]| -> Vec<Vec<u8>> {
                edits.iter().flat_map(|(path, value)| set(doc, &format!("q{path}"), *value, &mut rng)).collect()
            };
            let base = write(&mut first, &before);
            let mut second = ResponseDoc::from_changes(&base).expect("sound");
            let mut third = second.clone();
            let mine = write(&mut second, &here);
            let theirs = write(&mut third, &there);
            let plain = [base.clone(), mine.clone(), theirs.clone()].concat();
            let plain = ResponseDoc::from_changes(&plain).expect("sound");
            let Some(condensed) =
                condense(&[base.clone(), mine.clone()].concat(), &ids(&mine), &mut rng)
            else {
                return Ok(());
            };
            prop_assert_eq!(condensed.replaces.len(), mine.len());
            let merged = [base, condensed.chunk.into_iter().collect(), theirs].concat();
            let merged = ResponseDoc::from_changes(&merged).expect("sound");
            let values = |doc: &ResponseDoc| -> BTreeMap<Path, BTreeSet<String>> {
                let of = |conflict: crate::response::Conflict| {
                    let texts = conflict.values.iter().map(|one| one.value.to_string()).collect();
                    (conflict.path, texts)
                };
                doc.conflicts().into_iter().map(of).collect()
            };
            let (conflicts, before, after) = (values(&plain), plain.answers(), merged.answers());
            prop_assert_eq!(&values(&merged), &conflicts);
            for path in (0..4).map(|path| Path::new(format!("q{path}"))) {
                if !conflicts.contains_key(&path) {
                    prop_assert_eq!(before.get(&path), after.get(&path));
                }
            }
        }
    }
}
