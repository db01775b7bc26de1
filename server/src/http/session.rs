//! Sessions and accounts of staff, and the audit.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    auth::{COOKIE, Peer, Right, StaffMember},
    error::ApiError,
};
use crate::{
    api::{AccountView, AuditView, NewAccount, SessionView, SignIn},
    app::{self, App, AppError},
    clock,
};

const HOUR_MS: i64 = 3_600_000;

fn cookie(app: &App, token: &str, seconds: i64) -> Result<HeaderValue, ApiError> {
    let secure = if app.public_url().starts_with("https://") { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).map_err(ApiError::bad_bytes)
}

/// `POST /v1/session`: signs in.
#[utoipa::path(post, path = "/v1/session", tag = "staff", request_body = SignIn,
    responses((status = 204, description = "signed in; the cookie is set"), (status = 403, body = crate::api::Problem)))]
pub(crate) async fn sign_in(
    State(app): State<App>,
    Peer(peer): Peer,
    Json(asked): Json<SignIn>,
) -> Result<Response, ApiError> {
    if let Some(seconds) = app.wrong_passwords().must_wait(peer) {
        return Err(ApiError::must_wait(seconds));
    }
    let (memory, hours) = (app.config().passphrase_memory_kib, i64::from(app.config().session_hours));
    let now = clock::now().unix_ms;
    let opened = app
        .store(move |store| {
            let account = app::account_of_password(store, &asked.account, &asked.password, memory)?;
            let token = app::open_session(store, &account, now + hours * HOUR_MS)?;
            store.record(now, account.name, "session.open".to_owned(), String::new())?;
            Ok::<_, AppError>(token)
        })
        .await;
    match opened {
        Ok(token) => {
            app.wrong_passwords().forgive(peer);
            let cookie = cookie(&app, &token, hours * 3600)?;
            Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
        }
        Err(AppError::Wrong { what }) => {
            app.wrong_passwords().note_wrong(peer);
            Err(AppError::Wrong { what }.into())
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /v1/session`: who is signed in.
#[utoipa::path(get, path = "/v1/session", tag = "staff", responses((status = 200, body = SessionView)))]
pub(crate) async fn session(
    State(app): State<App>,
    staff: StaffMember,
) -> Result<Json<SessionView>, ApiError> {
    if let Some(token) = staff.token {
        let expires = clock::now().unix_ms + i64::from(app.config().session_hours) * HOUR_MS;
        app.store(move |store| store.touch_session(token, expires)).await?;
    }
    let session = staff.session;
    Ok(Json(SessionView {
        account: session.account,
        role: session.role,
        language: session.language,
        csrf: session.csrf,
    }))
}

/// `DELETE /v1/session`: signs out.
#[utoipa::path(delete, path = "/v1/session", tag = "staff", responses((status = 204, description = "signed out")))]
pub(crate) async fn sign_out(State(app): State<App>, staff: StaffMember) -> Result<Response, ApiError> {
    if let Some(token) = staff.token {
        app.store(move |store| store.end_session(token)).await?;
    }
    let cookie = cookie(&app, "", 0)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// `POST /v1/accounts`: adds an account, or gives it a new password and role.
#[utoipa::path(post, path = "/v1/accounts", tag = "staff", request_body = NewAccount,
    responses((status = 204, description = "the account stands")))]
pub(crate) async fn put_account(
    State(app): State<App>,
    staff: StaffMember,
    Json(new): Json<NewAccount>,
) -> Result<StatusCode, ApiError> {
    staff.needs(Right::Accounts)?;
    let memory = app.config().passphrase_memory_kib;
    let now = clock::now().unix_ms;
    app.store(move |store| app::put_account(store, new, memory, staff.name(), now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/accounts`: who may sign in.
#[utoipa::path(get, path = "/v1/accounts", tag = "staff", responses((status = 200, body = Vec<AccountView>)))]
pub(crate) async fn accounts(
    State(app): State<App>,
    staff: StaffMember,
) -> Result<Json<Vec<AccountView>>, ApiError> {
    staff.needs(Right::Accounts)?;
    let accounts = app.store(|store| store.accounts()).await?;
    let view = |account: crate::store::Account| AccountView {
        account: account.name,
        role: account.role,
        language: account.language,
    };
    Ok(Json(accounts.into_iter().map(view).collect()))
}

/// `GET /v1/audit`: the last thousand things that were done.
#[utoipa::path(get, path = "/v1/audit", tag = "staff", responses((status = 200, body = Vec<AuditView>)))]
pub(crate) async fn audit(
    State(app): State<App>,
    staff: StaffMember,
) -> Result<Json<Vec<AuditView>>, ApiError> {
    staff.needs(Right::Accounts)?;
    let rows = app.store(|store| store.audit(1000)).await?;
    let view = |row: crate::store::AuditRow| AuditView {
        seq: row.seq,
        at: clock::rfc3339_ms(row.at),
        who: row.who,
        action: row.action,
        object: row.object,
        hash: hex::encode(row.hash),
    };
    Ok(Json(rows.into_iter().map(view).collect()))
}
