//! One answer changes, and what depends on it follows.

use super::build::*;
use crate::{
    answers::{Answers, Path, Value},
    form::*,
};

#[test]
fn a_total_follows_each_of_its_parts() {
    let mut entry = open(vec![
        int("regular").into(),
        int("other").into(),
        calculate("all", "coalesce(/data/regular, 0) + coalesce(/data/other, 0)").into(),
        calculate("double", "/data/all * 2").into(),
    ]);
    entry.type_in("regular", "128");
    assert_eq!((entry.at("all"), entry.at("double")), ("128".to_owned(), "256".to_owned()));
    entry.type_in("other", "１４");
    assert_eq!((entry.at("all"), entry.at("double")), ("142".to_owned(), "284".to_owned()));
    entry.type_in("regular", "");
    assert_eq!(entry.at("double"), "28");
}

#[test]
fn a_calculation_is_computed_and_never_entered() {
    let mut entry = open(vec![int("a").into(), calculate("b", "/data/a + 1").into()]);
    entry.type_in("a", "1");
    assert_eq!(entry.take_changes(), [(Path::new("a"), Some(Value::Integer(1)))]);
    assert_eq!(entry.take_changes(), []);
    assert_eq!(entry.answers().len(), 1);
    assert_eq!(entry.refusal("b", "9"), Some(RefusedReason::Calculated));
    assert_eq!(entry.outputs().get(&Path::new("b")), Some(&Value::text("2")));
}

#[test]
fn an_answer_out_of_sight_is_kept_but_not_counted_and_comes_back() {
    let mut entry = open(vec![
        one("telework", "yes_no").into(),
        group_when("details", Some("/data/telework = 'yes'"), vec![int("days").into()]),
        calculate("seen", "/data/details/days").into(),
    ]);
    assert!(!entry.asks("details/days"));
    entry.type_in("telework", "yes");
    entry.type_in("details/days", "3");
    assert_eq!(entry.at("seen"), "3");
    entry.type_in("telework", "no");
    assert!(!entry.asks("details/days"));
    assert_eq!(entry.at("seen"), "");
    assert_eq!(entry.value(&Path::new("details/days")), None);
    assert_eq!(entry.answers().get(&Path::new("details/days")), Some(&Value::Integer(3)));
    assert_eq!(entry.outputs().get(&Path::new("details/days")), None);
    let finished = entry.clone().finish().expect("nothing is wrong");
    assert_eq!(finished.get(&Path::new("details/days")), None);
    entry.type_in("telework", "yes");
    assert_eq!(entry.at("seen"), "3");
}

#[test]
fn read_only_is_handed_down_and_refuses() {
    let mut locked = group("part", vec![int("a").into()]);
    if let Node::Group(group) = &mut locked {
        group.bind.read_only = Some("/data/lock = 'yes'".to_owned());
    }
    let mut entry = open(vec![one("lock", "yes_no").into(), locked]);
    entry.type_in("part/a", "1");
    entry.type_in("lock", "yes");
    assert!(entry.is_read_only(&Path::new("part/a")));
    assert_eq!(entry.refusal("part/a", "2"), Some(RefusedReason::ReadOnly));
    entry.type_in("lock", "no");
    assert_eq!(entry.refusal("part/a", "2"), None);
}

#[test]
fn required_follows_its_condition_and_the_first_error_has_its_place() {
    let needed = int("reason").with(|q| {
        q.bind.required = Some("/data/change > 10".to_owned());
        q.bind.required_message =
            crate::text::Localized::of([("ja", "理由を書いてください"), ("en", "Give a reason")]);
    });
    let mut entry = open(vec![int("change").into(), group("why", vec![needed.into()])]);
    entry.type_in("change", "5");
    assert_eq!(entry.validate("ja"), []);
    entry.type_in("change", "50");
    let violations = entry.validate("ja");
    assert_eq!(
        violations,
        [Violation {
            path: Path::new("why/reason"),
            kind: ViolationKind::Required,
            message: "理由を書いてください".to_owned(),
            section: Path::new("why"),
        }]
    );
    assert_eq!(entry.finish().map_err(|all| all[0].message.clone()), Err("Give a reason".to_owned()));
}

#[test]
fn a_constraint_is_told_where_the_answer_is_not_refused() {
    let mut entry = open(vec![
        int("all").into(),
        int("part").constraint(". <= /data/all", "At most ${ /data/all }").into(),
    ]);
    entry.type_in("all", "10");
    entry.type_in("part", "11");
    assert_eq!(entry.validate("en").len(), 1);
    assert_eq!(entry.question_view("part").violation.map(|v| v.message), Some("At most 10".to_owned()));
    entry.type_in("all", "12");
    assert_eq!(entry.validate("en"), []);
}

#[test]
fn defaults_and_preloads_are_taken_once() {
    let nodes = vec![
        int("static").with(|q| q.default = Some("5".to_owned())).into(),
        text("dynamic").with(|q| q.dynamic_default = Some("concat('x', /data/static)".to_owned())).into(),
        text("device").with(|q| q.bind.preload = Some(("property".to_owned(), "deviceid".to_owned()))).into(),
        text("began").with(|q| q.bind.preload = Some(("timestamp".to_owned(), "start".to_owned()))).into(),
        text("day").with(|q| q.bind.preload = Some(("date".to_owned(), "today".to_owned()))).into(),
    ];
    let form = compile(definition(nodes));
    let entry = FormEntry::new(form.clone(), &start());
    assert_eq!(entry.at("static"), "5");
    assert_eq!(entry.at("dynamic"), "x5");
    assert_eq!(entry.at("device"), "T-07");
    assert_eq!(entry.at("began"), "2026-11-22T10:52:00+09:00");
    assert_eq!(entry.at("day"), "2026-11-22");
    assert_eq!(form.reads_clock(), Some(Path::new("began")));
    let mut answers = entry.answers().clone();
    answers.set(Path::new("static"), None);
    let later = Start { now: crate::moment::Moment::tokyo(NOW.unix_ms + 86_400_000), ..start() };
    let mut reopened = FormEntry::load(form, &answers, &later);
    assert_eq!(reopened.at("static"), "");
    assert_eq!(reopened.at("day"), "2026-11-22");
    assert_eq!(reopened.take_changes(), []);
}

#[test]
fn a_calculation_that_reads_the_clock_uses_the_day_that_the_response_carries() {
    let form = compile(definition(vec![calculate("day", "format-date(today(), '%Y-%m-%d')").into()]));
    let entry = FormEntry::new(form.clone(), &start());
    assert_eq!(entry.at("day"), "2026-11-22");
    let later = Start { now: crate::moment::Moment::tokyo(NOW.unix_ms + 90 * 86_400_000), ..start() };
    let reopened = FormEntry::load(form, entry.answers(), &later);
    assert_eq!(reopened.at("day"), "2026-11-22");
}

#[test]
fn what_is_drawn_at_random_is_drawn_once() {
    let nodes = vec![
        int("a").into(),
        calculate("drawn", "once(random())").into(),
        calculate("id", "once(uuid())").into(),
    ];
    let form = compile(definition(nodes));
    let mut entry = FormEntry::new(form.clone(), &start());
    let drawn = entry.at("drawn");
    assert_ne!(drawn, "");
    entry.type_in("a", "3");
    assert_eq!(entry.at("drawn"), drawn);
    let other = Start { seed: 99, ..start() };
    let reopened = FormEntry::load(form, entry.answers(), &other);
    assert_eq!(reopened.at("drawn"), drawn);
    assert_eq!(reopened.at("id"), entry.at("id"));
}

#[test]
fn a_trigger_sets_an_answer_once_and_a_person_may_change_it() {
    let target = text("note").with(|q| {
        q.triggers = vec!["/data/a".to_owned()];
        q.bind.calculate = Some("concat('was ', /data/a)".to_owned());
    });
    let mut entry = open(vec![int("a").into(), target.into()]);
    assert_eq!(entry.at("note"), "");
    entry.type_in("a", "1");
    assert_eq!(entry.at("note"), "was 1");
    entry.type_in("note", "mine");
    assert_eq!(entry.at("note"), "mine");
    entry.type_in("a", "2");
    assert_eq!(entry.at("note"), "was 2");
    assert_eq!(entry.answers().get(&Path::new("note")), Some(&Value::text("was 2")));
}

#[test]
fn last_waves_answer_stands_beside_this_years() {
    let mut entry = open(vec![
        int("cost").into(),
        calculate(
            "rise",
            "(/data/cost - instance('previous')/root/cost) div instance('previous')/root/cost * 100",
        )
        .into(),
    ]);
    entry.set_previous(&Answers::from_iter([(Path::new("cost"), Value::Integer(200))]));
    entry.type_in("cost", "250");
    assert_eq!(entry.at("rise"), "25");
    assert_eq!(entry.question_view("cost").previous, Some(Value::Integer(200)));
    entry.set_previous(&Answers::from_iter([(Path::new("cost"), Value::Integer(125))]));
    assert_eq!(entry.at("rise"), "100");
}

#[test]
fn a_sync_brings_answers_that_are_nobodys_change_here() {
    let mut entry =
        open(vec![int("a").into(), int("b").into(), calculate("sum", "/data/a + /data/b").into()]);
    entry.type_in("a", "1");
    entry.take_changes();
    let merged = Answers::from_iter([
        (Path::new("a"), Value::Integer(1)),
        (Path::new("b"), Value::Integer(5)),
        (Path::new("gone"), Value::Integer(9)),
        (Path::new("@note/a"), Value::text("ask")),
    ]);
    entry.merge_in(&merged);
    assert_eq!(entry.at("sum"), "6");
    assert_eq!(entry.take_changes(), []);
    assert_eq!(entry.foreign().get(&Path::new("gone")), Some(&Value::Integer(9)));
    assert_eq!(entry.answers().get(&Path::new("@note/a")), Some(&Value::text("ask")));
    assert_eq!(entry.outputs().get(&Path::new("@note/a")), None);
}

#[test]
fn a_stored_answer_of_another_type_is_told() {
    let form = compile(definition(vec![int("a").into()]));
    let entry = FormEntry::load(form, &Answers::from_iter([(Path::new("a"), Value::text("many"))]), &start());
    assert_eq!(entry.validate("en").into_iter().map(|v| v.kind).collect::<Vec<_>>(), [ViolationKind::Type]);
}

#[test]
fn a_draft_is_carried_into_another_version_of_the_form_by_name() {
    let answers: Answers = [
        ("name", Value::text("中野商店")),
        ("old/people", Value::Integer(12)),
        ("sites/7f3a", Value::Decimal(1.0)),
        ("sites/7f3a/kind", Value::text("shop")),
        ("gone", Value::text("x")),
    ]
    .into_iter()
    .map(|(path, value)| (Path::new(path), value))
    .collect();
    let form = compile(definition(vec![
        group("company", vec![text("name").into(), int("people").into()]),
        repeat("sites", vec![group("more", vec![text("kind").into()])]),
    ]));
    let mut entry = FormEntry::load(form, &answers, &start());
    assert_eq!((entry.at("company/name"), entry.at("company/people")), ("中野商店".into(), "12".into()));
    assert_eq!(entry.at("sites/7f3a/more/kind"), "shop");
    let carried: Vec<&str> = entry.carried().iter().map(|(_, here)| here.as_str()).collect();
    assert_eq!(carried, ["company/name", "company/people", "sites/7f3a/more/kind"]);
    assert_eq!(entry.foreign().get(&Path::new("gone")), Some(&Value::text("x")));
    assert_eq!(entry.take_changes().len(), 3);
}
