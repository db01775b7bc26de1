use chacha20::ChaCha20Rng;
use proptest::prelude::*;
use rand_core::SeedableRng as _;

use super::*;
use crate::indicator::{
    CountedUnit, Tally, estimate,
    estimate::{Estimate, Frame, Line, Sample, StratumFrame},
};

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-9 * expected.abs().max(1.0), "got {got}, expected {expected}");
}

fn simple(weights: &[f64], policies: Policies) -> Result<Microdata, DesignError> {
    Microdata::new(weights.len(), Some(weights.to_vec()), &[], policies)
}

fn under(lonely_psu: LonelyPsu) -> Policies {
    Policies { lonely_psu, ..Policies::default() }
}

fn strata(names: &[&str]) -> Stage {
    Stage { strata: Some(Codes::of(names)), ..Stage::default() }
}

mod design {
    use super::*;

    /// Cochran, Sampling Techniques, 3rd ed., 5.3: W = 0.75 and 0.25, p = 2/4 and 4/4 by hand:
    /// p = 0.625; v = W1² (1 − 4/30) p1 q1 / 3 = 0.5625 · 0.8666… · 0.25 / 3.
    #[test]
    fn weights_are_made_of_populations_and_the_variance_is_corrected_for_them() {
        let population = vec![30.0, 30.0, 30.0, 30.0, 10.0, 10.0, 10.0, 10.0];
        let stage =
            Stage { population: Some(population), ..strata(&["a", "a", "a", "a", "b", "b", "b", "b"]) };
        let data = Microdata::new(8, None, &[stage], Policies::default()).expect("a design");
        close(data.weights()[0], 7.5);
        let share = data.all().mean(&[1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]).expect("eight answers");
        close(share.estimate.value, 0.625);
        close(share.estimate.variance, 0.5625 * (1.0 - 4.0 / 30.0) * 0.25 / 3.0);
        close(share.estimate.df, 6.0);
    }

    /// Two of four districts, in each two of four schools; totals 40 and 24 of the districts.
    /// By hand: v = 4² (1 − ½) s² / 2 with s² = (40 − 24)² / 2, plus (4 / 2) Σ 4² (1 − ½) s_i² / 2
    /// with s_1² = (8 − 12)² / 2 and s_2² = (6 − 6)² / 2.
    #[test]
    fn a_second_stage_adds_its_own_variance() {
        let four = || Some(vec![4.0; 4]);
        let stages = [
            Stage {
                units: Some(Codes::of(["d1", "d1", "d2", "d2"])),
                population: four(),
                ..Stage::default()
            },
            Stage { population: four(), ..Stage::default() },
        ];
        let data = Microdata::new(4, None, &stages, Policies::default()).expect("a design");
        let total = data.all().total(&[8.0, 12.0, 6.0, 6.0]).expect("four schools").estimate;
        close(total.value, 128.0);
        close(total.variance, 16.0 * 0.5 * 128.0 / 2.0 + 2.0 * (16.0 * 0.5 * 8.0 / 2.0));
        close(total.df, 1.0);
    }

    #[test]
    fn a_design_that_cannot_be_is_refused_with_the_row_or_the_stratum() {
        let refused = |weights: &[f64]| simple(weights, Policies::default()).expect_err("refused");
        assert_eq!(refused(&[1.0, -1.0]), DesignError::Weight { row: 2 });
        assert_eq!(refused(&[f64::NAN]), DesignError::Weight { row: 1 });
        let stage = Stage { population: Some(vec![1.0, 1.0]), ..strata(&["a", "a"]) };
        let refused = Microdata::new(2, None, &[stage], Policies::default()).expect_err("refused");
        assert_eq!(refused, DesignError::Population { stratum: "a".to_owned(), population: 1.0, sampled: 2 });
        let refused = Microdata::new(2, None, &[], Policies::default()).expect_err("refused");
        assert_eq!(refused, DesignError::NoWeights);
        let data = simple(&[1.0, 1.0], Policies::default()).expect("two rows");
        assert_eq!(data.all().mean(&[1.0]), Err(DesignError::Length { expected: 2, got: 1 }));
    }

    /// Kish (1965), 8.2: a simple random sample has the effect 1, without replacement where the
    /// correction is in both and with replacement where it is in neither.
    #[test]
    fn a_simple_random_sample_has_no_design_effect() {
        let y = [1.0, 3.0, 4.0, 9.0];
        let finite = Stage { population: Some(vec![40.0; 4]), ..Stage::default() };
        let finite = Microdata::new(4, None, &[finite], Policies::default()).expect("a design");
        close(finite.all().mean(&y).expect("answers").effect.without_replacement, 1.0);
        let endless = simple(&[10.0; 4], Policies::default()).expect("a design");
        close(endless.all().mean(&y).expect("answers").effect.with_replacement, 1.0);
        close(endless.all().mean(&y).expect("answers").effect.without_replacement, 1.0 / 0.9);
    }
}

mod policies {
    use super::*;

    #[test]
    fn a_lone_sampling_unit_is_dealt_with_as_the_policy_says() {
        let variance = |policy| {
            let stage = strata(&["a", "a", "a", "b"]);
            let data = Microdata::new(4, Some(vec![1.0; 4]), &[stage], under(policy)).expect("a design");
            data.all().mean(&[1.0, 0.0, 0.0, 1.0]).map(|share| share.estimate.variance)
        };
        let fail = DesignError::LonelyPsu { stratum: "b".to_owned(), stage: 1 };
        assert_eq!(variance(LonelyPsu::Fail), Err(fail));
        // Influences (y − ½) / 4: the stratum `a` has 3/2 · (2/3) / 16, the lone row ½² / 16 about the mean 0.
        let of_a = 1.5 * (2.0 / 3.0) / 16.0;
        close(variance(LonelyPsu::Remove).expect("a variance"), of_a);
        close(variance(LonelyPsu::Certainty).expect("a variance"), of_a);
        close(variance(LonelyPsu::Average).expect("a variance"), 2.0 * of_a);
        close(variance(LonelyPsu::Adjust).expect("a variance"), of_a + 0.25 / 16.0);
    }

    #[test]
    fn a_missing_answer_is_outside_or_a_no_or_an_error() {
        let share = |missing| {
            let data = simple(&[1.0; 4], Policies { missing, ..Policies::default() }).expect("a design");
            data.all().mean(&[1.0, 1.0, 0.0, f64::NAN]).map(|share| (share.estimate.value, share.estimate.n))
        };
        assert_eq!(share(Missing::Outside), Ok((2.0 / 3.0, 3)));
        assert_eq!(share(Missing::AsNo), Ok((0.5, 4)));
        assert_eq!(share(Missing::Refuse), Err(DesignError::Missing { row: 4 }));
    }

    #[test]
    fn a_weight_of_zero_stays_in_the_design_or_is_refused() {
        let data = simple(&[1.0, 1.0, 0.0], Policies::default()).expect("a design");
        let share = data.all().mean(&[1.0, 0.0, 1.0]).expect("two answers").estimate;
        close(share.value, 0.5);
        // Influences ¼, −¼ and 0 of three units: 3/2 · 2/16; without the third it would be 2/1 · 2/16.
        close(share.variance, 1.5 * 2.0 / 16.0);
        let refuse = Policies { zero_weight: ZeroWeight::Refuse, ..Policies::default() };
        assert_eq!(simple(&[1.0, 0.0], refuse), Err(DesignError::ZeroWeight { row: 2 }));
    }

    #[test]
    fn nobody_in_a_domain_is_an_error_and_no_zero() {
        let data = simple(&[1.0; 2], Policies::default()).expect("a design");
        assert_eq!(data.domain(|_| false).mean(&[1.0, 0.0]), Err(DesignError::NothingCounted));
    }
}

mod replicates {
    use super::*;

    /// The jackknife of a mean is its classical variance s² / n, whatever the numbers (Tukey 1958).
    #[test]
    fn the_jackknife_of_a_mean_is_its_classical_variance() {
        let y = [2.0, 3.0, 5.0, 10.0];
        let data = simple(&[1.0; 4], Policies::default()).expect("a design");
        let mean = |weights: &[f64]| {
            weights.iter().zip(y).map(|(w, y)| w * y).sum::<f64>() / weights.iter().sum::<f64>()
        };
        let estimate = data.jackknife().expect("replicates").estimate(&data, mean);
        close(estimate.value, 5.0);
        close(estimate.variance, 38.0 / 3.0 / 4.0);
        close(estimate.df, 3.0);
    }

    #[test]
    fn the_jackknife_knows_a_finite_population_and_refuses_a_lone_unit() {
        let y = [2.0, 3.0, 5.0, 10.0];
        let total = |weights: &[f64]| weights.iter().zip(y).map(|(w, y)| w * y).sum::<f64>();
        let stage = Stage { population: Some(vec![8.0; 4]), ..Stage::default() };
        let data = Microdata::new(4, None, &[stage], Policies::default()).expect("a design");
        let estimate = data.jackknife().expect("replicates").estimate(&data, total);
        close(estimate.variance, data.all().total(&y).expect("a total").estimate.variance);
        let lone = Microdata::new(3, Some(vec![1.0; 3]), &[strata(&["a", "a", "b"])], Policies::default());
        let refused = lone.expect("a design").jackknife().expect_err("a lone unit");
        assert_eq!(refused, DesignError::LonelyPsu { stratum: "b".to_owned(), stage: 1 });
    }

    #[test]
    fn the_bootstrap_comes_near_to_the_variance_of_a_stratified_mean() {
        let y: Vec<f64> = (0..60).map(|row| f64::from(row * 7 % 11)).collect();
        let names: Vec<&str> = (0..60).map(|row| if row < 40 { "a" } else { "b" }).collect();
        let population = (0..60).map(|row| if row < 40 { 80.0 } else { 200.0 }).collect();
        let stage = Stage { population: Some(population), ..strata(&names) };
        let data = Microdata::new(60, None, &[stage], Policies::default()).expect("a design");
        let mean = |weights: &[f64]| {
            weights.iter().zip(&y).map(|(w, y)| w * y).sum::<f64>() / weights.iter().sum::<f64>()
        };
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let replicates = data.bootstrap(2_000, &mut rng).expect("replicates");
        let ratio = replicates.estimate(&data, mean).variance
            / data.all().mean(&y).expect("a mean").estimate.variance;
        // 2,000 replicates tell a variance to about 2/√2000 = 4.5 %, twice that is 9 %.
        assert!((ratio - 1.0).abs() < 0.09, "{ratio}");
    }
}

mod tests_of_independence {
    use super::*;

    fn codes(values: &[u32]) -> Vec<Option<u32>> {
        values.iter().copied().map(Some).collect()
    }

    /// Agresti, Categorical Data Analysis, 2nd ed., 3.2: of a simple random sample the corrected
    /// statistic is Pearson's but for (n − 1) / n. Table 10, 20 / 20, 10: X² = 60 (10·10 − 20·20)² / 30⁴.
    #[test]
    fn rao_and_scott_of_a_simple_sample_is_pearson() {
        let cells = [(0, 0, 10), (0, 1, 20), (1, 0, 20), (1, 1, 10)];
        let rows: Vec<(u32, u32)> =
            cells.iter().flat_map(|(a, b, n)| std::iter::repeat_n((*a, *b), *n)).collect();
        let (first, second): (Vec<u32>, Vec<u32>) = rows.into_iter().unzip();
        let data = simple(&[1.0; 60], Policies::default()).expect("a design");
        let test = rao_scott(&data.all(), &codes(&first), &codes(&second)).expect("a table");
        close(test.first_order.statistic, 60.0 * 300.0_f64.powi(2) / 30.0_f64.powi(4));
        close(test.first_order.df, 1.0);
        // R, survey 4.1: svychisq(~a + b, svydesign(~1, weights = ~1), statistic = "F").
        close(test.second_order.df, 1.0);
        close(test.second_order.df_below, 59.0);
    }

    #[test]
    fn a_table_of_one_class_is_refused() {
        let data = simple(&[1.0; 4], Policies::default()).expect("a design");
        let (ones, mixed) = (codes(&[1; 4]), codes(&[0, 1, 0, 1]));
        assert_eq!(rao_scott(&data.all(), &ones, &mixed), Err(DesignError::Table));
        assert_eq!(wald(&data.all(), &mixed, &ones, true), Err(DesignError::Table));
    }
}

mod more_statistics {
    use super::*;

    #[test]
    fn a_quantile_is_the_smallest_answer_that_enough_do_not_exceed() {
        let data = simple(&[1.0, 1.0, 1.0, 1.0, 4.0], Policies::default()).expect("a design");
        let y = [5.0, 1.0, 2.0, 3.0, 4.0];
        let value = |share| data.all().quantile(&y, share).expect("answers").value;
        assert_eq!(
            [value(0.125), value(0.25), value(0.5), value(0.875), value(0.9)],
            [1.0, 2.0, 4.0, 4.0, 5.0]
        );
        // Five answers cannot bound the median's share from below 0.
        assert_eq!(data.all().quantile(&y, 0.125).expect("answers").low, None);
    }

    /// One yes of four against three yes of four: the odds ratio is 9, by hand.
    #[test]
    fn the_logit_of_two_groups_is_their_log_odds_ratio() {
        let y = [1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0];
        let group = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        let data = simple(&[1.0; 8], Policies::default()).expect("a design");
        let fit = regress(&data.all(), &y, &[&[1.0; 8], &group], Family::Logistic, Tightness::default());
        let fit = fit.expect("a fit");
        close(fit.coefficients[1], 9.0_f64.ln());
        close(fit.coefficients[0], (1.0_f64 / 3.0).ln());
        close(fit.df, 6.0);
        let twice = regress(&data.all(), &y, &[&group, &group], Family::Linear, Tightness::default());
        assert_eq!(twice, Err(DesignError::Regression));
    }
}

/// Rows of a stratified sample of clusters: (stratum, cluster, weight, x, y).
fn rows() -> impl Strategy<Value = Vec<(usize, usize, f64, f64, f64)>> {
    prop::collection::vec((0..3_usize, 0..4_usize, 0.1..9.0_f64, 1.0..5.0_f64, -3.0..7.0_f64), 12..60)
}

proptest! {
    /// The tally of the dashboards and the rows are two ways to the same number.
    #[test]
    fn sums_per_cell_and_rows_give_the_same_estimates(rows in rows(), clustered in any::<bool>()) {
        let names = ["a", "b", "c"];
        let mut tally = Tally::new();
        for (stratum, cluster, weight, x, y) in &rows {
            tally.add(&CountedUnit {
                stratum: names[*stratum].to_owned(),
                cluster: Some(cluster.to_string()),
                groups: vec![(cluster % 2).to_string()],
                weight: *weight,
                value: Some(crate::indicator::Contribution { x: *x, y: *y, key: None }),
                ..CountedUnit::default()
            });
        }
        let known = StratumFrame { units: None, sampling_units: Some(500.0) };
        let strata = names.iter().map(|name| ((*name).to_owned(), known)).collect();
        let sample = Sample::new(&tally, Frame { strata, stratified: true, clustered, ..Frame::default() });
        let stage = Stage {
            strata: Some(Codes::of(rows.iter().map(|row| names[row.0]))),
            units: clustered.then(|| Codes::of(rows.iter().map(|row| row.1.to_string()))),
            population: Some(vec![500.0; rows.len()]),
        };
        let weights = rows.iter().map(|row| row.2).collect();
        let data = Microdata::new(rows.len(), Some(weights), &[stage], Policies::default()).expect("a design");
        let (x, y): (Vec<f64>, Vec<f64>) = rows.iter().map(|row| (row.3, row.4)).unzip();
        let even = |row: usize| rows[row].1 % 2 == 0;
        let in_cell = |key: &crate::indicator::CellKey| key.groups == ["0"];
        let agree = |rows: &Estimate, cells: &Estimate| {
            prop_assert!((rows.value - cells.value).abs() <= 1e-9 * cells.value.abs().max(1.0));
            prop_assert!((rows.variance - cells.variance).abs() <= 1e-7 * cells.variance.max(1e-3));
            prop_assert_eq!((rows.df, rows.n), (cells.df, cells.n));
            Ok(())
        };
        if let Some(cells) = sample.ratio(&in_cell, Line::Y, Line::ONE) {
            agree(&data.domain(even).mean(&y).expect("answers").estimate, &cells)?;
        }
        if let Some(cells) = sample.ratio(&|_| true, Line::Y, Line::X) {
            agree(&data.all().ratio(&y, &x).expect("answers").estimate, &cells)?;
        }
        agree(&data.all().total(&y).expect("answers").estimate, &sample.total(&|_| true, Line::Y))?;
    }

    #[test]
    fn no_weighting_misses_a_total_that_it_says_to_meet(
        rows in prop::collection::vec((0..2_u32, 0..3_u32, 0.5..5.0_f64), 30..80),
        shares in (0.2..0.8_f64, 0.2..0.6_f64),
    ) {
        use estimate::weighting::{KnownMargin, Raking, rake};
        let first = Codes::of(rows.iter().map(|row| row.0.to_string()));
        let second = Codes::of(rows.iter().map(|row| row.1.to_string()));
        let weights: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let known = |pairs: &[(&str, f64)]| pairs.iter().map(|(class, total)| ((*class).to_owned(), total * 1e4)).collect();
        let of_first = known(&[("0", shares.0), ("1", 1.0 - shares.0)]);
        let of_second = known(&[("0", shares.1), ("1", 0.3), ("2", 0.7 - shares.1)]);
        let margins = [
            KnownMargin { name: "first", classes: &first, totals: &of_first },
            KnownMargin { name: "second", classes: &second, totals: &of_second },
        ];
        if let Ok(raked) = rake(&weights, &margins, EmptyStratum::Fail, Raking::default()) {
            for (codes, totals) in [(&first, &of_first), (&second, &of_second)] {
                for (class, name) in codes.names.iter().enumerate() {
                    let inside = raked.weights.iter().zip(&codes.of_row).filter(|(_, code)| **code as usize == class);
                    let sum: f64 = inside.map(|(weight, _)| weight).sum();
                    prop_assert!((sum / totals[name] - 1.0).abs() < 2e-9, "{} {}", sum, totals[name]);
                }
            }
        }
    }
}
