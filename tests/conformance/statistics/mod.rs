//! Statistics: estimates, intervals and tests against R's `survey` package; suppression against
//! linear programming; scales against their authors' rules.

mod api;
mod computed;
mod data;
mod differencing;
mod disclosure;
mod plain;
mod profile;
mod rows;
mod samples;
mod scales;
mod suite;
mod weights;

pub(crate) use disclosure::run as run_disclosure;
pub(crate) use scales::run as run_scales;
pub(crate) use suite::run;
