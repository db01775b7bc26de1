//! The data themselves, and the part of them that a statistic is of.

use std::collections::HashSet;

use super::{
    policy::{DesignError, Missing, Policies, ZeroWeight},
    stage::{Nested, Stage},
};
use crate::indicator::estimate::weighting::Auxiliary;

/// Rows with their weights and their sampling design.
#[derive(Debug, Clone, PartialEq)]
pub struct Microdata {
    weights: Vec<f64>,
    pub(super) stages: Vec<Nested>,
    pub(super) policies: Policies,
    /// What the weights were adjusted to, with the weights before.
    pub(super) calibration: Option<(Auxiliary, Vec<f64>)>,
}

impl Microdata {
    /// Puts `rows` into their design. Without `weights` each row speaks for the units that its
    /// stages leave out. No stage at all is a simple random sample of a very large population.
    ///
    /// # Errors
    /// [`DesignError::Length`] where a column has not one number for each row,
    /// [`DesignError::Weight`] for a weight below 0, [`DesignError::ZeroWeight`] where the
    /// policy refuses one, [`DesignError::NoWeights`] where there are neither weights nor
    /// populations, [`DesignError::Population`] where a stratum has fewer units than were sampled.
    pub fn new(
        rows: usize,
        weights: Option<Vec<f64>>,
        stages: &[Stage],
        policies: Policies,
    ) -> Result<Self, DesignError> {
        let mut nested: Vec<Nested> = Vec::with_capacity(stages.len().max(1));
        for stage in stages {
            let next = Nested::of(stage, rows, nested.last())?;
            nested.push(next);
        }
        if nested.is_empty() {
            nested.push(Nested::of(&Stage::default(), rows, None)?);
        }
        let weights = match weights {
            Some(weights) => weights,
            None => made_weights(rows, &nested)?,
        };
        check_weights(rows, &weights, policies)?;
        Ok(Self { weights, stages: nested, policies, calibration: None })
    }

    /// The data with weights that were adjusted to known totals: what the totals explain of a
    /// statistic adds no variance (Deville and Särndal 1992).
    ///
    /// # Errors
    /// As [`new`](Self::new), of the new weights.
    pub fn calibrated(mut self, weights: Vec<f64>, auxiliary: Auxiliary) -> Result<Self, DesignError> {
        // A linear calibration may give a row a weight below 0; it still adds up.
        if let Some(row) = weights.iter().position(|weight| !weight.is_finite()) {
            return Err(DesignError::Weight { row: row + 1 });
        }
        if weights.len() != self.weights.len() {
            return Err(DesignError::Length { expected: self.weights.len(), got: weights.len() });
        }
        let before = std::mem::replace(&mut self.weights, weights);
        self.calibration = Some((auxiliary, before));
        Ok(self)
    }

    /// The data with other policies.
    ///
    /// # Errors
    /// [`DesignError::ZeroWeight`] where the new policy refuses a weight.
    pub fn under(mut self, policies: Policies) -> Result<Self, DesignError> {
        check_weights(self.weights.len(), &self.weights, policies)?;
        self.policies = policies;
        Ok(self)
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.weights.len()
    }

    /// The weight of each row.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Every row.
    pub fn all(&self) -> Domain<'_> {
        self.domain(|_| true)
    }

    /// The rows (from 0) that `holds` is true of. The others stay in the design.
    pub fn domain(&self, holds: impl Fn(usize) -> bool) -> Domain<'_> {
        Domain { data: self, inside: (0..self.rows()).map(holds).collect() }
    }

    /// Sampling units of the first stage with a weight, minus their strata.
    pub fn degrees_of_freedom(&self) -> f64 {
        self.degrees_of(&vec![true; self.rows()])
    }

    /// Sampling units of the first stage with a weight among rows, minus their strata.
    pub(super) fn degrees_of(&self, inside: &[bool]) -> f64 {
        let Some(first) = self.stages.first() else { return 0.0 };
        let mut seen_units = vec![false; first.stratum_of_unit.len()];
        let mut seen_strata = vec![false; first.strata.len()];
        for (row, unit) in first.unit_of_row.iter().enumerate() {
            if inside[row] && self.weights[row] != 0.0 {
                seen_units[*unit as usize] = true;
                seen_strata[first.stratum_of_unit[*unit as usize] as usize] = true;
            }
        }
        let count = |seen: &[bool]| seen.iter().filter(|seen| **seen).count() as f64;
        count(&seen_units) - count(&seen_strata)
    }

    /// Sampling units of the first stage minus strata, rows without a weight included.
    pub(super) fn design_degrees(&self) -> f64 {
        self.stages
            .first()
            .map_or(0.0, |first| first.stratum_of_unit.len() as f64 - first.strata.len() as f64)
    }

    /// Names of the strata of the first stage that hold one sampling unit.
    pub fn lone_strata(&self) -> HashSet<&str> {
        let first = self.stages.first().map(|first| first.strata.as_slice()).unwrap_or_default();
        first.iter().filter(|stratum| stratum.sampled == 1).map(|stratum| stratum.name.as_str()).collect()
    }
}

fn made_weights(rows: usize, stages: &[Nested]) -> Result<Vec<f64>, DesignError> {
    let weight = |row: usize| {
        stages.iter().try_fold(1.0, |weight, stage| Some(weight * stage.weight(stage.unit_of_row[row])?))
    };
    (0..rows).map(weight).collect::<Option<_>>().ok_or(DesignError::NoWeights)
}

fn check_weights(rows: usize, weights: &[f64], policies: Policies) -> Result<(), DesignError> {
    if weights.len() != rows {
        return Err(DesignError::Length { expected: rows, got: weights.len() });
    }
    let first = |wrong: &dyn Fn(&f64) -> bool| weights.iter().position(wrong).map(|row| row + 1);
    if let Some(row) = first(&|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(DesignError::Weight { row });
    }
    match first(&|weight| *weight == 0.0).filter(|_| policies.zero_weight == ZeroWeight::Refuse) {
        Some(row) => Err(DesignError::ZeroWeight { row }),
        None => Ok(()),
    }
}

/// The part of the data that a statistic is of.
#[derive(Debug, Clone, PartialEq)]
pub struct Domain<'d> {
    pub(super) data: &'d Microdata,
    pub(super) inside: Vec<bool>,
}

impl Domain<'_> {
    /// The data behind it.
    pub const fn data(&self) -> &Microdata {
        self.data
    }

    /// True when a row (from 0) is in the domain.
    pub fn holds(&self, row: usize) -> bool {
        self.inside.get(row).copied().unwrap_or(false)
    }

    /// Sampling units of the first stage with a weight in the domain, minus their strata.
    pub fn degrees_of_freedom(&self) -> f64 {
        self.data.degrees_of(&self.inside)
    }

    /// Columns without missing answers, and the rows that count, by the policy of the data.
    pub(super) fn answered<const N: usize>(
        &self,
        columns: [&[f64]; N],
    ) -> Result<([Vec<f64>; N], Vec<bool>), DesignError> {
        let rows = self.data.rows();
        if let Some(column) = columns.iter().find(|column| column.len() != rows) {
            return Err(DesignError::Length { expected: rows, got: column.len() });
        }
        let mut inside = self.inside.clone();
        let missing = |row: usize| columns.iter().any(|column| !column[row].is_finite());
        match self.data.policies.missing {
            Missing::AsNo => {}
            Missing::Outside => {
                for (row, inside) in inside.iter_mut().enumerate() {
                    *inside &= !missing(row);
                }
            }
            Missing::Refuse => {
                if let Some(row) = (0..rows).find(|row| inside[*row] && missing(*row)) {
                    return Err(DesignError::Missing { row: row + 1 });
                }
            }
        }
        let clean = columns.map(|column| {
            column.iter().map(|value| if value.is_finite() { *value } else { 0.0 }).collect::<Vec<_>>()
        });
        Ok((clean, inside))
    }
}
