//! All routes.

use axum::{Router, routing::get};

use super::health;
use crate::app::App;

/// Builds the routes of the server.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/v1/server", get(health::server))
        .with_state(app)
}
