//! Adjustment of the weights of a tally to known totals of the population.
//!
//! One margin is post-stratification; several are raking (Deming and Stephan 1940), repeated
//! until no total is off by more than one part in 10⁹. The variance uses the residuals of the
//! regression on the margins, weighted by the weights before (Deville and Särndal 1992).
//! Rows whose class has no total (sex not answered) keep their part of all weights: the known
//! totals share out the rest, in proportion.

use std::collections::BTreeMap;

use super::{
    design::Line,
    linear::Matrix,
    margins::PopulationMargin,
    weighting::{Raking, WeightingError},
};
use crate::indicator::tally::{CellKey, Tally};

/// A number for each combination of classes; the neutral one where nothing is calibrated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Factors {
    by_classes: BTreeMap<Vec<String>, f64>,
    neutral: f64,
    margins: Vec<PopulationMargin>,
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

/// Finds the factors that bring the weights to the totals of each margin, in the order of the
/// classes of a [`Unit`](crate::indicator::CountedUnit).
///
/// # Errors
/// [`WeightingError::Total`] for a total that is no number of units, [`WeightingError::EmptyClass`]
/// for a class of the population without answers, [`WeightingError::TotalsDisagree`] for margins
/// of different populations, [`WeightingError::NotConverged`] naming the margin that is farthest off.
pub fn calibrate(
    tally: &Tally,
    scale: &dyn Fn(&CellKey) -> f64,
    margins: &[PopulationMargin],
    raking: Raking,
) -> Result<Factors, WeightingError> {
    let Some(first) = margins.first() else { return Ok(Factors::none()) };
    let before = weights(tally, scale);
    let population: f64 = first.totals.values().sum();
    for (index, margin) in margins.iter().enumerate() {
        check(margin, index, &before, first, population)?;
    }
    let mut factors: BTreeMap<Vec<String>, f64> =
        before.keys().map(|classes| (classes.clone(), 1.0)).collect();
    let mut worst = (0.0_f64, String::new(), String::new());
    for _ in 0..raking.rounds {
        worst.0 = 0.0;
        for (index, margin) in margins.iter().enumerate() {
            let sums = sums(index, &before, &factors);
            let all: f64 = sums.values().sum();
            let unknown: f64 = sums
                .iter()
                .filter(|(class, _)| !margin.totals.contains_key(**class))
                .map(|(_, sum)| sum)
                .sum();
            let share = 1.0 - unknown / all;
            let target = |class: &str, sum: f64| {
                margin.totals.get(class).map_or(sum / all * population, |total| total * share)
            };
            for (class, sum) in sums.iter().filter(|(_, sum)| **sum > 0.0) {
                let off = (sum - target(class, *sum)).abs() / target(class, *sum).max(f64::MIN_POSITIVE);
                if off > worst.0 {
                    worst = (off, margin.name.clone(), (*class).to_owned());
                }
            }
            let ratios: BTreeMap<String, f64> = sums
                .iter()
                .map(|(class, sum)| {
                    ((*class).to_owned(), if *sum > 0.0 { target(class, *sum) / sum } else { 1.0 })
                })
                .collect();
            for (classes, factor) in &mut factors {
                *factor *= ratios.get(class_of(classes, index)).copied().unwrap_or(1.0);
            }
        }
        if worst.0 <= raking.epsilon {
            return Ok(Factors { by_classes: factors, neutral: 1.0, margins: margins.to_vec() });
        }
    }
    let (off, margin, class) = worst;
    Err(WeightingError::NotConverged { margin, class, off, rounds: raking.rounds })
}

fn class_of(classes: &[String], index: usize) -> &str {
    classes.get(index).map_or("", String::as_str)
}

/// Weights by class of one margin.
fn sums<'c>(
    index: usize,
    before: &'c BTreeMap<Vec<String>, f64>,
    factors: &BTreeMap<Vec<String>, f64>,
) -> BTreeMap<&'c str, f64> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for (classes, weight) in before {
        *sums.entry(class_of(classes, index)).or_default() +=
            weight * factors.get(classes).copied().unwrap_or(1.0);
    }
    sums
}

fn check(
    margin: &PopulationMargin,
    index: usize,
    before: &BTreeMap<Vec<String>, f64>,
    first: &PopulationMargin,
    population: f64,
) -> Result<(), WeightingError> {
    let named = |class: &str| (margin.name.clone(), class.to_owned());
    let sums = sums(index, before, &BTreeMap::new());
    for (class, total) in &margin.totals {
        let (margin, class) = named(class);
        if !(total.is_finite() && *total >= 0.0) {
            return Err(WeightingError::Total { margin, class });
        }
        if *total > 0.0 && sums.get(class.as_str()).copied().unwrap_or(0.0) <= 0.0 {
            return Err(WeightingError::EmptyClass { margin, class });
        }
    }
    let sum: f64 = margin.totals.values().sum();
    if (sum - population).abs() > 1e-9 * population {
        let (margin, _) = named("");
        return Err(WeightingError::TotalsDisagree {
            margin,
            sum,
            other: first.name.clone(),
            other_sum: population,
        });
    }
    Ok(())
}

/// What calibration explains of a linearised statistic, by class: it adds no variance. A class
/// without a known total explains nothing.
pub(super) fn project(
    tally: &Tally,
    factors: &Factors,
    scale: &dyn Fn(&CellKey) -> f64,
    line: &dyn Fn(&CellKey) -> Option<Line>,
) -> Factors {
    if factors.margins.is_empty() {
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
    let mut columns: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (index, margin) in factors.margins.iter().enumerate() {
        for class in margin.totals.keys() {
            let next = columns.len();
            columns.insert((index, class), next);
        }
    }
    let entries = |classes: &[String]| -> Vec<usize> {
        let entry = |index: usize| columns.get(&(index, class_of(classes, index))).copied();
        (0..factors.margins.len()).filter_map(entry).collect()
    };
    let mut normal = Matrix::zero(columns.len(), columns.len());
    let mut right = vec![0.0; columns.len()];
    for (classes, weight) in &before {
        let entries = entries(classes);
        for row in &entries {
            right[*row] += sums.get(classes).copied().unwrap_or(0.0);
            entries.iter().for_each(|column| normal.add(*row, *column, *weight));
        }
    }
    let coefficients = normal.solve_semidefinite(&right);
    let fitted = |classes: &Vec<String>| {
        let sum = entries(classes).iter().map(|column| coefficients[*column]).sum();
        (classes.clone(), sum)
    };
    Factors {
        by_classes: before.keys().map(fitted).collect(),
        neutral: 0.0,
        margins: factors.margins.clone(),
    }
}
