//! Choices that depend on other answers.

use super::build::*;
use crate::{
    answers::{Answers, Path, Value},
    form::*,
};

fn places() -> FormDefinition {
    let mut definition = definition(vec![
        one("city", "cities").into(),
        one("ward", "wards").filter("city = /data/city").into(),
        several("liked", "wards").filter("city = /data/city and size > 1").into(),
        calculate("ward_name", "jr:choice-name(/data/ward, '/data/ward')").into(),
    ]);
    definition.choices.insert("cities".to_owned(), list(&[("tokyo", &[]), ("osaka", &[])]));
    definition.choices.insert(
        "wards".to_owned(),
        list(&[
            ("nakano", &[("city", "tokyo"), ("size", "3")]),
            ("kita", &[("city", "tokyo"), ("size", "1")]),
            ("suginami", &[("city", "tokyo"), ("size", "5")]),
            ("chuo", &[("city", "osaka"), ("size", "2")]),
        ]),
    );
    definition
}

#[test]
fn choices_follow_the_filter_and_a_stale_choice_is_no_answer_until_it_returns() {
    let mut entry = FormEntry::new(compile(places()), &start());
    assert_eq!(entry.offered("ward"), Vec::<String>::new());
    entry.type_in("city", "tokyo");
    assert_eq!(entry.offered("ward"), ["nakano", "kita", "suginami"]);
    assert_eq!(entry.offered("liked"), ["nakano", "suginami"]);
    entry.type_in("ward", "kita");
    entry.type_in("liked", "suginami nakano");
    assert_eq!(entry.at("liked"), "nakano suginami");
    assert_eq!(entry.at("ward_name"), "The kita");
    entry.type_in("city", "osaka");
    assert_eq!((entry.at("ward"), entry.at("liked"), entry.at("ward_name")), Default::default());
    assert_eq!(entry.outputs().get(&Path::new("ward")), None);
    entry.type_in("city", "tokyo");
    assert_eq!(entry.at("ward"), "kita");
}

#[test]
fn what_is_not_offered_is_refused() {
    let mut entry = FormEntry::new(compile(places()), &start());
    entry.type_in("city", "osaka");
    assert_eq!(entry.refusal("ward", "kita"), Some(RefusedReason::NotAChoice));
    assert_eq!(entry.refusal("liked", "chuo kita"), Some(RefusedReason::NotAChoice));
    assert_eq!(entry.refusal("city", "kyoto"), Some(RefusedReason::NotAChoice));
    assert_eq!(entry.answers().len(), 1);
}

#[test]
fn rows_of_a_file_are_choices_and_are_looked_up() {
    let mut definition = definition(vec![
        one("city", "towns").into(),
        calculate("mayor", "instance('towns')/root/item[name = /data/city]/mayor").into(),
        calculate("same", "pulldata('towns', 'mayor', 'name', /data/city)").into(),
    ]);
    definition
        .instances
        .insert("towns".to_owned(), "name,label,mayor\nkita,Kita,Abe\nmino,Mino,Ito\n".to_owned());
    definition.external.insert("towns".to_owned(), "jr://file-csv/towns.csv".to_owned());
    let mut entry = FormEntry::new(compile(definition), &start());
    assert_eq!(entry.offered("city"), ["kita", "mino"]);
    entry.type_in("city", "mino");
    assert_eq!((entry.at("mayor"), entry.at("same")), ("Ito".to_owned(), "Ito".to_owned()));
}

#[test]
fn a_list_whose_file_is_not_here_takes_any_choice() {
    let mut definition = definition(vec![one("city", "towns").into()]);
    definition.external.insert("towns".to_owned(), "jr://file-csv/towns.csv".to_owned());
    let form = compile(definition);
    let answers = Answers::from_iter([(Path::new("city"), Value::text("kita"))]);
    let entry = FormEntry::load(form, &answers, &start());
    assert_eq!(entry.at("city"), "kita");
}

#[test]
fn people_named_in_a_repeat_can_be_chosen() {
    let chooser = one("chief", "").with(|q| {
        let nodeset = Some("/data/people[name != '']".to_owned());
        let (value, label) = ("name".to_owned(), "name".to_owned());
        q.choices = Some(ChoiceSource { nodeset, value, label, ..ChoiceSource::default() });
    });
    let mut entry = open(vec![repeat("people", vec![text("name").into()]), chooser.into()]);
    let (one, two) = (entry.add("people", 1), entry.add("people", 2));
    entry.type_in(&format!("{one}/name"), "佐藤");
    assert_eq!(entry.offered("chief"), ["佐藤"]);
    entry.type_in(&format!("{two}/name"), "鈴木");
    entry.type_in("chief", "鈴木");
    assert_eq!(entry.at("chief"), "鈴木");
    entry.remove_repeat(&two).expect("an instance");
    assert_eq!((entry.at("chief"), entry.offered("chief")), (String::new(), vec!["佐藤".to_owned()]));
}

#[test]
fn a_seed_gives_the_same_order_on_every_device() {
    let shuffled = one("ward", "wards").with(|q| {
        if let Some(choices) = &mut q.choices {
            choices.randomize = true;
            choices.seed = Some("42".to_owned());
        }
    });
    let form = || {
        let mut definition = places();
        definition.nodes = vec![shuffled.clone().into()];
        compile(definition)
    };
    let one = FormEntry::new(form(), &start());
    let other = FormEntry::new(form(), &Start { seed: 1234, ..start() });
    assert_eq!(one.offered("ward"), other.offered("ward"));
    let mut sorted = one.offered("ward");
    sorted.sort();
    assert_eq!(sorted, ["chuo", "kita", "nakano", "suginami"]);
}
