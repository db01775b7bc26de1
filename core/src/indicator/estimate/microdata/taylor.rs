//! Covariance of totals under the design.
//!
//! A statistic is written as a total of influences, one for each row and 0 outside of its
//! domain; Σ (1 − f_h) n_h / (n_h − 1) Σ (t − t̄)(t − t̄)ᵀ over the unit totals of each stratum
//! is its variance, and each further stage adds the same within its units times the share
//! that was sampled above (Särndal, Swensson and Wretman 1992, 4.3 and 5.5; Binder 1983).

use super::{
    policy::{DesignError, LonelyPsu},
    rows::Microdata,
    stage::Nested,
};
use crate::indicator::estimate::linear::Matrix;

/// A share of the population this near to all of it leaves nothing to chance.
const ALL_OF_IT: f64 = 1e-7;

impl Microdata {
    /// The covariance of totals of influences; each column has one number for each row, its
    /// weight included.
    ///
    /// # Errors
    /// [`DesignError::Length`], and [`DesignError::LonelyPsu`] where the policy is to fail.
    pub fn covariance(&self, columns: &[&[f64]]) -> Result<Matrix, DesignError> {
        if let Some(column) = columns.iter().find(|column| column.len() != self.rows()) {
            return Err(DesignError::Length { expected: self.rows(), got: column.len() });
        }
        let rests: Vec<Vec<f64>>;
        let columns: Vec<&[f64]> = match &self.calibration {
            None => columns.to_vec(),
            Some((auxiliary, before)) => {
                let rest = |column: &&[f64]| auxiliary.residuals(before, self.weights(), column);
                rests = columns.iter().map(rest).collect();
                rests.iter().map(Vec::as_slice).collect()
            }
        };
        let mut sum = Matrix::zero(columns.len(), columns.len());
        for (number, stage) in self.stages.iter().enumerate() {
            sum.add_times(1.0, &self.of_stage(number + 1, stage, &columns)?);
        }
        Ok(sum)
    }

    /// The variance of one total of influences.
    ///
    /// # Errors
    /// As [`covariance`](Self::covariance).
    pub fn variance_of(&self, influence: &[f64]) -> Result<f64, DesignError> {
        Ok(self.covariance(&[influence])?.at(0, 0))
    }

    fn of_stage(&self, number: usize, stage: &Nested, columns: &[&[f64]]) -> Result<Matrix, DesignError> {
        let width = columns.len();
        let totals = totals(stage, columns);
        let mut means = vec![0.0; stage.strata.len() * width];
        for (unit, stratum) in stage.stratum_of_unit.iter().enumerate() {
            let stratum = *stratum as usize;
            let sampled = stage.strata[stratum].sampled as f64;
            for column in 0..width {
                means[stratum * width + column] += totals[unit * width + column] / sampled;
            }
        }
        let grand: Vec<f64> = (0..width)
            .map(|column| {
                totals.iter().skip(column).step_by(width).sum::<f64>() / stage.stratum_of_unit.len() as f64
            })
            .collect();
        let factors = self.factors(number, stage)?;
        let mut sum = Matrix::zero(width, width);
        for (unit, stratum) in stage.stratum_of_unit.iter().enumerate() {
            let stratum = *stratum as usize;
            let factor = factors[stratum];
            if factor == 0.0 {
                continue;
            }
            let lone = stage.strata[stratum].sampled == 1;
            let apart = |column: usize| {
                let centre = if lone { grand[column] } else { means[stratum * width + column] };
                totals[unit * width + column] - centre
            };
            for row in 0..width {
                for column in 0..width {
                    sum.add(row, column, factor * apart(row) * apart(column));
                }
            }
        }
        Ok(sum)
    }

    /// What the squares of each stratum are multiplied by.
    fn factors(&self, number: usize, stage: &Nested) -> Result<Vec<f64>, DesignError> {
        let policy = self.policies.lonely_psu;
        let is_seen = |stratum: &super::stage::Stratum| stratum.sampled > 1 || stratum.left() < ALL_OF_IT;
        let mut factors = Vec::with_capacity(stage.strata.len());
        for stratum in &stage.strata {
            let left = stratum.left();
            let n = stratum.sampled as f64;
            let own = match policy {
                _ if left < ALL_OF_IT => 0.0,
                _ if stratum.sampled > 1 => left * n / (n - 1.0),
                LonelyPsu::Fail => {
                    return Err(DesignError::LonelyPsu { stratum: stratum.name.clone(), stage: number });
                }
                LonelyPsu::Adjust => left,
                LonelyPsu::Remove | LonelyPsu::Certainty | LonelyPsu::Average => 0.0,
            };
            factors.push(own * stratum.share_above);
        }
        if policy == LonelyPsu::Average {
            // Within each unit above, a lone stratum takes the mean of the others.
            let parents = stage.strata.iter().map(|stratum| stratum.parent as usize + 1).max().unwrap_or(0);
            let mut counts = vec![(0.0, 0.0); parents];
            for stratum in &stage.strata {
                let (all, seen) = &mut counts[stratum.parent as usize];
                *all += 1.0;
                *seen += f64::from(u8::from(is_seen(stratum)));
            }
            for (factor, stratum) in factors.iter_mut().zip(&stage.strata) {
                let (all, seen) = counts[stratum.parent as usize];
                *factor *= if seen > 0.0 { all / seen } else { 1.0 };
            }
        }
        Ok(factors)
    }
}

/// Totals of each column by unit, unit by unit.
fn totals(stage: &Nested, columns: &[&[f64]]) -> Vec<f64> {
    let width = columns.len();
    let mut totals = vec![0.0; stage.stratum_of_unit.len() * width];
    for (at, column) in columns.iter().enumerate() {
        for (unit, value) in stage.unit_of_row.iter().zip(*column) {
            totals[*unit as usize * width + at] += value;
        }
    }
    totals
}
