//! Whether the server lives, and who runs it.

use axum::{Json, extract::State};

use crate::{api::ServerView, app::App};

/// `GET /healthz`: the process lives.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /v1/server`: who runs this server.
pub(crate) async fn server(State(app): State<App>) -> Json<ServerView> {
    let config = app.config();
    Json(ServerView {
        name: config.name.clone(),
        contact: config.contact.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        fictitious: config.fictitious,
    })
}
