//! Closing a survey: no answer is taken any more, sealed records are opened once, shuffled
//! and counted.
//!
//! The survey is marked closed first, in the table that a deposit reads inside its own
//! transaction, so no record can arrive between opening and counting. Rows get random names
//! in a table that is ordered by name: nothing of the order of nullifiers is left. Sealed
//! copies stay until the retention date.

use std::collections::{BTreeMap, BTreeSet};

use tracing::info;
use tsumugi_core::{
    answers::Answers,
    form::Form,
    id::{ResponseId, SurveyId},
    sealed::{SealKey, SealedRecord, open},
    survey::{Mode, Survey, SurveyState},
};

use super::{fold, projector::Projector};
use crate::{
    api::CloseReport,
    app::{AppError, open_key, read_survey, revise_survey, stratum_counts},
    keyring,
    store::{AnalysisRow, StoreError, StoredRecord},
};

/// Rows of one transaction while a large survey is opened.
const ROWS_AT_A_TIME: usize = 5_000;

/// Closes a survey and writes the rows that are counted. A closing that was cut short by a
/// crash is taken up again by the same call.
///
/// # Errors
/// [`AppError::Wrong`] for a wrong passphrase (nothing was changed then), [`AppError::Conflict`]
/// when the survey is a draft or was counted already.
pub fn close_survey(
    projector: &Projector,
    id: SurveyId,
    passphrase: Option<&str>,
) -> Result<CloseReport, AppError> {
    let store = projector.app().blocking_store();
    let _closing = projector.closing();
    let survey = read_survey(store, id)?;
    match survey.state {
        SurveyState::Draft => {
            return Err(AppError::conflict("survey-not-open", "the survey was never opened"));
        }
        SurveyState::Closed if store.is_counted(id)? => {
            return Err(AppError::conflict("survey-closed", "the survey was closed and counted already"));
        }
        SurveyState::Open | SurveyState::Closed => (),
    }
    let key = match survey.mode {
        Mode::Anonymous => Some(open_key(store, id, passphrase.unwrap_or_default())?),
        Mode::Company | Mode::Register => None,
    };
    // What was sent before the closing is examined before the closing.
    projector.catch_up()?;
    let survey = match survey.state {
        SurveyState::Open => revise_survey(store, Survey { state: SurveyState::Closed, ..survey })?,
        _ => survey,
    };
    let refused = match key {
        Some(key) => open_records(projector, &survey, &key)?,
        None => BTreeMap::new(),
    };
    store.mark_counted(id, refused.iter().map(|(stratum, count)| (*stratum, *count)).collect())?;
    projector.counting().note_changed(BTreeSet::from([id]));
    projector.counting().bring_up_to_date(store)?;
    Ok(CloseReport {
        survey: id,
        rows: store.row_count(id)?,
        refused: refused.values().sum(),
        conflicts: store.sealed_counts(id)?.iter().map(|count| count.conflicts).sum(),
        strata: stratum_counts(store, &survey)?,
    })
}

/// Opens every record of a survey; how many were refused, by stratum.
fn open_records(
    projector: &Projector,
    survey: &Survey,
    key: &SealKey,
) -> Result<BTreeMap<u16, u64>, AppError> {
    let store = projector.app().blocking_store();
    let form = projector.form(survey)?;
    // What a closing that was cut short left behind.
    store.clear_rows(survey.id)?;
    let mut refused: BTreeMap<u16, u64> = BTreeMap::new();
    let mut rows = Vec::with_capacity(ROWS_AT_A_TIME);
    let mut failure: Result<(), StoreError> = Ok(());
    store.each_record(survey.id, &mut |record| {
        match open_one(&form, survey, key, &record) {
            Some(row) => rows.push(row),
            None => *refused.entry(record.stratum).or_default() += 1,
        }
        if rows.len() == ROWS_AT_A_TIME && failure.is_ok() {
            failure = store.put_rows(survey.id, std::mem::take(&mut rows));
        }
    })?;
    failure?;
    store.put_rows(survey.id, rows)?;
    let count: u64 = refused.values().sum();
    info!(survey.id = %survey.id, "opened a survey; {count} records were refused");
    Ok(refused)
}

/// Opens a record, checks it with the form's own logic, and drops its nullifier.
fn open_one(form: &Form, survey: &Survey, key: &SealKey, record: &StoredRecord) -> Option<AnalysisRow> {
    let sealed = SealedRecord::decode(&record.record).ok()?;
    let answers = open(key, &sealed).ok()?;
    let row = ResponseId::make(&mut keyring::host_rng());
    let entry = fold::open(form, &answers, &Answers::default(), row.as_bytes());
    if !entry.validate("ja").is_empty() {
        return None;
    }
    let stratum = survey.strata.iter().find(|stratum| stratum.id == record.stratum)?.code.clone();
    Some(AnalysisRow { row, stratum, outputs: entry.outputs() })
}
