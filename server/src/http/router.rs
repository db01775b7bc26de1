//! All routes.

use std::any::Any;

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRef},
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use tracing::error;
use tsumugi_core::{
    sealed::{MAX_BUNDLE_BYTES, MAX_DEPOSIT_BYTES, MAX_POST_BYTES},
    sync::MAX_REQUEST_BYTES,
};

use super::{
    backups, bundles, collection as field, deposits, devices,
    error::finish,
    export, forms, health, indicators, live, openapi,
    pace::{Pace, keep},
    relay, session, surveys, sync, web,
};
use crate::{app::App, projection::Projector};

/// Largest JSON body in bytes.
const JSON_BYTES: usize = 1024 * 1024;

/// What handlers reach.
#[derive(Clone)]
pub(crate) struct Site {
    /// The application.
    pub(crate) app: App,
    /// Admission and counting.
    pub(crate) projector: Projector,
}

impl FromRef<Site> for App {
    fn from_ref(site: &Site) -> Self {
        site.app.clone()
    }
}

impl FromRef<Site> for Projector {
    fn from_ref(site: &Site) -> Self {
        site.projector.clone()
    }
}

/// Builds the routes of the server.
pub fn router(projector: Projector) -> Router {
    let app = projector.app().clone();
    let pace = Pace::of(app.config());
    let own = if app.is_relay() { relaying() } else { serving(app.config().upload_bytes) };
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/v1/server", get(health::server))
        .merge(carried())
        .merge(own)
        .layer(DefaultBodyLimit::max(JSON_BYTES))
        .layer(middleware::from_fn_with_state(pace, keep))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(finish))
        .with_state(Site { app, projector })
}

/// Routes of a server.
fn serving(upload_bytes: usize) -> Router<Site> {
    Router::new()
        .route("/v1/openapi.json", get(openapi::document))
        .route("/v1/docs", get(openapi::to_docs))
        .route("/v1/docs/", get(openapi::docs_index))
        .route("/v1/docs/{file}", get(openapi::docs))
        .merge(staff())
        .merge(collection())
        .merge(counting())
        .merge(uploads(upload_bytes))
        .fallback(web::page)
}

/// Routes of a relay, which serves no page and knows no survey.
fn relaying() -> Router<Site> {
    Router::new()
        .route("/v1/relay", get(relay::status))
        .route("/v1/relay/forward", post(relay::forward))
        .route("/v1/relay/pack", post(relay::pack))
}

/// What is carried by hand: at a server and at a relay.
fn carried() -> Router<Site> {
    let file = Router::new()
        .route("/v1/bundles/file", post(bundles::take_file))
        .route("/v1/bundles/verify", post(bundles::verify))
        .layer(DefaultBodyLimit::max(MAX_BUNDLE_BYTES));
    let anybody = post(bundles::post).layer(DefaultBodyLimit::max(MAX_POST_BYTES));
    Router::new().route("/v1/bundles", anybody).merge(file)
}

fn staff() -> Router<Site> {
    Router::new()
        .route("/v1/session", get(session::session).post(session::sign_in).delete(session::sign_out))
        .route("/v1/accounts", get(session::accounts).post(session::put_account))
        .route("/v1/audit", get(session::audit))
        .route("/v1/backups", get(backups::list).post(backups::make))
        .route("/v1/devices", get(devices::devices))
        .route("/v1/devices/codes", post(devices::make_code))
        .route("/v1/devices/{id}", delete(devices::revoke))
        .route("/v1/surveys", get(surveys::list).post(surveys::make))
        .route("/v1/surveys/{id}/open", post(surveys::open))
        .route("/v1/surveys/{id}/close", post(surveys::close))
        .route("/v1/surveys/{id}/cards", post(field::cards))
        .route("/v1/surveys/{id}/fieldwork", get(field::fieldwork))
        .route("/v1/forms/{id}/publish", post(forms::publish))
}

/// Routes that take files of people.
fn uploads(bytes: usize) -> Router<Site> {
    Router::new()
        .route("/v1/forms", get(forms::list).post(forms::upload))
        .route("/v1/surveys/{id}/companies", post(field::companies))
        .route("/v1/surveys/{id}/rows", post(field::rows))
        .layer(DefaultBodyLimit::max(bytes))
}

fn counting() -> Router<Site> {
    Router::new()
        .route("/v1/surveys/{id}/export.csv", get(export::csv))
        .route("/v1/surveys/{id}/export.zip", get(export::zip))
        .route("/v1/indicators", get(indicators::list))
        .route("/v1/indicators/{id}", get(indicators::one))
        .route("/v1/indicators/count", post(indicators::count))
        .route("/v1/indicators/{id}/breakdown", get(indicators::breakdown))
        .route("/v1/indicators/{id}/explanation", get(indicators::explain))
        .route("/v1/indicators/{id}/breakdown.csv", get(indicators::breakdown_csv))
}

fn collection() -> Router<Site> {
    Router::new()
        .route("/v1/enrol", post(devices::enrol))
        .route("/v1/company/enter", post(devices::company_enter))
        .route("/v1/live", get(live::listen))
        .route("/v1/presence", post(live::stand))
        .route("/v1/sync", post(sync::post).layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES)))
        .route("/v1/deposits", post(deposits::post).layer(DefaultBodyLimit::max(MAX_DEPOSIT_BYTES)))
}

/// A panic is a bug of ours: the request fails, the others go on.
fn panicked(cause: Box<dyn Any + Send>) -> Response<Body> {
    let words = cause
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    error!("a handler panicked: {words}");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
