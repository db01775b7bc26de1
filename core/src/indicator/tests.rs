//! Stories of counting, comparing and hiding.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    disclose::{Decision, Ledger, MicroTable},
    estimate::{
        Estimate, Frame, Line, LonelyPsu, PopulationMargin, ProportionBasis, ProportionMethod, Sample,
        StratumFrame, arcsine, clopper_pearson, difference, korn_graubard, likelihood,
        microdata::EmptyStratum, paired_points, paired_relative, proportion_interval, relative_change,
        weighting::WeightingError, wilson,
    },
    *,
};
use crate::{
    answers::{Answers, Path, Value},
    survey::Stratum,
    text::Localized,
};

const FILE: &str = include_str!("../../../forms/indicators.toml");

fn file() -> IndicatorFile {
    IndicatorFile::parse(FILE).unwrap_or_else(|issues| {
        panic!("{}", issues.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

fn definition(id: &str) -> Definition {
    file().get(id).unwrap_or_else(|| panic!("no indicator {id}")).clone()
}

fn answers(values: &[(&str, &str)]) -> Answers {
    values.iter().map(|(path, value)| (Path::new(path), Value::text(*value))).collect()
}

fn stratum(id: u16, code: &str, population: u64) -> Stratum {
    Stratum { id, code: code.to_owned(), label: Localized::plain(code), population: Some(population) }
}

/// Counts `rows` of (stratum, values) by the expressions of a definition.
fn tally(definition: &Definition, rows: &[(&str, Answers)]) -> Tally {
    let counter = Counter::compile(definition).expect("the shipped file compiles");
    let mut tally = Tally::new();
    for (stratum, values) in rows {
        counter.count(&mut tally, &Row { stratum, values }).expect("the row is countable");
    }
    tally
}

/// A wave, and in its ledger the number of the whole and each table by one thing that may leave.
fn wave<'a>(
    definition: &Definition,
    fiscal_year: i32,
    strata: &'a [Stratum],
    tally: &'a Tally,
    closed: bool,
) -> Wave<'a> {
    let micro = MicroTable::of_tally(definition, tally);
    let mut ledger = Ledger::default();
    let now = ledger.clone();
    let whole = Published::request(definition, &Wave { fiscal_year, strata, tally, closed, ledger: &now });
    let mut decisions = vec![ledger.admit(&micro, &whole)];
    for by in &definition.disaggregations {
        let now = ledger.clone();
        let wave = Wave { fiscal_year, strata, tally, closed, ledger: &now };
        let table = Breakdown::request(definition, &wave, &[&by.id]);
        decisions.extend(table.map(|request| ledger.admit(&micro, &request)));
    }
    assert_eq!(decisions.first(), Some(&Decision::Released), "the number of the whole may leave");
    Wave { fiscal_year, strata, tally, closed, ledger: Box::leak(Box::new(ledger)) }
}

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-9 * expected.abs().max(1.0), "got {got}, expected {expected}");
}

mod files {
    use super::*;

    #[test]
    fn the_first_deployment_has_its_sixteen_indicators() {
        let file = file();
        let levels = |level| file.indicators.iter().filter(|definition| definition.level == level).count();
        assert_eq!(file.indicators.len(), 16);
        assert_eq!([levels(Level::Kgi), levels(Level::Ksi), levels(Level::Kpi)], [3, 3, 10]);
        for definition in file.all() {
            assert!(Counter::compile(definition).is_ok(), "{}", definition.id);
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once_with_its_line() {
        let broken = FILE
            .replacen("level = \"KGI\"", "level = \"KGB\"", 1)
            .replacen("workforce/introduced = 1", "workforce/introduced = = 1", 1)
            .replacen("smallest_cell = 10", "smallest_cell = 2", 1)
            .replacen("quote_ja", "quote_jp", 1);
        let issues = IndicatorFile::parse(&broken).expect_err("four mistakes");
        let fields: Vec<&str> = issues.iter().map(|issue| issue.field.as_str()).collect();
        for field in ["level", "numerator", "smallest_cell", "quote_jp", "quote_ja"] {
            assert!(fields.contains(&field), "{field} is missing in {fields:?}");
        }
        let line = broken.lines().position(|line| line.contains("KGB")).expect("it was put in") + 1;
        assert!(issues.iter().any(|issue| issue.line == Some(line) && issue.field == "level"));
        assert!(issues.iter().all(|issue| issue.line.is_some()), "{issues:?}");
    }

    #[test]
    fn a_file_that_is_no_toml_says_where() {
        let issues = IndicatorFile::parse("[[indicator]]\nid = \n").expect_err("no value");
        assert_eq!(issues.first().and_then(|issue| issue.line), Some(2));
    }

    #[test]
    fn a_changed_text_needs_no_new_count_but_a_changed_expression_does() {
        let before = definition("S2-KGI");
        let mut after = before.clone();
        after.method = Localized::plain("another text");
        assert_eq!(before.fingerprint(), after.fingerprint());
        after.population = Some("1 = 1".to_owned());
        assert_ne!(before.fingerprint(), after.fingerprint());
    }
}

mod counting {
    use super::*;

    #[test]
    fn only_teleworkers_with_an_answer_are_counted() {
        let definition = definition("S2-KPI-O1");
        let row = |days, direct| {
            ("30-99", answers(&[("work/telework_days", days), ("feelings/loneliness_direct", direct)]))
        };
        let rows =
            [row("lt1", "3"), row("2", "2"), row("5", "na"), row("0", "5"), row("na", "5"), row("3", "5")];
        let tally = tally(&definition, &rows);
        let sum = |part: fn(&TallyCell) -> u64| tally.cells().map(|(_, cell)| part(cell)).sum::<u64>();
        assert_eq!(sum(|cell| cell.rows), 6);
        assert_eq!(sum(|cell| cell.counted), 3);
        assert_eq!(sum(|cell| cell.missing), 1);
        assert_eq!(sum(|cell| cell.nonzero), 2);
    }

    #[test]
    fn each_site_of_a_company_is_a_unit() {
        let mut definition = definition("S1-KPI-P2");
        definition.rows = Some("profile/sites".to_owned());
        definition.population = Some("site_area = 'in_ward' and ../size != ''".to_owned());
        definition.measure = Measure::Total { value: "site_employees".to_owned() };
        definition.disaggregations.clear();
        let row = answers(&[
            ("profile/sites/0000000a", "1"),
            ("profile/sites/0000000a/site_area", "in_ward"),
            ("profile/sites/0000000a/site_employees", "40"),
            ("profile/sites/0000000b", "2"),
            ("profile/sites/0000000b/site_area", "outside"),
            ("profile/sites/0000000b/site_employees", "7"),
            ("profile/sites/0000000c", "3"),
            ("profile/sites/0000000c/site_area", "in_ward"),
            ("profile/sites/0000000c/site_employees", "2"),
            ("profile/size", "30-99"),
        ]);
        let tally = tally(&definition, &[("all", row)]);
        let cells: Vec<_> =
            tally.cells().map(|(_, cell)| (cell.rows, cell.counted, cell.moments.wy.value())).collect();
        assert_eq!(cells, [(3, 2, 42.0)]);
    }

    proptest! {
        #[test]
        fn adding_rows_one_by_one_equals_merging_any_split(
            rows in prop::collection::vec((0..3_usize, 0..3_usize, 0.1..9.0_f64, -1e6..1e6_f64, any::<bool>()), 1..80),
            cut in 0..80_usize,
        ) {
            let unit = |&(stratum, group, weight, y, inside): &(usize, usize, f64, f64, bool)| CountedUnit {
                stratum: format!("s{stratum}"),
                groups: vec![format!("g{group}")],
                weight,
                value: inside.then_some(Contribution { x: 1.0, y, key: Some(format!("k{group}")) }),
                contributor: Some(format!("c{stratum}")),
                ..CountedUnit::default()
            };
            let mut whole = Tally::new();
            let (mut left, mut right) = (Tally::new(), Tally::new());
            for (index, row) in rows.iter().enumerate() {
                whole.add(&unit(row));
                if index < cut { left.add(&unit(row)) } else { right.add(&unit(row)) }
            }
            let stored = serde_json::to_string(&left).expect("a tally is JSON");
            let mut merged: Tally = serde_json::from_str(&stored).expect("and reads back");
            merged.merge(&right);
            for (tally, other) in [(&whole, &merged), (&merged, &whole)] {
                for ((key, cell), (other_key, other_cell)) in tally.cells().zip(other.cells()) {
                    prop_assert_eq!(key, other_key);
                    prop_assert_eq!(cell.rows, other_cell.rows);
                    prop_assert_eq!(cell.counted, other_cell.counted);
                    prop_assert_eq!(cell.moments.wy.value(), other_cell.moments.wy.value());
                    prop_assert_eq!(cell.moments.wwyy.value(), other_cell.moments.wwyy.value());
                    prop_assert_eq!(&cell.keys, &other_cell.keys);
                }
            }
        }
    }
}

mod estimating {
    use super::*;

    fn sample_of(rows: &[(&str, f64, f64)]) -> Tally {
        let mut tally = Tally::new();
        for (stratum, x, y) in rows {
            let value = Some(Contribution { x: *x, y: *y, key: None });
            tally.add(&CountedUnit {
                stratum: (*stratum).to_owned(),
                weight: 1.0,
                value,
                ..CountedUnit::default()
            });
        }
        tally
    }

    /// Cochran, Sampling Techniques, 3rd ed.: 2 strata, W = 0.75 and 0.25, p = 2/4 and 4/4 by hand:
    /// p = 0.625; v = W1² (1 − 4/30) p1 q1 / 3 = 0.5625 · 0.8666… · 0.25 / 3.
    #[test]
    fn a_stratified_share_with_finite_population_agrees_with_the_hand_count() {
        let rows: Vec<_> = [1.0, 1.0, 0.0, 0.0]
            .map(|y| ("a", 1.0, y))
            .into_iter()
            .chain([1.0; 4].map(|y| ("b", 1.0, y)))
            .collect();
        let tally = sample_of(&rows);
        let known = |units| StratumFrame { units: Some(units), sampling_units: Some(units) };
        let strata = BTreeMap::from([("a".to_owned(), known(30.0)), ("b".to_owned(), known(10.0))]);
        let frame = Frame { strata, stratified: true, ..Frame::default() };
        let share = Sample::new(&tally, frame).ratio(&|_| true, Line::Y, Line::ONE).expect("eight rows");
        close(share.value, 0.625);
        close(share.variance, 0.5625 * (1.0 - 4.0 / 30.0) * 0.25 / 3.0);
        close(share.df, 6.0);
    }

    #[test]
    fn a_stratum_of_one_is_never_silently_certain() {
        let tally = sample_of(&[("a", 1.0, 1.0), ("a", 1.0, 0.0), ("a", 1.0, 0.0), ("b", 1.0, 1.0)]);
        let variance = |lonely| {
            let frame = Frame { stratified: true, lonely, ..Frame::default() };
            let sample = Sample::new(&tally, frame);
            assert!(sample.has_lonely_unit());
            sample.ratio(&|_| true, Line::Y, Line::ONE).expect("four rows").variance
        };
        assert!(variance(LonelyPsu::Adjust) > variance(LonelyPsu::Remove));
    }

    #[test]
    fn a_tally_with_a_lone_unit_or_an_empty_stratum_is_refused_where_the_policy_is_to_fail() {
        let tally = sample_of(&[("a", 1.0, 1.0), ("a", 1.0, 0.0), ("b", 1.0, 1.0)]);
        let known = StratumFrame { units: Some(10.0), sampling_units: Some(10.0) };
        let strata: BTreeMap<_, _> = ["a", "b", "c"].map(|code| (code.to_owned(), known)).into();
        let check = |lonely, empty| {
            let frame = Frame { strata: strata.clone(), stratified: true, lonely, empty, ..Frame::default() };
            Sample::new(&tally, frame).check().map_err(|error| error.to_string())
        };
        assert_eq!(
            check(LonelyPsu::Fail, EmptyStratum::LeaveOut),
            Err("the stratum `b` has only one sampling unit at stage 1".to_owned())
        );
        assert_eq!(
            check(LonelyPsu::Adjust, EmptyStratum::Fail),
            Err("nobody answered in the stratum `c`".to_owned())
        );
        assert_eq!(check(LonelyPsu::Adjust, EmptyStratum::LeaveOut), Ok(()));
    }

    /// All nine said yes in weights 1, 1, 4 three times: Kish's factor is 9 · 54 / 18² = 1.5, so the limit
    /// is that of 6 of 6: 0.025^(1/6).
    #[test]
    fn all_the_same_answer_in_a_weighted_sample_is_as_sure_as_fewer_even_ones() {
        let weights = [1.0, 1.0, 4.0, 1.0, 1.0, 4.0, 1.0, 1.0, 4.0];
        let mut tally = Tally::new();
        for weight in weights {
            let value = Some(Contribution { x: 1.0, y: 1.0, key: None });
            tally.add(&CountedUnit { weight, value, ..CountedUnit::default() });
        }
        let effect = Sample::new(&tally, Frame::default()).assumed_effect(&|_| true);
        close(effect, 1.5);
        let basis = ProportionBasis { p: 1.0, variance: 0.0, n: 9.0, df: 8.0 };
        let (method, interval) = proportion_interval(&basis, false, effect);
        assert_eq!((method, interval.high), (ProportionMethod::ClopperPearson, 1.0));
        close(interval.low, 0.025_f64.powf(1.0 / 6.0));
    }

    /// Of 50 yes in 100: 2 · 100 · ln(0.5 / √(p (1 − p))) · 99 / 100 = t² on 99 degrees at both ends, and
    /// the arcsine limits are sin²(π/4 ± t / (2 √100)).
    #[test]
    fn the_likelihood_and_the_arcsine_agree_with_the_hand_count() {
        let basis = ProportionBasis { p: 0.5, variance: 0.0025, n: 100.0, df: 99.0 };
        let t = 1.984_216_951_586_467_3_f64;
        let spread = 0.25 * (-t * t / 99.0).exp();
        let low = 0.5 - (0.25 - spread).sqrt();
        let interval = likelihood(&basis);
        close(interval.low, low);
        close(interval.high, 1.0 - low);
        let interval = arcsine(&basis);
        close(interval.low, (std::f64::consts::FRAC_PI_4 - t / 20.0).sin().powi(2));
        close(interval.high, (std::f64::consts::FRAC_PI_4 + t / 20.0).sin().powi(2));
    }

    /// Nobody is in (a, y): row a would have to be all in column x, whose total is less.
    #[test]
    fn a_tally_that_cannot_meet_its_margins_is_an_error_that_names_one() {
        let mut tally = Tally::new();
        for classes in [["a", "x"], ["b", "x"], ["b", "y"]] {
            tally.add(&CountedUnit {
                classes: classes.map(str::to_owned).to_vec(),
                weight: 1.0,
                value: Some(Contribution { x: 1.0, y: 1.0, key: None }),
                ..CountedUnit::default()
            });
        }
        let margin = |name: &str, totals: [(&str, f64); 2]| PopulationMargin {
            name: name.to_owned(),
            totals: totals.map(|(class, total)| (class.to_owned(), total)).into(),
        };
        let margins = [margin("row", [("a", 12.0), ("b", 8.0)]), margin("column", [("x", 6.0), ("y", 14.0)])];
        let error = Sample::new(&tally, Frame::default()).calibrated(&margins).expect_err("no weights exist");
        assert!(matches!(error, WeightingError::NotConverged { rounds: 1_000, .. }), "{error}");
        let margins = [margin("row", [("a", 12.0), ("b", 8.0)]), margin("column", [("x", 6.0), ("z", 14.0)])];
        let error = Sample::new(&tally, Frame::default()).calibrated(&margins).expect_err("nobody is in z");
        assert_eq!(error.to_string(), "nobody answered in the class `z` of the margin `column`");
    }

    /// Published: Wilson (1927) for 81 of 263 as in Newcombe (1998), Statistics in Medicine 17, table I.
    #[test]
    fn intervals_agree_with_the_literature() {
        let four = |interval: Interval| [interval.low, interval.high].map(|end| (end * 1e4).round() / 1e4);
        assert_eq!(four(wilson(81.0 / 263.0, 263.0)), [0.2553, 0.3662]);
        assert_eq!(four(clopper_pearson(81.0, 263.0)), [0.2527, 0.3676]);
        assert_eq!(four(wilson(0.0, 20.0)), [0.0, 0.1611]);
        assert_eq!(four(clopper_pearson(0.0, 20.0)), [0.0, 0.1684]);
        assert_eq!(four(wilson(1.0 / 29.0, 29.0)), [0.0061, 0.1718]);
    }

    #[test]
    fn a_design_that_beats_simple_sampling_is_not_said_to_know_more_than_its_answers() {
        let basis = ProportionBasis { p: 0.75, variance: 0.034_217_373_f64.powi(2), n: 60.0, df: 59.0 };
        assert!(basis.effective_n_df() > 160.0);
        let interval = korn_graubard(0.75, basis.effective_n_capped());
        assert_eq!([interval.low, interval.high].map(|end| (end * 1e3).round() / 1e3), [0.621, 0.853]);
    }

    #[test]
    fn the_same_companies_before_and_after_are_compared_in_pairs() {
        // Differences 1, 2, 3: mean 2, standard error 1/√3, t = 4.303 on 2 degrees of freedom.
        let tally = sample_of(&[("", 10.0, 11.0), ("", 20.0, 22.0), ("", 30.0, 33.0)]);
        let sample = Sample::new(&tally, Frame::default());
        let points = paired_points(&sample, &|_| true).expect("three pairs");
        close(points.value, 2.0);
        close(points.standard_error, 1.0 / 3.0_f64.sqrt());
        close(points.interval.low, 2.0 - 4.302_652_729_749_462 / 3.0_f64.sqrt());
        // Every company rose by exactly a tenth: there is no spread, so no interval can be given.
        assert!(paired_relative(&sample, &|_| true).is_none_or(|change| change.standard_error < 1e-7));
    }

    #[test]
    fn a_relative_change_and_a_difference_have_the_same_sign() {
        let estimate = |value, variance| Estimate { value, variance, df: 300.0, n: 301 };
        let (before, after) = (estimate(0.4, 0.0008), estimate(0.3, 0.0007));
        let points = difference(&before, &after).expect("both vary");
        let relative = relative_change(&before, &after).expect("both vary");
        close(points.value, -0.1);
        close(relative.value, -0.25);
        assert!(points.interval.high < 0.0 && relative.interval.high < 0.0);
    }
}

mod hiding {
    use super::*;

    fn lonely(rows: usize, lonely: usize, size: &str) -> Vec<(&'static str, Answers)> {
        (0..rows)
            .map(|row| {
                let direct = if row < lonely { "4" } else { "2" };
                let values = [
                    ("work/telework_days", "2"),
                    ("feelings/loneliness_direct", direct),
                    ("about_you/company_size", size),
                    ("about_you/gender", if row % 2 == 0 { "female" } else { "male" }),
                ];
                ("all", answers(&values))
            })
            .collect()
    }

    fn tile(definition: &Definition, waves: &[Wave<'_>]) -> Tile {
        Tile::build(definition, &Published::of(definition, waves), Vec::new())
    }

    #[test]
    fn nine_respondents_are_hidden_and_ten_are_shown() {
        let definition = definition("S2-KPI-O1");
        let strata = [stratum(1, "all", 500)];
        let (nine, ten) =
            (tally(&definition, &lonely(9, 4, "30-99")), tally(&definition, &lonely(10, 4, "30-99")));
        let hidden = tile(&definition, &[wave(&definition, 2025, &strata, &nine, true)]);
        assert!(hidden.suppressed);
        assert_eq!(
            (hidden.value, hidden.n, hidden.interval, hidden.sign),
            (None, None, None, Some(Sign::Suppressed))
        );
        assert_eq!(hidden.status, Status::CannotTell);
        let shown = tile(&definition, &[wave(&definition, 2025, &strata, &ten, true)]);
        assert_eq!((shown.value, shown.n, shown.suppressed), (Some(40.0), Some(10), false));
    }

    #[test]
    fn nothing_is_counted_before_the_survey_closes() {
        let definition = definition("S2-KPI-O1");
        let strata = [stratum(1, "all", 500)];
        let tally = tally(&definition, &lonely(40, 10, "30-99"));
        let open = wave(&definition, 2025, &strata, &tally, false);
        let tile = tile(&definition, &[open]);
        assert_eq!((tile.value, tile.sign), (None, Some(Sign::Unknown)));
        assert_eq!(Breakdown::of(&definition, &open, &["size"]), Err(BreakdownError::StillOpen));
        assert!(Trend::of(&definition, &[open]).points.is_empty());
    }

    #[test]
    fn a_group_that_all_answered_the_same_is_shown_as_a_bound() {
        let definition = definition("S2-KPI-O1");
        let strata = [stratum(1, "all", 500)];
        let tally = tally(&definition, &lonely(12, 12, "30-99"));
        let tile = tile(&definition, &[wave(&definition, 2025, &strata, &tally, true)]);
        assert_eq!((tile.value, tile.bound.as_deref(), tile.interval), (Some(95.0), Some(">"), None));
    }

    #[test]
    fn a_hidden_cell_cannot_be_found_by_subtraction() {
        let definition = definition("S2-KPI-O1");
        let strata = [stratum(1, "all", 500)];
        let rows = [lonely(60, 20, "30-99"), lonely(4, 2, "100-299"), lonely(40, 10, "300+")].concat();
        let tally = tally(&definition, &rows);
        let table = Breakdown::of(&definition, &wave(&definition, 2025, &strata, &tally, true), &["size"])
            .expect("a breakdown");
        let signs: BTreeMap<_, _> = table
            .rows
            .iter()
            .zip(&table.cells)
            .map(|(row, cells)| (row.id.as_str(), (cells[0].sign, cells[0].complementary)))
            .collect();
        assert_eq!(signs["100-299"], (Some(Sign::Suppressed), false));
        assert_eq!(signs["300+"], (Some(Sign::Suppressed), true), "the smaller neighbour goes with it");
        assert_eq!(signs["30-99"], (None, false));
        assert_eq!(signs["total"], (None, false));
        assert_eq!(signs["1-29"].0, Some(Sign::None));
    }

    #[test]
    fn two_companies_are_hidden_and_three_are_shown() {
        let definition = definition("S1-KGI");
        let strata = [stratum(1, "30-99", 50)];
        let company = |number: usize| {
            let number = format!("{number:013}");
            let introduced = if number.ends_with('1') { "1" } else { "0" };
            let values = [
                ("profile/corporate_number", number.as_str()),
                ("profile/size_class", "30-99"),
                ("workforce/introduced", introduced),
            ];
            ("30-99", answers(&values))
        };
        let of = |companies: usize| {
            let tally = tally(&definition, &(1..=companies).map(company).collect::<Vec<_>>());
            tile(&definition, &[wave(&definition, 2025, &strata, &tally, true)])
        };
        assert!(of(2).suppressed);
        assert_eq!(of(3).value, Some(33.3));
    }

    #[test]
    fn a_sum_that_one_company_dominates_is_hidden() {
        let mut definition = definition("S1-KGI");
        definition.population = None;
        definition.answered = None;
        definition.measure = Measure::Total { value: "costs/total".to_owned() };
        let sum = |costs: [&str; 4]| {
            let rows: Vec<_> = costs
                .iter()
                .enumerate()
                .map(|(index, cost)| {
                    let number = index.to_string();
                    ("all", answers(&[("profile/corporate_number", number.as_str()), ("costs/total", cost)]))
                })
                .collect();
            let tally = tally(&definition, &rows);
            tile(&definition, &[wave(&definition, 2025, &[], &tally, true)]).suppressed
        };
        assert!(sum(["610", "130", "130", "130"]));
        assert!(!sum(["400", "200", "200", "200"]));
    }
}

mod comparing {
    use super::*;

    fn lonely(rows: usize, share: f64) -> Vec<(&'static str, Answers)> {
        (0..rows)
            .map(|row| {
                let direct = if (row as f64) < rows as f64 * share { "4" } else { "2" };
                ("all", answers(&[("work/telework_days", "2"), ("feelings/loneliness_direct", direct)]))
            })
            .collect()
    }

    fn compared(before: (usize, f64), now: (usize, f64)) -> Tile {
        let definition = definition("S2-KPI-O1");
        let strata = [stratum(1, "all", 100_000)];
        let (first, second) =
            (tally(&definition, &lonely(before.0, before.1)), tally(&definition, &lonely(now.0, now.1)));
        let wave = |fiscal_year, tally| wave(&definition, fiscal_year, &strata, tally, true);
        Tile::build(
            &definition,
            &Published::of(&definition, &[wave(2024, &first), wave(2025, &second)]),
            Vec::new(),
        )
    }

    #[test]
    fn a_fall_within_chance_is_not_called_an_improvement() {
        let tile = compared((200, 0.40), (200, 0.36));
        assert_eq!(tile.status, Status::CannotTell);
        let change = tile.change.expect("both waves are shown");
        assert_eq!((change.value, change.improved), (-10.0, false));
        assert_eq!(change.flags, [Flag::Negative]);
        assert_eq!(tile.target.level, Some(34.0));
    }

    #[test]
    fn a_clear_fall_is_on_the_way_and_a_larger_one_reaches_the_target() {
        assert_eq!(compared((4000, 0.40), (4000, 0.36)).status, Status::OnTheWay);
        assert_eq!(compared((4000, 0.40), (4000, 0.28)).status, Status::Reached);
        assert_eq!(compared((4000, 0.40), (4000, 0.46)).status, Status::NotYet);
    }

    #[test]
    fn a_phrase_is_the_baseline_only_until_a_wave_was_counted() {
        let definition = definition("S1-KGI");
        let company = |number: usize, introduced: bool| {
            let number = number.to_string();
            let introduced = if introduced { "1" } else { "0" };
            let values = [
                ("profile/corporate_number", number.as_str()),
                ("profile/size_class", "30-99"),
                ("workforce/introduced", introduced),
            ];
            ("30-99", answers(&values))
        };
        let counted = |yes: usize, all: usize| {
            tally(&definition, &(0..all).map(|number| company(number, number < yes)).collect::<Vec<_>>())
        };
        let strata = [stratum(1, "30-99", 900)];
        let (first, second) = (counted(38, 100), counted(52, 100));
        let wave = |fiscal_year, tally| wave(&definition, fiscal_year, &strata, tally, true);
        let tile =
            |waves: &[Wave<'_>]| Tile::build(&definition, &Published::of(&definition, waves), Vec::new());
        let alone = tile(&[wave(2024, &first)]).baseline.expect("the phrase");
        assert_eq!(
            (alone.kind.as_str(), alone.interval),
            ("phrase", Some(Interval { low: 40.0, high: 44.99 }))
        );
        let both = tile(&[wave(2025, &second), wave(2024, &first)]);
        let baseline = both.baseline.expect("the wave");
        assert_eq!(
            (baseline.kind.as_str(), baseline.value, baseline.fiscal_year),
            ("wave", Some(38.0), Some(2024))
        );
        assert!(baseline.text.get("ja").contains("約40%台前半"));
        assert_eq!(both.fiscal_year, Some(2025));
        // 14 points with a standard error of 6.6: more than chance, but the target of 50 is inside the interval.
        assert_eq!(both.status, Status::OnTheWay);
        assert_eq!(
            both.interval_method.expect("a sample").get("en"),
            "95 % interval (Korn–Graubard, effective size at most the respondents)"
        );
    }

    #[test]
    fn a_count_of_everything_has_no_interval_and_says_why() {
        let definition = definition("S3-KGI");
        let row = |online| ("all", answers(&[("in_scope", "1"), ("is_online", online)]));
        let rows: Vec<_> = (0..40).map(|index| row(if index < 31 { "1" } else { "0" })).collect();
        let tally = tally(&definition, &rows);
        let wave = wave(&definition, 2025, &[], &tally, false);
        let tile = Tile::build(&definition, &Published::of(&definition, &[wave]), Vec::new());
        assert_eq!((tile.value, tile.interval, tile.n), (Some(77.5), None, Some(40)));
        assert!(tile.reason.expect("a reason").get("ja").contains("標本誤差がなく"));
        assert_eq!((tile.status, tile.flags), (Status::NotYet, vec![Flag::Provisional]));
    }

    #[test]
    fn a_company_that_used_two_schemes_counts_once() {
        let definition = definition("S1-KSI");
        let row = |number, status| ("all", answers(&[("corporate_number", number), ("status", status)]));
        let rows = [row("1", "done"), row("1", "done"), row("2", "done"), row("3", "applied")];
        let tally = tally(&definition, &rows);
        let wave = wave(&definition, 2025, &[], &tally, true);
        let tile = Tile::build(&definition, &Published::of(&definition, &[wave]), Vec::new());
        assert_eq!((tile.value, tile.status), (Some(2.0), Status::NotYet));
        assert_eq!(tile.progress, Some(2.0));
    }

    #[test]
    fn cost_that_halved_reaches_the_target() {
        let definition = definition("S3-KPI-P1");
        let year = |cost| {
            tally(&definition, &[("all", answers(&[("record_kind", "paper_cost"), ("cost_yen", cost)]))])
        };
        let (before, now) = (year("4000000"), year("1900000"));
        let wave = |fiscal_year, tally| wave(&definition, fiscal_year, &[], tally, true);
        let waves = [wave(2024, &before), wave(2025, &now)];
        let tile = Tile::build(&definition, &Published::of(&definition, &waves), Vec::new());
        assert_eq!(
            (tile.value, tile.target.level, tile.status),
            (Some(1_900_000.0), Some(2_000_000.0), Status::Reached)
        );
        assert_eq!(tile.change.expect("two years").value, -52.5);
        let trend = Trend::of(&definition, &waves);
        assert_eq!(
            trend.points.iter().map(|point| point.value).collect::<Vec<_>>(),
            [Some(4e6), Some(1.9e6)]
        );
        assert_eq!((trend.target, trend.points[0].baseline), (Some(2e6), true));
    }

    #[test]
    fn a_tile_is_written_as_the_dashboard_reads_it() {
        let tile = compared((400, 0.40), (1200, 0.30));
        let json = serde_json::to_value(&tile).expect("a tile is JSON");
        assert_eq!(json["level"], "KPI");
        assert_eq!(json["status"], "on-the-way");
        assert_eq!(json["unitLabel"]["ja"], "%");
        assert_eq!(json["interval"].as_array().map(Vec::len), Some(2));
        assert_eq!(json["target"]["kind"], "relative-change");
        assert_eq!(json["sourceForms"][0], "loneliness");
        assert_eq!(json["period"]["ja"], "令和7年度(2025年度)調査");
    }
}

mod scales {
    use super::super::scale::*;

    #[test]
    fn scales_are_scored_as_their_authors_say() {
        let some = |codes: [u8; 6]| codes.map(Some);
        assert_eq!(direct5(Some(3)), Some(Direct { any: true, strong: false }));
        assert_eq!(ucla3_japan([Some(2), Some(2), Some(3)]), Some((7, Ucla3Band::Sometimes)));
        assert_eq!(ucla3_japan([Some(1), None, Some(2)]), None);
        assert_eq!(ucla3_us([Some(2); 3]), Some((6, true)));
        assert_eq!(ucla20([Some(1); 20]), Some(47));
        assert_eq!(ucla20([Some(4); 20]), Some(53));
        let djg = djg6(some([1, 2, 3, 1, 3, 2]));
        assert_eq!(
            (djg.total, djg.emotional, djg.social, djg.category),
            (Some(2), Some(1), Some(1), Some(Loneliness::Moderate))
        );
        let one_missing = djg6([None, Some(1), Some(1), Some(3), Some(1), Some(3)]);
        assert_eq!((one_missing.total, one_missing.emotional, one_missing.social), (Some(5), None, Some(3)));
        assert!(lsns6(some([2, 2, 2, 2, 2, 1])).is_some_and(|score| score.at_risk));
        assert!(
            who5([Some(5), Some(5), Some(5), Some(5), Some(1)])
                .is_some_and(|score| score.low && score.percent == 84)
        );
    }
}

mod speaking_for_the_population {
    use super::*;

    const POPULATION: &str =
        "margin,class,total\nsex,female,600\nsex,male,400\nage,30-39,1000\narea,north,1000\n";

    fn raked(id: &str, population: &str) -> Definition {
        let margins = PopulationMargin::parse(population).expect("a sound file of margins");
        file().with_margins(&margins).get(id).expect("the indicator").clone()
    }

    /// Thirty women, fifteen of them satisfied, and ten men, all satisfied.
    fn residents(definition: &Definition) -> Tally {
        let row = |row: usize| {
            let values = [
                ("about_you/gender", if row < 30 { "female" } else { "male" }),
                ("about_you/age_band", "30-39"),
                ("about_you/area", "north"),
                ("life/wlb_satisfaction", if row.is_multiple_of(2) || row >= 30 { "5" } else { "2" }),
            ];
            ("north", answers(&values))
        };
        tally(definition, &(0..40).map(row).collect::<Vec<_>>())
    }

    fn tile(definition: &Definition, strata: &[Stratum], tally: &Tally) -> Tile {
        let wave = wave(definition, 2026, strata, tally, true);
        Tile::build(definition, &Published::of(definition, &[wave]), Vec::new())
    }

    /// By hand: 0.6 · 50 % + 0.4 · 100 % = 70 %, where the answers alone say 25 of 40.
    #[test]
    fn women_who_answered_more_often_do_not_outweigh_the_men() {
        let strata = [stratum(1, "north", 1_000)];
        let definition = raked("S2-KGI", POPULATION);
        let weighted = tile(&definition, &strata, &residents(&definition));
        assert_eq!(weighted.value, Some(70.0));
        let said = weighted.interval_method.expect("a sample");
        assert_eq!(said.get("en"), "95 % interval (Korn–Graubard, effective size at most the respondents)");
    }

    #[test]
    fn without_a_table_of_the_population_the_tile_says_so() {
        let definition = definition("S2-KGI");
        let plain = tile(&definition, &[stratum(1, "north", 1_000)], &residents(&definition));
        // 62.5 on the grid of whole points.
        assert_eq!(plain.value, Some(63.0));
        let said = plain.interval_method.expect("a sample");
        assert!(said.get("en").ends_with("no totals of sex, age, area are given"), "{said:?}");
    }

    #[test]
    fn a_class_of_the_population_that_nobody_answered_in_is_named_in_place_of_a_number() {
        let population = POPULATION.replace("age,30-39,1000", "age,30-39,900\nage,75plus,100");
        let definition = raked("S2-KGI", &population);
        let tile = tile(&definition, &[stratum(1, "north", 1_000)], &residents(&definition));
        assert_eq!(tile.value, None);
        let reason = tile.reason.expect("a reason");
        assert!(
            reason.get("en").contains("nobody answered in the class `75plus` of the margin `age`"),
            "{reason:?}"
        );
    }

    #[test]
    fn who_did_not_say_the_own_sex_keeps_the_own_part() {
        let definition = raked("S2-KGI", POPULATION);
        let row = |gender: &'static str, satisfied: &'static str| {
            let values = [
                ("about_you/gender", gender),
                ("about_you/age_band", "30-39"),
                ("about_you/area", "north"),
                ("life/wlb_satisfaction", satisfied),
            ];
            ("north", answers(&values))
        };
        let rows: Vec<_> = std::iter::repeat_n(row("female", "5"), 15)
            .chain(std::iter::repeat_n(row("female", "2"), 15))
            .chain(std::iter::repeat_n(row("male", "5"), 10))
            .chain(std::iter::repeat_n(row("na", "2"), 10))
            .collect();
        // By hand: a fifth did not say; 0.8 · 70 % + 0.2 · 0 % = 56 %.
        let tile = tile(&definition, &[stratum(1, "north", 1_000)], &tally(&definition, &rows));
        assert_eq!(tile.value, Some(56.0));
    }

    #[test]
    fn a_size_class_without_an_answer_is_named_beside_the_number() {
        let definition = definition("S1-KGI");
        let row = |row: usize| {
            let values = [
                ("profile/size_class", "30-99"),
                ("profile/corporate_number", ["1", "2", "3", "4", "5", "6", "7", "8"][row]),
                ("workforce/introduced", if row.is_multiple_of(2) { "1" } else { "0" }),
            ];
            ("30-99", answers(&values))
        };
        let tally = tally(&definition, &(0..8).map(row).collect::<Vec<_>>());
        let strata = [stratum(1, "30-99", 820), stratum(2, "100-299", 240)];
        let said = tile(&definition, &strata, &tally).interval_method.expect("a sample");
        assert!(said.get("en").ends_with("without the strata that nobody answered in (100-299)"), "{said:?}");
        assert!(said.get("ja").ends_with("回答のない層 (100-299)を除く"), "{said:?}");
    }
}

mod explaining {
    use super::*;

    fn explained(definition: &Definition) -> (Explanation, Tile) {
        let values = |row: usize| {
            let introduced = if row.is_multiple_of(2) { "1" } else { "0" };
            let number = format!("{row}");
            let values = [
                ("profile/size_class", "30-99"),
                ("profile/corporate_number", number.as_str()),
                ("workforce/introduced", introduced),
            ];
            ("30-99", answers(&values))
        };
        let tally = tally(definition, &(0..40).map(values).collect::<Vec<_>>());
        let strata = [stratum(1, "30-99", 820)];
        let wave = wave(definition, 2026, &strata, &tally, true);
        let tile = Tile::build(definition, &Published::of(definition, &[wave]), Vec::new());
        (Explanation::of(definition, &tile, &[]), tile)
    }

    #[test]
    fn what_is_counted_and_how_is_said_in_both_languages() {
        let (said, _) = explained(&definition("S1-KGI"));
        assert!(said.formula.get("en").contains("workforce/introduced = 1"), "{said:?}");
        assert!(said.weights.get("en").contains("population of the stratum"), "{said:?}");
        assert!(said.weights.get("ja").contains("有限母集団修正"), "{said:?}");
        assert!(said.interval.is_some_and(|interval| interval.get("en").contains("95 %")));
        assert_eq!(said.sources, definition("S1-KGI").source_forms());
        assert!(said.rules.get("ja").contains("企業"));
    }

    #[test]
    fn the_change_that_a_wave_can_show_is_that_of_the_planning_formula() {
        let definition = definition("S1-KGI");
        let (_, mut tile) = explained(&definition);
        // 39.3 % of 1,042: a fall by 15 % of it, to 33.4 %, is what such waves show.
        (tile.value, tile.n, tile.baseline) = (Some(39.3), Some(1_042), None);
        tile.interval = Some(Interval { low: 39.3 - 2.9655, high: 39.3 + 2.9655 });
        tile.target.level = Some(33.405);
        let change = Explanation::of(&definition, &tile, &[]).detectable.expect("a share");
        assert_eq!((change.from, change.design_effect), (39.3, 1.0));
        assert!((change.fall.expect("there is one") - 5.9).abs() < 0.05, "{change:?}");
        assert!(change.answers_for_target.is_some_and(|needed| needed.abs_diff(1_042) <= 2), "{change:?}");
        // Clusters widen the interval: four times the variance, twice the change.
        tile.interval = Some(Interval { low: 39.3 - 5.931, high: 39.3 + 5.931 });
        let clustered = Explanation::of(&definition, &tile, &[]).detectable.expect("a share");
        assert_eq!(clustered.design_effect, 4.0);
        assert!(clustered.fall > change.fall.map(|fall| 1.8 * fall), "{clustered:?}");
    }
}
