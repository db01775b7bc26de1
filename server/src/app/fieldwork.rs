//! How far collection is: counts, never answers.

use std::collections::BTreeMap;

use tsumugi_core::{
    id::SurveyId,
    survey::{Mode, Survey},
};

use super::{error::AppError, surveys::read_survey};
use crate::{
    api::{Fieldwork, StratumCount},
    store::{SealedCount, Store},
};

/// Counts of anonymous records under this are not told.
const SMALLEST: u64 = 10;
/// Counts of anonymous records are rounded down to a multiple of this.
const STEP: u64 = 5;

/// What may be told of a number of anonymous records: two looks a minute apart must not tell
/// that one person answered in between.
fn told(received: u64) -> Option<u64> {
    (received >= SMALLEST).then_some(received - received % STEP)
}

/// Counts by stratum.
///
/// # Errors
/// [`AppError::Store`] when the store fails.
pub fn stratum_counts(store: &dyn Store, survey: &Survey) -> Result<Vec<StratumCount>, AppError> {
    if survey.mode == Mode::Anonymous {
        let counts = store.sealed_counts(survey.id)?;
        let count = |id: u16| counts.iter().find(|count| count.stratum == id).copied().unwrap_or_default();
        let view = |code: &str, count: SealedCount| StratumCount {
            stratum: code.to_owned(),
            issued: count.issued,
            received: told(count.received),
            hidden: count.received < SMALLEST,
        };
        return Ok(survey.strata.iter().map(|stratum| view(&stratum.code, count(stratum.id))).collect());
    }
    let responses = store.responses(survey.id)?;
    let view = |code: &str| {
        let of = || responses.iter().filter(|(_, state)| state.stratum == code);
        let submitted =
            of().filter(|(_, state)| matches!(state.state.as_str(), "submitted" | "conflict")).count();
        StratumCount {
            stratum: code.to_owned(),
            issued: of().count() as u64,
            received: Some(submitted as u64),
            hidden: false,
        }
    };
    Ok(survey.strata.iter().map(|stratum| view(&stratum.code)).collect())
}

/// How far a survey is.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such survey.
pub fn fieldwork(store: &dyn Store, id: SurveyId) -> Result<Fieldwork, AppError> {
    let survey = read_survey(store, id)?;
    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    if survey.mode != Mode::Anonymous {
        for (_, response) in store.responses(id)? {
            *states.entry(response.state).or_default() += 1;
        }
    }
    Ok(Fieldwork {
        survey: id,
        mode: survey.mode,
        strata: stratum_counts(store, &survey)?,
        states,
        quarantined: store.quarantined(id)?,
    })
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn small_counts_are_hidden_and_others_are_rounded_down() {
        assert_eq!([0, 9, 10, 14, 15, 16].map(told), [None, None, Some(10), Some(10), Some(15), Some(15)]);
    }
}
