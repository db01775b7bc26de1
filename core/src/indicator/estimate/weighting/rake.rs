//! Post-stratification and raking.

use super::{
    error::WeightingError,
    known::{Adjusted, Auxiliary, KnownMargin, sums, totals_by_code},
};
use crate::indicator::estimate::microdata::EmptyStratum;

/// Multiplies the weights of each class to its total (Holt and Smith 1979).
///
/// # Errors
/// [`WeightingError::UnknownClass`], [`WeightingError::EmptyClass`] unless such classes are
/// left out, [`WeightingError::Total`].
pub fn post_stratify(
    weights: &[f64],
    margin: KnownMargin<'_>,
    empty: EmptyStratum,
) -> Result<Adjusted, WeightingError> {
    let totals = totals_by_code(&margin, weights, empty)?;
    let sums = sums(margin.classes, weights);
    let factor = |class: u32| {
        if sums[class as usize] > 0.0 { totals[class as usize] / sums[class as usize] } else { 0.0 }
    };
    let weights =
        margin.classes.of_row.iter().zip(weights).map(|(class, weight)| weight * factor(*class)).collect();
    Ok(Adjusted { weights, auxiliary: Auxiliary::of(&[margin], Vec::new()) })
}

/// When raking stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Raking {
    /// Farthest that a class may be off, as a share of its total.
    pub epsilon: f64,
    /// Most rounds over all margins.
    pub rounds: u32,
}

impl Default for Raking {
    /// R's `rake` stops at 1 unit and 10 rounds, which is far from done.
    fn default() -> Self {
        Self { epsilon: 1e-9, rounds: 1_000 }
    }
}

/// Multiplies weights to one margin after the other until all are met (Deming and Stephan 1940).
///
/// # Errors
/// As [`post_stratify`]; [`WeightingError::TotalsDisagree`] where margins add up to different
/// populations; [`WeightingError::NotConverged`] names the margin that is farthest off.
pub fn rake(
    weights: &[f64],
    margins: &[KnownMargin<'_>],
    empty: EmptyStratum,
    raking: Raking,
) -> Result<Adjusted, WeightingError> {
    let totals: Vec<Vec<f64>> =
        margins.iter().map(|margin| totals_by_code(margin, weights, empty)).collect::<Result<_, _>>()?;
    check_agreement(margins, &totals, raking.epsilon)?;
    let mut raked = weights.to_vec();
    let mut worst = Worst::default();
    for _ in 0..raking.rounds {
        worst = Worst::default();
        for (at, (margin, totals)) in margins.iter().zip(&totals).enumerate() {
            let sums = sums(margin.classes, &raked);
            for (class, (sum, total)) in
                sums.iter().zip(totals).enumerate().filter(|(_, (sum, _))| **sum > 0.0)
            {
                worst.note(at, class, (sum - total).abs() / total.max(f64::MIN_POSITIVE));
            }
            for (weight, class) in raked.iter_mut().zip(&margin.classes.of_row) {
                let sum = sums[*class as usize];
                *weight = if sum > 0.0 { *weight * totals[*class as usize] / sum } else { 0.0 };
            }
        }
        if worst.off <= raking.epsilon {
            return Ok(Adjusted { weights: raked, auxiliary: Auxiliary::of(margins, Vec::new()) });
        }
    }
    let margin = margins.get(worst.margin);
    Err(WeightingError::NotConverged {
        margin: margin.map(|margin| margin.name.to_owned()).unwrap_or_default(),
        class: margin.and_then(|margin| margin.classes.names.get(worst.class).cloned()).unwrap_or_default(),
        off: worst.off,
        rounds: raking.rounds,
    })
}

/// The class that is farthest from its total.
#[derive(Default)]
struct Worst {
    margin: usize,
    class: usize,
    off: f64,
}

impl Worst {
    fn note(&mut self, margin: usize, class: usize, off: f64) {
        if off > self.off {
            *self = Self { margin, class, off };
        }
    }
}

pub(super) fn check_agreement(
    margins: &[KnownMargin<'_>],
    totals: &[Vec<f64>],
    epsilon: f64,
) -> Result<(), WeightingError> {
    let sums: Vec<f64> = totals.iter().map(|totals| totals.iter().sum()).collect();
    for (margin, sum) in margins.iter().zip(&sums) {
        if let (Some(first), Some(first_sum)) = (margins.first(), sums.first())
            && (sum - first_sum).abs() > epsilon.max(1e-12) * first_sum
        {
            return Err(WeightingError::TotalsDisagree {
                margin: margin.name.to_owned(),
                sum: *sum,
                other: first.name.to_owned(),
                other_sum: *first_sum,
            });
        }
    }
    Ok(())
}
