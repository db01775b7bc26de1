//! All routes.

use std::{any::Any, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::RequestBodyTimeoutLayer,
};
use tracing::error;
use tsumugi_core::sealed::MAX_DEPOSIT_BYTES;

use super::{deposits, devices, error::finish, health, session, surveys};
use crate::app::App;

/// Largest JSON body in bytes.
const JSON_BYTES: usize = 1024 * 1024;

/// Builds the routes of the server.
pub fn router(app: App) -> Router {
    let body_timer = RequestBodyTimeoutLayer::new(Duration::from_secs(app.config().body_seconds));
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/v1/server", get(health::server))
        .merge(staff())
        .merge(collection())
        .layer(DefaultBodyLimit::max(JSON_BYTES))
        .layer(body_timer)
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(finish))
        .with_state(app)
}

fn staff() -> Router<App> {
    Router::new()
        .route("/v1/session", get(session::session).post(session::sign_in).delete(session::sign_out))
        .route("/v1/accounts", get(session::accounts).post(session::put_account))
        .route("/v1/audit", get(session::audit))
        .route("/v1/devices", get(devices::devices))
        .route("/v1/devices/codes", post(devices::make_code))
        .route("/v1/devices/{id}", delete(devices::revoke))
        .route("/v1/surveys", get(surveys::list).post(surveys::make))
        .route("/v1/surveys/{id}/open", post(surveys::open))
}

fn collection() -> Router<App> {
    Router::new()
        .route("/v1/enrol", post(devices::enrol))
        .route("/v1/company/enter", post(devices::company_enter))
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
