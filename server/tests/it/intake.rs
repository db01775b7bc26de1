//! What devices may deliver: how much, whose, and what is kept of it.

use tsumugi_core::{
    answers::{Path, Value},
    id::ResponseId,
    item::Item,
    response::{ResponseDoc, gate::preflight},
    sync::{Refusal, Reply, ShortId, Standing},
};
use tsumugi_fuzzing::change::RawOp;

use crate::common::{
    World,
    device::Tablet,
    sender::{Sender, first, orphan},
};

const RESPONSE: ResponseId = ResponseId::from_bytes([0x22; 16]);

fn world(change: impl FnOnce(&mut tsumugi_server::Config)) -> (World, Sender) {
    let world = World::with(change);
    let survey = world.open("company-telework", "company", &["30-99"]);
    let sender = Sender::enrolled(&world, survey, RESPONSE);
    (world, sender)
}

#[test]
fn a_flood_of_orphans_is_bounded_and_takes_nothing_that_was_acknowledged() {
    let (world, sender) = world(|_| ());
    assert_eq!(sender.verdicts(&world, (0..900).map(orphan).collect()), vec![None; 900]);
    for batch in 0..20 {
        let flood =
            sender.push(&world, (0..1_000).map(|number| orphan(10_000 + batch * 1_000 + number)).collect());
        assert_eq!((flood.status, flood.code().as_str()), (429, "orphan-quota"));
        assert!(flood.retry_after.is_some_and(|seconds| seconds > 0));
        assert!(world.held()[0] <= 1_000, "{:?}", world.held());
    }
    // What was acknowledged is there.
    let acknowledged: Vec<ShortId> =
        (0..900).map(|number| ShortId::from(sender.item(orphan(number)).id())).collect();
    let standing = world.handle().app().blocking_store().standing(&acknowledged).unwrap();
    assert_eq!(standing, vec![Standing::Pending; 900]);
    // Good changes go on, of this device and of others.
    assert_eq!(sender.verdicts(&world, vec![first(1, "b").chunk()]), [None]);
    let other = Sender::enrolled(&world, sender.survey, RESPONSE);
    assert_eq!(other.verdicts(&world, vec![first(2, "c").chunk(), orphan(99_999)]), [None, None]);
    assert!(world.held()[0] <= 1_001);
    let database = rusqlite::Connection::open(world.config.database()).unwrap();
    let rows = |table: &str| -> u64 {
        database.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert!(
        rows("items") < 1_100 && rows("actors") == 2,
        "{} items, {} actors",
        rows("items"),
        rows("actors")
    );
}

#[test]
fn good_changes_of_a_request_whose_orphans_do_not_fit_stand_all_the_same() {
    let (world, sender) = world(|config| config.quota_orphans = 2);
    let good = first(1, "a").chunk();
    let mixed = vec![orphan(10), good.clone(), orphan(11), orphan(12)];
    assert_eq!(sender.push(&world, mixed).code(), "orphan-quota");
    let store = world.handle().app().blocking_store();
    assert_eq!(store.changes(RESPONSE).unwrap(), std::slice::from_ref(&good));
    assert_eq!(world.held(), [2, 0]);
    assert_eq!(sender.verdicts(&world, vec![good]), [None], "known when it comes again");
}

#[test]
fn orphans_that_wait_for_thirty_days_are_kept_aside() {
    let (mut world, sender) = world(|_| ());
    assert_eq!(sender.verdicts(&world, vec![orphan(1)]), [None]);
    assert_eq!(world.held(), [1, 0]);
    // As if thirty days had gone by; the projector looks when it starts.
    world.config.quota_orphan_days = -1;
    world.restart();
    while world.held() != [0, 1] {
        std::thread::yield_now();
    }
    let id = ShortId::from(sender.item(orphan(1)).id());
    let standing = world.handle().app().blocking_store().standing(&[id]).unwrap();
    assert_eq!(standing, [Standing::Refused(Refusal::TooMany)]);
}

#[test]
fn what_a_device_may_deliver_in_a_day_is_bounded() {
    let (world, sender) = world(|config| config.quota_device_items = 3);
    assert_eq!(
        sender.verdicts(&world, (1..=3).map(|n| first(n, &format!("q{n}")).chunk()).collect()),
        [None; 3]
    );
    let over = sender.push(&world, vec![first(4, "q4").chunk()]);
    assert_eq!((over.status, over.code().as_str()), (429, "device-quota"));
    assert!(over.retry_after.is_some_and(|seconds| (1..=86_401).contains(&seconds)));
    assert_eq!(world.handle().app().blocking_store().changes(RESPONSE).unwrap().len(), 3);
    assert_eq!(sender.verdicts(&world, vec![first(1, "q1").chunk()]), [None], "what is known costs nothing");
    let other = Sender::enrolled(&world, sender.survey, RESPONSE);
    assert_eq!(other.verdicts(&world, vec![first(5, "q5").chunk()]), [None], "another device has its own");
}

#[test]
fn the_bytes_of_a_device_and_of_a_survey_are_bounded() {
    let (world, sender) = world(|config| {
        config.quota_device_bytes = 1_500;
        config.quota_survey_bytes = 2_000;
    });
    let long = |actor| {
        let mut draft = first(actor, "a");
        draft.ops = vec![RawOp::text(&format!("q{actor}"), &"x".repeat(1_000))];
        draft.chunk()
    };
    assert_eq!(sender.verdicts(&world, vec![long(1)]), [None]);
    assert_eq!(sender.push(&world, vec![long(2)]).code(), "device-quota");
    let other = Sender::enrolled(&world, sender.survey, RESPONSE);
    assert_eq!(other.push(&world, vec![long(2)]).code(), "survey-quota");
    assert_eq!(other.verdicts(&world, vec![first(3, "b").chunk()]), [None], "what fits is taken");
}

#[test]
fn refused_changes_are_kept_aside_up_to_a_limit_and_each_is_told_at_once() {
    let (world, sender) = world(|config| config.quota_refused = 5);
    let twins = |number: u64| first(1, &format!("q{number}")).chunk();
    assert_eq!(sender.verdicts(&world, vec![twins(0)]), [None]);
    let refused = Some(Refusal::DuplicateSequence);
    assert_eq!(sender.verdicts(&world, (1..=20).map(twins).collect()), [refused; 20]);
    assert_eq!(world.held(), [0, 5]);
}

#[test]
fn an_actor_of_another_device_is_refused_and_its_owner_goes_on() {
    let (world, owner) = world(|_| ());
    let forger = Sender::enrolled(&world, owner.survey, RESPONSE);
    let begun = first(7, "a");
    assert_eq!(owner.verdicts(&world, vec![begun.chunk()]), [None]);
    let next = |value| {
        let mut draft = first(7, "b");
        draft.ops = vec![RawOp::put("b", value)];
        let mut body = draft.body();
        (body.seq, body.start_op, body.deps) = (2, 2, vec![begun.body().hash().to_vec()]);
        body.chunk()
    };
    assert_eq!(forger.verdicts(&world, vec![next(66)]), [Some(Refusal::DuplicateSequence)]);
    assert_eq!(world.held(), [0, 0], "nothing of it is kept");
    assert_eq!(owner.verdicts(&world, vec![next(1)]), [None]);
    // What everybody has may come from anybody.
    assert_eq!(forger.verdicts(&world, vec![begun.chunk(), next(1)]), [None, None]);
    // A restored log takes back what others have of it.
    world.handle().app().blocking_store().renew_epoch().unwrap();
    let mut third = first(7, "c").body();
    let second =
        tsumugi_fuzzing::change::Body::read(&tsumugi_fuzzing::change::body_of(&next(1)).unwrap()).unwrap();
    (third.seq, third.start_op, third.deps) = (3, 3, vec![second.hash().to_vec()]);
    assert_eq!(forger.verdicts(&world, vec![third.chunk()]), [None]);
}

#[test]
fn jumping_and_squatted_numbers_are_refused_and_the_questionnaire_goes_on() {
    let (world, sender) = world(|_| ());
    let jump = {
        let mut body = first(1, "a").body();
        body.start_op = (1 << 30) - 2;
        body.chunk()
    };
    let skipped = {
        let mut body = first(2, "a").body();
        body.seq = 2;
        body.chunk()
    };
    let brick = {
        let mut body = first(3, "a").body();
        body.start_op = (1 << 32) - 1;
        body.chunk()
    };
    let good = first(4, "a").chunk();
    let squatted = first(4, "b").chunk();
    assert_eq!(
        sender.verdicts(&world, vec![jump, skipped, brick, good, squatted]).iter().flatten().count(),
        4,
        "one of the two of one number stands"
    );
    let mut tablet = Tablet::enrolled(&world, 5, &[sender.survey]);
    tablet.sync(&world);
    let start = tablet.start();
    tablet.device.open_response(RESPONSE, &start).unwrap();
}

#[test]
fn a_tablet_whose_copy_was_faster_records_its_answers_again() {
    let (world, other) = world(|_| ());
    let mut tablet = Tablet::enrolled(&world, 5, &[other.survey]);
    tablet.sync(&world);
    let response = tablet.device.new_response(other.survey, "Kita", &mut tablet.rng).unwrap();
    let (start, now) = (tablet.start(), tablet.now);
    tablet.device.open_response(response, &start).unwrap();
    let [name, employees] = ["profile/company_name", "profile/employees_regular"].map(Path::new);
    tablet.sync(&world);
    tablet.device.set_text(response, &name, "北", now, &mut tablet.rng).unwrap();
    assert_eq!(tablet.sync(&world).last().unwrap().1, 200);
    // The copy goes on with the tablet's actor and its next number, and is there first.
    let store = world.handle().app().blocking_store();
    let last = store.changes(response).unwrap().pop().unwrap();
    let head = preflight(&last).unwrap();
    let mut twin = first(1, employees.as_str()).body();
    (twin.actor, twin.seq) = (head.actor().to_vec(), head.seq + 1);
    (twin.start_op, twin.deps) = (head.last_op() + 1, vec![head.hash.as_bytes().to_vec()]);
    let token = tablet.device.enrolment().unwrap().token.clone();
    let copy = other.with_token(token, response);
    assert_eq!(copy.verdicts(&world, vec![twin.chunk()]), [None]);
    tablet.device.set_text(response, &employees, "45", now, &mut tablet.rng).unwrap();
    assert_eq!(tablet.sync(&world).last().unwrap().1, 200);
    tablet.device.note(response, &name, "確認", now, &mut tablet.rng).unwrap();
    for _ in 0..3 {
        assert_eq!(tablet.sync(&world).last().unwrap().1, 200);
    }
    // It went on as if nothing had happened, and everybody has all of it.
    let status = tablet.device.status();
    assert_eq!((status.waiting_changes, status.refused_changes), (0, 0), "{status:?}");
    let held = ResponseDoc::from_changes(&store.changes(response).unwrap()).unwrap();
    let values: Vec<Value> = match held.conflict_at(&employees) {
        Some(conflict) => conflict.values.into_iter().map(|one| one.value).collect(),
        None => held.answers().get(&employees).cloned().into_iter().collect(),
    };
    assert!(values.contains(&Value::Integer(45)), "{values:?}");
    assert_eq!(held.answers().get(&Path::new("@note/profile/company_name")), Some(&Value::text("確認")));
    assert!(tablet.device.notes(response).unwrap().contains_key(&name));
}

#[test]
fn many_new_responses_are_acknowledged_first_and_seen_by_others_a_moment_later() {
    let world = World::start();
    let survey = world.open("company-telework", "company", &["30-99"]);
    let mut tablet = Tablet::enrolled(&world, 1, &[survey]);
    let mut other = Tablet::enrolled(&world, 2, &[survey]);
    tablet.sync(&world);
    for number in 0..60 {
        tablet.device.new_response(survey, &format!("Row {number}"), &mut tablet.rng).unwrap();
    }
    tablet.sync(&world);
    assert_eq!(tablet.device.status().waiting_changes, 0);
    let mut seen = 0;
    for _ in 0..200 {
        other.sync(&world);
        seen = other.device.responses(survey).unwrap().len();
        if seen == 60 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!((seen, world.held()), (60, [0, 0]));
}

#[test]
fn who_delivers_many_hears_of_a_refusal_when_asking_again() {
    let (world, sender) = world(|_| ());
    let responses: Vec<ResponseId> = (1..=40).map(|number| ResponseId::from_bytes([number; 16])).collect();
    let items = |path: &str| -> Vec<Item> {
        responses.iter().map(|response| sender.to(*response).item(first(7, path).chunk())).collect()
    };
    let pushed = |items| Reply::decode(&sender.deliver(&world, items).ok().body).unwrap().pushed;
    assert_eq!(pushed(items("a")), [None; 40]);
    world.settle();
    // The same actor and number with another answer.
    assert_eq!(pushed(items("b")), [None; 40]);
    world.settle();
    let asked: Vec<ShortId> = items("b").iter().map(|item| ShortId::from(item.id())).collect();
    let standing = world.handle().app().blocking_store().standing(&asked).unwrap();
    assert_eq!(standing, [Standing::Refused(Refusal::DuplicateSequence); 40]);
    assert_eq!(pushed(items("b")), [Some(Refusal::DuplicateSequence); 40], "known when they come again");
}
