//! The storage fails at the n-th commit, for every n until none fails: nothing that was called
//! saved is lost, nothing is counted twice.

use std::collections::BTreeMap;

use super::world::{World, numbers, start};
use crate::{
    answers::Value,
    device::{Batch, Device, Entry, FinishError, MemoryStorage, Storage, StorageError},
};

/// How a commit fails.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// Nothing was written.
    Full,
    /// Everything was written, and yet an error came back.
    WrittenAfterAll,
}

const FAULTS: [Fault; 2] = [Fault::Full, Fault::WrittenAfterAll];

/// A storage whose n-th commit from now on fails once.
#[derive(Debug, Clone)]
pub(super) struct Failing {
    disk: MemoryStorage,
    commits_left: usize,
    fault: Fault,
    failed: bool,
}

impl Failing {
    fn at(disk: MemoryStorage, commit: usize, fault: Fault) -> Self {
        Self { disk, commits_left: commit, fault, failed: false }
    }
}

impl Storage for Failing {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.disk.get(key)
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StorageError> {
        self.disk.scan(prefix)
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StorageError> {
        if self.failed || self.commits_left > 0 {
            self.commits_left = self.commits_left.saturating_sub(1);
            return self.disk.commit(batch);
        }
        self.failed = true;
        match self.fault {
            Fault::Full => Err(StorageError::Full),
            Fault::WrittenAfterAll => {
                self.disk.commit(batch)?;
                Err(StorageError::Io { detail: "input/output error".to_owned() })
            }
        }
    }
}

/// A disk whose n-th commit from now on happens and yet is reported as failed.
pub(super) fn written_after_all(disk: MemoryStorage, commit: usize) -> Failing {
    Failing::at(disk, commit, Fault::WrittenAfterAll)
}

/// Runs `story` with a failure at each commit in turn until a run has none.
fn at_every_commit(mut story: impl FnMut(usize, Fault) -> bool) {
    for fault in FAULTS {
        let mut commit = 0;
        while story(commit, fault) {
            commit += 1;
        }
        assert!(commit > 0, "the story commits at least once");
    }
}

const FIELDS: [&str; 3] = ["staff/employees", "costs/devices", "costs/lines"];

#[test]
fn killed_at_any_commit_of_a_morning_every_saved_answer_is_there() {
    let mut world = World::new();
    let disk = world.device("T-01").into_storage();
    at_every_commit(|commit, fault| {
        let mut tablet = world.reopen(Failing::at(disk.clone(), commit, fault)).expect("opens");
        world.open(&mut tablet);
        let mut saved = BTreeMap::new();
        let mut unsure = None;
        for number in 0..12 {
            let field = FIELDS[number % FIELDS.len()];
            let value = i64::try_from(number).expect("small");
            match world.set(&mut tablet, field, value) {
                Ok(()) => drop(saved.insert(field.to_owned(), value)),
                Err(_) => {
                    unsure = Some((field.to_owned(), value));
                    break;
                }
            }
        }
        let disk = tablet.into_storage();
        let mut again = world.reopen(disk.disk).expect("opens");
        world.open(&mut again);
        let found = numbers(&again, world.response);
        let mut with_unsure = saved.clone();
        with_unsure.extend(unsure.clone());
        assert!(found == saved || found == with_unsure, "commit {commit}, {fault:?}: {found:?}");
        unsure.is_some()
    });
}

#[test]
fn after_a_failed_save_the_same_device_goes_on_and_every_answer_arrives() {
    let mut world = World::new();
    let disk = world.device("T-01").into_storage();
    at_every_commit(|commit, fault| {
        let mut world = World::new();
        let mut tablet = world.reopen(Failing::at(disk.clone(), commit, fault)).expect("opens");
        let mut failed = false;
        world.open(&mut tablet);
        for (value, field) in (1..).zip(FIELDS) {
            if world.set(&mut tablet, field, value).is_err() {
                failed = true;
                world.set(&mut tablet, field, value).expect("space is back");
            }
        }
        tablet.into_storage();
        failed
    });
    // The same story, through to the server: what was saved after a failure is also sent.
    for fault in FAULTS {
        let mut world = World::new();
        let disk = world.device("T-01").into_storage();
        let mut tablet = world.reopen(Failing::at(disk, 1, fault)).expect("opens");
        world.open(&mut tablet);
        for (value, field) in (1..).zip(FIELDS) {
            if world.set(&mut tablet, field, value).is_err() {
                world.set(&mut tablet, field, value).expect("space is back");
            }
        }
        world.sync(&mut tablet);
        let mut other = world.device("T-02");
        world.open(&mut other);
        let expected = numbers(&tablet, world.response);
        assert_eq!(expected.len(), 3);
        assert_eq!(numbers(&other, world.response), expected, "{fault:?}");
        assert_eq!(other.conflicts(world.response, "ja").expect("open"), []);
    }
}

#[test]
fn killed_at_any_commit_of_sealing_an_answer_counts_once_or_the_card_is_still_good() {
    let mut world = World::new();
    let disk = world.device("T-01").into_storage();
    at_every_commit(|commit, fault| {
        let mut world = World::new();
        let mut tablet = world.reopen(Failing::at(disk.clone(), commit, fault)).expect("opens");
        let mut failed = false;
        for card in 0..3 {
            if let Err(error) = interview(&mut world, &mut tablet, card) {
                assert!(matches!(error, FinishError::Device(_)), "{error:?}");
                failed = true;
                // Killed here: the entry in memory is gone, the person answers again.
                let disk = tablet.into_storage();
                assert!(disk.failed);
                tablet = world.reopen(disk).expect("opens");
                interview(&mut world, &mut tablet, card).expect("the card is still good");
            }
        }
        let failed = failed || tablet.storage().failed;
        // What follows is the sync's own story.
        tablet.storage_mut().failed = true;
        world.sync(&mut tablet);
        for card in 0..3 {
            assert!(world.opened(&world.cards[card]).is_some(), "commit {commit}, {fault:?}, card {card}");
        }
        failed
    });
}

fn interview(world: &mut World, tablet: &mut Device<Failing>, card: usize) -> Result<(), FinishError> {
    let code = world.cards[card].code.to_string();
    tablet.open_anonymous(world.anonymous, &code, &start()).expect("the card is good");
    tablet.anonymous_set_answer(&super::world::path("direct"), Some(Value::text("never"))).expect("a choice");
    tablet.finish_anonymous(&mut world.rng)
}

#[test]
fn killed_at_any_commit_of_a_sync_nothing_is_lost_and_nothing_arrives_twice() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    for (value, field) in (1..).zip(FIELDS) {
        world.set(&mut tablet, field, value).expect("saved");
    }
    for card in 0..3 {
        world.interview(&mut tablet, card, 2);
    }
    let expected = numbers(&tablet, world.response);
    let disk = tablet.into_storage();
    let backup = (world.items.clone(), world.records.clone());
    at_every_commit(|commit, fault| {
        world.restore(backup.0.clone(), backup.1.clone());
        let mut tablet = world.reopen(Failing::at(disk.clone(), commit, fault)).expect("opens");
        let _killed = world.try_sync(&mut tablet);
        let failed = tablet.storage().failed;
        let mut again = world.reopen(tablet.into_storage().disk).expect("opens");
        world.sync(&mut again);
        world.sync(&mut again);
        for card in 0..3 {
            assert!(world.opened(&world.cards[card]).is_some(), "commit {commit}, {fault:?}");
        }
        let status = again.status();
        assert_eq!((status.waiting_changes, status.waiting_records), (0, 0), "commit {commit}, {fault:?}");
        let mut other = world.device("T-02");
        world.open(&mut other);
        assert_eq!(numbers(&other, world.response), expected, "commit {commit}, {fault:?}");
        failed
    });
}

#[test]
fn a_delivery_whose_commit_failed_but_was_written_does_not_stop_the_next_one() {
    for commit in 0..2 {
        let mut world = World::new();
        let mut tablet = world.device("T-01");
        world.interview(&mut tablet, 0, 2);
        let failing = Failing::at(tablet.into_storage(), commit, Fault::WrittenAfterAll);
        let mut tablet = world.reopen(failing).expect("opens");
        let _one_of_the_commits_fails = world.try_sync(&mut tablet);
        assert!(tablet.storage().failed, "commit {commit}");
        // The same device goes on, without a restart.
        interview(&mut world, &mut tablet, 1).expect("sealed");
        world.sync(&mut tablet);
        assert!(world.opened(&world.cards[1]).is_some(), "commit {commit}");
        assert_eq!(tablet.status().waiting_records, 0, "commit {commit}");
    }
}

#[test]
fn a_new_response_whose_commit_failed_but_was_written_is_shown_and_sent_without_a_restart() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    let before = tablet.responses(world.company).expect("a list").len();
    let mut tablet = world.reopen(written_after_all(tablet.into_storage(), 0)).expect("opens");
    tablet.new_response(world.company, "Kita", &mut world.rng).expect_err("the disk says so");
    assert_eq!(tablet.responses(world.company).expect("a list").len(), before + 1);
    assert_eq!(tablet.status().waiting_changes, 1);
    world.sync(&mut tablet);
    assert_eq!(tablet.status().waiting_changes, 0);
}
