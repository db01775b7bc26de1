//! Adjustment of weights to known totals of the population.
//!
//! One margin is post-stratification; several are raking (Deming and Stephan 1940), repeated
//! until no total is off by more than one part in 10¹². The variance uses the residuals of
//! the regression on the margins, weighted by the weights before (Deville and Särndal 1992).

use std::collections::BTreeMap;

use super::design::Line;
use crate::indicator::tally::{CellKey, Tally};

/// A number for each combination of classes; the neutral one where nothing is calibrated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Factors {
    by_classes: BTreeMap<Vec<String>, f64>,
    neutral: f64,
    margins: usize,
}

impl Factors {
    /// Weights as they are.
    pub fn none() -> Self {
        Self { neutral: 1.0, ..Self::default() }
    }

    /// The number of a combination of classes.
    pub fn of(&self, classes: &[String]) -> f64 {
        self.by_classes.get(classes).copied().unwrap_or(self.neutral)
    }
}

/// Weight of each combination of classes before calibration.
fn weights(tally: &Tally, scale: &dyn Fn(&CellKey) -> f64) -> BTreeMap<Vec<String>, f64> {
    let mut weights = BTreeMap::new();
    for (key, cell) in tally.cells() {
        let weight = scale(key) * (cell.moments.w.value() + cell.outside_w.value());
        *weights.entry(key.classes.clone()).or_default() += weight;
    }
    weights
}

/// Finds the factors that bring the weights to the totals of each margin, in the order of
/// the classes of a [`Unit`](crate::indicator::CountedUnit). A class without a known total,
/// or that nobody of the sample is in, keeps its weight.
pub fn calibrate(
    tally: &Tally,
    scale: &dyn Fn(&CellKey) -> f64,
    margins: &[BTreeMap<String, f64>],
) -> Factors {
    if margins.is_empty() {
        return Factors::none();
    }
    let before = weights(tally, scale);
    let mut factors: BTreeMap<Vec<String>, f64> =
        before.keys().map(|classes| (classes.clone(), 1.0)).collect();
    for _ in 0..10_000 {
        let mut worst = 0.0_f64;
        for (index, totals) in margins.iter().enumerate() {
            let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
            for (classes, weight) in &before {
                let class = classes.get(index).map_or("", String::as_str);
                *sums.entry(class).or_default() += weight * factors.get(classes).copied().unwrap_or(1.0);
            }
            for (classes, factor) in &mut factors {
                let class = classes.get(index).map_or("", String::as_str);
                let (Some(total), Some(sum)) = (totals.get(class), sums.get(class)) else { continue };
                if *sum > 0.0 {
                    worst = worst.max((total / sum - 1.0).abs());
                    *factor *= total / sum;
                }
            }
        }
        if worst < 1e-12 {
            break;
        }
    }
    Factors { by_classes: factors, neutral: 1.0, margins: margins.len() }
}

/// What calibration explains of a linearised statistic, by class: it adds no variance.
pub(super) fn project(
    tally: &Tally,
    factors: &Factors,
    scale: &dyn Fn(&CellKey) -> f64,
    line: &dyn Fn(&CellKey) -> Option<Line>,
) -> Factors {
    if factors.margins == 0 {
        return Factors::default();
    }
    let before = weights(tally, scale);
    let mut sums: BTreeMap<Vec<String>, f64> = BTreeMap::new();
    for (key, cell) in tally.cells() {
        let Some(Line { one, x, y }) = line(key) else { continue };
        let m = &cell.moments;
        *sums.entry(key.classes.clone()).or_default() +=
            scale(key) * (one * m.w.value() + x * m.wx.value() + y * m.wy.value());
    }
    let mut fitted: BTreeMap<Vec<String>, f64> =
        before.keys().map(|classes| (classes.clone(), 0.0)).collect();
    // Alternating projections on the margins reach the regression on all of them.
    for _ in 0..10_000 {
        let mut worst = 0.0_f64;
        for index in 0..factors.margins {
            let mut rests: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
            for (classes, weight) in &before {
                let class = classes.get(index).map_or("", String::as_str);
                let (rest, all) = rests.entry(class).or_default();
                *rest +=
                    sums.get(classes).copied().unwrap_or(0.0) - weight * fitted.get(classes).unwrap_or(&0.0);
                *all += weight;
            }
            for (classes, value) in &mut fitted {
                let class = classes.get(index).map_or("", String::as_str);
                let Some((rest, all)) = rests.get(class).filter(|(_, all)| *all > 0.0) else { continue };
                worst = worst.max((rest / all).abs() / (1e-300 + value.abs()));
                *value += rest / all;
            }
        }
        if worst < 1e-13 {
            break;
        }
    }
    Factors { by_classes: fitted, neutral: 0.0, margins: factors.margins }
}
