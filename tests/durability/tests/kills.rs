//! Processes that are killed at any moment lose nothing that they acknowledged.

use std::path::Path;

use tsumugi_durability::season::kill_tablets;

/// The binary of the children.
const PROGRAM: &str = env!("CARGO_BIN_EXE_durability");

#[test]
fn a_tablet_that_is_killed_at_any_moment_keeps_every_acknowledged_answer() {
    let report = kill_tablets(Path::new(PROGRAM), 30, 1);
    report.assert_holds();
    assert!(report.acknowledged > 300, "{report}");
}
