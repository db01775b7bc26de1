//! The fuzz targets without a fuzzer: the seeds, the regressions, and a fixed number of
//! inputs that resemble them, the same on every machine. `cargo xtask fuzz` looks for new ones.

use std::{fs, panic, path::Path};

use tsumugi_fuzzing::{GateMutator, Mutator, TARGETS};

/// Files of a folder below `tests/fuzz`, in the order of their names.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(folder);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("the file can be read")).collect()
}

/// Runs a target on an input; when its claim does not hold, the input is kept to be looked at.
fn run(name: &str, target: fn(&[u8]), input: &[u8]) {
    if let Err(cause) = panic::catch_unwind(|| target(input)) {
        let kept = std::env::temp_dir().join(format!("tsumugi-fuzz-{name}"));
        fs::write(&kept, input).expect("the input can be kept");
        eprintln!("the input is in {}", kept.display());
        panic::resume_unwind(cause);
    }
}

fn check(name: &str, inputs: usize) {
    check_with(name, inputs, |corpus, seed| {
        let mut mutator = Mutator::new(corpus, seed);
        move || mutator.next_input()
    });
}

/// As [`check`], with inputs of a mutator that knows what it changes.
fn check_with<M: FnMut() -> Vec<u8>>(
    name: &str,
    inputs: usize,
    mutator: impl FnOnce(Vec<Vec<u8>>, u64) -> M,
) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target of that name");
    let mut corpus = files(&format!("corpus/{name}"));
    assert!(!corpus.is_empty(), "tests/fuzz/corpus/{name} has no seeds");
    corpus.extend(files(&format!("regressions/{name}")));
    for input in &corpus {
        run(name, *target, input);
    }
    let inputs =
        std::env::var("TSUMUGI_FUZZ_INPUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(inputs);
    let seed = std::env::var("TSUMUGI_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(2_026);
    let mut next_input = mutator(corpus, seed);
    for _ in 0..inputs {
        run(name, *target, &next_input());
    }
}

#[test]
fn any_text_is_an_expression_that_is_printed_as_it_was_meant_or_is_refused() {
    check("expression", 20_000);
}

#[test]
fn any_file_is_a_workbook_or_is_refused_with_a_reason() {
    check("workbook", 4_000);
}

#[test]
fn any_cells_are_a_form_that_can_be_filled_or_are_refused_with_a_reason() {
    check("sheets", 10_000);
}

#[test]
fn any_document_is_a_form_that_is_written_as_it_was_read_or_is_refused() {
    check("xform", 4_000);
}

#[test]
fn whatever_is_entered_checking_and_finishing_agree() {
    check("entry", 1_500);
}

#[test]
fn any_file_from_a_stick_is_read_as_it_was_written_or_is_refused_with_words() {
    check("bundle", 3_000);
}

#[test]
fn whatever_changes_are_offered_the_response_can_be_worked_with() {
    check_with("gate", 300, |corpus, seed| {
        let mut mutator = GateMutator::new(&corpus, seed);
        move || mutator.next_input()
    });
}

#[test]
fn any_message_is_read_as_it_is_written_and_loses_nothing_on_either_end() {
    check("wire", 6_000);
}

#[test]
fn any_deposit_is_what_was_written_or_is_refused_whole() {
    check("record", 6_000);
}
