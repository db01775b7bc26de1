//! Groups that are answered any number of times.

use super::build::*;
use crate::{
    answers::{Answers, Path, Value},
    form::*,
};

fn sites() -> Vec<Node> {
    vec![
        repeat(
            "sites",
            vec![
                int("people").into(),
                calculate("place", "position(..)").into(),
                calculate("double", "../people * 2").into(),
                calculate("running", "coalesce(/data/sites[position() = position(current()/..) - 1]/running, 0) + coalesce(../people, 0)").into(),
            ],
        ),
        calculate("all", "sum(/data/sites/people)").into(),
        calculate("count", "count(/data/sites)").into(),
        calculate("second", "indexed-repeat(/data/sites/people, /data/sites, 2)").into(),
    ]
}

#[test]
fn instances_are_added_anywhere_and_removed_and_everything_follows() {
    let mut entry = open(sites());
    assert_eq!(entry.at("count"), "0");
    let first = entry.add("sites", 1);
    let second = entry.add("sites", 2);
    let third = entry.insert_repeat(&Path::new("sites"), Some(&second), &mut rng(3)).expect("a repeat");
    for (instance, people) in [(&first, "10"), (&second, "20"), (&third, "30")] {
        entry.type_in(&format!("{instance}/people"), people);
    }
    let at = |entry: &FormEntry, instance: &Path, name: &str| entry.at(&format!("{instance}/{name}"));
    assert_eq!(
        (entry.at("count"), entry.at("all"), entry.at("second")),
        ("3".into(), "60".into(), "30".into())
    );
    assert_eq!(at(&entry, &third, "place"), "2");
    assert_eq!(at(&entry, &second, "place"), "3");
    assert_eq!(at(&entry, &second, "running"), "60");
    assert_eq!(at(&entry, &second, "double"), "40");
    entry.type_in(&format!("{first}/people"), "11");
    assert_eq!(at(&entry, &second, "running"), "61");
    entry.remove_repeat(&first).expect("an instance");
    assert_eq!(at(&entry, &second, "place"), "2");
    assert_eq!(at(&entry, &second, "running"), "50");
    assert_eq!(
        (entry.at("count"), entry.at("all"), entry.at("second")),
        ("2".into(), "50".into(), "20".into())
    );
    assert_eq!(entry.answers().get(&first), None);
    assert_eq!(entry.remove_repeat(&first), Err(RepeatRefused::Unknown { path: first }));
}

#[test]
fn instances_keep_their_order_and_their_answers_when_loaded_again() {
    let form = compile(definition(sites()));
    let mut entry = FormEntry::new(form.clone(), &start());
    let last = entry.add("sites", 5);
    let first = entry.insert_repeat(&Path::new("sites"), Some(&last), &mut rng(6)).expect("a repeat");
    entry.type_in(&format!("{last}/people"), "2");
    entry.type_in(&format!("{first}/people"), "1");
    let reopened = FormEntry::load(form, entry.answers(), &start());
    assert_eq!(reopened.at(&format!("{last}/running")), "3");
    assert_eq!(reopened.outputs(), entry.outputs());
    assert_eq!(reopened.screen("en"), entry.screen("en"));
}

#[test]
fn an_instance_removed_on_one_device_and_filled_on_the_other_survives() {
    let answers = Answers::from_iter([(Path::new("sites/7f3a/people"), Value::Integer(4))]);
    let entry = FormEntry::load(compile(definition(sites())), &answers, &start());
    assert_eq!(entry.at("all"), "4");
}

#[test]
fn a_count_drives_its_instances_and_keeps_what_was_answered() {
    let mut entry = open(vec![
        int("members").into(),
        counted("person", "/data/members", vec![int("age").into(), calculate("n", "position(..)").into()]),
        calculate("ages", "sum(/data/person/age)").into(),
    ]);
    entry.type_in("members", "2");
    entry.type_in("person/00000001/age", "30");
    entry.type_in("person/00000002/age", "40");
    assert_eq!((entry.at("ages"), entry.at("person/00000002/n")), ("70".into(), "2".into()));
    entry.type_in("members", "1");
    assert_eq!(entry.at("ages"), "30");
    assert_eq!(entry.outputs().get(&Path::new("person/00000002/age")), None);
    entry.type_in("members", "3");
    assert_eq!(entry.at("person/00000002/age"), "40");
    let counted = RepeatRefused::Counted { path: Path::new("person") };
    assert_eq!(entry.add_repeat(&Path::new("person"), &mut rng(1)), Err(counted));
    entry.type_in("members", "99999999");
    assert_eq!(entry.outputs().iter().filter(|(path, _)| path.name() == "n").count(), 5_000);
}

#[test]
fn a_repeat_within_a_repeat_counts_for_its_own() {
    let mut entry = open(vec![repeat(
        "company",
        vec![
            int("offices").into(),
            counted(
                "office",
                "../offices",
                vec![int("seats").into(), calculate("of", "../../offices").into()],
            ),
            calculate("seats", "sum(../office/seats)").into(),
        ],
    )]);
    let one = entry.add("company", 1);
    let two = entry.add("company", 2);
    entry.type_in(&format!("{one}/offices"), "2");
    entry.type_in(&format!("{two}/offices"), "1");
    entry.type_in(&format!("{one}/office/00000001/seats"), "5");
    entry.type_in(&format!("{one}/office/00000002/seats"), "6");
    entry.type_in(&format!("{two}/office/00000001/seats"), "7");
    assert_eq!(
        (entry.at(&format!("{one}/seats")), entry.at(&format!("{two}/seats"))),
        ("11".into(), "7".into())
    );
    assert_eq!(entry.at(&format!("{one}/office/00000002/of")), "2");
}

#[test]
fn a_new_instance_takes_its_defaults_and_a_form_begins_with_what_it_says() {
    let with_default = int("people").with(|q| q.dynamic_default = Some("position(..) * 10".to_owned()));
    let mut sites = repeat("sites", vec![with_default.into()]);
    if let Node::Repeat(repeat) = &mut sites {
        repeat.starts_with = vec![RepeatInstance::default()];
    }
    let mut entry = open(vec![sites]);
    assert_eq!(entry.at("sites/00000001/people"), "10");
    let second = entry.add("sites", 1);
    assert_eq!(entry.at(&format!("{second}/people")), "20");
    assert_eq!(entry.label_of(&second, "en"), "2");
}

#[test]
fn an_absolute_path_inside_of_a_repeat_means_its_own_instance() {
    let mut entry = open(vec![repeat(
        "sites",
        vec![int("people").into(), int("more").relevant("/data/sites/people > 5").into()],
    )]);
    let (one, two) = (entry.add("sites", 1), entry.add("sites", 2));
    entry.type_in(&format!("{one}/people"), "3");
    entry.type_in(&format!("{two}/people"), "7");
    assert!(!entry.asks(&format!("{one}/more")));
    assert!(entry.asks(&format!("{two}/more")));
}

#[test]
fn relevance_of_a_repeat_reaches_into_each_instance() {
    let mut sites = repeat("sites", vec![int("people").into()]);
    if let Node::Repeat(repeat) = &mut sites {
        repeat.bind.relevant = Some("/data/has = 'yes'".to_owned());
    }
    let mut entry = open(vec![
        one("has", "yes_no").into(),
        sites,
        calculate("all", "count-non-empty(/data/sites/people)").into(),
    ]);
    assert!(!entry.asks("sites"));
    entry.type_in("has", "yes");
    assert!(entry.asks("sites"));
    let site = entry.add("sites", 1);
    entry.type_in(&format!("{site}/people"), "3");
    assert_eq!(entry.at("all"), "1");
    entry.type_in("has", "no");
    assert!(!entry.asks(&format!("{site}/people")));
    assert_eq!(entry.at("all"), "0");
}

#[test]
fn what_is_not_relevant_is_not_added_up_or_counted() {
    let mut entry = open(vec![
        repeat(
            "rows",
            vec![
                text("kind").into(),
                int("amount").with(|q| q.bind.relevant = Some("../kind = 'a'".to_owned())).into(),
            ],
        ),
        calculate("all", "sum(/data/rows/amount)").into(),
        calculate("some", "sum(/data/rows[kind = 'a']/amount)").into(),
        calculate("answers", "count(/data/rows/amount)").into(),
    ]);
    let first = entry.add("rows", 1);
    let second = entry.add("rows", 2);
    for (row, amount) in [(&first, "10"), (&second, "5")] {
        entry.type_in(&format!("{row}/kind"), "a");
        entry.type_in(&format!("{row}/amount"), amount);
    }
    assert_eq!(
        (entry.at("all"), entry.at("some"), entry.at("answers")),
        ("15".into(), "15".into(), "2".into())
    );
    entry.type_in(&format!("{second}/kind"), "b");
    assert_eq!(
        (entry.at("all"), entry.at("some"), entry.at("answers")),
        ("10".into(), "10".into(), "1".into())
    );
    entry.type_in(&format!("{second}/kind"), "a");
    assert_eq!((entry.at("all"), entry.at("answers")), ("15".into(), "2".into()));
    entry.remove_repeat(&first).expect("an instance");
    assert_eq!(
        (entry.at("all"), entry.at("some"), entry.at("answers")),
        ("5".into(), "5".into(), "1".into())
    );
}

#[test]
fn a_sum_of_decimals_does_not_depend_on_the_order_of_changes() {
    let mut entry = open(vec![
        repeat("rows", vec![decimal("amount").into()]),
        calculate("all", "sum(/data/rows/amount)").into(),
    ]);
    let rows: Vec<Path> = (1..=3).map(|seed| entry.add("rows", seed)).collect();
    for (row, amount) in rows.iter().zip(["0.1", "0.7", "0.2"]) {
        entry.type_in(&format!("{row}/amount"), amount);
    }
    assert_eq!(entry.at("all"), "1");
    entry.type_in(&format!("{}/amount", rows[1]), "");
    assert_eq!(entry.at("all"), "");
    entry.type_in(&format!("{}/amount", rows[1]), "0.1234567");
    assert_eq!(entry.at("all"), "0.4234567");
}
