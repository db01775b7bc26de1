use std::collections::BTreeMap;

use super::*;
use crate::indicator::estimate::microdata::{Codes, EmptyStratum};

fn totals(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|(class, total)| ((*class).to_owned(), *total)).collect()
}

fn near(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-6, "{got} for {expected}");
    }
}

const FAIL: EmptyStratum = EmptyStratum::Fail;

#[test]
fn post_stratified_weights_add_up_to_each_class() {
    let classes = Codes::of(["F", "F", "M"]);
    let known = totals(&[("F", 60.0), ("M", 40.0)]);
    let margin = KnownMargin { name: "sex", classes: &classes, totals: &known };
    near(&post_stratify(&[1.0, 3.0, 1.0], margin, FAIL).expect("weights").weights, &[15.0, 45.0, 40.0]);
}

/// Deming and Stephan (1940) in small: cells 1, 3 / 2, 4 to rows 10, 10 and columns 6, 14; by
/// hand the odds ratio 1·4 / (3·2) = 2/3 stays and cell (1,1) solves x (x + 4) / ((10 − x)(6 − x)) = 2/3.
#[test]
fn raking_keeps_the_odds_ratio_and_meets_both_margins() {
    let (row, column) = (Codes::of(["a", "a", "b", "b"]), Codes::of(["x", "y", "x", "y"]));
    let (of_row, of_column) = (totals(&[("a", 10.0), ("b", 10.0)]), totals(&[("x", 6.0), ("y", 14.0)]));
    let margins = [
        KnownMargin { name: "row", classes: &row, totals: &of_row },
        KnownMargin { name: "column", classes: &column, totals: &of_column },
    ];
    let raked = rake(&[1.0, 3.0, 2.0, 4.0], &margins, FAIL, Raking::default()).expect("weights").weights;
    // x² / 3 + 44 x / 3 − 40 = 0
    let x = 604.0_f64.sqrt() - 22.0;
    near(&raked, &[x, 10.0 - x, 6.0 - x, 4.0 + x]);
    let few = Raking { rounds: 2, ..Raking::default() };
    let error = rake(&[1.0, 3.0, 2.0, 4.0], &margins, FAIL, few).expect_err("two rounds are too few");
    assert!(
        matches!(error, WeightingError::NotConverged { ref margin, rounds: 2, .. } if margin == "row"),
        "{error}"
    );
}

/// Nobody is in (a, y): row a must be all in column x, whose total is less than row a's.
#[test]
fn margins_that_no_weights_meet_are_an_error_that_names_one() {
    let (row, column) = (Codes::of(["a", "b", "b"]), Codes::of(["x", "x", "y"]));
    let (of_row, of_column) = (totals(&[("a", 12.0), ("b", 8.0)]), totals(&[("x", 6.0), ("y", 14.0)]));
    let margins = [
        KnownMargin { name: "row", classes: &row, totals: &of_row },
        KnownMargin { name: "column", classes: &column, totals: &of_column },
    ];
    let error = rake(&[1.0; 3], &margins, FAIL, Raking::default()).expect_err("no weights exist");
    assert!(matches!(error, WeightingError::NotConverged { .. }), "{error}");
}

#[test]
fn a_class_without_total_or_without_answers_is_named() {
    let classes = Codes::of(["F", "X"]);
    let refused = |known: &BTreeMap<String, f64>, empty| {
        post_stratify(&[1.0; 2], KnownMargin { name: "sex", classes: &classes, totals: known }, empty)
    };
    let named = |class: &str| ("sex".to_owned(), class.to_owned());
    let (margin, class) = named("X");
    assert_eq!(refused(&totals(&[("F", 5.0)]), FAIL), Err(WeightingError::UnknownClass { margin, class }));
    let all = totals(&[("F", 5.0), ("M", 5.0), ("X", 1.0)]);
    let (margin, class) = named("M");
    assert_eq!(refused(&all, FAIL), Err(WeightingError::EmptyClass { margin, class }));
    near(&refused(&all, EmptyStratum::LeaveOut).expect("weights").weights, &[5.0, 1.0]);
    let (margin, class) = named("F");
    assert_eq!(refused(&totals(&[("F", -1.0)]), FAIL), Err(WeightingError::Total { margin, class }));
}

#[test]
fn margins_of_different_populations_are_refused() {
    let classes = Codes::of(["F", "M"]);
    let (one, other) = (totals(&[("F", 5.0), ("M", 5.0)]), totals(&[("F", 5.0), ("M", 6.0)]));
    let margins = [&one, &other].map(|totals| KnownMargin { name: "sex", classes: &classes, totals });
    let error = rake(&[1.0; 2], &margins, FAIL, Raking::default()).expect_err("10 is not 11");
    assert!(matches!(error, WeightingError::TotalsDisagree { sum: 11.0, other_sum: 10.0, .. }), "{error}");
}

/// By hand: weights 1 at x = 1, 2, 3; Σw to 3 (as it is) and Σwx to 7: λ = (−1, ½), g = ½, 1, 1½.
#[test]
fn linear_calibration_adds_what_a_line_needs() {
    let number = |name: &str, numbers: &[f64], total| KnownTotal {
        name: name.to_owned(),
        numbers: numbers.to_vec(),
        total,
    };
    let known = [number("rows", &[1.0; 3], 3.0), number("x", &[1.0, 2.0, 3.0], 7.0)];
    let weights = calibrate_linear(&[1.0; 3], &[], &known, Negative::Refuse).expect("weights").weights;
    near(&weights, &[0.5, 1.0, 1.5]);
    let far = [number("rows", &[1.0; 3], 3.0), number("x", &[1.0, 2.0, 3.0], 8.5)];
    assert_eq!(
        calibrate_linear(&[1.0; 3], &[], &far, Negative::Refuse),
        Err(WeightingError::Negative { row: 1 })
    );
    assert!(calibrate_linear(&[1.0; 3], &[], &far, Negative::Allow).is_ok());
    let never = [number("rows", &[1.0; 3], 3.0), number("twice", &[2.0; 3], 7.0)];
    let error = calibrate_linear(&[1.0; 3], &[], &never, Negative::Allow).expect_err("3 rows are not 3½");
    assert!(matches!(error, WeightingError::NotConverged { .. }), "{error}");
}

#[test]
fn trimming_keeps_the_sum_and_strictly_the_bounds() {
    let weights = [1.0, 1.0, 4.0, 10.0];
    near(&trim(&weights, 2.0, 6.0, Trimming::Once).expect("weights"), &[2.0, 2.0, 6.0, 6.0]);
    let near_bound = [1.0, 1.0, 5.5, 10.0];
    near(&trim(&near_bound, 2.0, 6.0, Trimming::Once).expect("weights"), &[2.0, 2.0, 7.5, 6.0]);
    let strict = trim(&[1.0, 3.0, 5.5, 10.0], 2.0, 6.0, Trimming::Strict).expect("weights");
    // 3 is cut and given to 3 and 5.5; of the second 1 is cut again and given to 2 and 4.5.
    near(&strict, &[2.5, 5.0, 6.0, 6.0]);
    assert_eq!(
        trim(&[1.0, 1.0], 2.0, 6.0, Trimming::Strict),
        Err(WeightingError::Bounds { lower: 2.0, upper: 6.0 })
    );
}

#[test]
fn who_did_not_answer_is_spoken_for_by_the_own_class() {
    let classes = Codes::of(["young", "young", "old", "old", "old"]);
    let answered = [true, false, true, true, false];
    let weights = nonresponse(&[2.0, 4.0, 1.0, 2.0, 3.0], &answered, &classes, FAIL).expect("weights");
    near(&weights, &[6.0, 0.0, 2.0, 4.0, 0.0]);
    let error =
        nonresponse(&[1.0; 5], &[false, false, true, true, true], &classes, FAIL).expect_err("no young");
    let (margin, class) = ("non-response".to_owned(), "young".to_owned());
    assert_eq!(error, WeightingError::EmptyClass { margin, class });
}
