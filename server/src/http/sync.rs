//! The sync route: one exchange of items with an enrolled device.

use std::collections::BTreeSet;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use tsumugi_core::{
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    response::gate::preflight,
    survey::SurveyState,
    sync::{Grant, Refusal, Reply, Request, Scope, deliver, receive},
};

use super::{auth::EnrolledDevice, error::ApiError};
use crate::{
    app::AppError,
    clock,
    projection::Projector,
    store::{Items, Store, StoredDevice},
};

/// Media type of requests and replies.
pub(crate) const MEDIA_TYPE: &str = "application/x-tsumugi-sync";

/// Once a minute is enough for the list of devices, and saves a write a sync.
const SEEN_MS: i64 = 60_000;

/// What the device may see: of its surveys, those that are not drafts any more.
fn grant(store: &dyn Store, device: &StoredDevice) -> Result<Grant, AppError> {
    let mut surveys = Vec::with_capacity(device.surveys.len());
    let own: BTreeSet<SurveyId> = device.surveys.iter().copied().collect();
    for id in own {
        let Some(survey) = store.survey(id)? else { continue };
        if survey.state != SurveyState::Draft {
            surveys.push((id, device.response.map_or(Scope::Whole, Scope::response)));
        }
    }
    Ok(Grant::of(surveys))
}

/// Reads the head of a change with our own parser; automerge waits in the projector.
fn inspect(item: &Item) -> Result<(), Refusal> {
    match item.kind() {
        ItemKind::Change => preflight(item.payload()).map(|_| ()).map_err(|_| Refusal::Malformed),
        _ => Ok(()),
    }
}

/// Takes what was pushed, and answers.
pub(crate) fn exchange(
    projector: &Projector,
    request: &Request,
    device: &StoredDevice,
) -> Result<Reply, AppError> {
    let store = projector.app().blocking_store();
    let grant = grant(store, device)?;
    let mut items = Items(store);
    let pushed = receive(&mut items, request, &grant, inspect)?;
    let touched: BTreeSet<(SurveyId, ResponseId)> = request
        .push
        .iter()
        .zip(&pushed)
        .filter(|(_, refusal)| refusal.is_none())
        .filter_map(|(item, _)| Some((item.survey(), item.response()?)))
        .collect();
    if !touched.is_empty() {
        projector.project(&touched)?;
        projector.app().live().tell(&touched, device.id);
    }
    let now = clock::now().unix_ms;
    if device.last_seen.is_none_or(|seen| now - seen > SEEN_MS) {
        store.seen(device.id, now)?;
    }
    Ok(deliver(&items, request, &grant, pushed)?)
}

/// `POST /v1/sync`: one exchange; the layout stands in docs/PROTOCOL.md.
#[utoipa::path(post, path = "/v1/sync", tag = "collection",
    request_body(content = Vec<u8>, content_type = "application/x-tsumugi-sync"),
    responses((status = 200, description = "items, acknowledgements and cursors")))]
pub(crate) async fn post(
    State(projector): State<Projector>,
    device: EnrolledDevice,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request = Request::decode(&body).map_err(ApiError::bad_bytes)?;
    let app = projector.app().clone();
    if app.is_full() && !request.push.is_empty() {
        return Err(ApiError::full());
    }
    let reply = app.store(move |_| exchange(&projector, &request, &device.0)).await?;
    let media = HeaderValue::from_static(MEDIA_TYPE);
    Ok(([(header::CONTENT_TYPE, media)], reply.encode()).into_response())
}
