//! The same thing many times at once is there once.

use std::path::Path;

use tsumugi_durability::storm::storm;

/// The server's binary.
const SERVER: &str = env!("CARGO_BIN_EXE_durability-server");

#[test]
fn one_answer_and_one_record_posted_64_times_at_once_are_there_once_with_64_equal_replies() {
    let report = storm(Path::new(SERVER), 40, 1);
    report.assert_holds();
    assert_eq!(report.acknowledged, 80, "{report}");
}
