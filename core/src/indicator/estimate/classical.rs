//! Textbook tests of unweighted data: exact and corrected tests of two shares, two means, ranks,
//! and the inner consistency of a scale.

use super::{
    distribution::{chi_squared_upper, f_quantile, ln_gamma, normal_cdf, t_two_sided},
    plain::cronbach_alpha,
};
use crate::indicator::tile::Interval;

/// Fisher's exact test of `k1` of `n1` against `k2` of `n2`: the two-sided p value, the sum of
/// all tables that are no likelier than the one there is (Fisher 1935; R's `fisher.test`).
pub fn fisher_exact(k1: u64, n1: u64, k2: u64, n2: u64) -> f64 {
    let (hits, all) = (k1 + k2, n1 + n2);
    let ln_choose =
        |n: u64, k: u64| ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0);
    let ln_of = |k: u64| ln_choose(n1, k) + ln_choose(n2, hits - k) - ln_choose(all, hits);
    let range = hits.saturating_sub(n2)..=hits.min(n1);
    // R's allowance for tables that are equally likely but for rounding.
    let limit = ln_of(k1) + 1e-7_f64.ln_1p();
    range.map(ln_of).filter(|ln| *ln <= limit).map(f64::exp).sum::<f64>().min(1.0)
}

/// The p value of chi-squared with Yates' correction, `k1` of `n1` against `k2` of `n2`.
pub fn corrected_p(k1: f64, n1: f64, k2: f64, n2: f64) -> f64 {
    let pooled = (k1 + k2) / (n1 + n2);
    let apart = (k1 / n1 - k2 / n2).abs();
    // Never more than the distance there is (as R's prop.test has it).
    let correction = 0.5_f64.min(apart / (1.0 / n1 + 1.0 / n2));
    let part = |k: f64, n: f64| {
        let off = ((k - n * pooled).abs() - correction).powi(2);
        off / (n * pooled) + off / (n * (1.0 - pooled))
    };
    chi_squared_upper(part(k1, n1) + part(k2, n2), 1.0)
}

/// A t test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// The statistic, positive where the first sample is larger.
    pub t: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// Two-sided p value.
    pub p: f64,
}

/// Welch's test (1947) of the means of two independent samples with variances of their own.
pub fn welch(first: &[f64], second: &[f64]) -> TTest {
    let of =
        |values: &[f64]| (mean(values), variance(values) / values.len() as f64, values.len() as f64 - 1.0);
    let ((m1, v1, d1), (m2, v2, d2)) = (of(first), of(second));
    let t = (m1 - m2) / (v1 + v2).sqrt();
    let df = (v1 + v2).powi(2) / (v1 * v1 / d1 + v2 * v2 / d2);
    TTest { t, df, p: t_two_sided(t, df) }
}

/// Wilcoxon's signed ranks of paired differences (1945).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedRanks {
    /// Sum of the ranks of the positive differences.
    pub statistic: f64,
    /// Two-sided p value by the normal distribution, corrected for continuity and for ties.
    pub p: f64,
}

/// Ranks the differences `after − before`; differences of 0 are left out. `None` where none is left.
pub fn signed_ranks(before: &[f64], after: &[f64]) -> Option<SignedRanks> {
    let mut differences: Vec<f64> = before
        .iter()
        .zip(after)
        .map(|(before, after)| after - before)
        .filter(|apart| *apart != 0.0)
        .collect();
    differences.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let (mut statistic, mut ties) = (0.0, 0.0);
    let mut at = 0;
    while at < differences.len() {
        let same = differences[at..].iter().take_while(|apart| apart.abs() == differences[at].abs()).count();
        let rank = at as f64 + (same as f64 + 1.0) / 2.0;
        statistic += rank * differences[at..at + same].iter().filter(|apart| **apart > 0.0).count() as f64;
        ties += (same as f64).powi(3) - same as f64;
        at += same;
    }
    let n = differences.len() as f64;
    let off = statistic - n * (n + 1.0) / 4.0;
    let deviation = (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0).sqrt();
    let corrected = if off == 0.0 { 0.0 } else { off - off.signum() * 0.5 };
    let p = (2.0 * normal_cdf(-(corrected / deviation).abs())).min(1.0);
    (n > 0.0).then_some(SignedRanks { statistic, p })
}

/// Pearson's correlation of two columns of the same rows.
pub fn correlation(first: &[f64], second: &[f64]) -> f64 {
    let (a, b) = (mean(first), mean(second));
    let product: f64 = first.iter().zip(second).map(|(x, y)| (x - a) * (y - b)).sum();
    let squares = |values: &[f64], mean: f64| values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    product / (squares(first, a) * squares(second, b)).sqrt()
}

/// The correlation of each item with the sum of the others; rows are persons.
pub fn item_total(rows: &[Vec<f64>]) -> Vec<f64> {
    let items = rows.first().map_or(0, Vec::len);
    let column = |item: usize| rows.iter().map(|row| row[item]).collect::<Vec<_>>();
    let others = |item: usize| rows.iter().map(|row| row.iter().sum::<f64>() - row[item]).collect::<Vec<_>>();
    (0..items).map(|item| correlation(&column(item), &others(item))).collect()
}

/// The 95 % interval of Cronbach's alpha of items answered by the same persons (Feldt 1965).
pub fn cronbach_interval(rows: &[Vec<f64>]) -> Interval {
    let (persons, items) = (rows.len() as f64, rows.first().map_or(0, Vec::len) as f64);
    let open = 1.0 - cronbach_alpha(rows);
    let (df1, df2) = (persons - 1.0, (persons - 1.0) * (items - 1.0));
    Interval { low: 1.0 - open * f_quantile(0.975, df1, df2), high: 1.0 - open * f_quantile(0.025, df1, df2) }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fisher (1935): the lady tasting tea calls three of four cups right each way; p = 0.4857 by
    /// hand, 34 of 70 tables.
    #[test]
    fn the_lady_tasting_tea_may_have_guessed() {
        assert!((fisher_exact(3, 4, 1, 4) - 34.0 / 70.0).abs() < 1e-12);
        assert!((fisher_exact(4, 4, 0, 4) - 2.0 / 70.0).abs() < 1e-12);
        assert!((fisher_exact(0, 4, 0, 4) - 1.0).abs() < 1e-12);
    }

    /// Differences 1, −2, 2, 3 and a 0 that is left out: ranks 1, 2.5, 2.5, 4; positive 7.5.
    #[test]
    fn ranks_of_ties_are_shared_and_no_difference_is_left_out() {
        let ranks = signed_ranks(&[0.0; 5], &[1.0, -2.0, 2.0, 3.0, 0.0]).expect("four differences");
        assert_eq!(ranks.statistic, 7.5);
        // z = (7.5 − 5 − ½) / √(7.5 − 6/48) = 0.7365; R: wilcox.test(c(1, -2, 2, 3), exact = FALSE)
        assert!((ranks.p - 0.461_450_987_833_361).abs() < 1e-12, "{}", ranks.p);
        assert_eq!(signed_ranks(&[1.0], &[1.0]), None);
    }

    /// By hand: means 2 and 4, variances of means 1/3 and 4/3, t = −2/√(5/3), df = 25/9 / (1/18 + 16/18).
    #[test]
    fn means_with_variances_of_their_own_agree_with_the_hand_count() {
        let test = welch(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]);
        assert!((test.t + 2.0 / (5.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((test.df - 50.0 / 17.0).abs() < 1e-12);
    }

    #[test]
    fn the_interval_of_alpha_lies_about_it_and_narrows_with_persons() {
        let persons = |n: usize| {
            (0..n).map(|k| vec![(k % 4) as f64, (k % 4 + k % 3) as f64, (k % 5) as f64]).collect::<Vec<_>>()
        };
        let (few, many) = (cronbach_interval(&persons(60)), cronbach_interval(&persons(600)));
        let alpha = cronbach_alpha(&persons(60));
        assert!(few.low < alpha && alpha < few.high);
        assert!(many.high - many.low < (few.high - few.low) / 2.0);
    }
}
