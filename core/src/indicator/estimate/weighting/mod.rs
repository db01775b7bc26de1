//! Weights brought to what is known of the population.
//!
//! Owns post-stratification, raking, linear (GREG) calibration, trimming and classes of
//! non-response, over rows; [`calibrate`](super::calibrate) rakes sums per cell. A margin that
//! cannot be met is an error that names it, never a weight that is nearly right.

mod error;
mod known;
mod linear;
mod rake;
mod trim;

#[cfg(test)]
mod tests;

pub use error::WeightingError;
pub use known::{Adjusted, Auxiliary, KnownMargin};
pub use linear::{KnownTotal, Negative, calibrate_linear};
pub use rake::{Raking, post_stratify, rake};
pub use trim::{Trimming, nonresponse, trim};
