//! Trimming, and classes of non-response.

use super::{error::WeightingError, known::sums};
use crate::indicator::estimate::microdata::{Codes, EmptyStratum};

/// How often weights are trimmed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Trimming {
    /// Once: what is cut goes to the others, which may pass a bound by it.
    Once,
    /// Until none is outside of the bounds.
    #[default]
    Strict,
}

/// Cuts weights to bounds and spreads what is cut evenly over the weights within, so that the
/// sum stays (as R's `trimWeights`; Potter 1990).
///
/// # Errors
/// [`WeightingError::Bounds`] where no weights within the bounds have that sum.
pub fn trim(weights: &[f64], lower: f64, upper: f64, trimming: Trimming) -> Result<Vec<f64>, WeightingError> {
    let n = weights.len() as f64;
    let sum: f64 = weights.iter().sum();
    let slack = 1e-12 * sum.abs();
    let no_room = WeightingError::Bounds { lower, upper };
    let has_room = lower * n <= sum + slack && upper * n >= sum - slack;
    if lower > upper || (trimming == Trimming::Strict && !has_room) {
        return Err(no_room);
    }
    let mut trimmed = weights.to_vec();
    // Each round puts at least one weight onto a bound, where it stays.
    for _ in 0..=weights.len() {
        let outside: Vec<bool> =
            trimmed.iter().map(|weight| *weight < lower - slack / n || *weight > upper + slack / n).collect();
        if !outside.contains(&true) {
            return Ok(trimmed);
        }
        let cut: f64 = trimmed.iter().map(|weight| weight - weight.clamp(lower, upper)).sum();
        let takes =
            |weight: f64, outside: bool| !outside && if cut > 0.0 { weight < upper } else { weight > lower };
        let takers = match trimming {
            Trimming::Once => outside.iter().filter(|outside| !**outside).count(),
            Trimming::Strict => {
                trimmed.iter().zip(&outside).filter(|(weight, outside)| takes(**weight, **outside)).count()
            }
        };
        if takers == 0 && cut.abs() > slack {
            return Err(no_room);
        }
        for (weight, outside) in trimmed.iter_mut().zip(&outside) {
            if *outside {
                *weight = weight.clamp(lower, upper);
            } else if trimming == Trimming::Once || takes(*weight, *outside) {
                *weight += cut / takers.max(1) as f64;
            }
        }
        if trimming == Trimming::Once {
            return Ok(trimmed);
        }
    }
    Err(no_room)
}

/// Gives the weights of those who did not answer to those of their class who did (Oh and
/// Scheuren 1983): weights after, 0 where not answered.
///
/// # Errors
/// [`WeightingError::EmptyClass`] for a class that nobody answered in, unless such classes are
/// left out: then the answers speak for the other classes only.
pub fn nonresponse(
    weights: &[f64],
    answered: &[bool],
    classes: &Codes,
    empty: EmptyStratum,
) -> Result<Vec<f64>, WeightingError> {
    for got in [answered.len(), classes.of_row.len()] {
        if got != weights.len() {
            return Err(WeightingError::Length { expected: weights.len(), got });
        }
    }
    let kept: Vec<f64> = weights
        .iter()
        .zip(answered)
        .map(|(weight, answered)| if *answered { *weight } else { 0.0 })
        .collect();
    let (asked, kept_sums) = (sums(classes, weights), sums(classes, &kept));
    for ((asked, kept), class) in asked.iter().zip(&kept_sums).zip(&classes.names) {
        if *asked > 0.0 && *kept <= 0.0 && empty == EmptyStratum::Fail {
            return Err(WeightingError::EmptyClass {
                margin: "non-response".to_owned(),
                class: class.clone(),
            });
        }
    }
    let factor = |class: u32| {
        let (asked, kept) = (asked[class as usize], kept_sums[class as usize]);
        if kept > 0.0 { asked / kept } else { 0.0 }
    };
    Ok(kept.iter().zip(&classes.of_row).map(|(kept, class)| kept * factor(*class)).collect())
}
