//! Bundles: parcels that came by a stick, a relay or another tablet.
//!
//! Each parcel is answered as the request in it would be over HTTP: a request of the sync by the
//! token that it carries, a deposit without any account. So a bundle can do nothing that its
//! devices could not do themselves, whoever brings it, and bringing it twice changes nothing.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tsumugi_core::{
    device::BUNDLE_TYPE,
    id::SurveyId,
    sealed::{
        Bundle, BundleError, BundleReply, Deposit, DepositReply, Errand, Fate, Notice, Parcel, ParcelAnswer,
        is_reply,
    },
    sync::{MAX_WINDOW_BYTES, Request},
};

use super::{
    auth::{Right, StaffMember},
    deposits,
    error::ApiError,
    sync,
};
use crate::{
    api::{BundleContents, BundleSurvey},
    app::{App, AppError, secret_hash},
    clock, keyring,
    projection::{Exchanged, Projector},
    relay,
    store::{Store, StoredDevice},
};

/// Bytes of news in the reply to one bundle; each device asks for what is left at its next exchange.
const NEWS_BYTES: usize = 32 * 1024 * 1024;

impl From<BundleError> for ApiError {
    fn from(error: BundleError) -> Self {
        let detail = format!("{} / {}", error.message("ja"), error.message("en"));
        Self::new(StatusCode::BAD_REQUEST, "bundle-invalid", detail)
    }
}

/// The answer that a parcel gets; `None` leaves it to be brought again.
fn answer(
    projector: &Projector,
    errand: Errand,
    room: &mut usize,
) -> Result<Option<(u16, Vec<u8>)>, AppError> {
    let app = projector.app();
    let store = app.blocking_store();
    match errand {
        Errand::Items { token, request } => {
            let device = match known_device(store, &token)? {
                Ok(device) => device,
                Err(status) => return Ok(Some((status, Vec::new()))),
            };
            let Ok(mut request) = Request::decode(&request) else { return Ok(Some((400, Vec::new()))) };
            if app.is_full() && !request.push.is_empty() {
                return Ok(None);
            }
            // The tag is that of the request as the device made it.
            let tag = request.tag();
            request.max_bytes = request.max_bytes.min(*room as u64);
            // Over a quota: brought again later.
            let Exchanged::Reply(mut reply) = sync::answer(projector, &request, &device)? else {
                return Ok(None);
            };
            reply.tag = tag;
            let reply = reply.encode();
            *room = room.saturating_sub(reply.len());
            Ok(Some((200, reply)))
        }
        Errand::Records { deposit } => {
            let Ok(deposit) = Deposit::decode(&deposit) else { return Ok(Some((400, Vec::new()))) };
            if app.is_full() {
                return Ok(None);
            }
            let all_open = store.deposit(deposit.records.iter().map(deposits::stored).collect())?;
            let reply = if all_open { DepositReply::Accepted } else { DepositReply::Closed };
            Ok(Some((200, reply.encode().to_vec())))
        }
    }
}

/// The device of a token, or the status that a request with it would have.
fn known_device(store: &dyn Store, token: &str) -> Result<Result<StoredDevice, u16>, AppError> {
    Ok(match store.device_by_token(secret_hash(token))? {
        None => Err(401),
        Some(device) if device.revoked => Err(403),
        Some(device) => Ok(device),
    })
}

fn fate_of(projector: &Projector, parcel: &Parcel, room: &mut usize) -> Result<Option<Fate>, AppError> {
    let app = projector.app();
    let Ok((errand, secret)) = parcel.open(app.bundle_key()) else { return Ok(Some(Fate::Unreadable)) };
    let Some((status, body)) = answer(projector, errand, room)? else { return Ok(None) };
    let store = app.blocking_store();
    // Counted after the answer was made durable: the next backup holds it.
    let (epoch, backups_begun) = (store.epoch()?.0, store.backup_counts()?.begun);
    let answer = ParcelAnswer { status, epoch, backups_begun, body };
    Ok(Some(Fate::Answered(secret.seal(parcel.id(), &answer, &mut keyring::host_rng()))))
}

fn answer_all(projector: &Projector, bundle: &Bundle) -> Result<BundleReply, AppError> {
    let mut room = NEWS_BYTES.max(MAX_WINDOW_BYTES);
    let mut notices = Vec::with_capacity(bundle.len());
    for (id, parcel) in bundle.parcels() {
        if let Some(fate) = fate_of(projector, parcel, &mut room)? {
            notices.push(Notice { parcel: id, fate });
        }
    }
    Ok(BundleReply::of(notices))
}

/// Answers a bundle at the server, or holds it at a relay.
async fn take(projector: Projector, bundle: Bundle) -> Result<Response, ApiError> {
    let app = projector.app().clone();
    if app.is_full() && app.is_relay() {
        return Err(ApiError::full());
    }
    let reply = if app.is_relay() {
        let own = app.clone();
        app.store(move |_| relay::hold(&own, &bundle)).await?
    } else {
        app.store(move |_| answer_all(&projector, &bundle)).await?
    };
    file(reply.encode()?)
}

/// Bytes of a bundle or a reply.
pub(crate) fn file(bytes: Vec<u8>) -> Result<Response, ApiError> {
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(BUNDLE_TYPE))], bytes).into_response())
}

/// `POST /v1/bundles`: takes parcels, whoever brings them; each carries what it needs to be taken.
#[utoipa::path(post, path = "/v1/bundles", tag = "collection",
    request_body(content = Vec<u8>, content_type = "application/x-tsumugi-bundle"),
    responses((status = 200, description = "what became of each parcel, sealed to its device")))]
pub(crate) async fn post(State(projector): State<Projector>, body: Bytes) -> Result<Response, ApiError> {
    let bundle = Bundle::decode(&body)?;
    // A relay only writes them down, in one go.
    if !projector.app().is_relay() {
        bundle.check_post()?;
    }
    take(projector, bundle).await
}

/// `POST /v1/bundles/file`: the same for a file of up to 64 MiB. A relay takes replies here too.
#[utoipa::path(post, path = "/v1/bundles/file", tag = "collection",
    request_body(content = Vec<u8>, content_type = "application/x-tsumugi-bundle"),
    responses((status = 200, description = "the reply, to be carried back to the devices")))]
pub(crate) async fn take_file(
    State(projector): State<Projector>,
    staff: StaffMember,
    body: Bytes,
) -> Result<Response, ApiError> {
    staff.needs(Right::Field)?;
    let app = projector.app().clone();
    if app.is_relay() && is_reply(&body) {
        let reply = BundleReply::decode(&body)?;
        app.store(move |store| store.settle_parcels(reply.notices().collect(), clock::now().unix_ms)).await?;
        return file(BundleReply::default().encode()?);
    }
    let bundle = Bundle::decode(&body)?;
    let (now, object) = (clock::now().unix_ms, format!("{} parcels", bundle.len()));
    app.store(move |store| store.record(now, staff.name(), "bundle.unpack".to_owned(), object)).await?;
    take(projector, bundle).await
}

/// `POST /v1/bundles/verify`: what is in a bundle; takes nothing.
#[utoipa::path(post, path = "/v1/bundles/verify", tag = "collection",
    request_body(content = Vec<u8>, content_type = "application/x-tsumugi-bundle"),
    responses((status = 200, body = BundleContents)))]
pub(crate) async fn verify(
    State(app): State<App>,
    staff: StaffMember,
    body: Bytes,
) -> Result<Json<BundleContents>, ApiError> {
    staff.needs(Right::Field)?;
    let bundle = Bundle::decode(&body)?;
    let bytes = body.len() as u64;
    let own = app.clone();
    let contents = app.store(move |store| contents_of(&own, store, &bundle)).await?;
    Ok(Json(BundleContents { bytes, ..contents }))
}

fn contents_of(app: &App, store: &dyn Store, bundle: &Bundle) -> Result<BundleContents, AppError> {
    let mut contents = BundleContents { parcels: bundle.len() as u64, ..BundleContents::default() };
    let mut surveys: BTreeMap<SurveyId, [u64; 2]> = BTreeMap::new();
    for (_, parcel) in bundle.parcels() {
        match parcel.open(app.bundle_key()).map(|(errand, _)| errand) {
            Err(_) => contents.unreadable += 1,
            Ok(Errand::Items { token, request }) => {
                match (known_device(store, &token)?, Request::decode(&request)) {
                    (Ok(_), Ok(request)) => {
                        request.push.iter().for_each(|item| surveys.entry(item.survey()).or_default()[0] += 1)
                    }
                    _ => contents.strange += 1,
                }
            }
            Ok(Errand::Records { deposit }) => match Deposit::decode(&deposit) {
                Ok(deposit) => deposit
                    .records
                    .iter()
                    .for_each(|record| surveys.entry(record.survey()).or_default()[1] += 1),
                Err(_) => contents.strange += 1,
            },
        }
    }
    let survey =
        |(survey, [changes, records]): (SurveyId, [u64; 2])| BundleSurvey { survey, changes, records };
    contents.surveys = surveys.into_iter().map(survey).collect();
    Ok(contents)
}
