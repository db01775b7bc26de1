//! Answers row by row under a sampling design, for statistics that no sum per cell can give.
//!
//! Owns designs of any number of stages with finite populations, the variance by Taylor
//! linearisation over them, replicate weights, and what needs the rows themselves: quantiles,
//! tests of independence, regression, the variance of a population. A column is a slice with
//! one number for each row; a number that is not finite is a missing answer. What is odd in
//! the data (a lone sampling unit, a weight of 0, a missing answer) is dealt with by a named
//! policy, never silently. The dashboards count with [`Sample`](super::Sample) instead, which
//! gives the same numbers from sums per cell.

mod association;
mod moments;
mod policy;
mod quantile;
mod regression;
mod replicate;
mod rows;
mod stage;
mod taylor;

#[cfg(test)]
mod tests;

pub use association::{Association, Independence, rao_scott, wald};
pub use moments::{DesignEffect, Measured};
pub use policy::{DesignError, EmptyStratum, LonelyPsu, Missing, Policies, ZeroWeight};
pub use quantile::Quantile;
pub use regression::{Family, Regression, Tightness, regress};
pub use replicate::Replicates;
pub use rows::{Domain, Microdata};
pub use stage::{Codes, Stage};
