//! The simulation sees what it must: each planted defect is found within some hundred seeds.
//!
//! The defects stand behind the simulation's own seams: its disks, its network, its server.

use tsumugi_simulation::{
    defect::{Defect, NetworkFlaw, ServerFlaw},
    disk::Lie,
    run::live,
};

const MOST_SEEDS: u64 = 400;

/// Lives seeds until one does not hold, and asserts that it says what is wrong.
fn assert_seen(defect: Defect, words: &[&str]) {
    let found = (1..=MOST_SEEDS).find_map(|seed| Some((seed, live(seed, false, Some(defect)).sentence?)));
    let (seed, sentence) = found.unwrap_or_else(|| panic!("nobody saw {defect:?} in {MOST_SEEDS} seeds"));
    assert!(words.iter().any(|word| sentence.contains(word)), "seed {seed} says of {defect:?}: {sentence}");
}

#[test]
fn a_disk_that_says_ok_and_drops_a_commit_is_seen() {
    assert_seen(Defect::Disk(Lie::DropsCommits(9)), &[""]);
}

#[test]
fn a_disk_that_writes_half_a_commit_is_seen() {
    assert_seen(Defect::Disk(Lie::TearsCommits(9)), &[""]);
}

#[test]
fn a_server_that_acknowledges_before_it_stores_is_seen() {
    assert_seen(Defect::Server(ServerFlaw::AcknowledgesFirst), &["that it does not hold"]);
}

#[test]
fn a_server_that_counts_a_card_twice_is_seen() {
    assert_seen(Defect::Server(ServerFlaw::CountsDoubles), &["rows are counted"]);
}

#[test]
fn a_server_that_keeps_its_epoch_after_a_restore_is_seen() {
    assert_seen(
        Defect::Server(ServerFlaw::KeepsEpoch),
        &["lost", "differ", "still waits", "learn something"],
    );
}

#[test]
fn a_server_that_keeps_the_order_of_records_is_seen() {
    assert_seen(Defect::Server(ServerFlaw::KeepsOrder), &["nobody knows why"]);
}

#[test]
fn a_server_that_keeps_the_wrong_one_of_two_records_is_seen() {
    assert_seen(Defect::Server(ServerFlaw::LastOneStays), &["that must not", "rows are counted"]);
}

#[test]
fn a_server_that_calls_a_backup_verified_too_early_is_seen() {
    assert_seen(Defect::Server(ServerFlaw::VerifiesUnread), &["no verified backup holds"]);
}

#[test]
fn a_server_that_shows_a_company_what_others_answered_is_seen() {
    assert_seen(Defect::Server(ServerFlaw::ShowsEverything), &["another company"]);
}

#[test]
fn a_network_that_names_the_device_of_a_deposit_is_seen() {
    assert_seen(Defect::Network(NetworkFlaw::NamesDeposits), &["comes with a name"]);
    assert_seen(Defect::Network(NetworkFlaw::MarksDeposits), &["comes with a name"]);
}
