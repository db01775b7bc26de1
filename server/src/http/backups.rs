//! Backups: making one, and which there are.

use axum::{Json, extract::State, http::StatusCode};

use super::{
    auth::{Right, StaffMember},
    error::ApiError,
};
use crate::{
    api::{BackupView, NewBackup},
    app::App,
    backup::{self, BackupError, Made},
    clock,
    store::{BackupRow, StoreError},
};

impl From<BackupError> for ApiError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Store(error) => error.into(),
            BackupError::Space { .. } => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "backup-space", error.to_string())
            }
            BackupError::Key { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "backup-key", error.to_string())
            }
            other => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "backup-failed", other.to_string()),
        }
    }
}

fn view(row: BackupRow) -> BackupView {
    BackupView {
        number: row.number,
        begun: clock::rfc3339_ms(row.begun),
        verified: row.verified.map(clock::rfc3339_ms),
        file: row.file,
        bytes: row.bytes,
    }
}

/// `GET /v1/backups`: all backups, newest first.
#[utoipa::path(get, path = "/v1/backups", tag = "server", responses((status = 200, body = Vec<BackupView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    staff: StaffMember,
) -> Result<Json<Vec<BackupView>>, ApiError> {
    staff.needs(Right::Accounts)?;
    let rows = app.store(|store| store.backups()).await?;
    Ok(Json(rows.into_iter().map(view).collect()))
}

/// `POST /v1/backups`: makes a backup in the folder of the configuration, and verifies it by
/// restoring it. Takes as long as copying the database three times.
#[utoipa::path(post, path = "/v1/backups", tag = "server", request_body = NewBackup,
    responses((status = 200, body = BackupView)))]
pub(crate) async fn make(
    State(app): State<App>,
    staff: StaffMember,
    Json(new): Json<NewBackup>,
) -> Result<Json<BackupView>, ApiError> {
    staff.needs(Right::Accounts)?;
    let (who, now) = (staff.name(), clock::now().unix_ms);
    let own = app.clone();
    let work = move || -> Result<Made, BackupError> {
        let made = backup::make(&own, &new.recipients)?;
        let object = made.file.display().to_string();
        own.blocking_store().record(now, who, "backup.make".to_owned(), object)?;
        Ok(made)
    };
    let made = tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Stopped)??;
    Ok(Json(BackupView {
        number: made.manifest.number,
        begun: made.manifest.begun,
        verified: Some(clock::rfc3339(clock::now())),
        file: made.file.display().to_string(),
        bytes: made.bytes,
    }))
}
