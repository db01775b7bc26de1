//! What is known of the population, and of each row.

use std::collections::BTreeMap;

use super::error::WeightingError;
use crate::indicator::estimate::{
    linear::Matrix,
    microdata::{Codes, EmptyStratum},
};

/// One classification of the rows, and how many of the population are in each class.
#[derive(Debug, Clone, Copy)]
pub struct KnownMargin<'m> {
    /// Name, for messages.
    pub name: &'m str,
    /// Class of each row.
    pub classes: &'m Codes,
    /// Population of each class, by its name.
    pub totals: &'m BTreeMap<String, f64>,
}

/// Weights after an adjustment.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjusted {
    /// One for each row.
    pub weights: Vec<f64>,
    /// What they were adjusted to: gives the variance its due in
    /// [`Microdata::calibrated`](crate::indicator::estimate::microdata::Microdata::calibrated).
    pub auxiliary: Auxiliary,
}

/// What calibration knows of each row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Auxiliary {
    classes: Vec<(Vec<u32>, usize)>,
    numbers: Vec<Vec<f64>>,
}

impl Auxiliary {
    /// Classes and numbers of the rows.
    pub fn of(margins: &[KnownMargin<'_>], numbers: Vec<Vec<f64>>) -> Self {
        let of_margin = |margin: &KnownMargin<'_>| (margin.classes.of_row.clone(), margin.classes.classes());
        Self { classes: margins.iter().map(of_margin).collect(), numbers }
    }

    fn width(&self) -> usize {
        self.classes.iter().map(|(_, classes)| classes).sum::<usize>() + self.numbers.len()
    }

    /// The columns of a row that are not 0.
    fn entries(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let mut first = 0;
        let classes = self.classes.iter().map(move |(codes, classes)| {
            let at = first + codes[row] as usize;
            first += classes;
            (at, 1.0)
        });
        let from = self.width() - self.numbers.len();
        classes.chain(self.numbers.iter().enumerate().map(move |(at, numbers)| (from + at, numbers[row])))
    }

    /// Σ w x xᵀ and Σ w x z.
    pub(super) fn normal(&self, weights: &[f64], z: impl Fn(usize) -> f64) -> (Matrix, Vec<f64>) {
        let width = self.width();
        let (mut normal, mut right) = (Matrix::zero(width, width), vec![0.0; width]);
        for (row, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            for (a, x) in self.entries(row) {
                right[a] += weight * x * z(row);
                for (b, y) in self.entries(row) {
                    normal.add(a, b, weight * x * y);
                }
            }
        }
        (normal, right)
    }

    pub(super) fn fitted(&self, row: usize, coefficients: &[f64]) -> f64 {
        self.entries(row).map(|(at, x)| x * coefficients[at]).sum()
    }

    /// What the regression on these columns leaves of an influence: Deville and Särndal (1992),
    /// with the weights before calibration in the regression and those after outside of it.
    pub(in crate::indicator::estimate) fn residuals(
        &self,
        before: &[f64],
        after: &[f64],
        influence: &[f64],
    ) -> Vec<f64> {
        let z = |row: usize| if after[row] == 0.0 { 0.0 } else { influence[row] / after[row] };
        let (normal, right) = self.normal(before, z);
        let coefficients = normal.solve_semidefinite(&right);
        (0..influence.len()).map(|row| (z(row) - self.fitted(row, &coefficients)) * after[row]).collect()
    }
}

/// Population of the class of each code; 0 for a class that the policy leaves out.
pub(super) fn totals_by_code(
    margin: &KnownMargin<'_>,
    weights: &[f64],
    empty: EmptyStratum,
) -> Result<Vec<f64>, WeightingError> {
    let named = |class: &str| (margin.name.to_owned(), class.to_owned());
    if margin.classes.of_row.len() != weights.len() {
        return Err(WeightingError::Length { expected: weights.len(), got: margin.classes.of_row.len() });
    }
    if let Some((class, _)) = margin.totals.iter().find(|(_, total)| !(total.is_finite() && **total >= 0.0)) {
        let (margin, class) = named(class);
        return Err(WeightingError::Total { margin, class });
    }
    let sums = sums(margin.classes, weights);
    let mut totals = Vec::with_capacity(sums.len());
    for (name, sum) in margin.classes.names.iter().zip(&sums) {
        let (margin_name, class) = named(name);
        match margin.totals.get(name) {
            Some(total) if *total > 0.0 && *sum <= 0.0 => {
                if empty == EmptyStratum::Fail {
                    return Err(WeightingError::EmptyClass { margin: margin_name, class });
                }
                totals.push(0.0);
            }
            Some(total) => totals.push(*total),
            None => return Err(WeightingError::UnknownClass { margin: margin_name, class }),
        }
    }
    let asked = |class: &&String| !margin.classes.names.contains(class);
    let unanswered =
        margin.totals.iter().filter(|(_, total)| **total > 0.0).map(|(class, _)| class).find(asked);
    match unanswered.filter(|_| empty == EmptyStratum::Fail) {
        Some(class) => {
            let (margin, class) = named(class);
            Err(WeightingError::EmptyClass { margin, class })
        }
        None => Ok(totals),
    }
}

pub(super) fn sums(classes: &Codes, weights: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; classes.classes()];
    for (class, weight) in classes.of_row.iter().zip(weights) {
        sums[*class as usize] += weight;
    }
    sums
}
