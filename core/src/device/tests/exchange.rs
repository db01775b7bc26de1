//! The exchange: lost replies, a server that is away, restored or refuses.

use super::world::{NOON, World, company_form, numbers};
use crate::{
    device::{Device, MemoryStorage, SyncState},
    moment::Moment,
    survey::{Mode, SurveyState},
    sync::{Backups, Protocol, Request},
};

#[test]
fn a_lost_reply_changes_nothing_but_the_time() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    world.set(&mut tablet, "staff/employees", 128).expect("saved");
    world.interview(&mut tablet, 0, 3);
    tablet.sync_now();
    for _ in 0..6 {
        let now = world.now();
        if let Some(request) = tablet.next_request(now, &mut world.rng).expect("the storage holds") {
            let _lost = world.answer(&request);
            let lost = tablet.on_reply(request.id, 0, None, &[], now, &mut world.rng);
            assert!(lost.expect("no reply is no error").wait_ms > 0);
        }
        tablet.sync_now();
    }
    assert_eq!(tablet.status().state, SyncState::Waiting);
    world.sync(&mut tablet);
    assert_eq!(tablet.status().state, SyncState::Synced);
    assert!(world.opened(&world.cards[0]).is_some());
    let mut other = world.device("T-02");
    world.open(&mut other);
    assert_eq!(numbers(&other, world.response), numbers(&tablet, world.response));
}

#[test]
fn a_reply_to_an_older_request_is_ignored() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.interview(&mut tablet, 0, 3);
    let first = tablet.next_request(NOON, &mut world.rng).expect("holds").expect("something waits");
    assert_eq!(tablet.next_request(NOON, &mut world.rng).expect("holds"), None, "one at a time");
    let later = Moment::tokyo(NOON.unix_ms + 121_000);
    let second = tablet.next_request(later, &mut world.rng).expect("holds").expect("given up");
    assert_ne!(first.id, second.id);
    let (status, body) = world.answer(&first);
    tablet.on_reply(first.id, status, None, &body, later, &mut world.rng).expect("ignored");
    assert_eq!(tablet.status().waiting_records, 1);
    let (status, body) = world.answer(&second);
    tablet.on_reply(second.id, status, None, &body, later, &mut world.rng).expect("taken");
    world.sync(&mut tablet);
    assert_eq!(tablet.status().waiting_records, 0);
    assert!(world.opened(&world.cards[0]).is_some(), "twice the same bytes is one answer");
}

#[test]
fn a_busy_server_is_left_alone_for_as_long_as_it_asks() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.interview(&mut tablet, 0, 3);
    let request = tablet.next_request(NOON, &mut world.rng).expect("holds").expect("something waits");
    let progress = tablet.on_reply(request.id, 429, Some(30), &[], NOON, &mut world.rng).expect("no error");
    assert!((30_000..=45_000).contains(&progress.wait_ms), "{progress:?}");
    let at = |seconds: i64| Moment::tokyo(NOON.unix_ms + seconds * 1_000);
    assert_eq!(tablet.next_request(at(29), &mut world.rng).expect("holds"), None);
    assert!(tablet.next_request(at(46), &mut world.rng).expect("holds").is_some());
    assert_eq!(tablet.status().state, SyncState::Sending);
}

#[test]
fn a_revoked_device_says_so_keeps_what_it_has_and_can_be_enrolled_again() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    world.set(&mut tablet, "staff/employees", 128).expect("saved");
    world.down = Some(403);
    world.says = br#"{"type":"about:blank","status":403,"code":"device-revoked"}"#.to_vec();
    world.try_sync(&mut tablet).expect("the storage holds");
    let status = tablet.status();
    assert_eq!((status.state, status.problem.as_str()), (SyncState::Problem, "revoked"));
    assert_eq!(status.waiting_changes, 1);

    // Neither "sync now" nor a restart makes it look as if all were well.
    tablet.sync_now();
    assert_eq!(tablet.status().problem, "revoked");
    let tablet = world.reopen(tablet.into_storage()).expect("opens");
    assert_eq!((tablet.status().state, tablet.status().problem.as_str()), (SyncState::Problem, "revoked"));

    world.down = None;
    let mut again = world.enrolled(tablet.into_storage(), "T-01");
    world.sync(&mut again);
    let status = again.status();
    assert_eq!((status.state, status.waiting_changes), (SyncState::Synced, 0));
}

#[test]
fn a_survey_that_a_restored_server_has_forgotten_is_not_in_force_and_no_trouble() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    let backup = (world.items.clone(), world.records.clone());
    let company = world.company;
    let state_of = |tablet: &mut Device<MemoryStorage>| {
        let cards = tablet.surveys("ja").expect("the storage holds");
        cards.iter().find(|card| card.id == company).map(|card| card.state)
    };
    let closed = |world: &mut World| {
        world.publish(company, Mode::Company, &company_form(), SurveyState::Closed, 2);
    };
    closed(&mut world);
    world.sync(&mut tablet);
    assert_eq!(state_of(&mut tablet), Some(SurveyState::Closed));
    world.restore(backup.0, backup.1);
    world.sync(&mut tablet);
    let status = tablet.status();
    assert_eq!((status.state, status.refused_changes), (SyncState::Synced, 0));
    assert_eq!(state_of(&mut tablet), Some(SurveyState::Open));
    let mut tablet = world.reopen(tablet.into_storage()).expect("opens");
    assert_eq!(state_of(&mut tablet), Some(SurveyState::Open));
    // The office does the same again: it is the same item.
    closed(&mut world);
    world.sync(&mut tablet);
    assert_eq!(state_of(&mut tablet), Some(SurveyState::Closed));
}

#[test]
fn what_came_after_the_closing_is_offered_to_a_server_restored_from_before_it() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    let backup = (world.items.clone(), world.records.clone());
    world.open(&mut tablet);
    world.closed = true;
    world.set(&mut tablet, "staff/employees", 128).expect("saved");
    world.sync(&mut tablet);
    assert_eq!(tablet.status().refused_changes, 1);
    world.closed = false;
    world.restore(backup.0, backup.1);
    world.set(&mut tablet, "costs/devices", 30).expect("saved");
    world.sync(&mut tablet);
    assert_eq!(tablet.status().refused_changes, 0);
    let mut other = world.device("T-02");
    world.open(&mut other);
    assert_eq!(numbers(&other, world.response), numbers(&tablet, world.response));
    assert_eq!(numbers(&other, world.response).len(), 2);
}

#[test]
fn a_server_restored_from_an_older_copy_gets_everything_again() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    let backup = (world.items.clone(), world.records.clone());
    world.open(&mut tablet);
    world.set(&mut tablet, "staff/employees", 128).expect("saved");
    world.interview(&mut tablet, 0, 3);
    world.sync(&mut tablet);
    world.sync(&mut tablet);
    assert!(world.opened(&world.cards[0]).is_some());

    world.restore(backup.0, backup.1);
    assert!(world.opened(&world.cards[0]).is_none());
    world.sync(&mut tablet);
    world.sync(&mut tablet);
    assert!(world.opened(&world.cards[0]).is_some(), "the sealed record was offered again");
    let mut other = world.device("T-02");
    world.open(&mut other);
    assert_eq!(numbers(&other, world.response).get("staff/employees"), Some(&128));
}

#[test]
fn a_web_page_instead_of_a_reply_is_an_error_that_passes() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    world.set(&mut tablet, "staff/employees", 128).expect("saved");
    let request = tablet.next_request(NOON, &mut world.rng).expect("holds").expect("something waits");
    let page = b"<html>Please sign in to the hotel's network</html>";
    assert!(tablet.on_reply(request.id, 200, None, page, NOON, &mut world.rng).is_err());
    assert_eq!(tablet.status().waiting_changes, 1);
    world.sync(&mut tablet);
    assert_eq!(tablet.status().waiting_changes, 0);
}

#[test]
fn a_sent_record_stays_until_a_verified_backup_holds_it() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.items.set_backups(Backups { begun: 3, verified: 3 });
    world.interview(&mut tablet, 0, 3);
    world.sync(&mut tablet);
    world.sync(&mut tablet);
    assert_eq!((tablet.status().waiting_records, tablet.status().kept_records), (0, 1));
    // The third backup was begun before the record came; the fourth is not verified yet.
    world.items.set_backups(Backups { begun: 4, verified: 3 });
    world.sync(&mut tablet);
    assert_eq!(tablet.status().kept_records, 1);
    let mut tablet = world.reopen(tablet.into_storage()).expect("opens");
    assert_eq!(tablet.status().kept_records, 1);
    world.items.set_backups(Backups { begun: 4, verified: 4 });
    world.sync(&mut tablet);
    assert_eq!(tablet.status().kept_records, 0);
    assert_eq!(world.reopen(tablet.into_storage()).expect("opens").status().kept_records, 0);
}

#[test]
fn a_record_that_was_sent_later_waits_for_a_later_backup() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.interview(&mut tablet, 0, 3);
    world.sync(&mut tablet);
    world.sync(&mut tablet);
    world.items.set_backups(Backups { begun: 1, verified: 0 });
    world.interview(&mut tablet, 1, 4);
    world.sync(&mut tablet);
    world.items.set_backups(Backups { begun: 1, verified: 1 });
    world.sync(&mut tablet);
    assert_eq!(tablet.status().kept_records, 2, "the second came when backup 1 was begun already");
    world.items.set_backups(Backups { begun: 2, verified: 2 });
    world.sync(&mut tablet);
    assert_eq!(tablet.status().kept_records, 0);
}

#[test]
fn a_server_of_the_first_version_is_still_spoken_to() {
    let mut world = World::new();
    world.speaks = Protocol::V1;
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    world.set(&mut tablet, "staff/employees", 128).expect("saved");
    world.interview(&mut tablet, 0, 3);
    world.sync(&mut tablet);
    let status = tablet.status();
    assert_eq!((status.state, status.waiting_changes), (SyncState::Synced, 0));
    assert_eq!(status.kept_records, 1, "such a server does not tell of backups");
}

#[test]
fn a_message_that_was_cut_makes_a_device_speak_the_first_version_for_an_hour_only() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.interview(&mut tablet, 0, 3);
    world.down = Some(400);
    let spoken = |tablet: &mut Device<MemoryStorage>, world: &mut World, at: i64| {
        tablet.sync_now();
        let request = tablet.next_request(at_minute(at), &mut world.rng).expect("holds").expect("a request");
        let protocol = Request::decode(&request.body).expect("a request").protocol;
        let (status, body) = world.answer(&request);
        tablet.on_reply(request.id, status, None, &body, at_minute(at), &mut world.rng).expect("no error");
        protocol
    };
    assert_eq!(spoken(&mut tablet, &mut world, 0), Protocol::V2);
    world.down = None;
    assert_eq!(spoken(&mut tablet, &mut world, 1), Protocol::V1);
    world.sync(&mut tablet);
    assert_eq!(tablet.status().waiting_changes + tablet.status().waiting_records, 0);
    assert_eq!(spoken(&mut tablet, &mut world, 61), Protocol::V2);
}

#[test]
fn a_proxy_that_wants_a_password_revokes_nobody() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    world.set(&mut tablet, "staff/employees", 128).expect("saved");
    for (status, page) in [(401, "<html>sign in</html>"), (403, ""), (403, r#"{"code":"csrf"}"#), (407, "")] {
        world.down = Some(status);
        world.says = page.as_bytes().to_vec();
        world.try_sync(&mut tablet).expect("the storage holds");
        let said = tablet.status();
        assert_eq!((said.state, said.problem.as_str()), (SyncState::Waiting, ""), "{status} {page}");
    }
    world.down = None;
    world.sync(&mut tablet);
    assert_eq!(tablet.status().state, SyncState::Synced);
}

fn at_minute(minute: i64) -> Moment {
    Moment::tokyo(NOON.unix_ms + minute * 60_000)
}
