//! Whether the server lives, is ready, and how it does.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::error::ApiError;
use crate::{
    api::{Readiness, ServerView},
    app::App,
    store::StoreError,
};

/// Answers since the start, by the first digit of the status. Counts no person and no device.
static ANSWERS: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

/// Counts an answer.
pub(super) fn count(status: StatusCode) {
    if let Some(counter) = ANSWERS.get(usize::from(status.as_u16() / 100)) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// `GET /healthz`: the process lives.
#[utoipa::path(get, path = "/healthz", tag = "server", responses((status = 200, body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: requests that write are taken; 503 with the reasons when not.
#[utoipa::path(get, path = "/readyz", tag = "server",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    let mut reasons = Vec::new();
    if app.is_full() {
        reasons.push("the disk is nearly full: nothing more is taken".to_owned());
    }
    let inbox = match app.store(|store| store.inbox_counts()).await {
        Ok([pending, _]) => pending,
        Err(error) => {
            reasons.push(error.to_string());
            0
        }
    };
    let ready = reasons.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, reasons, inbox })).into_response()
}

/// `GET /metrics`: numbers for a monitoring system, in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, body = String)))]
pub(crate) async fn metrics(State(app): State<App>) -> Result<Response, ApiError> {
    let ([pending, refused], verified) = app
        .store(|store| {
            let verified = store.backups()?.iter().filter_map(|row| row.verified).max();
            Ok::<_, StoreError>((store.inbox_counts()?, verified))
        })
        .await?;
    let mut text = String::from("# TYPE tsumugi_answers_total counter\n");
    for (class, counter) in ANSWERS.iter().enumerate().skip(2) {
        let answers = counter.load(Ordering::Relaxed);
        let _ = writeln!(text, "tsumugi_answers_total{{status=\"{class}xx\"}} {answers}");
    }
    let gauges = [
        ("tsumugi_items_pending", pending),
        ("tsumugi_items_refused", refused),
        ("tsumugi_disk_full", u64::from(app.is_full())),
        ("tsumugi_live_streams", app.live().streams() as u64),
        // 0: there is none. An alarm on its age notices a server that makes none any more.
        (
            "tsumugi_backup_verified_timestamp_seconds",
            verified.and_then(|ms| u64::try_from(ms / 1_000).ok()).unwrap_or(0),
        ),
    ];
    for (name, value) in gauges {
        let _ = write!(text, "# TYPE {name} gauge\n{name} {value}\n");
    }
    let media = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, media)], text).into_response())
}

/// `GET /v1/server`: who runs this server.
#[utoipa::path(get, path = "/v1/server", tag = "server", responses((status = 200, body = ServerView)))]
pub(crate) async fn server(State(app): State<App>) -> Json<ServerView> {
    let config = app.config();
    Json(ServerView {
        name: config.name.clone(),
        contact: config.contact.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        fictitious: config.fictitious,
        bundle_key: if app.is_relay() { String::new() } else { app.bundle_key().public().to_string() },
    })
}
