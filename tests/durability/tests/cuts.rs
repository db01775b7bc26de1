//! A power cut at any moment loses nothing that was acknowledged.
#![cfg(target_os = "linux")]

use std::path::Path;

use tsumugi_durability::{
    cut_server::{cut_first_start, cut_servers},
    cut_tablet::{cut_first_opening, cut_tablets},
    disk::Syncs,
    report::Report,
    rows::cut_rows,
};

/// The binary of the children.
const PROGRAM: &str = env!("CARGO_BIN_EXE_durability");
/// The server's binary.
const SERVER: &str = env!("CARGO_BIN_EXE_durability-server");

fn lost(report: &Report) -> usize {
    report.wrong.iter().filter(|sentence| !sentence.contains("writes Kept")).count()
}

#[test]
fn a_tablet_whose_power_is_cut_at_any_moment_keeps_every_acknowledged_answer() {
    let report = cut_tablets(Path::new(PROGRAM), 120, Syncs::Believed, 1);
    report.assert_holds();
    assert!(report.acknowledged > 200, "{report}");
}

#[test]
fn a_server_whose_power_is_cut_at_any_moment_holds_everything_acknowledged_once() {
    let report = cut_servers(Path::new(SERVER), 120, Syncs::Believed, 1);
    report.assert_holds();
    assert!(report.acknowledged > 200, "{report}");
}

#[test]
fn the_cuts_see_what_a_log_without_fsync_loses() {
    let tablets = cut_tablets(Path::new(PROGRAM), 8, Syncs::NotOfTheLog, 1);
    assert!(lost(&tablets) > 0, "{tablets}");
    let servers = cut_servers(Path::new(SERVER), 8, Syncs::NotOfTheLog, 1);
    assert!(lost(&servers) > 0, "{servers}");
}

#[test]
fn the_cuts_see_what_synchronous_normal_loses_and_full_does_not() {
    cut_rows(Path::new(PROGRAM), "FULL", 40, 1).assert_holds();
    let normal = cut_rows(Path::new(PROGRAM), "NORMAL", 40, 1);
    assert!(lost(&normal) > 20, "{normal}");
    let kept = normal.wrong.iter().filter(|sentence| sentence.contains("writes Kept"));
    assert_eq!(kept.count(), 0, "when every write arrives NORMAL loses nothing either");
}

#[test]
fn a_power_cut_while_the_file_is_made_leaves_one_that_opens() {
    let tablet = cut_first_opening(Path::new(PROGRAM), 1);
    tablet.assert_holds();
    assert!(tablet.blows > 60, "{tablet}");
    let server = cut_first_start(Path::new(SERVER), 1);
    server.assert_holds();
    assert!(server.blows > 200, "{server}");
}
