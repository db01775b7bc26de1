//! The suites that hold writing and reading of XForms against each other.

use serde_json::json;
use tsumugi_core::xform;
use tsumugi_tapes::{Step, Tapes, play_all};

use crate::{
    cases,
    report::{Outcome, Report},
};

/// Plays tapes on forms that were read and written again: a step that comes out otherwise than
/// on the form as it was recorded fails.
pub(crate) fn run_tapes(bytes: &[u8]) -> Result<Report, String> {
    let mut tapes: Tapes = cases::read(bytes)?;
    let before = play_all(&tapes);
    tapes.map_forms(|xml| xform::read(xml).map_or_else(|_| xml.to_owned(), |form| xform::write(&form)));
    let mut report = Report::new("tapes-rewritten");
    for (before, after) in before.into_iter().zip(play_all(&tapes)) {
        let id = before.id;
        for (number, (before, after)) in before.steps.into_iter().zip(after.steps).enumerate() {
            let outcome = match (before, after) {
                (Step::Equal, Step::Differs(how)) => Outcome::Failed(how),
                _ => Outcome::Passed,
            };
            report.count(outcome, || json!({ "tape": id, "step": number }));
        }
    }
    Ok(report)
}
