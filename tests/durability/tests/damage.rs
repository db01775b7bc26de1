//! A damaged file is told and kept, and never takes the program down.

use std::path::Path;

use tsumugi_durability::damage::{Seen, damage_server, damage_tablet};

/// The binary of the children.
const PROGRAM: &str = env!("CARGO_BIN_EXE_durability");

#[test]
fn a_damaged_page_of_a_tablet_is_told_and_the_file_is_kept() {
    let (report, counts) = damage_tablet(Path::new(PROGRAM), 1);
    eprintln!("{counts:?}");
    report.assert_holds();
    assert!(report.blows > 300, "{report}");
    assert!(counts.keys().all(|(_, seen)| *seen != Seen::Silent), "{counts:?}");
}

#[test]
fn a_damaged_page_of_a_server_is_told_and_the_file_is_kept() {
    let (report, counts) = damage_server(1);
    eprintln!("{counts:?}");
    report.assert_holds();
    assert!(report.blows > 300, "{report}");
}
