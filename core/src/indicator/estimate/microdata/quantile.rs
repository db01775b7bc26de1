//! Quantiles, with the interval of Woodruff.

use super::{policy::DesignError, rows::Domain};
use crate::indicator::estimate::distribution::t_quantile;

/// A quantile of a population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The smallest answer that at least the share asked for does not exceed.
    pub value: f64,
    /// Lower limit at 95 %; `None` where the share's own interval goes below 0.
    pub low: Option<f64>,
    /// Upper limit at 95 %; `None` where the share's own interval goes above 1.
    pub high: Option<f64>,
    /// Half the interval over its t quantile.
    pub standard_error: Option<f64>,
    /// Degrees of freedom.
    pub df: f64,
}

impl Domain<'_> {
    /// The answer below which the share `share` of the population lies. The limits are the
    /// quantiles at the limits of the estimated share below it (Woodruff 1952).
    ///
    /// # Errors
    /// [`DesignError::NothingCounted`] where nobody answered, and what the policies refuse.
    pub fn quantile(&self, y: &[f64], share: f64) -> Result<Quantile, DesignError> {
        let ([y], inside) = self.answered([y])?;
        let weights = self.data.weights();
        let mut rows: Vec<(f64, f64)> = (0..y.len())
            .filter(|row| inside[*row] && weights[*row] > 0.0)
            .map(|row| (y[row], weights[row]))
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let value = inverse(&rows, share).ok_or(DesignError::NothingCounted)?;
        let below: Vec<f64> = y.iter().map(|y| f64::from(u8::from(*y <= value))).collect();
        let answered = Domain { data: self.data, inside };
        let below = answered.mean(&below)?.estimate;
        let t = t_quantile(0.975, below.df);
        let half = t * below.standard_error();
        let (low, high) = (below.value - half, below.value + half);
        let low = Some(low).filter(|low| *low >= 0.0).and_then(|low| inverse(&rows, low));
        let high = Some(high).filter(|high| *high <= 1.0).and_then(|high| inverse(&rows, high));
        let standard_error = low.zip(high).map(|(low, high)| (high - low) / (2.0 * t));
        Ok(Quantile { value, low, high, standard_error, df: below.df })
    }
}

/// The first of the sorted answers with a share of at least `share` up to it.
fn inverse(rows: &[(f64, f64)], share: f64) -> Option<f64> {
    let all: f64 = rows.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    for (value, weight) in rows {
        sum += weight;
        // The share up to here is compared both ways, so that 93 of 372 is one quarter.
        if sum >= share * all || sum / all >= share {
            return Some(*value);
        }
    }
    rows.last().map(|(value, _)| *value)
}
