//! The suite `tapes`: forms filled step by step by another implementation.

use serde_json::json;
use tsumugi_tapes::{Step, Tapes, play_all};

use crate::{
    cases,
    report::{Outcome, Report},
};

/// Steps that were recorded where nothing is to be seen.
const UNTRACKED: &str = "state changed where the recorder does not see";

/// Plays a file of tapes; each opening and each operation is a case.
pub(crate) fn run(bytes: &[u8]) -> Result<Report, String> {
    let tapes: Tapes = cases::read(bytes)?;
    let mut report = Report::new("tapes");
    for played in play_all(&tapes) {
        for (number, step) in played.steps.into_iter().enumerate() {
            let outcome = match step {
                Step::Equal => Outcome::Passed,
                Step::Differs(how) => Outcome::Failed(how),
                Step::Skipped(_) => Outcome::Skipped(UNTRACKED),
            };
            report.count(outcome, || json!({ "tape": played.id, "step": number }));
        }
    }
    Ok(report)
}
