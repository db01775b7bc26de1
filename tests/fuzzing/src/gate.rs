//! The gate: whatever changes are offered, the document stays one that can be worked with.
//!
//! ```text
//! input = 0 | chunk                     one change as it is
//!       | 1 | frames                    several
//!       | 2 | deflated frames           the same, of files that must be small
//! frame = how u8 | length u24 | bytes   how: 0 as it is, 1 a body, 2 a body to be deflated
//! ```
//!
//! A body gets the right length and checksum here, so that what is changed at random goes deeper
//! than these. It is offered to a response of three people ([`honest`]), whose changes the seeds
//! build on.

use std::{collections::BTreeSet, io::Read as _, sync::OnceLock};

use automerge::{Automerge, Change, LoadOptions, ROOT, ReadDoc as _, TextEncoding};
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tsumugi_core::{
    answers::{Path, Value},
    response::{
        ChangeId, RecordError, ResponseDoc,
        gate::{Admission, GateError, Limits},
    },
};

use crate::change::{Kind, frame};

/// What frames inflate to is read up to here.
const MOST_INFLATED: u64 = 8 << 20;

/// A response of three people with a conflict, a delete and Japanese text.
pub struct Honest {
    /// It.
    pub doc: ResponseDoc,
    /// All of its changes.
    pub changes: Vec<Vec<u8>>,
}

/// The response that everything is offered to; the same every time.
pub fn honest() -> &'static Honest {
    static HONEST: OnceLock<Honest> = OnceLock::new();
    HONEST.get_or_init(|| {
        let mut rng = ChaCha20Rng::seed_from_u64(11);
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
            docs.iter_mut().for_each(|doc| drop(doc.apply(&made)));
            changes.extend(made);
        }
        let [doc, ..] = docs;
        Honest { doc, changes }
    })
}

/// The changes that an input offers.
pub fn offered(data: &[u8]) -> Vec<Vec<u8>> {
    match data.split_first() {
        None => Vec::new(),
        Some((1, frames)) => read_frames(frames),
        Some((2, packed)) => {
            let mut frames = Vec::new();
            let mut decoder = flate2::read::DeflateDecoder::new(packed).take(MOST_INFLATED);
            // What was read before the bytes end is offered.
            let _ = decoder.read_to_end(&mut frames);
            read_frames(&frames)
        }
        Some((_, chunk)) => vec![chunk.to_vec()],
    }
}

fn read_frames(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut offered = Vec::new();
    while let [how, low, middle, high, rest @ ..] = bytes {
        let length = usize::from(*low) | usize::from(*middle) << 8 | usize::from(*high) << 16;
        let (body, after) = rest.split_at(length.min(rest.len()));
        offered.push(match how {
            1 => frame(Kind::Plain, body),
            2 => frame(Kind::Deflated, body),
            _ => body.to_vec(),
        });
        bytes = after;
    }
    offered
}

/// Puts changes, each with how it is offered, into an input.
pub(crate) fn framed(changes: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut input = vec![1];
    for (how, bytes) in changes {
        let [low, middle, high, ..] = bytes.len().to_le_bytes();
        input.extend([*how, low, middle, high]);
        input.extend(bytes);
    }
    input
}

/// Any bytes as changes that a device offers.
///
/// # Panics
/// When the claim does not hold.
pub fn gate(data: &[u8]) {
    let _ = admitted(&offered(data));
}

/// Offers changes to the response of three people, and says what became of them.
///
/// # Panics
/// When the response cannot be worked with afterwards.
pub fn admitted(changes: &[Vec<u8>]) -> Admission {
    let honest = honest();
    let mut doc = honest.doc.clone();
    let admission = doc.apply_within(changes, &Limits::ADMITTED);
    let verdicts = [&admission.accepted, &admission.known, &admission.parked].map(Vec::len);
    assert_eq!(verdicts.iter().sum::<usize>() + admission.refused.len(), changes.len(), "none is forgotten");
    if admission.accepted.is_empty() {
        assert_eq!(doc.heads(), honest.doc.heads(), "what is refused changes nothing");
        assert_eq!(doc.answers(), honest.doc.answers(), "what is refused changes nothing");
    }
    let accepted = admission.accepted.iter().filter_map(|index| changes.get(*index));
    let held: Vec<Vec<u8>> = honest.changes.iter().chain(accepted).cloned().collect();
    loads_again(&doc, &held);
    opens_elsewhere(&doc, &held);
    can_be_worked_with(doc, &held);
    admission
}

/// What was admitted is a sound document for automerge itself, saved and loaded.
fn loads_again(doc: &ResponseDoc, held: &[Vec<u8>]) {
    let mut whole = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
    let changes: Vec<Change> =
        held.iter().map(|chunk| Change::try_from(chunk.as_slice()).expect("admitted, so a change")).collect();
    whole.apply_changes(changes).expect("admitted, so they apply");
    let heads: Vec<ChangeId> = whole.get_heads().iter().map(|head| ChangeId::from_bytes(head.0)).collect();
    assert_eq!(heads, doc.heads(), "automerge and the history have the same heads");
    let options = LoadOptions::new().text_encoding(TextEncoding::UnicodeCodePoint);
    let loaded = Automerge::load_with_options(&whole.save(), options).expect("what was saved loads");
    assert_eq!(loaded.get_heads(), whole.get_heads(), "loaded with the same heads");
    let keys: Vec<String> = whole.keys(ROOT).collect();
    assert_eq!(loaded.keys(ROOT).collect::<Vec<_>>(), keys, "loaded with the same paths");
    let shown: BTreeSet<String> = doc.answers().iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(shown, keys.iter().cloned().collect(), "every path has an answer");
    for key in keys {
        let values = |doc: &Automerge| {
            let all = doc.get_all(ROOT, key.as_str()).expect("a path");
            all.into_iter().map(|(value, id)| (value.into_owned(), id.to_string())).collect::<Vec<_>>()
        };
        assert_eq!(values(&loaded), values(&whole), "loaded with the same values");
    }
}

/// Another device that gets all of it, the last first, takes all of it and sees the same.
fn opens_elsewhere(doc: &ResponseDoc, held: &[Vec<u8>]) {
    let reversed: Vec<Vec<u8>> = held.iter().rev().cloned().collect();
    let other = ResponseDoc::from_changes(&reversed).expect("what one device admits every device admits");
    assert_eq!(other.heads(), doc.heads());
    assert_eq!(other.answers(), doc.answers());
    let conflicts = |doc: &ResponseDoc| {
        doc.conflicts().into_iter().map(|conflict| (conflict.path, conflict.values.len())).collect::<Vec<_>>()
    };
    assert_eq!(conflicts(&other), conflicts(doc));
}

/// Every question can still be answered, and what is recorded passes the gate of another device.
fn can_be_worked_with(mut doc: ResponseDoc, held: &[Vec<u8>]) {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let answer = Value::text("まだ書ける");
    let mut paths: Vec<Path> = doc.answers().iter().map(|(path, _)| path.clone()).collect();
    paths.push(Path::new("new"));
    let all: Vec<(Path, Option<Value>)> =
        paths.iter().map(|path| (path.clone(), Some(answer.clone()))).collect();
    let one = doc.clone().record_all(&[(Path::new("shared"), Some(answer.clone()))], &mut rng);
    assert_eq!(one.map(|made| made.len()), Ok(1), "a question can be answered");
    let recorded = match doc.record_all(&all, &mut rng) {
        Ok(recorded) => recorded,
        // Tens of thousands of questions: a response that is filled up stays as it is.
        Err(RecordError::Gate(GateError::OverLimit { what, .. })) if what.ends_with("of a response") => {
            return;
        }
        Err(error) => panic!("every question can be answered: {error}"),
    };
    assert!(paths.iter().all(|path| doc.answers().get(path) == Some(&answer)), "every answer stands");
    assert_eq!(doc.conflicts(), [], "an answer supersedes all that are there");
    let everything = [held.to_vec(), recorded].concat();
    let other = ResponseDoc::from_changes(&everything).expect("what is recorded passes the gate");
    assert_eq!(other.answers(), doc.answers());
    let cleared: Vec<(Path, Option<Value>)> = paths.into_iter().map(|path| (path, None)).collect();
    doc.record_all(&cleared, &mut rng).expect("every question can be cleared");
    assert!(doc.answers().is_empty());
}
