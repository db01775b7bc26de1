//! Every write fails once, and once it fails for good: nothing is lost, nothing is done twice.
#![cfg(target_os = "linux")]

use std::path::Path;

use tsumugi_durability::{
    fault_server,
    fault_tablet::{Scene, Stage},
    report::Report,
};

/// The binary of the children.
const PROGRAM: &str = env!("CARGO_BIN_EXE_durability");
/// The server's binary.
const SERVER: &str = env!("CARGO_BIN_EXE_durability-server");

fn assert_played(report: &Report, most_ways: u64) {
    report.assert_holds();
    eprintln!("{report}");
    // A scene that meets no fault is played once a way, and proves nothing.
    assert!(report.blows > most_ways * 2, "{report}");
}

#[test]
fn a_tablet_whose_writes_fail_tells_it_and_loses_nothing() {
    let stage = Stage::set(Path::new(PROGRAM));
    for scene in [Scene::Begin, Scene::Reopen, Scene::Save, Scene::Seal, Scene::Sync] {
        assert_played(&stage.play(scene), 5);
    }
    assert_eq!(stage.count(), (3, 0), "entries that are counted, and cards used twice");
}

#[test]
fn a_server_that_cannot_write_while_it_starts_or_stops_says_so_and_starts_later() {
    assert_played(&fault_server::play(Path::new(SERVER), fault_server::Scene::Begin), 4);
    assert_played(&fault_server::play(Path::new(SERVER), fault_server::Scene::Start), 4);
    assert_played(&fault_server::play(Path::new(SERVER), fault_server::Scene::Stop), 4);
}

#[test]
fn a_server_whose_writes_fail_takes_the_same_again_and_holds_it_once() {
    assert_played(&fault_server::play(Path::new(SERVER), fault_server::Scene::Push), 4);
    assert_played(&fault_server::play(Path::new(SERVER), fault_server::Scene::Deposit), 4);
}
