//! The sync route: one exchange of items with an enrolled device.

use std::collections::BTreeSet;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use tsumugi_core::{
    id::SurveyId,
    survey::SurveyState,
    sync::{Grant, Request, Scope},
};

use super::{auth::EnrolledDevice, error::ApiError};
use crate::{
    app::AppError,
    clock,
    projection::{Exchanged, Projector, exchange},
    store::{Store, StoredDevice},
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

/// Takes what was pushed, and answers.
pub(crate) fn answer(
    projector: &Projector,
    request: &Request,
    device: &StoredDevice,
) -> Result<Exchanged, AppError> {
    let store = projector.app().blocking_store();
    let now = clock::now().unix_ms;
    let exchanged = exchange(projector, request, &grant(store, device)?, device, now)?;
    if device.last_seen.is_none_or(|seen| now - seen > SEEN_MS) {
        store.seen(device.id, now)?;
    }
    Ok(exchanged)
}

/// `POST /v1/sync`: one exchange; the layout stands in docs/PROTOCOL.md.
#[utoipa::path(post, path = "/v1/sync", tag = "collection",
    request_body(content = Vec<u8>, content_type = "application/x-tsumugi-sync"),
    responses((status = 200, description = "items, acknowledgements and cursors"),
        (status = 429, description = "over a quota: nothing that is not durable was acknowledged")))]
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
    match app.store(move |_| answer(&projector, &request, &device.0)).await? {
        Exchanged::Later(over) => Err(ApiError::over_quota(over)),
        Exchanged::Reply(reply) => {
            let media = HeaderValue::from_static(MEDIA_TYPE);
            Ok(([(header::CONTENT_TYPE, media)], reply.encode()).into_response())
        }
    }
}
