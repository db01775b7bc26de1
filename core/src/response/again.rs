//! Changes that a server refuses, recorded again with the same meaning under another actor.

use std::collections::BTreeMap;

use rand_core::CryptoRng;

use super::{
    Author, ChangeId, RecordError, ResponseDoc,
    past::{heads_of, past_of},
};

/// Records again what changes held that the server refused because their actor already has other
/// changes of these numbers (a device that was cloned while a response was open). `known` are all
/// changes that are here, the refused ones too.
///
/// The new changes build on what the refused ones built on: what their actor's other half or anybody
/// else wrote beside them stays, as a conflict where it differs. What they say is read from the
/// document that they led to and not from their operations: settling a conflict for the answer that
/// is shown removes the others and puts nothing.
///
/// # Errors
/// As [`ResponseDoc::record_all`].
pub fn record_again(
    refused: &[ChangeId],
    known: &[Vec<u8>],
    author: Option<Author>,
    rng: &mut impl CryptoRng,
) -> Result<Vec<Vec<u8>>, RecordError> {
    let heads = heads_of(known);
    let past = past_of(&heads, refused);
    let chunks = |wanted: &dyn Fn(&ChangeId) -> bool| -> Vec<Vec<u8>> {
        past.iter().filter(|(id, _)| wanted(id)).map(|(_, chunk)| chunk.clone()).collect()
    };
    let (mut doc, _) = ResponseDoc::open(&chunks(&|id| !refused.contains(id)));
    let (after, _) = ResponseDoc::open(&chunks(&|_| true));
    let answers = after.answers();
    let mut lost: Vec<_> = refused.iter().filter_map(|id| heads.get(id)).map(|(head, _)| head).collect();
    lost.sort_by_key(|head| (head.start_op, head.hash));
    let mut entries = BTreeMap::new();
    for (head, op) in lost.into_iter().flat_map(|head| head.ops.iter().map(move |op| (head, op))) {
        // A change whose past is not here says what its operations say.
        let value = if after.contains(head.hash) { answers.get(&op.path).cloned() } else { op.value.clone() };
        entries.insert(op.path.clone(), value);
    }
    entries.retain(|path, value| doc.is_written(path, value.as_ref()));
    doc.set_author(author);
    doc.commit_all(entries, rng)
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::{
        answers::{Path, Value},
        response::gate::{self, GateError},
    };

    fn rng(seed: u64) -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(seed)
    }

    fn set(doc: &mut ResponseDoc, path: &str, value: i64, rng: &mut ChaCha20Rng) -> Vec<u8> {
        let entry = (Path::new(path), Some(Value::Integer(value)));
        doc.record(&[entry], rng).expect("recordable").expect("new")
    }

    fn id(chunk: &[u8]) -> ChangeId {
        gate::preflight(chunk).expect("a change").hash
    }

    #[test]
    fn both_halves_of_a_device_cloned_while_a_response_was_open_keep_their_answers() {
        // Both copies go on with the same actor, as after a snapshot of a running machine.
        let twin = |value| {
            let (mut copy, mut rng) = (ResponseDoc::new(), rng(1));
            let first = set(&mut copy, "a", 1, &mut rng);
            (first, set(&mut copy, "b", value, &mut rng))
        };
        let ((first, taken), (_, refused)) = (twin(2), twin(3));
        let (mut server, admission) = ResponseDoc::open(&[first.clone(), taken.clone(), refused.clone()]);
        let [(lost, GateError::DuplicateSequence { seq: 2 })] = admission.refused.as_slice() else {
            panic!("{admission:?}")
        };
        let lost = if *lost == 1 { taken.clone() } else { refused.clone() };
        let again =
            record_again(&[id(&lost)], &[first, taken, refused], None, &mut rng(9)).expect("recordable");
        assert_eq!(server.apply(&again).accepted, [0]);
        // Neither has seen the other's answer: somebody chooses.
        let conflict = server.conflict_at(&Path::new("b")).expect("both answers");
        assert_eq!(conflict.values.len(), 2);
    }

    #[test]
    fn a_settled_conflict_that_was_refused_is_settled_again_for_the_same_answer() {
        let mut rng = rng(3);
        let (mut mine, mut theirs) = (ResponseDoc::new(), ResponseDoc::new());
        let both = vec![set(&mut mine, "a", 4, &mut rng), set(&mut theirs, "a", 5, &mut rng)];
        mine.apply(&both);
        let path = Path::new("a");
        let shown = mine.answers().get(&path).cloned().expect("one of the two");
        let settled = mine.choose(&path, shown.clone(), &mut rng).expect("recordable").expect("a change");
        let known = [both.clone(), vec![settled.clone()]].concat();
        let again = record_again(&[id(&settled)], &known, None, &mut rng).expect("recordable");
        let merged = ResponseDoc::from_changes(&[both, again].concat()).expect("admitted");
        assert_eq!(merged.answers().get(&path), Some(&shown));
        assert_eq!(merged.conflicts(), []);
    }
}
