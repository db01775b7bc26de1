//! What a screen is given to draw.

use super::build::*;
use crate::{answers::Path, form::*, text::Localized};

fn company() -> FormDefinition {
    let cost = decimal("cost").with(|q| {
        q.parameters.insert("unit".to_owned(), "千円".to_owned());
        q.appearance = vec!["thousands-sep".to_owned(), "w1".to_owned()];
        q.label = Localized::of([
            ("ja", "**費用** (${ /data/profile/name })"),
            ("en", "**Cost** of ${ /data/profile/name }"),
        ]);
    });
    let mut definition = definition(vec![
        group("profile", vec![text("name").required().into(), one("kind", "yes_no").into()]),
        group(
            "money",
            vec![note("intro").into(), cost.into(), int("years").constraint(". < 9", "too many").into()],
        ),
    ]);
    definition.title = Localized::of([("ja", "調査"), ("en", "Survey")]);
    definition.languages = vec![Language { tag: "ja".to_owned(), name: "日本語".to_owned() }];
    definition
}

#[test]
fn sections_tell_how_far_they_are() {
    let mut entry = FormEntry::new(compile(company()), &start());
    let states = |entry: &FormEntry| {
        entry.screen("en").sections.iter().map(|s| (s.state, s.answered, s.askable)).collect::<Vec<_>>()
    };
    assert_eq!(states(&entry), [(SectionState::Empty, 0, 2), (SectionState::Empty, 0, 2)]);
    entry.type_in("profile/kind", "yes");
    assert_eq!(states(&entry)[0], (SectionState::Partial, 1, 2));
    entry.type_in("profile/name", "みほん");
    entry.type_in("money/years", "10");
    assert_eq!(states(&entry), [(SectionState::Complete, 2, 2), (SectionState::Invalid, 1, 2)]);
    assert_eq!(entry.screen("en").errors, 1);
    entry.type_in("money/years", "2");
    assert_eq!(states(&entry)[1], (SectionState::Partial, 1, 2));
}

#[test]
fn a_field_shows_its_unit_and_its_number_as_people_write_it() {
    let mut entry = FormEntry::new(compile(company()), &start());
    entry.type_in("profile/name", "*A*");
    entry.type_in("money/cost", "１２，３４５千円");
    let view = entry.question_view("money/cost");
    assert_eq!((view.text.as_str(), view.unit.as_str(), view.number.as_str()), ("12,345", "千円", "2-1"));
    assert_eq!(plain_text(&view.label), "Cost of *A*");
    assert_eq!(entry.label_of(&Path::new("money/cost"), "ja"), "費用 (*A*)");
    assert_eq!(entry.question_view("money/intro").number, "");
    assert_eq!(entry.question_view("profile/kind").decline.as_deref(), Some("na"));
}

#[test]
fn the_screen_is_the_json_that_every_skin_draws() {
    let mut entry = FormEntry::new(compile(company()), &start());
    entry.type_in("profile/kind", "no");
    let screen = entry.screen_of(&Path::new("profile"), "ja");
    let json = serde_json::to_value(&screen).expect("a screen is plain data");
    assert_eq!(json["title"], "調査");
    assert_eq!(json["direction"], "ltr");
    assert_eq!(json["languages"][0]["name"], "日本語");
    assert_eq!(json["sections"][1]["elements"].as_array().map(Vec::len), Some(0));
    let question = &json["sections"][0]["elements"][1];
    assert_eq!(question["kind"], "question");
    assert_eq!(question["control"], "select-one");
    assert_eq!(question["dataType"], "string");
    assert_eq!(question["value"], "no");
    assert_eq!(question["choices"][1]["selected"], true);
    assert_eq!(question["choices"][0]["label"][0]["v"], "The yes");
    assert_eq!(question["thousandsSep"], false);
    assert_eq!(question["violation"], serde_json::Value::Null);
    assert_eq!(serde_json::from_value::<Screen>(json.clone()).expect("it reads back"), screen);
}

#[test]
fn loose_questions_stand_in_a_section_without_a_path() {
    let entry = open(vec![int("a").into(), group("g", vec![int("b").into()]), int("c").into()]);
    let screen = entry.screen("en");
    let sections: Vec<(&str, usize)> =
        screen.sections.iter().map(|s| (s.path.as_str(), s.elements.len())).collect();
    assert_eq!(sections, [("", 2), ("g", 1)]);
}
