//! Stories of people who answer without a name.

use tsumugi_core::survey::Mode;
use tsumugi_server::{
    api::{CloseReport, Fieldwork, SurveyView},
    demo::{Tablet, Typed},
};
use tsumugi_tests::{LONELINESS, World, typed};

fn anonymous_world() -> (World, SurveyView) {
    let world = World::new();
    let survey = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
    (world, survey)
}

fn answers(direct: &str) -> Typed {
    let other =
        |(path, text)| if path == "feelings/loneliness_direct" { (path, direct) } else { (path, text) };
    typed(&LONELINESS.map(other))
}

fn close(world: &World, survey: &SurveyView) -> CloseReport {
    world.office.close(survey.id).expect("the survey closes")
}

#[test]
fn a_card_gives_one_answer_on_whatever_tablet() {
    let (world, survey) = anonymous_world();
    let cards = world.office.cards(survey.id, "30-99", 3).expect("cards");
    let mut first = world.tablet("T-01", &[survey.id]);
    let mut second = world.tablet("T-02", &[survey.id]);

    first.kiosk(survey.id, &cards[0], &answers("3")).expect("an answer");
    assert!(first.kiosk(survey.id, &cards[0], &answers("1")).is_err(), "the card is spent here");
    second.kiosk(survey.id, &cards[0], &answers("1")).expect("the other tablet cannot know");
    second.kiosk(survey.id, &cards[1], &answers("5")).expect("an answer");
    first.sync().expect("a delivery");
    second.sync().expect("a delivery");

    let report = close(&world, &survey);
    assert_eq!((report.rows, report.conflicts), (2, 1));
}

#[test]
fn a_card_of_nobody_is_refused_on_the_tablet() {
    let (world, survey) = anonymous_world();
    world.office.cards(survey.id, "30-99", 1).expect("a card");
    let other = world.open("resident", Mode::Anonymous, 2026, &[("north", 38_000)]);
    let strange = world.office.cards(other.id, "north", 1).expect("a card of another survey");
    let mut tablet = world.tablet("T-01", &[survey.id]);
    assert!(tablet.kiosk(survey.id, &strange[0], &answers("3")).is_err());
    assert!(tablet.kiosk(survey.id, "0000-0000-0000-0000", &answers("3")).is_err());
}

#[test]
fn nothing_is_counted_before_the_survey_closes() {
    let (world, survey) = anonymous_world();
    let cards = world.office.cards(survey.id, "30-99", 12).expect("cards");
    let mut tablet = world.tablet("T-01", &[survey.id]);
    for card in &cards {
        tablet.kiosk(survey.id, card, &answers("3")).expect("an answer");
    }
    tablet.sync().expect("a delivery");

    let path = format!("/v1/surveys/{}/fieldwork", survey.id);
    let fieldwork: Fieldwork = world.analyst.get(&path).expect("counts");
    let counts = fieldwork.strata.first().expect("one stratum");
    assert_eq!((counts.received, counts.hidden), (Some(10), false), "twelve is told as ten");
    assert_eq!(close(&world, &survey).rows, 12);
}

#[test]
fn an_answer_that_is_left_leaves_nothing_behind() {
    let (world, survey) = anonymous_world();
    let cards = world.office.cards(survey.id, "30-99", 1).expect("a card");
    let mut tablet = world.tablet("T-01", &[survey.id]);
    let before = stored(&mut tablet);
    tablet.begin(survey.id, &cards[0], &answers("5")).expect("an entry in progress");
    assert_eq!(stored(&mut tablet), before, "an entry in progress is not written");
    tablet.device().abandon_anonymous();
    assert_eq!(stored(&mut tablet), before);
    tablet.kiosk(survey.id, &cards[0], &answers("1")).expect("the card is not spent");
}

fn stored(tablet: &mut Tablet) -> Vec<(Vec<u8>, Vec<u8>)> {
    tablet.device().storage().entries().map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

#[test]
fn a_tablet_keeps_what_it_sealed_until_the_server_has_it() {
    let (mut world, survey) = anonymous_world();
    let cards = world.office.cards(survey.id, "30-99", 2).expect("cards");
    let mut tablet = world.tablet("T-01", &[survey.id]);
    world.stop();
    for card in &cards {
        tablet.kiosk(survey.id, card, &answers("2")).expect("an answer offline");
    }
    assert!(tablet.sync().is_err());
    assert_eq!(tablet.device().status().waiting_records, 2);
}
