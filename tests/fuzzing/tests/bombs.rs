//! Changes that were made to harm, each by name, with the memory that it may take.
//!
//! The files in `tests/fuzz` that our own code writes are held to that code here.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use peak_alloc::PeakAlloc;
use tsumugi_core::{
    answers::{Path as Question, Value},
    response::{
        RecordError, ResponseDoc,
        gate::{Admission, GateError, Limits},
    },
};
use tsumugi_fuzzing::{
    GateMutator, admitted,
    bombs::{Stored, bombs},
    change::{Draft, RawOp},
    honest, offered, seeds,
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One test at a time, since memory is that of the process.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one offer may take beside what was there before, for each 256 KiB that is offered.
const MOST_BYTES: usize = 32 << 20;
const EACH_BYTES: usize = 256 << 10;

/// The most that `work` held at a time.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let done = work();
    (done, MEMORY.peak_usage().saturating_sub(before))
}

fn folder(kind: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(kind).join(target)
}

fn bomb(name: &str) -> Vec<Vec<u8>> {
    let file = folder("regressions", "gate").join(name);
    offered(&fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

/// Offers a bomb to the response of three people, which can be worked with afterwards; within the
/// memory, and without trying the document again and again.
fn offer(name: &str) -> (ResponseDoc, Admission) {
    let changes = bomb(name);
    let bytes: usize = changes.iter().map(Vec::len).sum();
    let mut doc = honest().doc.clone();
    let (admission, peak) = peak(|| doc.apply_within(&changes, &Limits::ADMITTED));
    let most = MOST_BYTES * bytes.div_ceil(EACH_BYTES).max(1);
    eprintln!("{name}: {bytes} bytes, peak {} KiB, {} trials", peak >> 10, admission.trials);
    if let Some((_, error)) = admission.refused.first() {
        eprintln!("  {} refused: {error}", admission.refused.len());
    }
    assert!(peak <= most, "{name}: {peak} bytes of memory for {bytes}");
    assert!(admission.trials <= 64, "{name}: {} trials", admission.trials);
    let answer =
        [(Question::new("shared"), Some(Value::Integer(1))), (Question::new("new"), Some(Value::Integer(2)))];
    let mut later = doc.clone();
    let recorded = later.record_all(&answer, &mut rng()).expect("the questionnaire goes on");
    let taken = doc.apply(&recorded);
    assert_eq!(taken.accepted.len(), recorded.len(), "{:?}", taken.refused);
    assert_eq!(doc.answers().get(&Question::new("shared")), Some(&Value::Integer(1)));
    assert_eq!(doc.conflict_at(&Question::new("shared")), None);
    (doc, admission)
}

fn rng() -> chacha20::ChaCha20Rng {
    rand_core::SeedableRng::seed_from_u64(3)
}

/// A bomb of one chunk: why it is refused.
fn refusal(name: &str) -> GateError {
    let (_, admission) = offer(name);
    assert_eq!(admission.trials, 0, "automerge never sees it");
    let [(0, error)] = admission.refused.as_slice() else { panic!("{name} is not refused: {admission:?}") };
    error.clone()
}

fn over(name: &str, counted: &str) {
    let error = refusal(name);
    assert!(matches!(error, GateError::OverLimit { what, .. } if what == counted), "{name}: {error}");
}

#[test]
fn the_files_are_those_that_our_own_code_writes() {
    let _turn = alone();
    let write = std::env::var_os("TSUMUGI_WRITE_SEEDS").is_some();
    let all = bombs()
        .into_iter()
        .map(|file| ("regressions", file))
        .chain(seeds().into_iter().map(|file| ("corpus", file)));
    for (kind, Stored { target, name, bytes }) in all {
        let file = folder(kind, target).join(name);
        if write {
            fs::create_dir_all(folder(kind, target)).expect("a folder");
            fs::write(&file, &bytes).expect("a file");
        }
        assert!(bytes.len() < 300 << 10, "{name} is large: {} bytes", bytes.len());
        assert!(
            fs::read(&file).is_ok_and(|stored| stored == bytes),
            "{kind}/{target}/{name} is not what is written"
        );
    }
}

#[test]
fn deflated_extra_bytes_are_refused_after_one_mebibyte() {
    let _turn = alone();
    over("deflated-extra-bytes-16-mebibytes", "bytes of an inflated body");
    over("deflated-extra-bytes-64-mebibytes", "bytes of an inflated body");
}

#[test]
fn a_deflated_column_is_refused() {
    let _turn = alone();
    let error = refusal("deflated-column-16-mebibytes");
    assert!(matches!(error, GateError::NotARegister { .. }), "{error}");
    assert_eq!(refusal("deflated-column-of-a-document-64-mebibytes"), GateError::NotAChange { kind: 0 });
}

#[test]
fn changes_that_inflate_a_thousandfold_fill_a_response_up_to_its_size() {
    let _turn = alone();
    let (_, admission) = offer("seven-changes-of-a-mebibyte-of-text");
    assert_eq!(admission.accepted.len(), 4);
    let (_, admission) = offer("sixty-changes-of-a-mebibyte-of-paths");
    assert_eq!(admission.accepted.len(), 4);
    let full = |(_, error): &(usize, GateError)| {
        matches!(error, GateError::OverLimit { what: "bytes of a response", .. })
    };
    assert!(admission.refused.iter().all(full), "{:?}", admission.refused.first());
}

#[test]
fn run_lengths_are_refused_before_anything_is_made_of_them() {
    let _turn = alone();
    over("run-length-100-thousand-puts", "operations");
    over("run-length-1-million-puts", "operations");
    over("run-length-10-million-puts", "operations");
    over("run-length-of-replaced-values", "values replaced by one operation");
    let error = refusal("run-length-1-million-list-inserts");
    assert!(matches!(error, GateError::NotARegister { .. }), "{error}");
}

#[test]
fn documents_bundles_and_sync_messages_are_no_changes() {
    let _turn = alone();
    for (name, kind) in [
        ("run-length-document-of-1-million-changes", 0),
        ("run-length-document-of-10-million-changes", 0),
        ("bundle", 3),
        ("chunk-of-a-later-type", 4),
    ] {
        assert_eq!(refusal(name), GateError::NotAChange { kind }, "{name}");
    }
    for name in [
        "sync-message-with-a-filter-of-no-bits",
        "sync-message-with-100-million-probes",
        "sync-message-with-4-thousand-million-probes",
    ] {
        assert_eq!(refusal(name), GateError::Malformed { what: "magic bytes" }, "{name}");
    }
    assert_eq!(refusal("two-changes-in-one-chunk"), GateError::Malformed { what: "bytes after the chunk" });
    assert_eq!(refusal("checksum-of-another"), GateError::Checksum);
}

#[test]
fn operation_numbers_at_the_end_of_numbers_or_far_ahead_are_refused() {
    let _turn = alone();
    over("start-op-two-before-the-end-of-numbers", "operation number");
    over("start-op-at-the-end-of-numbers", "operation number");
    over("start-op-behind-the-end-of-numbers", "operation number");
    let error = refusal("start-op-that-jumps");
    assert!(
        matches!(error, GateError::OutOfSequence { what: "operation number", expected: 1, .. }),
        "{error}"
    );
}

#[test]
fn sequence_numbers_of_nobody_or_of_somebody_else_are_refused() {
    let _turn = alone();
    let error = refusal("sequence-begins-with-two");
    assert!(
        matches!(error, GateError::OutOfSequence { what: "sequence number", got: 2, expected: 1 }),
        "{error}"
    );
    over("sequence-at-the-end-of-numbers", "sequence number");
    assert_eq!(refusal("sequence-of-somebody-else"), GateError::DuplicateSequence { seq: 4 });
    assert_eq!(refusal("actor-that-nobody-knows"), GateError::Malformed { what: "an unused actor" });
    assert_eq!(refusal("actor-of-no-bytes"), GateError::Malformed { what: "actor length" });
    assert_eq!(refusal("replaces-a-value-of-nobody"), GateError::UnseenPredecessor { index: 0 });
}

#[test]
fn one_number_twice_does_not_take_good_changes_with_it() {
    let _turn = alone();
    let (doc, admission) = offer("one-number-twice-among-good-changes");
    assert_eq!(admission.accepted.len(), 2);
    assert!(matches!(admission.refused.as_slice(), [(_, GateError::DuplicateSequence { seq: 1 })]));
    assert_eq!(doc.answers().get(&Question::new("b")), Some(&Value::Integer(3)));
}

#[test]
fn ten_thousand_orphans_wait_outside_of_the_document() {
    let _turn = alone();
    let (doc, admission) = offer("10-thousand-orphans");
    assert_eq!((admission.parked.len(), admission.trials), (10_000, 0));
    assert_eq!(
        doc.change_count(),
        honest().doc.change_count() + 1,
        "only the answer that was recorded since"
    );
}

#[test]
fn five_thousand_actors_at_one_question_leave_it_answerable() {
    let _turn = alone();
    let (_, admission) = offer("5-thousand-actors-answer-one-question");
    assert!((500..=512).contains(&admission.accepted.len()), "{}", admission.accepted.len());
    let (_, admission) = offer("one-actor-answers-one-question-3-thousand-times");
    assert!((500..=512).contains(&admission.accepted.len()), "{}", admission.accepted.len());
}

#[test]
fn a_hundred_thousand_paths_are_taken_up_to_the_size_of_a_response() {
    let _turn = alone();
    let (_, admission) = offer("60-changes-of-2-thousand-paths");
    assert!((29..=30).contains(&admission.accepted.len()), "{}", admission.accepted.len());
}

#[test]
fn nested_maps_are_refused() {
    let _turn = alone();
    let error = refusal("300-nested-maps");
    assert!(matches!(error, GateError::NotARegister { .. }), "{error}");
}

#[test]
fn too_many_dependencies_are_refused_and_unknown_ones_wait() {
    let _turn = alone();
    over("1025-dependencies", "dependencies");
    assert_eq!(offer("1024-dependencies-that-nobody-knows").1.parked, [0]);
}

#[test]
fn a_long_chain_that_looks_back_to_its_beginning_is_taken() {
    let _turn = alone();
    let (_, admission) = offer("3-thousand-changes-that-replace-the-first");
    assert_eq!(admission.accepted.len(), 513, "each of them stands, and only the first is replaced");
}

#[test]
fn changes_that_load_as_others_are_refused_one_by_one_and_cheaply() {
    let _turn = alone();
    let (_, admission) = offer("3-thousand-changes-in-an-awkward-form");
    assert_eq!((admission.refused.len(), admission.trials), (3_000, 0));
    assert_eq!(admission.refused.first(), Some(&(0, GateError::NotShortest { what: "operations" })));
}

/// Frames of an unoptimised build; the smallest stack of a thread of an app is twice as large.
const SMALL_STACK: usize = 256 << 10;

/// A chain of changes of one actor, each of which replaces the answer before it.
fn chain(length: u64) -> Vec<Vec<u8>> {
    let (mut chunks, mut before) = (Vec::new(), Vec::new());
    for number in 1..=length {
        let replaces = if number > 1 { vec![(0, number.cast_signed() - 1)] } else { Vec::new() };
        let op = RawOp { replaces, ..RawOp::put("a", number.cast_signed()) };
        let mut body = Draft::of([1; 16]).op(op).body();
        (body.seq, body.start_op, body.deps) = (number, number, before);
        before = vec![body.hash().to_vec()];
        chunks.push(body.chunk());
    }
    chunks
}

#[test]
fn the_largest_responses_fit_a_small_stack() {
    let _turn = alone();
    let deep = chain(Limits::ADMITTED.changes as u64);
    let wide = bomb("5-thousand-actors-answer-one-question");
    let long = bomb("60-changes-of-2-thousand-paths");
    for (name, changes, taken) in [("deep", deep, 20_000), ("wide", wide, 512), ("long", long, 30)] {
        let work = move || {
            let mut doc = ResponseDoc::new();
            let admission = doc.apply_within(&changes, &Limits::ADMITTED);
            assert_eq!(admission.accepted.len(), taken, "{:?}", admission.refused.first());
            let accepted: Vec<Vec<u8>> = admission.accepted.iter().map(|at| changes[*at].clone()).collect();
            let mut other = ResponseDoc::from_changes(&accepted).expect("a device takes it");
            assert_eq!(other.answers(), doc.answers());
            assert_eq!(other.conflicts(), doc.conflicts());
            let cleared: Vec<_> =
                doc.answers().iter().take(100).map(|(path, _)| (path.clone(), None)).collect();
            let full = |error: RecordError| matches!(error, RecordError::Gate(GateError::OverLimit { .. }));
            assert!(other.record_all(&cleared, &mut rng()).map_or_else(full, |made| !made.is_empty()));
        };
        let thread = std::thread::Builder::new().stack_size(SMALL_STACK).spawn(work).expect("a thread");
        assert!(thread.join().is_ok(), "{name}");
    }
}

/// How many changes had which end.
fn endings(counts: &mut BTreeMap<String, usize>, admission: &Admission) {
    let mut add = |ending: &str, many: usize| *counts.entry(ending.to_owned()).or_default() += many;
    add("accepted and sound", admission.accepted.len());
    add("known", admission.known.len());
    add("waiting for others", admission.parked.len());
    for (_, error) in &admission.refused {
        let text = format!("{error:?}");
        add(&format!("refused: {}", text.split([' ', '{']).next().unwrap_or_default()), 1);
    }
}

#[test]
fn whatever_is_offered_the_memory_stays_bounded_and_automerge_takes_what_the_gate_took() {
    let _turn = alone();
    let of_gate = |file: &Stored| file.target == "gate";
    let corpus: Vec<Vec<u8>> = seeds().into_iter().filter(of_gate).map(|file| file.bytes).collect();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let wanted = number("TSUMUGI_FUZZ_INPUTS").unwrap_or(1_000);
    let mut mutator = GateMutator::new(&corpus, number("TSUMUGI_FUZZ_SEED").unwrap_or(77));
    let (mut offers, mut done, mut most) = (0, 0, 0);
    let mut counts = BTreeMap::new();
    while done < wanted {
        let changes = offered(&mutator.next_input());
        let mut doc = honest().doc.clone();
        let (_, peak) = peak(|| doc.apply(&changes));
        let admission = admitted(&changes);
        endings(&mut counts, &admission);
        let trials = admission.refused.iter().filter(|(_, error)| matches!(error, GateError::Trial { .. }));
        assert_eq!(trials.count(), 0, "{:?}", admission.refused);
        (offers, done, most) = (offers + 1, done + changes.len() as u64, most.max(peak));
    }
    eprintln!("{done} changes in {offers} offers, peak {} KiB: {counts:#?}", most >> 10);
    assert!(most <= MOST_BYTES, "{most} bytes");
}
