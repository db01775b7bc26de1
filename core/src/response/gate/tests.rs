//! Hostile changes: crafted ones by name, and honest ones broken at random.

mod craft;

use chacha20::ChaCha20Rng;
use proptest::prelude::*;
use rand_core::{Rng, SeedableRng};

use self::craft::{Draft, RawOp, chunk_of, deflated};
use super::*;
use crate::{
    answers::{Path, Value},
    response::{ChangeId, ResponseDoc},
};

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn put(path: &str, value: i64) -> [(Path, Option<Value>); 1] {
    [(Path::new(path), Some(Value::Integer(value)))]
}

/// A document of three people with a conflict, a delete and Japanese text, and its changes.
fn honest() -> (ResponseDoc, Vec<Vec<u8>>) {
    let mut rng = rng(11);
    let mut docs = [ResponseDoc::new(), ResponseDoc::new(), ResponseDoc::new()];
    let mut changes = Vec::new();
    for round in 0..4_i64 {
        let mut made = Vec::new();
        for (number, doc) in (0_i64..).zip(&mut docs) {
            let entries = [
                (Path::new("shared"), Some(Value::Integer(round * 10 + number))),
                (Path::new(format!("own/{number}/{round}")), Some(Value::text("北製作所"))),
                (Path::new(format!("own/{number}/{}", round - 1)), None),
                (Path::new("share"), Some(Value::Decimal(0.25))),
            ];
            made.extend(doc.record(&entries, &mut rng).expect("recordable"));
        }
        for doc in &mut docs {
            let admission = doc.apply(&made);
            assert!(admission.refused.is_empty() && admission.parked.is_empty());
        }
        changes.extend(made);
    }
    let [first, ..] = docs;
    (first, changes)
}

/// Whoever is offered these changes can go on working, save, and load again.
fn assert_sound(doc: &mut ResponseDoc, changes: &[Vec<u8>]) -> Admission {
    let before = doc.answers();
    let admission = doc.apply(changes);
    if admission.accepted.is_empty() {
        assert_eq!(doc.answers(), before, "a refused change changed something");
    }
    let mut clone = doc.clone();
    let change = clone.record(&put("still/works", 1), &mut rng(5)).expect("recordable").expect("differs");
    assert_eq!(doc.apply(&[change]).accepted, [0]);
    admission
}

fn refusal(chunk: &[u8]) -> GateError {
    let (mut doc, _) = honest();
    let admission = assert_sound(&mut doc, &[chunk.to_vec()]);
    let [(0, error)] = admission.refused.as_slice() else { panic!("not refused: {admission:?}") };
    error.clone()
}

#[test]
fn our_own_draft_of_an_honest_change_is_admitted() {
    let mut doc = ResponseDoc::new();
    let admission = doc.apply(&[Draft::new().put("a", 7).chunk()]);
    assert_eq!(admission.accepted, [0]);
    assert_eq!(doc.answers().get(&Path::new("a")), Some(&Value::Integer(7)));
}

#[test]
fn a_start_op_at_the_end_of_numbers_does_not_brick_the_questionnaire() {
    for start_op in [u64::from(u32::MAX) - 1, u64::from(u32::MAX), 1 << 32, u64::MAX] {
        let chunk = Draft { start_op, ..Draft::new() }.put("a", 1).chunk();
        assert!(matches!(refusal(&chunk), GateError::OverLimit { what: "operation number", .. }));
    }
}

#[test]
fn a_jump_of_operation_numbers_is_refused() {
    let chunk = Draft { start_op: (1 << 30) - 1, ..Draft::new() }.put("a", 1).chunk();
    assert_eq!(
        refusal(&chunk),
        GateError::OutOfSequence { what: "operation number", got: (1 << 30) - 1, expected: 1 }
    );
}

#[test]
fn a_run_of_ten_million_puts_is_refused_before_anything_is_allocated() {
    for puts in [2_001, 100_000, 10_000_000] {
        let chunk = Draft::new().bomb(puts);
        assert!(chunk.len() < 90);
        assert!(matches!(refusal(&chunk), GateError::OverLimit { what: "operations", .. }));
    }
}

#[test]
fn a_deflate_bomb_is_refused_after_one_mebibyte() {
    let mut body = Draft::new().put("a", 1).body();
    body.resize(16 * 1024 * 1024, 0);
    let chunk = deflated(&body);
    assert!(chunk.len() < 20_000);
    assert!(matches!(refusal(&chunk), GateError::OverLimit { what: "bytes of an inflated body", .. }));
}

#[test]
fn extra_bytes_are_refused() {
    let mut body = Draft::new().put("a", 1).body();
    body.push(0);
    assert_eq!(refusal(&chunk_of(1, &body)), GateError::Malformed { what: "extra bytes" });
}

#[test]
fn documents_bundles_and_unknown_chunks_are_refused() {
    let body = Draft::new().put("a", 1).body();
    for kind in [0, 3, 4, 255] {
        assert_eq!(refusal(&chunk_of(kind, &body)), GateError::NotAChange { kind });
    }
    assert!(matches!(refusal(b"not a chunk"), GateError::Malformed { what: "magic bytes" }));
}

#[test]
fn objects_lists_counters_and_marks_are_refused() {
    let op = |action, meta, raw: &[u8]| RawOp { action, meta, raw: raw.to_vec(), ..RawOp::put("a", 1) };
    let wrong = [
        op(0, 0, &[]),
        op(2, 0, &[]),
        op(4, 0, &[]),
        op(5, 4 | 1 << 4, &[1]),
        op(7, 0, &[]),
        op(1, 8 | 1 << 4, &[1]),
        op(1, 9 | 1 << 4, &[1]),
        op(1, 0, &[]),
        op(1, 5 | 8 << 4, &f64::NAN.to_le_bytes()),
        op(3, 0, &[]),
        RawOp { key: String::new(), ..RawOp::put("a", 1) },
    ];
    for op in wrong {
        let chunk = Draft { ops: vec![op.clone()], ..Draft::new() }.chunk();
        assert!(matches!(refusal(&chunk), GateError::NotARegister { .. }), "{op:?}");
    }
    let twice = Draft::new().put("a", 1).put("a", 2).chunk();
    assert!(matches!(refusal(&twice), GateError::NotARegister { .. }));
}

#[test]
fn a_text_or_a_path_that_is_too_long_is_refused() {
    let text = "x".repeat(MAX_TEXT_BYTES + 1);
    let op = RawOp { meta: 6 | (text.len() as u64) << 4, raw: text.into_bytes(), ..RawOp::put("a", 1) };
    let chunk = Draft { ops: vec![op], ..Draft::new() }.chunk();
    assert!(matches!(refusal(&chunk), GateError::OverLimit { what: "bytes of a value", .. }));
    let chunk = Draft::new().put(&"p".repeat(MAX_KEY_BYTES + 1), 1).chunk();
    assert!(matches!(refusal(&chunk), GateError::OverLimit { what: "key", .. }));
}

#[test]
fn an_actor_that_nothing_uses_or_nobody_knows_is_refused() {
    let unused = Draft { others: vec![[9; 16]], ..Draft::new() }.put("a", 1).chunk();
    assert_eq!(refusal(&unused), GateError::Malformed { what: "an unused actor" });
    let op = RawOp { replaces: vec![(1, 1)], ..RawOp::put("a", 1) };
    let unknown = Draft { others: vec![[9; 16]], ops: vec![op], ..Draft::new() }.chunk();
    assert_eq!(refusal(&unknown), GateError::UnseenPredecessor { index: 0 });
}

#[test]
fn a_change_that_begins_with_a_later_number_is_refused() {
    let chunk = Draft { seq: 2, ..Draft::new() }.put("a", 1).chunk();
    assert_eq!(refusal(&chunk), GateError::OutOfSequence { what: "sequence number", got: 2, expected: 1 });
}

#[test]
fn a_second_change_of_one_number_is_refused_and_the_others_go_on() {
    let first = Draft::new().put("a", 1).chunk();
    let forged = Draft::new().put("a", 2).chunk();
    let good = Draft { actor: [8; 16], ..Draft::new() }.put("b", 3).chunk();
    let mut doc = ResponseDoc::new();
    let admission = assert_sound(&mut doc, &[first, forged, good]);
    assert_eq!((admission.accepted.len(), admission.refused.len()), (2, 1));
    assert!(matches!(admission.refused.first(), Some((_, GateError::DuplicateSequence { seq: 1 }))));
    assert_eq!(doc.answers().get(&Path::new("b")), Some(&Value::Integer(3)));
}

#[test]
fn a_change_that_replaces_what_it_has_not_seen_is_refused_wherever_it_comes() {
    let first = Draft::new().put("a", 1).chunk();
    // Replaces the first one's value without building on it.
    let op = RawOp { replaces: vec![(1, 1)], ..RawOp::put("a", 2) };
    let blind = Draft { actor: [8; 16], others: vec![[7; 16]], ops: vec![op], ..Draft::new() }.chunk();
    let mut doc = ResponseDoc::new();
    let admission = assert_sound(&mut doc, &[first, blind.clone()]);
    assert_eq!(admission.refused, [(1, GateError::UnseenPredecessor { index: 0 })]);
    assert_eq!(refusal(&blind), GateError::UnseenPredecessor { index: 0 });
}

#[test]
fn a_flood_of_orphans_is_parked_outside_and_the_document_does_not_grow() {
    let orphans: Vec<_> = (0..2_000_u64)
        .map(|number| {
            let mut actor = [6; 16];
            actor[..8].copy_from_slice(&number.to_be_bytes());
            Draft { actor, deps: vec![[5; 32]], ..Draft::new() }.put("a", 1).chunk()
        })
        .collect();
    let (mut doc, _) = honest();
    let before = doc.change_count();
    assert_eq!(doc.apply(&orphans).parked.len(), 2_000);
    assert_eq!(doc.change_count(), before);
    assert_sound(&mut doc, &[]);
}

#[test]
fn a_parked_change_is_admitted_once_its_past_is_there() {
    let mut doc = ResponseDoc::new();
    let first = doc.record(&put("a", 1), &mut rng(1)).unwrap().unwrap();
    let second = doc.record(&put("a", 2), &mut rng(1)).unwrap().unwrap();
    let (mut other, admission) = ResponseDoc::open(std::slice::from_ref(&second));
    assert_eq!(admission.parked, [0]);
    assert_eq!(other.apply(&[second.clone(), first.clone()]).accepted, [0, 1]);
    assert_eq!(other.apply(&[second, first]).known, [0, 1]);
}

#[test]
fn a_moved_time_is_refused() {
    let chunk = Draft { time: 1, ..Draft::new() }.put("a", 1).chunk();
    assert_eq!(refusal(&chunk), GateError::NotARegister { what: "a time" });
}

#[test]
fn every_flipped_bit_of_a_change_is_refused() {
    let (_, changes) = honest();
    let chunk = changes.last().unwrap();
    for bit in 0..chunk.len() * 8 {
        let mut flipped = chunk.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(preflight(&flipped).is_err(), "bit {bit} of {}", chunk.len());
    }
}

#[test]
fn every_cut_change_is_refused() {
    let (_, changes) = honest();
    for chunk in &changes {
        for length in 0..chunk.len() {
            assert!(preflight(&chunk[..length]).is_err());
        }
    }
}

macro_rules! crasher {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/crashers/", $name, ".change")).as_slice()
    };
}

/// Bytes that hurt automerge 0.12 when they reach it unchecked.
#[test]
fn kept_crashers_stay_refused() {
    let crashers = [
        crasher!("actor-that-nobody-knows"),
        crasher!("deflate-sixteen-mebibytes"),
        crasher!("run-length-ten-million-puts"),
        crasher!("sequence-begins-with-two"),
        crasher!("start-op-at-the-end-of-numbers"),
    ];
    for bytes in crashers {
        refusal(bytes);
    }
}

/// Breaks the body of a change somewhere and repairs length and checksum.
fn broken(chunk: &[u8], rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut body = craft::body_of(chunk);
    for _ in 0..=rng.next_u32() % 3 {
        let at = rng.next_u32() as usize % body.len();
        let byte = rng.next_u32().to_le_bytes()[0];
        match rng.next_u32() % 5 {
            0 => body[at] = byte,
            1 => body[at] ^= 1 << (byte % 8),
            2 => body.insert(at, byte),
            3 if body.len() > 2 => drop(body.remove(at)),
            _ => {
                let giant = [0xff, 0xff, 0xff, 0xff, 0x0f];
                body.splice(at..(at + 1).min(body.len()), giant);
            }
        }
    }
    if rng.next_u32().is_multiple_of(4) { deflated(&body) } else { chunk_of(1, &body) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0_u8..4) {
        preflight(&bytes).ok();
        preflight(&chunk_of(kind, &bytes)).ok();
        preflight(&deflated(&bytes)).ok();
    }

    #[test]
    fn broken_changes_never_poison_a_document(seed in any::<u64>()) {
        let (_, changes) = honest();
        let mut rng = rng(seed);
        let mut offered = changes.clone();
        for _ in 0..12 {
            let at = rng.next_u32() as usize % changes.len();
            offered.push(broken(&changes[at], &mut rng));
        }
        let mut doc = ResponseDoc::new();
        let admission = assert_sound(&mut doc, &offered);
        // The good ones go on, unless a broken twin of the same number came before.
        let duplicates = admission.refused.iter().filter(|(index, error)| {
            *index < changes.len() && matches!(error, GateError::DuplicateSequence { .. })
        });
        let lost = admission.refused.iter().filter(|(index, _)| *index < changes.len());
        prop_assert_eq!(lost.count(), duplicates.count());
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(seed in any::<u64>(), people in 2_usize..5) {
        let mut rng = rng(seed);
        let mut docs = vec![ResponseDoc::new(); people];
        let mut all: Vec<Vec<u8>> = Vec::new();
        for _ in 0..24 {
            let person = rng.next_u32() as usize % people;
            let path = Path::new(format!("q{}", rng.next_u32() % 4));
            let value = (!rng.next_u32().is_multiple_of(4)).then(|| Value::Integer(i64::from(rng.next_u32() % 3)));
            let doc = &mut docs[person];
            match rng.next_u32() % 8 {
                0 => *doc = doc.clone(),
                1 => drop(doc.apply(&all)),
                2 => {
                    let value = value.unwrap_or(Value::Integer(9));
                    all.extend(doc.choose(&path, value, &mut rng).expect("recordable"));
                }
                _ => all.extend(doc.record(&[(path, value)], &mut rng).expect("recordable")),
            }
        }
        let whole = ResponseDoc::from_changes(&all).expect("honest changes");
        for doc in &mut docs {
            let mut rest = all.clone();
            while !rest.is_empty() {
                let at = rng.next_u32() as usize % rest.len();
                let change = rest.swap_remove(at);
                let admission = doc.apply(std::slice::from_ref(&change));
                prop_assert!(admission.refused.is_empty());
                if !admission.parked.is_empty() {
                    rest.push(change);
                }
            }
            prop_assert_eq!(doc.heads(), whole.heads());
            prop_assert_eq!(doc.answers(), whole.answers());
            let seen = |doc: &ResponseDoc| -> Vec<(Path, Vec<(Value, ChangeId)>)> {
                let conflicts = doc.conflicts().into_iter();
                conflicts
                    .map(|c| (c.path, c.values.into_iter().map(|v| (v.value, v.change)).collect()))
                    .collect()
            };
            prop_assert_eq!(seen(doc), seen(&whole));
        }
    }
}
