//! Estimators: from a tally to a number with its interval.
//!
//! Owns the design-based variance (Taylor linearisation with strata, clusters, finite
//! populations and calibration), the intervals and the tests. [`Estimate`] cannot be
//! serialized: what leaves goes through suppression. Checked against R's `survey` package.

mod calibrate;
mod change;
mod design;
mod distribution;
mod interval;
mod plain;

pub use calibrate::{Factors, calibrate};
pub use change::{Difference, difference, paired_points, paired_relative, relative_change};
pub use design::{Estimate, Frame, Line, LonelyPsu, Sample, StratumFrame};
pub use distribution::{
    beta_cdf, beta_quantile, chi_squared_upper, f_upper, ln_gamma, normal_cdf, normal_quantile, t_quantile,
    t_two_sided,
};
pub use interval::{ProportionBasis, clopper_pearson, korn_graubard, logit, mean_t, wilson};
pub use plain::{
    Trend as PlainTrend, TwoProportions, agresti_coull, cochran_armitage, cronbach_alpha, jeffreys, newcombe,
    two_proportions, weighted_trend, wilson_corrected,
};
