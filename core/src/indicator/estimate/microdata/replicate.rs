//! Replicate weights: the jackknife and the bootstrap.

use rand_core::Rng;

use super::{
    policy::{DesignError, LonelyPsu},
    rows::Microdata,
};
use crate::indicator::estimate::design::Estimate;

/// Weights of several samples that are like the one there is.
#[derive(Debug, Clone, PartialEq)]
pub struct Replicates {
    /// What each unit's weight is multiplied by, replicate by replicate.
    factors: Vec<Vec<f64>>,
    /// What the square of each replicate's distance is multiplied by.
    scales: Vec<f64>,
    /// First-stage unit of each row.
    unit_of_row: Vec<u32>,
    /// Degrees of freedom.
    df: f64,
}

impl Microdata {
    /// The delete-one jackknife: each sampling unit of the first stage is left out once, and the
    /// others of its stratum stand in for it. With one stratum it is JK1, with several JKn
    /// (Wolter 2007, 4.5; Rust and Rao 1996).
    ///
    /// # Errors
    /// [`DesignError::LonelyPsu`] for a stratum of one unit, unless the policy is to remove it
    /// or to take it as certain.
    pub fn jackknife(&self) -> Result<Replicates, DesignError> {
        let mut factors = Vec::new();
        let mut scales = Vec::new();
        let Some(first) = self.stages.first() else { return Err(DesignError::NothingCounted) };
        for (unit, stratum_of_unit) in first.stratum_of_unit.iter().enumerate() {
            let stratum = &first.strata[*stratum_of_unit as usize];
            if stratum.sampled == 1 {
                let stays_out = matches!(self.policies.lonely_psu, LonelyPsu::Remove | LonelyPsu::Certainty);
                if stays_out || stratum.left() == 0.0 {
                    continue;
                }
                return Err(DesignError::LonelyPsu { stratum: stratum.name.clone(), stage: 1 });
            }
            let n = stratum.sampled as f64;
            let of_unit = |(other, other_stratum): (usize, &u32)| match (
                other == unit,
                other_stratum == stratum_of_unit,
            ) {
                (true, _) => 0.0,
                (false, true) => n / (n - 1.0),
                (false, false) => 1.0,
            };
            factors.push(first.stratum_of_unit.iter().enumerate().map(of_unit).collect());
            scales.push(stratum.left() * (n - 1.0) / n);
        }
        Ok(self.replicates(factors, scales))
    }

    /// The bootstrap of Rao, Wu and Yue (1992): `count` times one unit fewer than there are is
    /// drawn from each stratum with replacement, and weights are rescaled, for the finite
    /// population too.
    ///
    /// # Errors
    /// As [`jackknife`](Self::jackknife).
    pub fn bootstrap(&self, count: usize, rng: &mut impl Rng) -> Result<Replicates, DesignError> {
        let Some(first) = self.stages.first() else { return Err(DesignError::NothingCounted) };
        let mut units: Vec<Vec<usize>> = vec![Vec::new(); first.strata.len()];
        for (unit, stratum) in first.stratum_of_unit.iter().enumerate() {
            units[*stratum as usize].push(unit);
        }
        for stratum in first.strata.iter().filter(|stratum| stratum.sampled == 1 && stratum.left() > 0.0) {
            if !matches!(self.policies.lonely_psu, LonelyPsu::Remove | LonelyPsu::Certainty) {
                return Err(DesignError::LonelyPsu { stratum: stratum.name.clone(), stage: 1 });
            }
        }
        let mut factors = Vec::with_capacity(count);
        for _ in 0..count {
            let mut of_unit = vec![1.0; first.stratum_of_unit.len()];
            for (stratum, members) in
                first.strata.iter().zip(&units).filter(|(stratum, _)| stratum.sampled > 1)
            {
                let n = members.len() as f64;
                let rest = stratum.left().max(0.0).sqrt();
                members.iter().for_each(|unit| of_unit[*unit] = 1.0 - rest);
                for _ in 1..members.len() {
                    let drawn = members[below(members.len(), rng)];
                    of_unit[drawn] += rest * n / (n - 1.0);
                }
            }
            factors.push(of_unit);
        }
        let scales = vec![1.0 / (count as f64 - 1.0); count];
        Ok(self.replicates(factors, scales))
    }

    fn replicates(&self, factors: Vec<Vec<f64>>, scales: Vec<f64>) -> Replicates {
        let unit_of_row = self.stages.first().map(|first| first.unit_of_row.clone()).unwrap_or_default();
        Replicates { factors, scales, unit_of_row, df: self.design_degrees() }
    }
}

impl Replicates {
    /// How many there are.
    pub const fn count(&self) -> usize {
        self.factors.len()
    }

    /// The weights of a replicate, from those of the sample.
    fn weights(&self, factors: &[f64], weights: &[f64]) -> Vec<f64> {
        self.unit_of_row.iter().zip(weights).map(|(unit, weight)| factors[*unit as usize] * weight).collect()
    }

    /// Estimates a statistic of weights; its variance is the spread of the replicates about
    /// their mean. Weights that are adjusted to totals are adjusted anew inside of `statistic`.
    pub fn estimate(&self, data: &Microdata, statistic: impl Fn(&[f64]) -> f64) -> Estimate {
        let of_replicates: Vec<f64> =
            self.factors.iter().map(|factors| statistic(&self.weights(factors, data.weights()))).collect();
        let counted: Vec<f64> = of_replicates
            .iter()
            .zip(&self.scales)
            .filter(|(_, scale)| **scale > 0.0)
            .map(|(value, _)| *value)
            .collect();
        let centre = counted.iter().sum::<f64>() / counted.len() as f64;
        let variance = of_replicates
            .iter()
            .zip(&self.scales)
            .map(|(value, scale)| scale * (value - centre).powi(2))
            .sum();
        Estimate {
            value: statistic(data.weights()),
            variance,
            df: self.df,
            n: data.weights().iter().filter(|weight| **weight != 0.0).count() as u64,
        }
    }
}

/// A number below `bound`, each as likely.
fn below(bound: usize, rng: &mut impl Rng) -> usize {
    let bound = bound as u64;
    let most = u64::MAX - u64::MAX % bound;
    loop {
        let drawn = rng.next_u64();
        if drawn < most {
            return usize::try_from(drawn % bound).unwrap_or(0);
        }
    }
}
