//! Company responses: saving, merging, choosing, submitting.

use std::collections::BTreeMap;

use super::world::{NOON, World, company_form, numbers, path};
use crate::{
    answers::Value,
    device::{DeviceError, ResponseState, SubmitError},
    form::{Node, RefusedReason},
    survey::{Mode, SurveyState},
};

#[test]
fn an_answer_is_durable_when_the_call_returns() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    world.set(&mut tablet, "staff/employees", 128).expect("saved");
    let disk = tablet.storage().clone();
    drop(tablet);
    let mut again = world.reopen(disk).expect("opens");
    world.open(&mut again);
    assert_eq!(numbers(&again, world.response), BTreeMap::from([("staff/employees".to_owned(), 128)]));
    assert_eq!(again.status().waiting_changes, 1);
}

#[test]
fn an_answer_that_does_not_fit_is_refused_and_nothing_is_saved() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    let disk = tablet.storage().clone();
    let refused = tablet.set_text(world.response, &path("staff/employees"), "many", NOON, &mut world.rng);
    match refused {
        Err(DeviceError::AnswerRefused(refused)) => assert_eq!(refused.reason, RefusedReason::NotANumber),
        other => panic!("{other:?}"),
    }
    assert_eq!(tablet.storage(), &disk);
}

#[test]
fn two_departments_edit_offline_and_only_the_same_question_is_a_conflict() {
    let mut world = World::new();
    let mut staff = world.device("総務 田中");
    let mut money = world.device("経理 佐藤");
    world.open(&mut staff);
    world.open(&mut money);
    world.set(&mut staff, "staff/employees", 128).expect("saved");
    world.set(&mut staff, "costs/devices", 3200).expect("saved");
    world.set(&mut money, "costs/devices", 3450).expect("saved");
    world.set(&mut money, "costs/lines", 550).expect("saved");
    world.sync(&mut staff);
    world.sync(&mut money);
    world.sync(&mut staff);

    for device in [&staff, &money] {
        let conflicts = device.conflicts(world.response, "ja").expect("open");
        assert_eq!(conflicts.len(), 1);
        let conflict = &conflicts[0];
        assert_eq!((conflict.path.as_str(), conflict.label.as_str()), ("costs/devices", "機器"));
        assert_eq!(conflict.section, path("costs"));
        let mut by: Vec<(i64, &str)> = conflict
            .values
            .iter()
            .map(|value| match value.value {
                Value::Integer(number) => (number, value.by.as_str()),
                _ => panic!("a number"),
            })
            .collect();
        by.sort_unstable();
        assert_eq!(by, [(3200, "総務 田中"), (3450, "経理 佐藤")]);
    }
    assert_eq!(numbers(&staff, world.response), numbers(&money, world.response));
    assert_eq!(staff.responses(world.company).expect("a list")[0].state, ResponseState::Conflict);
}

#[test]
fn a_conflict_shows_what_each_answer_leads_to_and_the_choice_reaches_the_other() {
    let mut world = World::new();
    let mut one = world.device("総務 田中");
    let mut two = world.device("経理 佐藤");
    world.open(&mut one);
    world.open(&mut two);
    world.set(&mut one, "costs/lines", 550).expect("saved");
    world.sync(&mut one);
    world.sync(&mut two);
    world.set(&mut one, "costs/devices", 3200).expect("saved");
    world.set(&mut two, "costs/devices", 3450).expect("saved");
    world.sync(&mut one);
    world.sync(&mut two);
    world.sync(&mut one);

    let conflict = one.conflicts(world.response, "ja").expect("open").remove(0);
    let shown_total = one.opened(world.response).expect("open").entry.value(&path("costs/total"));
    let other = &conflict.values[1];
    assert_eq!(other.effects.len(), 1, "{:?}", other.effects);
    assert_eq!((other.effects[0].label.as_str(), &other.effects[0].from), ("費用の計", &shown_total));
    assert!(conflict.values[0].effects.is_empty());

    let chosen = Value::Integer(3450);
    one.choose(world.response, &path("costs/devices"), chosen.clone(), NOON, &mut world.rng).expect("saved");
    assert_eq!(one.conflicts(world.response, "ja").expect("open"), []);
    world.sync(&mut one);
    world.sync(&mut two);
    assert_eq!(two.conflicts(world.response, "ja").expect("open"), []);
    let answers = two.opened(world.response).expect("open").doc.answers();
    assert_eq!(answers.get(&path("costs/devices")), Some(&chosen));
}

#[test]
fn a_conflict_on_a_question_that_moved_to_another_group_is_shown_there_and_decided_for_good() {
    let mut world = World::new();
    let mut one = world.device("総務 田中");
    let mut two = world.device("経理 佐藤");
    for (device, value) in [(&mut one, 3200), (&mut two, 3450)] {
        world.open(device);
        world.set(device, "costs/devices", value).expect("saved");
    }
    let mut form = company_form();
    let [Node::Group(staff), Node::Group(costs)] = form.nodes.as_mut_slice() else { panic!("two groups") };
    staff.children.push(costs.children.remove(0));
    if let Some(Node::Question(total)) = costs.children.last_mut() {
        total.bind.calculate = Some("coalesce(../lines, 0)".to_owned());
    }
    world.publish(world.company, Mode::Company, &form, SurveyState::Open, 2);
    world.sync(&mut one);
    for device in [&mut two, &mut one] {
        world.sync(device);
        world.open(device);
    }

    // Something else is answered, so that what was taken over is recorded at its new place.
    world.set(&mut one, "staff/employees", 128).expect("saved");
    let conflicts = one.conflicts(world.response, "ja").expect("open");
    let [conflict] = conflicts.as_slice() else { panic!("{conflicts:?}") };
    assert_eq!((conflict.path.as_str(), conflict.label.as_str()), ("staff/devices", "機器"));
    assert_eq!(conflict.values.len(), 2);
    let refused = one.submit(world.response, "田中", "", "ja", NOON, &mut world.rng);
    assert!(matches!(refused, Err(SubmitError::NotReady(missing)) if missing.conflicts.len() == 1));

    let chosen = conflict.values[1].value.clone();
    one.choose(world.response, &path("staff/devices"), chosen.clone(), NOON, &mut world.rng).expect("saved");
    assert_eq!(one.conflicts(world.response, "ja").expect("open"), []);
    world.sync(&mut one);
    world.sync(&mut two);
    assert_eq!(two.conflicts(world.response, "ja").expect("open"), []);
    let answers = two.opened(world.response).expect("open").entry.answers().clone();
    assert_eq!(answers.get(&path("staff/devices")), Some(&chosen));
}

#[test]
fn a_submission_has_the_same_receipt_on_every_device_and_an_amendment_needs_a_reason() {
    let mut world = World::new();
    let mut one = world.device("総務 田中");
    let mut two = world.device("経理 佐藤");
    world.open(&mut one);
    let empty = one.submit(world.response, "田中", "", "ja", NOON, &mut world.rng);
    match empty {
        Err(SubmitError::NotReady(missing)) => assert_eq!(missing.violations.len(), 1),
        other => panic!("{other:?}"),
    }
    world.set(&mut one, "staff/employees", 128).expect("saved");
    let receipt = one.submit(world.response, "田中", "", "ja", NOON, &mut world.rng).expect("complete");
    assert_eq!((receipt.revision, receipt.at.as_str()), (1, "2026-11-22T12:00:00+09:00"));
    let again = one.submit(world.response, "田中", "", "ja", NOON, &mut world.rng).expect("the same");
    assert_eq!(again, receipt);

    world.sync(&mut one);
    world.sync(&mut two);
    world.open(&mut two);
    assert_eq!(two.receipt(world.response).expect("open"), Some(receipt.clone()));
    assert_eq!(two.responses(world.company).expect("a list")[0].state, ResponseState::Submitted);

    world.set(&mut two, "staff/employees", 130).expect("saved");
    assert_eq!(two.responses(world.company).expect("a list")[0].state, ResponseState::Amending);
    let unexplained = two.submit(world.response, "佐藤", "  ", "ja", NOON, &mut world.rng);
    assert!(matches!(unexplained, Err(SubmitError::NotReady(missing)) if missing.reason_missing));
    let amended =
        two.submit(world.response, "佐藤", "組織変更", "ja", NOON, &mut world.rng).expect("complete");
    assert_eq!(amended.revision, 2);
    assert_ne!(amended.number, receipt.number);
}

#[test]
fn a_repeat_is_added_filled_and_removed_durably() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    let site = tablet
        .add_repeat(world.response, &path("staff/sites"), NOON, &mut world.rng)
        .expect("the form lets people add");
    let name = site.child("site_name");
    tablet.set_text(world.response, &name, "本社", NOON, &mut world.rng).expect("saved");
    let mut again = world.reopen(tablet.storage().clone()).expect("opens");
    world.open(&mut again);
    let answers = again.opened(world.response).expect("open").doc.answers();
    assert_eq!(answers.get(&name), Some(&Value::text("本社")));
    again.remove_repeat(world.response, &site, NOON, &mut world.rng).expect("saved");
    let answers = again.opened(world.response).expect("open").doc.answers();
    assert!(answers.iter().all(|(path, _)| !path.is_within(&site)));
}

#[test]
fn a_row_of_a_register_is_begun_on_one_tablet_and_seen_on_another() {
    let mut world = World::new();
    let mut one = world.device("T-01");
    let mut two = world.device("T-02");
    let row = one.new_response(world.company, "聞き取り 1", &mut world.rng).expect("saved");
    world.sync(&mut one);
    world.sync(&mut two);
    let cards = two.responses(world.company).expect("a list");
    let card = cards.iter().find(|card| card.id == row).expect("the row arrived");
    assert_eq!((card.name.as_str(), card.state), ("聞き取り 1", ResponseState::Empty));
}

#[test]
fn a_note_stands_beside_its_question_on_every_device() {
    let mut world = World::new();
    let mut one = world.device("T-01");
    let mut two = world.device("T-02");
    world.open(&mut one);
    one.note(world.response, &path("staff/employees"), "10月末名簿より", NOON, &mut world.rng)
        .expect("saved");
    world.sync(&mut one);
    world.sync(&mut two);
    world.open(&mut two);
    let notes = two.notes(world.response).expect("open");
    assert_eq!(notes.get(&path("staff/employees")).map(String::as_str), Some("10月末名簿より"));
    one.note(world.response, &path("staff/employees"), "", NOON, &mut world.rng).expect("saved");
    assert!(one.notes(world.response).expect("open").is_empty());
}

#[test]
fn a_tablet_restored_from_a_copy_and_its_original_lose_nothing() {
    let mut world = World::new();
    let mut original = world.device("T-01");
    world.open(&mut original);
    world.set(&mut original, "staff/employees", 1).expect("saved");
    let mut copy = world.reopen(original.storage().clone()).expect("opens");
    world.open(&mut copy);
    world.set(&mut original, "costs/devices", 2).expect("saved");
    world.set(&mut copy, "costs/lines", 3).expect("saved");
    for _ in 0..2 {
        world.sync(&mut original);
        world.sync(&mut copy);
    }
    let expected = [("costs/devices", 2), ("costs/lines", 3), ("staff/employees", 1)];
    let expected: BTreeMap<_, _> = expected.map(|(path, number)| (path.to_owned(), number)).into();
    assert_eq!(numbers(&original, world.response), expected);
    assert_eq!(numbers(&copy, world.response), expected);
    assert_eq!(original.status().refused_changes + copy.status().refused_changes, 0);
}

#[test]
fn another_data_key_does_not_open_the_storage() {
    let mut world = World::new();
    let tablet = world.device("T-01");
    let disk = tablet.into_storage();
    let opened = crate::device::Device::open(disk, [8; 32], NOON, &mut world.rng);
    assert!(matches!(opened, Err(DeviceError::Vault(_))), "{opened:?}");
}

#[test]
fn fifty_offline_edits_travel_as_one_change_and_editing_goes_on() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    for value in 1..=50 {
        world.set(&mut tablet, "staff/employees", value).expect("saved");
    }
    let mut tablet = world.reopen(tablet.into_storage()).expect("opens");
    world.open(&mut tablet);
    world.set(&mut tablet, "costs/lines", 7).expect("saved");
    assert_eq!(tablet.status().waiting_changes, 51);
    let now = world.now();
    let request = tablet.next_request(now, &mut world.rng).expect("holds").expect("something waits");
    assert!(request.body.len() < 500, "{} bytes", request.body.len());
    assert_eq!(tablet.status().waiting_changes, 1, "condensed, and kept");
    // The reply is lost; what was offered stays as it is, and editing goes on beside it.
    let _lost = world.answer(&request);
    tablet.on_reply(request.id, 0, None, &[], now, &mut world.rng).expect("no reply is no error");
    world.set(&mut tablet, "costs/devices", 8).expect("saved");
    world.set(&mut tablet, "costs/devices", 9).expect("saved");
    world.sync(&mut tablet);
    assert_eq!(tablet.status().waiting_changes, 0);
    assert_eq!(tablet.status().refused_changes, 0);
    let mut other = world.device("T-02");
    world.open(&mut other);
    let expected = [("costs/devices", 9), ("costs/lines", 7), ("staff/employees", 50)];
    assert_eq!(numbers(&other, world.response), expected.map(|(path, n)| (path.to_owned(), n)).into());
    assert_eq!(other.ledger.in_force().filter(|name| name.changed_response().is_some()).count(), 2);
}

#[test]
fn an_open_document_never_builds_on_changes_that_are_gone() {
    for at in 0..2 {
        let mut world = World::new();
        let disk = world.device("T-01").into_storage();
        let mut tablet = world.reopen(super::faults::written_after_all(disk, 3 + at)).expect("opens");
        world.open(&mut tablet);
        for value in 1..=3 {
            world.set(&mut tablet, "staff/employees", value).expect("saved");
        }
        let _unsure = world.try_sync(&mut tablet);
        world.set(&mut tablet, "costs/lines", 4).expect("saved");
        world.sync(&mut tablet);
        let mut other = world.device("T-02");
        world.open(&mut other);
        let expected = [("costs/lines", 4), ("staff/employees", 3)];
        assert_eq!(
            numbers(&other, world.response),
            expected.map(|(path, n)| (path.to_owned(), n)).into(),
            "commit {at}"
        );
    }
}
