//! Processes that are killed at any moment lose nothing that they acknowledged.

use std::path::Path;

use tsumugi_durability::{
    season::{kill_tablets, scratch},
    served::Served,
    siege::{PLAIN, kill_servers},
};

/// The binary of the children.
const PROGRAM: &str = env!("CARGO_BIN_EXE_durability");
/// The server's binary.
const SERVER: &str = env!("CARGO_BIN_EXE_durability-server");

#[test]
fn a_tablet_that_is_killed_at_any_moment_keeps_every_acknowledged_answer() {
    let report = kill_tablets(Path::new(PROGRAM), 30, 1);
    report.assert_holds();
    assert!(report.acknowledged > 300, "{report}");
}

#[test]
fn a_server_that_is_killed_at_any_moment_holds_everything_acknowledged_once() {
    let report = kill_servers(Path::new(SERVER), 30, 1);
    report.assert_holds();
    assert!(report.acknowledged > 300, "{report}");
}

#[test]
fn a_server_that_is_stopped_as_soon_as_it_says_its_address_stops_in_order() {
    let data = scratch();
    for _ in 0..20 {
        let mut served = Served::start(Path::new(SERVER), data.path(), PLAIN).expect("a server");
        let end = served.stop();
        assert!(end.success(), "it ended by {end}");
    }
}
