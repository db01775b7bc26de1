//! Dates and times, in Tokyo.

use super::world::World;

fn table(cases: &[(&str, &str)]) {
    let world = World::new("<data><born>2000-02-29</born></data>");
    for (expression, expected) in cases {
        assert_eq!(world.text(expression), *expected, "{expression}");
    }
}

#[test]
fn the_moment_of_the_host_is_told_at_its_offset() {
    table(&[
        ("now()", "2026-11-23T08:05:09.120+09:00"),
        ("today()", "2026-11-23"),
        ("date(today() + 8)", "2026-12-01"),
        ("date-time(now())", "2026-11-23T08:05:09.120+09:00"),
    ]);
}

#[test]
fn days_between_dates_are_counted() {
    table(&[
        ("date('2026-04-01') - date('2026-03-31')", "1"),
        ("'2024-03-01' - '2024-02-28'", "2"),
        ("int((today() - date(/data/born)) div 365.25)", "26"),
        ("date('2026-11-22') < today()", "true"),
        ("'2026-11-23' >= today()", "true"),
        ("date('2026-4-1')", "2026-04-01"),
    ]);
}

#[test]
fn what_is_no_date_is_not_taken_for_one() {
    table(&[
        ("date('2026-02-29')", "Invalid Date"),
        ("date('2026-02-29') + 1", ""),
        ("boolean(date('tomorrow'))", "false"),
        ("date('')", ""),
        ("date('2026-11-23T25:00:00')", "Invalid Date"),
        ("date('2026-11-23T08:00:00+24:00')", "Invalid Date"),
        ("format-date('tomorrow', '%Y')", ""),
        ("decimal-time('24:00')", ""),
        ("number('2026')", "2026"),
        ("number('2026-')", ""),
    ]);
}

#[test]
fn formats_follow_the_odk_specification() {
    table(&[
        ("format-date('2026-04-05', '%Y/%m/%d %y %n %e %b %a')", "2026/04/05 26 4 5 Apr Sun"),
        ("format-date-time(now(), '%H:%M:%S.%3 %h')", "08:05:09.120 8"),
        ("format-date(today() + 1, '%e')", "24"),
        ("format-date('2026-04-05', '%Y年%n月%e日 100%')", "2026年4月5日 100%"),
        ("decimal-time('06:00:00+09:00')", "0.25"),
        ("decimal-date-time('1970-01-02T09:00:00+09:00')", "1"),
    ]);
}

#[test]
fn a_date_far_away_does_not_break_the_evaluation() {
    table(&[("date(1 div 0)", "Invalid Date"), ("date(100000000000)", "Invalid Date")]);
}
