//! Mistakes of authors, told all at once.

use super::build::*;

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(code, place)| ((*code).to_owned(), (*place).to_owned())).collect()
}

#[test]
fn every_mistake_of_a_form_is_told_at_once() {
    let definition = definition(vec![
        int("q12").into(),
        int("q13").relevant("/data/q12a > 1").into(),
        int("q14").relevant("/data/q12 >").into(),
        one("q15", "yesno").into(),
        text("q16").label("Hello ${ /data/nobody }").into(),
        int("q17").with(|q| q.default = Some("many".to_owned())).into(),
        int("q18").constraint(". > 0", "").with(|q| q.bind.constraint_message = Default::default()).into(),
        calculate("q19", "instance('lists')/root/item[1]/name").into(),
        text("q20").with(|q| q.triggers = vec!["/data/q99".to_owned()]).into(),
        int("q12").into(),
    ]);
    let mut found = issues(definition);
    found.sort_by(|left, right| left.1.cmp(&right.1));
    assert_eq!(
        found,
        pairs(&[
            ("double-name", "q12:name"),
            ("unknown-name", "q13:relevant"),
            ("expression", "q14:relevant"),
            ("unknown-list", "q15:type"),
            ("unknown-name", "q16:label"),
            ("default", "q17:default"),
            ("no-constraint-message", "q18:constraint_message"),
            ("unknown-instance", "q19:calculation"),
            ("unknown-name", "q20:trigger"),
        ])
    );
}

#[test]
fn a_near_name_is_suggested_in_both_languages() {
    let form = compile(definition(vec![int("q12").into(), int("b").relevant("/data/q12a > 1").into()]));
    // As in every client of ODK, what is not there is empty: the form works.
    let issue = form.warnings().first().expect("a warning");
    assert_eq!(issue.what.get("ja"), "「q12a」という質問がありません(近い名前: q12)");
    assert_eq!(issue.what.get("en"), "there is no question `q12a`; did you mean `q12`?");
}

#[test]
fn values_that_depend_on_themselves_are_refused() {
    let found = issues(definition(vec![
        calculate("a", "/data/b + 1").into(),
        calculate("b", "/data/c + 1").into(),
        calculate("c", "/data/a + 1").into(),
        calculate("d", "/data/d + 1").into(),
    ]));
    assert_eq!(found, pairs(&[("cycle", "a:calculation"), ("cycle", "d:calculation")]));
}

#[test]
fn relevance_that_depends_on_itself_is_a_warning() {
    let form = compile(definition(vec![
        int("a").relevant("/data/b != 1").into(),
        int("b").relevant("/data/a != 1").into(),
    ]));
    assert_eq!(
        form.warnings().iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>(),
        ["relevance-cycle"]
    );
}

#[test]
fn a_running_total_over_instances_is_no_circle() {
    let running = calculate("total", "/data/rows[position() = position(current()/..) - 1]/total + ../n");
    assert_eq!(issues(definition(vec![repeat("rows", vec![int("n").into(), running.into()])])), []);
    let circle = calculate("total", "sum(/data/rows/total) + ../n");
    let found = issues(definition(vec![repeat("rows", vec![int("n").into(), circle.into()])]));
    assert_eq!(found, pairs(&[("cycle", "rows/total:calculation")]));
}

#[test]
fn the_place_of_what_stands_around_is_no_circle() {
    let found = issues(definition(vec![
        calculate("place", "position(..)").into(),
        calculate("after", "/data/place + 1").into(),
    ]));
    assert_eq!(found, []);
}

#[test]
fn a_comparison_with_a_choice_that_is_not_there_is_a_warning() {
    let found = issues(definition(vec![
        one("a", "yes_no").into(),
        int("b").relevant("/data/a = 'yess'").into(),
        int("c").relevant("selected(/data/a, 'no')").into(),
    ]));
    assert_eq!(found, pairs(&[("unknown-choice", "b:relevant")]));
}

#[test]
fn a_form_that_reads_the_clock_says_where() {
    assert_eq!(compile(definition(vec![int("a").into()])).reads_clock(), None);
    let form =
        compile(definition(vec![int("a").into(), int("b").relevant("today() > date('2026-01-01')").into()]));
    assert_eq!(form.reads_clock(), Some("b".into()));
}
