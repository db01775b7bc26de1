//! Estimators: from a tally, or from rows, to a number with its interval.
//!
//! Owns the design-based variance (Taylor linearisation with strata, clusters, finite
//! populations and calibration; replicate weights), the intervals, the tests, the weighting and
//! the planning of sample sizes. [`Estimate`] cannot be serialized: what leaves goes through
//! suppression. Checked against R's `survey` package.

mod calibrate;
mod change;
mod classical;
mod design;
mod distribution;
mod interval;
pub mod linear;
mod margins;
pub mod microdata;
mod plain;
mod planning;
pub mod weighting;

pub use calibrate::{Factors, calibrate};
pub use change::{Difference, difference, paired_points, paired_relative, relative_change};
pub use classical::{
    SignedRanks, TTest, corrected_p, correlation, cronbach_interval, fisher_exact, item_total, signed_ranks,
    welch,
};
pub use design::{Estimate, Frame, Line, Sample, StratumFrame, Trouble};
pub use distribution::{
    beta_cdf, beta_quantile, chi_squared_quantile, chi_squared_upper, f_quantile, f_upper, ln_gamma,
    normal_cdf, normal_quantile, t_quantile, t_two_sided,
};
pub use interval::{
    ProportionBasis, ProportionMethod, arcsine, clopper_pearson, korn_graubard, likelihood, likelihood_root,
    logit, mean_t, proportion_interval, wilson,
};
pub use margins::{MarginIssue, MarginProblem, PopulationMargin};
pub use microdata::LonelyPsu;
pub use plain::{
    Trend as PlainTrend, TwoProportions, agresti_coull, cochran_armitage, cronbach_alpha, jeffreys, newcombe,
    two_proportions, weighted_trend, wilson_corrected,
};
pub use planning::Power;
