//! The deposit route: sealed records of nobody in particular.
//!
//! Takes no account, no cookie, no device, and looks at no address. Nothing of a request is
//! logged. The answer is the same for new and for used cards.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use tsumugi_core::sealed::{Deposit, DepositReply, SealedRecord};

use super::error::ApiError;
use crate::{app::App, store::StoredRecord};

/// Media type of requests and replies.
pub(crate) const MEDIA_TYPE: &str = "application/x-tsumugi-deposit";

/// A record as it is kept.
pub(crate) fn stored(record: &SealedRecord) -> StoredRecord {
    StoredRecord {
        survey: record.survey(),
        nullifier: record.nullifier(),
        stratum: record.stratum(),
        record: record.encode(),
    }
}

/// `POST /v1/deposits`: takes a batch, durable when answered.
#[utoipa::path(post, path = "/v1/deposits", tag = "collection",
    request_body(content = Vec<u8>, content_type = "application/x-tsumugi-deposit"),
    responses((status = 200, description = "one status for the batch; the same for new and used cards")))]
pub(crate) async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    if headers.contains_key(header::COOKIE) || headers.contains_key(header::AUTHORIZATION) {
        let detail = "this address takes no cookie and no account: a record must not come with a name";
        return Err(ApiError::new(axum::http::StatusCode::BAD_REQUEST, "credentials-sent", detail));
    }
    if app.is_full() {
        return Err(ApiError::full());
    }
    let deposit = Deposit::decode(&body).map_err(ApiError::bad_bytes)?;
    let records: Vec<StoredRecord> = deposit.records.iter().map(stored).collect();
    let all_open = app.store(move |store| store.deposit(records)).await?;
    let reply = if all_open { DepositReply::Accepted } else { DepositReply::Closed };
    let media = HeaderValue::from_static(MEDIA_TYPE);
    Ok(([(header::CONTENT_TYPE, media)], reply.encode().to_vec()).into_response())
}
