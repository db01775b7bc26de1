//! Examining what devices sent for one response: the gate, then the fold.

use tsumugi_core::{
    answers::Answers,
    form::Form,
    id::{ItemId, ResponseId},
    item::{Item, ItemKind},
    response::{ResponseDoc, gate::GateError},
    survey::{Assignment, Survey, SurveyState},
    sync::Refusal,
};

use super::fold;
use crate::{
    app::AppError,
    store::{AnalysisRow, ResponseState, Store, Verdict},
};

/// Most bytes of waiting changes that are examined at a time.
const WINDOW_BYTES: usize = 16 * 1024 * 1024;
/// Most changes of a response that may wait for others.
const MOST_PARKED: usize = 1000;

/// Decides about everything that waits for one response.
pub(super) fn examine(
    store: &dyn Store,
    survey: &Survey,
    form: &Form,
    response: ResponseId,
) -> Result<Verdict, AppError> {
    let waiting = store.pending(Some((survey.id, response)), WINDOW_BYTES)?;
    let mut verdict = Verdict {
        survey: survey.id,
        response,
        admitted: Vec::new(),
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
    let doc = admit(store, response, &changes, &mut verdict)?;
    judge(&mut verdict, survey, form, &doc, assignment);
    Ok(verdict)
}

fn read_assignment(item: &Item, response: ResponseId) -> Option<Assignment> {
    let assignment: Assignment = serde_json::from_slice(item.payload()).ok()?;
    (item.kind() == ItemKind::Assignment && assignment.response == response).then_some(assignment)
}

fn admit(
    store: &dyn Store,
    response: ResponseId,
    changes: &[Item],
    verdict: &mut Verdict,
) -> Result<ResponseDoc, AppError> {
    let (mut doc, _) = ResponseDoc::open(&store.changes(response)?);
    let chunks: Vec<Vec<u8>> = changes.iter().map(|item| item.payload().to_vec()).collect();
    let admission = doc.apply(&chunks);
    let name = |index: &usize| changes.get(*index).map(Item::id);
    verdict.admitted.extend(admission.accepted.iter().chain(&admission.known).filter_map(name));
    let parked: Vec<ItemId> = admission.parked.iter().filter_map(name).collect();
    let (kept, over) = parked.split_at(parked.len().min(MOST_PARKED));
    verdict.parked.extend_from_slice(kept);
    verdict.refused.extend(over.iter().map(|id| (*id, Refusal::TooMany)));
    for (index, error) in &admission.refused {
        verdict.refused.extend(name(index).map(|id| (id, refusal(error))));
    }
    Ok(doc)
}

fn refusal(error: &GateError) -> Refusal {
    match error {
        GateError::DuplicateSequence { .. } => Refusal::DuplicateSequence,
        GateError::OutOfSequence { .. } | GateError::UnseenPredecessor { .. } | GateError::Trial { .. } => {
            Refusal::Unsound
        }
        _ => Refusal::Malformed,
    }
}

fn judge(
    verdict: &mut Verdict,
    survey: &Survey,
    form: &Form,
    doc: &ResponseDoc,
    assignment: Option<Assignment>,
) {
    let answers = doc.answers();
    let (stratum, previous) = match assignment {
        Some(assignment) => (assignment.stratum, assignment.previous),
        None => (String::new(), Answers::default()),
    };
    let stratum = match survey.strata.iter().find(|known| known.code == stratum).or(survey.strata.first()) {
        Some(known) => known.code.clone(),
        None => stratum,
    };
    let conflicts = doc.conflicts().len() as u64;
    let submitted = fold::is_submitted(&answers);
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
        outputs: fold::open(form, &answers, &previous, verdict.response.as_bytes()).outputs(),
    });
}
