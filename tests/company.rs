//! Stories of companies that fill one form from several devices.

use tsumugi_core::{answers::Value, device::ResponseState, moment::Moment, survey::Mode};
use tsumugi_server::{
    api::{CompanyLetter, SurveyView},
    demo::Tablet,
};
use tsumugi_tests::{World, shown};

fn company_world() -> (World, SurveyView, CompanyLetter) {
    let world = World::new();
    let survey = world.open("company-telework", Mode::Company, 2026, &[("30-99", 1_840)]);
    let letter = world.letter(survey.id, "株式会社みほん", "30-99");
    (world, survey, letter)
}

fn type_in(device: &mut Tablet, letter: &CompanyLetter, answers: &[(&str, &str)]) {
    let typed = answers.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    device.enter(letter.response, &typed).expect("answers that fit");
}

#[test]
fn two_people_answer_the_same_question_offline_and_both_answers_are_kept() {
    let (world, _, letter) = company_world();
    let mut tanaka = world.person(&letter, "総務", "田中");
    let mut sato = world.person(&letter, "経理", "佐藤");
    for device in [&mut tanaka, &mut sato] {
        device.open(letter.response).expect("the response");
    }
    type_in(&mut tanaka, &letter, &[("profile/employees_regular", "40"), ("costs/training", "120")]);
    type_in(&mut sato, &letter, &[("profile/employees_regular", "45"), ("costs/training", "120")]);

    tanaka.sync().expect("a sync");
    world.office.settle().expect("the projector");
    sato.sync().expect("a sync");
    world.office.settle().expect("the projector");
    tanaka.sync().expect("a sync");

    for device in [&mut tanaka, &mut sato] {
        let conflicts = device.device().conflicts(letter.response, "ja").expect("conflicts");
        assert_eq!(conflicts.len(), 1, "equal answers are no conflict");
        let mut answers: Vec<(Value, String)> =
            conflicts[0].values.iter().map(|value| (value.value.clone(), value.by.clone())).collect();
        answers.sort_by_key(|(_, by)| by.clone());
        assert_eq!(
            answers,
            [(Value::Integer(45), "経理 佐藤".to_owned()), (Value::Integer(40), "総務 田中".to_owned())]
        );
    }
    assert_eq!(
        shown(&mut tanaka, letter.response, "profile/employees_regular"),
        shown(&mut sato, letter.response, "profile/employees_regular"),
        "until somebody chooses, both see the same answer"
    );
}

#[test]
fn a_choice_is_an_answer_that_everybody_sees() {
    let (world, _, letter) = company_world();
    let mut tanaka = world.person(&letter, "総務", "田中");
    let mut sato = world.person(&letter, "経理", "佐藤");
    for (device, count) in [(&mut tanaka, "40"), (&mut sato, "45")] {
        device.open(letter.response).expect("the response");
        type_in(device, &letter, &[("profile/employees_regular", count)]);
        device.sync().expect("a sync");
        world.office.settle().expect("the projector");
    }
    sato.choose(letter.response, "profile/employees_regular", Value::Integer(45)).expect("a choice");
    sato.sync().expect("a sync");
    world.office.settle().expect("the projector");
    tanaka.sync().expect("a sync");

    assert_eq!(shown(&mut tanaka, letter.response, "profile/employees_regular"), Some(Value::Integer(45)));
    assert!(tanaka.device().conflicts(letter.response, "ja").expect("conflicts").is_empty());
}

#[test]
fn a_form_with_two_answers_cannot_be_submitted() {
    let (world, survey, letter) = company_world();
    let mut tanaka = world.person(&letter, "総務", "田中");
    let mut sato = world.person(&letter, "経理", "佐藤");
    for (device, count) in [(&mut tanaka, "40"), (&mut sato, "45")] {
        device.open(letter.response).expect("the response");
        type_in(device, &letter, &[("profile/employees_regular", count)]);
        device.sync().expect("a sync");
        world.office.settle().expect("the projector");
    }
    assert!(sato.submit(letter.response, "佐藤").is_err());
    let cards = sato.device().responses(survey.id).expect("responses");
    assert_eq!(cards.first().map(|card| card.state), Some(ResponseState::Conflict));
}

#[test]
fn clocks_that_are_decades_wrong_lose_and_order_nothing() {
    let (world, _, letter) = company_world();
    let mut past = world.person_at(&letter, "総務", "田中", Moment::tokyo(915_148_800_000));
    let mut future = world.person_at(&letter, "経理", "佐藤", Moment::tokyo(4_102_444_800_000));
    for (device, count, training) in [(&mut past, "40", "120"), (&mut future, "45", "120")] {
        device.open(letter.response).expect("the response");
        type_in(device, &letter, &[("profile/employees_regular", count), ("costs/training", training)]);
    }
    for _ in 0..2 {
        for device in [&mut future, &mut past] {
            device.sync().expect("a sync");
            world.office.settle().expect("the projector");
        }
    }
    for device in [&mut past, &mut future] {
        let conflicts = device.device().conflicts(letter.response, "ja").expect("conflicts");
        let paths: Vec<&str> = conflicts.iter().map(|conflict| conflict.path.as_str()).collect();
        assert_eq!(paths, ["profile/employees_regular"], "the later clock does not win");
    }
    past.choose(letter.response, "profile/employees_regular", Value::Integer(40)).expect("a choice");
    past.sync().expect("a sync");
    world.office.settle().expect("the projector");
    future.sync().expect("a sync");
    assert_eq!(shown(&mut future, letter.response, "profile/employees_regular"), Some(Value::Integer(40)));
}

#[test]
fn a_company_sees_its_own_form_only() {
    let (world, survey, letter) = company_world();
    let other = world.letter(survey.id, "有限会社べつの", "30-99");
    let mut theirs = world.person(&other, "総務", "山本");
    theirs.open(other.response).expect("their own response");
    type_in(&mut theirs, &other, &[("profile/employees_regular", "31")]);
    theirs.sync().expect("a sync");
    world.office.settle().expect("the projector");

    let mut ours = world.person(&letter, "総務", "田中");
    let responses = ours.device().responses(survey.id).expect("responses");
    assert_eq!(responses.iter().map(|card| card.id).collect::<Vec<_>>(), [letter.response]);
    assert!(ours.open(other.response).is_err());
}

#[test]
fn answers_that_were_typed_survive_a_server_that_stops_and_comes_back() {
    let (mut world, _, letter) = company_world();
    let mut tanaka = world.person(&letter, "総務", "田中");
    tanaka.open(letter.response).expect("the response");
    world.stop();
    type_in(&mut tanaka, &letter, &[("profile/employees_regular", "40")]);
    assert!(tanaka.sync().is_err(), "there is nobody to talk to");
    assert_eq!(tanaka.device().status().waiting_changes, 1);
    assert_eq!(
        tanaka.device().screen(letter.response, "ja").expect("still open").answered,
        1,
        "what was typed is on the screen"
    );
}
