//! Intervals of one number at 95 %.

use super::distribution::{beta_quantile, normal_quantile, t_quantile};
use crate::indicator::tile::Interval;

/// What the interval of a proportion rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionBasis {
    /// The proportion.
    pub p: f64,
    /// Its variance under the design.
    pub variance: f64,
    /// Respondents, unweighted.
    pub n: f64,
    /// Degrees of freedom of the design.
    pub df: f64,
}

impl ProportionBasis {
    /// The size of the simple random sample that would be as precise.
    pub fn effective_n(&self) -> f64 {
        self.p * (1.0 - self.p) / self.variance
    }

    /// The effective size, corrected for the degrees of freedom of the design (Korn and Graubard 1998).
    pub fn effective_n_df(&self) -> f64 {
        let ratio = t_quantile(0.975, self.n - 1.0) / t_quantile(0.975, self.df);
        self.effective_n() * ratio * ratio
    }

    /// As [`effective_n_df`](Self::effective_n_df), but never more than the respondents there are.
    pub fn effective_n_capped(&self) -> f64 {
        self.effective_n_df().min(self.n)
    }
}

/// Wilson's score interval for a proportion `p` of `n`.
pub fn wilson(p: f64, n: f64) -> Interval {
    let z = normal_quantile(0.975);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
}

/// The exact interval of Clopper and Pearson for `x` of `n`; both may be fractions (Korn and Graubard).
pub fn clopper_pearson(x: f64, n: f64) -> Interval {
    let low = if x <= 0.0 { 0.0 } else { beta_quantile(0.025, x, n - x + 1.0) };
    let high = if x >= n { 1.0 } else { beta_quantile(0.975, x + 1.0, n - x) };
    Interval { low, high }
}

/// The interval of Korn and Graubard: Clopper and Pearson on an effective size.
pub fn korn_graubard(p: f64, effective_n: f64) -> Interval {
    clopper_pearson(p * effective_n, effective_n)
}

/// A t interval on the logit scale.
pub fn logit(basis: &ProportionBasis) -> Interval {
    let ProportionBasis { p, variance, df, .. } = *basis;
    let centre = (p / (1.0 - p)).ln();
    let half = t_quantile(0.975, df) * variance.sqrt() / (p * (1.0 - p));
    let back = |x: f64| 1.0 / (1.0 + (-x).exp());
    Interval { low: back(centre - half), high: back(centre + half) }
}

/// A t interval.
pub fn mean_t(estimate: f64, variance: f64, df: f64) -> Interval {
    let half = t_quantile(0.975, df) * variance.sqrt();
    Interval { low: estimate - half, high: estimate + half }
}
