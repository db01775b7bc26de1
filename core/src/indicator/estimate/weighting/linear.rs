//! Linear calibration: the generalised regression estimator.

use super::{
    error::WeightingError,
    known::{Adjusted, Auxiliary, KnownMargin, totals_by_code},
    rake::check_agreement,
};
use crate::indicator::estimate::microdata::EmptyStratum;

/// What is done with a weight below 0 that a linear calibration may give.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Negative {
    /// It is an error: [`WeightingError::Negative`]; rake instead, or trim before.
    #[default]
    Refuse,
    /// It stays: totals are met all the same.
    Allow,
}

/// A number of each row with its known total.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownTotal {
    /// Name, for messages.
    pub name: String,
    /// One number for each row.
    pub numbers: Vec<f64>,
    /// Σ over the population.
    pub total: f64,
}

/// Adds to each weight what a linear function of the known columns needs to meet all totals
/// (generalised regression; Deville and Särndal 1992, case 1).
///
/// # Errors
/// As [`rake`], whose [`WeightingError::NotConverged`] here says that no weights meet the totals;
/// [`WeightingError::Negative`] unless weights below 0 are allowed.
pub fn calibrate_linear(
    weights: &[f64],
    margins: &[KnownMargin<'_>],
    numbers: &[KnownTotal],
    negative: Negative,
) -> Result<Adjusted, WeightingError> {
    let mut known: Vec<f64> = Vec::new();
    let mut names: Vec<(String, String)> = Vec::new();
    let mut of_margins = Vec::new();
    for margin in margins {
        let totals = totals_by_code(margin, weights, EmptyStratum::Fail)?;
        names.extend(margin.classes.names.iter().map(|class| (margin.name.to_owned(), class.clone())));
        known.extend(&totals);
        of_margins.push(totals);
    }
    check_agreement(margins, &of_margins, 1e-9)?;
    for number in numbers {
        if number.numbers.len() != weights.len() {
            return Err(WeightingError::Length { expected: weights.len(), got: number.numbers.len() });
        }
        names.push((number.name.clone(), String::new()));
        known.push(number.total);
    }
    let auxiliary = Auxiliary::of(margins, numbers.iter().map(|number| number.numbers.clone()).collect());
    let (normal, now) = auxiliary.normal(weights, |_| 1.0);
    let apart: Vec<f64> = known.iter().zip(&now).map(|(known, now)| known - now).collect();
    let coefficients = normal.solve_semidefinite(&apart);
    let adjusted: Vec<f64> = weights
        .iter()
        .enumerate()
        .map(|(row, weight)| weight * (1.0 + auxiliary.fitted(row, &coefficients)))
        .collect();
    let (_, reached) = auxiliary.normal(&adjusted, |_| 1.0);
    for ((name, known), reached) in names.into_iter().zip(&known).zip(&reached) {
        let off = (reached - known).abs() / known.abs().max(1.0);
        if off > 1e-9 {
            return Err(WeightingError::NotConverged { margin: name.0, class: name.1, off, rounds: 1 });
        }
    }
    match adjusted.iter().position(|weight| *weight < 0.0).filter(|_| negative == Negative::Refuse) {
        Some(row) => Err(WeightingError::Negative { row: row + 1 }),
        None => Ok(Adjusted { weights: adjusted, auxiliary }),
    }
}
