//! Anonymous answers: cards, traces, batches.

use std::collections::BTreeSet;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;

use super::world::{RECORD_BYTES, World, free_text_form, path, start};
use crate::{
    answers::Value,
    device::{
        CardRefused, DEPOSIT_RECORDS, DeviceError, FinishError, MemoryStorage, NotAnonymous,
        OpenAnonymousError,
    },
    form::Form,
    id::SurveyId,
    sealed::{Card, CardCodeError, Deposit},
    survey::{Mode, SurveyState},
};

#[test]
fn what_a_person_answers_reaches_the_key_holder_and_the_card_is_spent() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.interview(&mut tablet, 0, 3);
    assert_eq!(tablet.status().waiting_records, 1);
    let code = world.cards[0].code.to_string();
    let again = tablet.open_anonymous(world.anonymous, &code, &start());
    assert!(matches!(again, Err(OpenAnonymousError::Card(CardRefused::Used))), "{again:?}");
    world.sync(&mut tablet);
    assert_eq!(tablet.status().waiting_records, 0);
    let answers = world.opened(&world.cards[0]).expect("it arrived");
    assert_eq!(answers.get(&path("days")), Some(&Value::Integer(3)));
    assert_eq!(answers.len(), 2, "nothing but what was asked: {answers:?}");
}

#[test]
fn a_mistyped_card_and_a_card_of_another_survey_are_refused_in_different_words() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    let mut open = |code: &str| tablet.open_anonymous(world.anonymous, code, &start());
    let mistyped = open("0000-0000-0000-0000-0001");
    assert!(
        matches!(mistyped, Err(OpenAnonymousError::Card(CardRefused::Code(CardCodeError::Check)))),
        "{mistyped:?}"
    );
    let stranger = Card::make(SurveyId::from_bytes([9; 16]), 0, &mut ChaCha20Rng::seed_from_u64(1));
    let unknown = open(&stranger.code.to_string());
    assert!(matches!(unknown, Err(OpenAnonymousError::Card(CardRefused::Unknown))), "{unknown:?}");
}

#[test]
fn an_entry_that_is_abandoned_leaves_no_trace() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    let before = tablet.storage().clone();
    let code = world.cards[0].code.to_string();
    tablet.open_anonymous(world.anonymous, &code, &start()).expect("the card is good");
    tablet.anonymous_set_answer(&path("direct"), Some(Value::text("often"))).expect("a choice");
    tablet.anonymous_set_text(&path("days"), "5").expect("a number");
    assert_eq!(tablet.storage(), &before, "an entry in progress lives in memory");
    tablet.abandon_anonymous();
    assert_eq!(tablet.storage(), &before);
    assert!(matches!(tablet.anonymous_screen("ja"), Err(DeviceError::NoAnonymousEntry)));
    tablet.open_anonymous(world.anonymous, &code, &start()).expect("the card can be used again");
    let screen = serde_json::to_string(&tablet.anonymous_screen("ja").expect("open")).expect("JSON");
    assert!(!screen.contains("\"selected\":true"), "{screen}");
}

#[test]
fn answers_that_do_not_fit_keep_the_entry_open_and_the_card_unspent() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    let before = tablet.storage().clone();
    let code = world.cards[0].code.to_string();
    tablet.open_anonymous(world.anonymous, &code, &start()).expect("the card is good");
    tablet.anonymous_set_text(&path("days"), "9").expect("a number");
    match tablet.finish_anonymous(&mut world.rng) {
        Err(FinishError::NotComplete(violations)) => assert_eq!(violations.len(), 2, "{violations:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(tablet.storage(), &before);
    assert!(tablet.anonymous_survey().is_some());
}

#[test]
fn the_storage_does_not_tell_in_which_order_people_answered() {
    let mut world = World::new();
    let disk = world.device("T-01").into_storage();
    let names = |order: [usize; 3], world: &mut World| -> BTreeSet<Vec<u8>> {
        let mut tablet = world.reopen(disk.clone()).expect("opens");
        for card in order {
            world.interview(&mut tablet, card, 1);
        }
        let disk = tablet.into_storage();
        let sizes: BTreeSet<usize> = disk
            .entries()
            .filter(|(key, _)| key.starts_with(b"outbox/"))
            .map(|(_, value)| value.len())
            .collect();
        assert_eq!(sizes.len(), 1, "records have one size");
        disk.entries().map(|(key, _)| key.to_vec()).collect()
    };
    assert_eq!(names([0, 1, 2], &mut world), names([2, 0, 1], &mut world));
}

#[test]
fn practice_is_the_same_form_and_sends_nothing() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    let before = tablet.storage().clone();
    tablet.practice(world.anonymous, &start()).expect("no card is needed");
    assert_eq!(tablet.anonymous_survey(), Some((world.anonymous, true)));
    tablet.anonymous_set_answer(&path("direct"), Some(Value::text("na"))).expect("a choice");
    tablet.finish_anonymous(&mut world.rng).expect("complete");
    assert_eq!(tablet.storage(), &before);
    assert_eq!(tablet.status().waiting_records, 0);
}

#[test]
fn every_batch_has_one_size_however_many_people_answered() {
    let mut world = World::new();
    let mut card = 0;
    let mut sizes = BTreeSet::new();
    let mut tablet = world.device("T-01");
    for people in [1, 3, 8, 9, 2] {
        for _ in 0..people {
            world.interview(&mut tablet, card, 1);
            card += 1;
        }
        world.sync(&mut tablet);
    }
    assert_eq!(world.records.len(), card);
    assert_eq!(world.deposits.len(), 6, "9 people need two batches");
    for request in &world.deposits {
        sizes.insert(request.body.len());
        assert_eq!(Deposit::decode(&request.body).expect("a deposit").records.len(), DEPOSIT_RECORDS);
    }
    assert_eq!(sizes.len(), 1, "{sizes:?}");
    assert!(sizes.first().is_some_and(|size| *size > usize::try_from(RECORD_BYTES).expect("small") * 8));
}

#[test]
fn batches_are_shuffled() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    for card in 0..40 {
        world.interview(&mut tablet, card, 1);
    }
    world.sync(&mut tablet);
    let sent: Vec<_> = world
        .deposits
        .iter()
        .flat_map(|request| Deposit::decode(&request.body).expect("a deposit").records)
        .map(|record| record.nullifier())
        .collect();
    let answered: Vec<_> = world.cards.iter().map(Card::nullifier).collect();
    assert_eq!(sent.len(), 40);
    assert!(sent != answered && !sent.is_sorted(), "neither in order of answering nor of keys");
}

#[test]
fn a_form_that_reads_the_clock_or_asks_for_free_text_is_not_opened_anonymously() {
    let mut world = World::new();
    let mut form = free_text_form();
    let refused = crate::device::check_anonymous(&Form::compile(form.clone()).expect("compiles"));
    assert_eq!(refused, Err(NotAnonymous::FreeText { path: path("opinion") }));
    let survey = SurveyId::make(&mut world.rng);
    world.publish(world.anonymous, Mode::Anonymous, &form, SurveyState::Open, 2);
    let mut tablet = world.device("T-01");
    let opened = tablet.practice(world.anonymous, &start());
    assert!(matches!(opened, Err(OpenAnonymousError::Form(NotAnonymous::FreeText { .. }))), "{opened:?}");
    assert!(matches!(
        tablet.practice(survey, &start()),
        Err(OpenAnonymousError::Device(DeviceError::UnknownSurvey { .. }))
    ));

    form.settings.insert("anonymous_free_text".to_owned(), "yes".to_owned());
    assert_eq!(crate::device::check_anonymous(&Form::compile(form).expect("compiles")), Ok(()));
}

#[test]
fn a_closed_survey_takes_no_answers_and_its_sent_copies_wait_for_a_backup() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.interview(&mut tablet, 0, 1);
    world.sync(&mut tablet);
    let copies =
        |storage: &MemoryStorage| storage.entries().filter(|(key, _)| key.starts_with(b"sent/")).count();
    world.publish(world.anonymous, Mode::Anonymous, &super::world::anonymous_form(), SurveyState::Closed, 2);
    world.sync(&mut tablet);
    assert_eq!(copies(tablet.storage()), 1, "the server may yet lose what it closed");
    let code = world.cards[1].code.to_string();
    let opened = tablet.open_anonymous(world.anonymous, &code, &start());
    assert!(matches!(opened, Err(OpenAnonymousError::Device(DeviceError::NotTaking { .. }))));
    assert_eq!(tablet.surveys("ja").expect("a list")[0].title, "実態調査");
}
