//! XLSForm: workbooks, and the XForm that another converter made of each.

mod canonical;
mod suite;

pub(crate) use suite::{run, run_workbooks};
