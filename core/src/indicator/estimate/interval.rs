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
/// Not a number where one of them is none.
pub fn clopper_pearson(x: f64, n: f64) -> Interval {
    if x.is_nan() || n.is_nan() {
        return Interval { low: f64::NAN, high: f64::NAN };
    }
    let low = if x <= 0.0 { 0.0 } else { beta_quantile(0.025, x, n - x + 1.0) };
    let high = if x >= n { 1.0 } else { beta_quantile(0.975, x + 1.0, n - x) };
    Interval { low, high }
}

/// The interval of Korn and Graubard: Clopper and Pearson on an effective size.
pub fn korn_graubard(p: f64, effective_n: f64) -> Interval {
    clopper_pearson(p * effective_n, effective_n)
}

/// The interval that a proportion gets by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProportionMethod {
    /// Wilson's score interval: a simple random sample.
    Wilson,
    /// Korn and Graubard's with the effective size capped at the respondents: any other design.
    KornGraubard,
    /// Clopper and Pearson's on the respondents over an assumed design effect: all said the same,
    /// so that the data show no variance.
    ClopperPearson,
}

/// The default interval for the design: `simple` random sampling or not; `assumed_effect` is the
/// design effect to take where all said the same.
pub fn proportion_interval(
    basis: &ProportionBasis,
    simple: bool,
    assumed_effect: f64,
) -> (ProportionMethod, Interval) {
    let ProportionBasis { p, variance, n, .. } = *basis;
    if simple {
        return (ProportionMethod::Wilson, wilson(p, n));
    }
    if variance > 0.0 && p > 0.0 && p < 1.0 {
        return (ProportionMethod::KornGraubard, korn_graubard(p, basis.effective_n_capped()));
    }
    let size = n / assumed_effect.max(1.0);
    (ProportionMethod::ClopperPearson, clopper_pearson(p * size, size))
}

/// A t interval on the logit scale.
pub fn logit(basis: &ProportionBasis) -> Interval {
    let ProportionBasis { p, variance, df, .. } = *basis;
    let centre = (p / (1.0 - p)).ln();
    let half = t_quantile(0.975, df) * variance.sqrt() / (p * (1.0 - p));
    let back = |x: f64| 1.0 / (1.0 + (-x).exp());
    Interval { low: back(centre - half), high: back(centre + half) }
}

/// A t interval on the scale of arcsin √p, which evens the variance out.
pub fn arcsine(basis: &ProportionBasis) -> Interval {
    let ProportionBasis { p, variance, df, .. } = *basis;
    let half = t_quantile(0.975, df) * (variance / (4.0 * p * (1.0 - p))).sqrt();
    let back = |angle: f64| angle.clamp(0.0, std::f64::consts::FRAC_PI_2).sin().powi(2);
    Interval { low: back(p.sqrt().asin() - half), high: back(p.sqrt().asin() + half) }
}

/// How far a share lies from the estimate by its likelihood, in standard errors of the design
/// and with the sign of its side: the root of twice the log likelihood ratio of the effective
/// size (Rao and Scott 1984), over Pearson's dispersion n / (n − 1).
pub fn likelihood_root(basis: &ProportionBasis, share: f64) -> f64 {
    let ProportionBasis { p, n, .. } = *basis;
    let part = |p: f64, share: f64| if p > 0.0 { p * (p / share).ln() } else { 0.0 };
    let apart = (part(p, share) + part(1.0 - p, 1.0 - share)).max(0.0);
    (2.0 * basis.effective_n() * apart * (n - 1.0) / n).sqrt().copysign(share - p)
}

/// The interval of the shares that the likelihood does not rule out; exact, where R's `svyciprop`
/// reads it from a spline through ten points.
pub fn likelihood(basis: &ProportionBasis) -> Interval {
    let t = t_quantile(0.975, basis.df);
    let end = |far: f64, target: f64| {
        let (mut near, mut far) = (basis.p, far);
        for _ in 0..200 {
            let middle = f64::midpoint(near, far);
            if likelihood_root(basis, middle).abs() < target { near = middle } else { far = middle }
        }
        near
    };
    Interval { low: end(0.0, t), high: end(1.0, t) }
}

/// A t interval.
pub fn mean_t(estimate: f64, variance: f64, df: f64) -> Interval {
    let half = t_quantile(0.975, df) * variance.sqrt();
    Interval { low: estimate - half, high: estimate + half }
}
