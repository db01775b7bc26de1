//! Differences: between two waves, and between before and after of the same units.

use super::{
    design::{Estimate, Line, Sample},
    distribution::{t_quantile, t_two_sided},
};
use crate::indicator::{tally::CellKey, tile::Interval};

/// A change with its test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The change: a difference, or a ratio minus 1.
    pub value: f64,
    /// Standard error of the difference, or of the logarithm of the ratio.
    pub standard_error: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// 95 % interval.
    pub interval: Interval,
    /// Two-sided p value.
    pub p: f64,
}

fn on_the_scale(value: f64, variance: f64, df: f64) -> Difference {
    let standard_error = variance.sqrt();
    let half = t_quantile(0.975, df) * standard_error;
    let interval = Interval { low: value - half, high: value + half };
    Difference { value, standard_error, df, interval, p: t_two_sided(value / standard_error, df) }
}

fn on_the_log(ratio: f64, log_variance: f64, df: f64) -> Difference {
    let log = on_the_scale(ratio.ln(), log_variance, df);
    let interval = Interval { low: log.interval.low.exp_m1(), high: log.interval.high.exp_m1() };
    Difference { value: ratio - 1.0, interval, ..log }
}

/// The change from one independent sample to another, with a t interval.
/// `None` where neither has a variance.
pub fn difference(before: &Estimate, after: &Estimate) -> Option<Difference> {
    let variance = before.variance + after.variance;
    let df = degrees(before, after);
    (variance > 0.0 && df > 0.0).then(|| on_the_scale(after.value - before.value, variance, df))
}

/// The relative change from one independent sample to another: a t interval on the logarithm
/// of the ratio (delta method). `None` where neither has a variance or one is not positive.
pub fn relative_change(before: &Estimate, after: &Estimate) -> Option<Difference> {
    if before.value <= 0.0 || after.value <= 0.0 {
        return None;
    }
    let relative = |estimate: &Estimate| estimate.variance / (estimate.value * estimate.value);
    let variance = relative(before) + relative(after);
    let df = degrees(before, after);
    (variance > 0.0 && df > 0.0).then(|| on_the_log(after.value / before.value, variance, df))
}

/// A number of a plan has no sampling error and adds no degrees of freedom.
fn degrees(before: &Estimate, after: &Estimate) -> f64 {
    [before, after].iter().filter(|estimate| estimate.variance > 0.0).map(|estimate| estimate.df).sum()
}

/// The mean change of the same units, y after and x before.
pub fn paired_points(sample: &Sample<'_>, domain: &dyn Fn(&CellKey) -> bool) -> Option<Difference> {
    let estimate = sample.ratio(domain, Line::Y.plus(-1.0, Line::X), Line::ONE)?;
    (estimate.variance > 0.0 && estimate.df > 0.0)
        .then(|| on_the_scale(estimate.value, estimate.variance, estimate.df))
}

/// The relative change of the means of the same units, y after and x before.
pub fn paired_relative(sample: &Sample<'_>, domain: &dyn Fn(&CellKey) -> bool) -> Option<Difference> {
    let ratio = sample.ratio(domain, Line::Y, Line::X)?;
    (ratio.value > 0.0 && ratio.variance > 0.0 && ratio.df > 0.0)
        .then(|| on_the_log(ratio.value, ratio.variance / (ratio.value * ratio.value), ratio.df))
}
