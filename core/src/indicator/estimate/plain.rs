//! Textbook statistics of simple random samples, from counts alone.

use super::{
    distribution::{beta_quantile, chi_squared_upper, normal_quantile, t_two_sided},
    interval::wilson,
};
use crate::indicator::tile::Interval;

/// Wilson's interval with continuity correction, for `k` of `n`.
pub fn wilson_corrected(k: f64, n: f64) -> Interval {
    let z = normal_quantile(0.975);
    let p = k / n;
    // Yates' correction, never more than the distance from one half (as R's prop.test has it).
    let correction = 0.5_f64.min((k - n / 2.0).abs());
    let middle = |shifted: f64| shifted + z * z / (2.0 * n);
    let half = |shifted: f64| z * (shifted * (1.0 - shifted) / n + z * z / (4.0 * n * n)).sqrt();
    let (left, right) = (p - correction / n, p + correction / n);
    let below = 1.0 + z * z / n;
    let low = if k <= 0.0 { 0.0 } else { (middle(left) - half(left)) / below };
    let high = if k >= n { 1.0 } else { (middle(right) + half(right)) / below };
    Interval { low: low.max(0.0), high: high.min(1.0) }
}

/// Jeffreys' interval, for `k` of `n`.
pub fn jeffreys(k: f64, n: f64) -> Interval {
    let at = |p: f64| beta_quantile(p, k + 0.5, n - k + 0.5);
    Interval { low: if k <= 0.0 { 0.0 } else { at(0.025) }, high: if k >= n { 1.0 } else { at(0.975) } }
}

/// The interval of Agresti and Coull, for `k` of `n`; may pass 0 and 1.
pub fn agresti_coull(k: f64, n: f64) -> Interval {
    let z = normal_quantile(0.975);
    let size = n + z * z;
    let p = (k + z * z / 2.0) / size;
    let half = z * (p * (1.0 - p) / size).sqrt();
    Interval { low: p - half, high: p + half }
}

/// Newcombe's interval of a difference `p2 − p1` (his method 10).
pub fn newcombe(k1: f64, n1: f64, k2: f64, n2: f64) -> Interval {
    let (p1, p2) = (k1 / n1, k2 / n2);
    let (w1, w2) = (wilson(p1, n1), wilson(p2, n2));
    let difference = p2 - p1;
    Interval {
        low: difference - ((p2 - w2.low).powi(2) + (w1.high - p1).powi(2)).sqrt(),
        high: difference + ((w2.high - p2).powi(2) + (p1 - w1.low).powi(2)).sqrt(),
    }
}

/// A difference of two proportions of independent simple random samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoProportions {
    /// p2 − p1.
    pub difference: f64,
    /// Standard error without pooling.
    pub standard_error: f64,
    /// z with pooled variance.
    pub z_pooled: f64,
    /// Two-sided p value of `z_pooled`.
    pub p_pooled: f64,
    /// z without pooling.
    pub z_unpooled: f64,
    /// Standard error of ln(p2 / p1).
    pub log_standard_error: f64,
    /// p2 / p1 − 1, with its interval on the logarithm.
    pub relative: (f64, Interval),
}

/// Compares `k2` of `n2` with `k1` of `n1`.
pub fn two_proportions(k1: f64, n1: f64, k2: f64, n2: f64) -> TwoProportions {
    let (p1, p2) = (k1 / n1, k2 / n2);
    let difference = p2 - p1;
    let pooled = (k1 + k2) / (n1 + n2);
    let standard_error = (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2).sqrt();
    let z_pooled = difference / (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
    let log_standard_error = ((1.0 - p1) / k1 + (1.0 - p2) / k2).sqrt();
    let z = normal_quantile(0.975);
    let end = |sign: f64| ((p2 / p1).ln() + sign * z * log_standard_error).exp_m1();
    TwoProportions {
        difference,
        standard_error,
        z_pooled,
        p_pooled: t_two_sided(z_pooled, f64::INFINITY),
        z_unpooled: difference / standard_error,
        log_standard_error,
        relative: (p2 / p1 - 1.0, Interval { low: end(-1.0), high: end(1.0) }),
    }
}

/// A straight line through waves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Change by unit of time.
    pub slope: f64,
    /// Its standard error, the variances of the waves being known.
    pub standard_error: f64,
    /// Two-sided p value.
    pub p: f64,
    /// Spread of the waves about the line (chi-squared with waves − 2 degrees of freedom).
    pub heterogeneity: f64,
}

/// Weighted least squares of (time, value, variance).
pub fn weighted_trend(points: &[(f64, f64, f64)]) -> Trend {
    let sum = |part: &dyn Fn(f64, f64) -> f64| points.iter().map(|(t, y, v)| part(*t, *y) / v).sum::<f64>();
    let (w, wt, wy) = (sum(&|_, _| 1.0), sum(&|t, _| t), sum(&|_, y| y));
    let (time, level) = (wt / w, wy / w);
    let spread = sum(&|t, _| (t - time).powi(2));
    let slope = sum(&|t, y| (t - time) * (y - level)) / spread;
    let standard_error = (1.0 / spread).sqrt();
    let heterogeneity = sum(&|t, y| (y - level - slope * (t - time)).powi(2));
    Trend { slope, standard_error, p: t_two_sided(slope / standard_error, f64::INFINITY), heterogeneity }
}

/// The test for trend of Cochran and Armitage, of (score, k, n): chi-squared and p.
pub fn cochran_armitage(groups: &[(f64, f64, f64)]) -> (f64, f64) {
    let n: f64 = groups.iter().map(|(_, _, n)| n).sum();
    let k: f64 = groups.iter().map(|(_, k, _)| k).sum();
    let (p, mean) = (k / n, groups.iter().map(|(x, _, n)| x * n).sum::<f64>() / n);
    let top: f64 = groups.iter().map(|(x, k, n)| (x - mean) * (k - n * p)).sum();
    let spread: f64 = groups.iter().map(|(x, _, n)| n * (x - mean).powi(2)).sum();
    let chi_squared = top * top / (p * (1.0 - p) * spread);
    (chi_squared, chi_squared_upper(chi_squared, 1.0))
}

/// Cronbach's alpha of items answered by the same persons; rows are persons.
pub fn cronbach_alpha(rows: &[Vec<f64>]) -> f64 {
    let items = rows.first().map_or(0, Vec::len);
    let of_items: f64 = (0..items)
        .map(|item| variance(rows.iter().map(|row| row.get(item).copied().unwrap_or(f64::NAN))))
        .sum();
    let of_sum = variance(rows.iter().map(|row| row.iter().sum()));
    items as f64 / (items as f64 - 1.0) * (1.0 - of_items / of_sum)
}

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    values.map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)
}
