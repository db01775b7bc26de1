use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn entry(path: &str, value: i64) -> (Path, Option<Value>) {
    (Path::new(path), Some(Value::Integer(value)))
}

fn saved(doc: &mut ResponseDoc, path: &str, value: i64, rng: &mut ChaCha20Rng) -> Vec<u8> {
    doc.record(&[entry(path, value)], rng).expect("recordable").expect("differs")
}

#[test]
fn every_kind_of_answer_passes_the_gate_and_reads_back() {
    let mut doc = ResponseDoc::new();
    let entries = [
        entry("employees", -300),
        (Path::new("share"), Some(Value::Decimal(0.125))),
        (Path::new("profile/name"), Some(Value::text("北製作所 🏭"))),
        (Path::new("empty"), Some(Value::text(""))),
    ];
    let first = doc.record(&entries, &mut rng(1)).unwrap().unwrap();
    let second =
        doc.record(&[(Path::new("empty"), None), entry("employees", 301)], &mut rng(1)).unwrap().unwrap();
    let again = ResponseDoc::from_changes(&[second, first]).unwrap();
    assert_eq!(again.answers(), doc.answers());
    assert_eq!(again.heads(), doc.heads());
    assert_eq!(again.answers().get(&Path::new("employees")), Some(&Value::Integer(301)));
    assert_eq!(again.answers().get(&Path::new("empty")), None);
    assert_eq!(again.answers().len(), 3);
}

#[test]
fn equal_values_are_not_written_again() {
    let mut doc = ResponseDoc::new();
    saved(&mut doc, "a", 1, &mut rng(1));
    assert_eq!(doc.record(&[entry("a", 1), (Path::new("b"), None)], &mut rng(1)), Ok(None));
}

#[test]
fn a_long_save_is_deflated_and_still_passes() {
    let mut doc = ResponseDoc::new();
    let entries: Vec<_> = (0..2_000).map(|n| entry(&format!("section/question_{n}"), n)).collect();
    let chunk = doc.record(&entries, &mut rng(1)).unwrap().unwrap();
    assert_eq!(chunk.get(8), Some(&2));
    assert_eq!(ResponseDoc::from_changes(&[chunk]).unwrap().answers().len(), 2_000);
    let more: Vec<_> = (0..2_001).map(|n| entry(&format!("q{n}"), n)).collect();
    assert_eq!(doc.record(&more, &mut rng(1)), Err(RecordError::TooMany { got: 2_001, limit: 2_000 }));
    assert_eq!(doc.record_all(&more, &mut rng(1)).unwrap().len(), 2);
}

#[test]
fn two_people_answer_the_same_question_offline_and_one_of_them_chooses() {
    let mut tablet = ResponseDoc::new();
    tablet
        .set_author(Some(Author {
            by: "経理 佐藤".to_owned(), at: "2026-11-22T09:12:00+09:00".to_owned()
        }));
    let mut laptop = ResponseDoc::new();
    let one = saved(&mut tablet, "telework_rate", 40, &mut rng(1));
    let two = saved(&mut laptop, "telework_rate", 45, &mut rng(2));
    tablet.apply(std::slice::from_ref(&two));
    laptop.apply(std::slice::from_ref(&one));
    assert_eq!(tablet.answers(), laptop.answers());
    let conflict = tablet.conflict_at(&Path::new("telework_rate")).unwrap();
    let mut values: Vec<_> =
        conflict.values.iter().map(|c| (c.value.to_string(), c.by_this_device)).collect();
    values.sort();
    assert_eq!(values, [("40".to_owned(), true), ("45".to_owned(), false)]);
    let named = conflict.values.iter().find_map(|c| c.author.as_ref()).unwrap();
    assert_eq!(named.by, "経理 佐藤");

    let chosen =
        laptop.choose(&Path::new("telework_rate"), Value::Integer(40), &mut rng(2)).unwrap().unwrap();
    tablet.apply(&[chosen]);
    assert!(tablet.conflicts().is_empty() && laptop.conflicts().is_empty());
    assert_eq!(tablet.answers().get(&Path::new("telework_rate")), Some(&Value::Integer(40)));
}

#[test]
fn equal_answers_of_two_people_are_no_conflict() {
    let (mut tablet, mut laptop) = (ResponseDoc::new(), ResponseDoc::new());
    saved(&mut tablet, "a", 7, &mut rng(1));
    let change = saved(&mut laptop, "a", 7, &mut rng(2));
    tablet.apply(&[change]);
    assert!(tablet.conflicts().is_empty());
}

#[test]
fn a_repeat_deleted_on_one_device_and_filled_on_the_other_survives() {
    let mut tablet = ResponseDoc::new();
    let place = (Path::new("sites/7f3a0001"), Some(Value::Decimal(1.0)));
    let base = tablet.record(&[place, entry("sites/7f3a0001/employees", 3)], &mut rng(1)).unwrap().unwrap();
    let mut laptop = ResponseDoc::from_changes(&[base]).unwrap();
    let gone = [(Path::new("sites/7f3a0001"), None), (Path::new("sites/7f3a0001/employees"), None)];
    let deleted = tablet.record(&gone, &mut rng(1)).unwrap().unwrap();
    let filled = saved(&mut laptop, "sites/7f3a0001/area", 120, &mut rng(2));
    tablet.apply(&[filled]);
    laptop.apply(&[deleted]);
    assert_eq!(tablet.answers(), laptop.answers());
    assert_eq!(tablet.answers().get(&Path::new("sites/7f3a0001/area")), Some(&Value::Integer(120)));
}

#[test]
fn two_tablets_restored_from_one_backup_both_go_on() {
    let mut original = ResponseDoc::new();
    let mut everything = vec![saved(&mut original, "a", 1, &mut rng(1))];
    let (mut first, mut second) = (original.clone(), original.clone());
    for n in 2..6 {
        everything.push(saved(&mut first, "a", n, &mut rng(2)));
        everything.push(saved(&mut second, "b", n, &mut rng(3)));
        everything.push(saved(&mut original, "c", n, &mut rng(1)));
    }
    let (merged, admission) = ResponseDoc::open(&everything);
    assert_eq!(admission.accepted.len(), everything.len());
    for doc in [&mut first, &mut second, &mut original] {
        doc.apply(&everything);
        assert_eq!(doc.answers(), merged.answers());
        assert_eq!(doc.heads(), merged.heads());
    }
}

#[test]
fn what_is_over_a_limit_leaves_no_trace() {
    let mut doc = ResponseDoc::new();
    let long = (Path::new("a"), Some(Value::text("x".repeat(MAX_TEXT_BYTES + 1))));
    assert!(matches!(doc.record(&[long], &mut rng(1)), Err(RecordError::TextTooLong { .. })));
    let nowhere = (Path::new(""), Some(Value::Integer(1)));
    assert!(matches!(doc.record(&[nowhere], &mut rng(1)), Err(RecordError::NotRecordable { .. })));
    let endless = (Path::new("a"), Some(Value::Decimal(f64::INFINITY)));
    assert!(matches!(doc.record(&[endless], &mut rng(1)), Err(RecordError::NotRecordable { .. })));
    assert_eq!(doc.change_count(), 0);
    assert!(doc.answers().is_empty());
}
