//! Examining what devices sent for one response: the gate, then the fold.

use std::collections::BTreeMap;

use tracing::warn;
use tsumugi_core::{
    answers::Answers,
    form::Form,
    id::ResponseId,
    item::{Item, ItemKind},
    response::gate::preflight,
    survey::{Assignment, Survey, SurveyState},
    sync::Refusal,
};

use super::{
    admission::{AdmissionError, Admitter, Job, Judged},
    fold,
    intake::short,
};
use crate::{
    app::AppError,
    store::{AnalysisRow, ResponseState, Store, Verdict},
};

/// Most bytes of waiting changes that are examined at a time.
const WINDOW_BYTES: usize = 16 * 1024 * 1024;

/// Decides about everything that waits for one response.
pub(super) fn examine(
    store: &dyn Store,
    admitter: &Admitter,
    survey: &Survey,
    form: &Form,
    response: ResponseId,
) -> Result<Verdict, AppError> {
    let waiting = store.pending(Some((survey.id, response)), WINDOW_BYTES)?;
    let mut verdict = Verdict {
        survey: survey.id,
        response,
        admitted: Vec::new(),
        actors: Vec::new(),
        parked: Vec::new(),
        refused: Vec::new(),
        state: None,
        row: None,
    };
    if survey.state != SurveyState::Open {
        // Kept aside, not thrown away: the office decides.
        verdict.refused = waiting.iter().map(|item| (item.id(), Refusal::Closed)).collect();
        return Ok(verdict);
    }
    let (changes, others): (Vec<Item>, Vec<Item>) =
        waiting.into_iter().partition(|item| item.kind() == ItemKind::Change);
    let mut assignment = store.assignment(response)?.and_then(|item| read_assignment(&item, response));
    for item in others {
        match read_assignment(&item, response) {
            // The first one stands: who begins a response names it.
            Some(read) => {
                assignment.get_or_insert(read);
                verdict.admitted.push(item.id());
            }
            None => verdict.refused.push((item.id(), Refusal::Malformed)),
        }
    }
    match admit(store, admitter, response, &changes)? {
        Some(judged) => {
            file(&judged, &changes, &mut verdict);
            conclude(&mut verdict, survey, form, &judged, assignment);
        }
        None => verdict.refused.extend(changes.iter().map(|item| (item.id(), Refusal::Unsound))),
    }
    Ok(verdict)
}

fn read_assignment(item: &Item, response: ResponseId) -> Option<Assignment> {
    let assignment: Assignment = serde_json::from_slice(item.payload()).ok()?;
    (item.kind() == ItemKind::Assignment && assignment.response == response).then_some(assignment)
}

/// Times that examining a response may kill a worker before what waits for it is kept aside.
const MOST_STRIKES: u32 = 2;

/// Examines the changes of a response; nothing when nobody lives to tell of it. The strikes are kept
/// with the database: neither a restart nor another request tries again for ever.
fn admit(
    store: &dyn Store,
    admitter: &Admitter,
    response: ResponseId,
    changes: &[Item],
) -> Result<Option<Judged>, AppError> {
    let mut struck = false;
    loop {
        let offered = changes.iter().map(|item| item.payload().to_vec()).collect();
        match admitter.judge(Job { admitted: store.changes(response)?, offered }) {
            Ok(judged) => {
                if struck {
                    store.forgive(response)?;
                }
                return Ok(Some(judged));
            }
            Err(error @ AdmissionError::NoWorker(_)) => return Err(AppError::Admission(error.to_string())),
            Err(AdmissionError::Died { how }) => {
                struck = true;
                let strikes = store.strike(response)?;
                let response_id = short(response.as_bytes());
                warn!(response = response_id, strikes, "a worker died over a response: {how}");
                if strikes >= MOST_STRIKES {
                    store.forgive(response)?;
                    return Ok(None);
                }
            }
        }
    }
}

fn file(judged: &Judged, changes: &[Item], verdict: &mut Verdict) {
    let name = |index: &usize| changes.get(*index).map(Item::id);
    let mut actors = BTreeMap::new();
    for item in judged.accepted.iter().filter_map(|index| changes.get(*index)) {
        if let Ok(head) = preflight(item.payload()) {
            actors.entry(head.actor()).or_insert(item.id());
        }
    }
    verdict.actors.extend(actors.into_iter().map(|(actor, change)| (change, actor)));
    verdict.admitted.extend(judged.accepted.iter().filter_map(name));
    verdict.parked.extend(judged.parked.iter().filter_map(name));
    for (index, byte) in &judged.refused {
        let refusal = Refusal::from_byte(*byte).unwrap_or(Refusal::Other);
        verdict.refused.extend(name(index).map(|id| (id, refusal)));
    }
}

fn conclude(
    verdict: &mut Verdict,
    survey: &Survey,
    form: &Form,
    judged: &Judged,
    assignment: Option<Assignment>,
) {
    let Judged { answers, conflicts, .. } = judged;
    let conflicts = *conflicts;
    let (stratum, previous) = match assignment {
        Some(assignment) => (assignment.stratum, assignment.previous),
        None => (String::new(), Answers::default()),
    };
    let stratum = match survey.strata.iter().find(|known| known.code == stratum).or(survey.strata.first()) {
        Some(known) => known.code.clone(),
        None => stratum,
    };
    let submitted = fold::is_submitted(answers);
    let state = match (submitted, conflicts, answers.is_empty()) {
        (_, 1.., _) => "conflict",
        (true, ..) => "submitted",
        (false, _, true) => "empty",
        (false, _, false) => "draft",
    };
    verdict.state = Some(ResponseState { stratum: stratum.clone(), state: state.to_owned(), conflicts });
    verdict.row = submitted.then(|| AnalysisRow {
        row: verdict.response,
        stratum,
        outputs: fold::open(form, answers, &previous, verdict.response.as_bytes()).outputs(),
    });
}
