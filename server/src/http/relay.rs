//! A relay's own routes, for the command line of its machine.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use tsumugi_core::sealed::{Bundle, MAX_BUNDLE_BYTES};

use super::{
    auth::{Right, StaffMember},
    bundles::file,
    error::ApiError,
};
use crate::{
    api::RelayView,
    app::App,
    relay::{self, RelayError},
    store::StoreError,
};

impl From<RelayError> for ApiError {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::Store(error) => error.into(),
            other => Self::new(
                StatusCode::BAD_GATEWAY,
                "upstream-failed",
                format!("{other}; what was brought here is held and is handed on later"),
            ),
        }
    }
}

async fn view(app: &App, new: u64) -> Result<Json<RelayView>, ApiError> {
    let [waiting, answered] = app.store(|store| store.parcel_counts()).await?;
    let upstream = app.config().upstream.clone().unwrap_or_default();
    Ok(Json(RelayView { upstream, waiting, answered, new }))
}

/// `GET /v1/relay`: how much is held here.
pub(crate) async fn status(State(app): State<App>, staff: StaffMember) -> Result<Json<RelayView>, ApiError> {
    staff.needs(Right::Field)?;
    view(&app, 0).await
}

/// `POST /v1/relay/forward`: hands on what waits, now.
pub(crate) async fn forward(State(app): State<App>, staff: StaffMember) -> Result<Json<RelayView>, ApiError> {
    staff.needs(Right::Field)?;
    let own = app.clone();
    let work = move || relay::forward(&own);
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Stopped)??;
    view(&app, done.answered).await
}

/// `POST /v1/relay/pack`: what waits here as a file, to be carried on.
pub(crate) async fn pack(State(app): State<App>, staff: StaffMember) -> Result<Response, ApiError> {
    staff.needs(Right::Field)?;
    let parcels = app.store(|store| store.parcels_to_forward(None, MAX_BUNDLE_BYTES)).await?;
    file(Bundle::fitting(parcels, MAX_BUNDLE_BYTES).encode()?)
}
