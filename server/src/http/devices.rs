//! Devices: codes, enrolment, the list, revoking; and the entry of companies.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use tsumugi_core::id::DeviceId;

use super::{
    auth::{Peer, Right, StaffMember},
    error::ApiError,
    qr,
};
use crate::{
    api::{CompanyEnter, DeviceCode, DeviceView, Enrol, Enrolled, EnrolledServer, NewDeviceCode},
    app::{self, App, AppError, Entered},
    clock,
    store::StoredDevice,
};

/// `POST /v1/devices/codes`: a right to enrol one tablet, once.
#[utoipa::path(post, path = "/v1/devices/codes", tag = "devices", request_body = NewDeviceCode,
    responses((status = 200, body = DeviceCode)))]
pub(crate) async fn make_code(
    State(app): State<App>,
    staff: StaffMember,
    Json(new): Json<NewDeviceCode>,
) -> Result<Json<DeviceCode>, ApiError> {
    staff.needs(Right::Field)?;
    let now = clock::now().unix_ms;
    let expires = now + i64::from(app.config().code_minutes) * 60_000;
    let pepper = *app.pepper();
    let code = app
        .store(move |store| {
            let name = new.name.clone();
            let code = app::make_device_code(store, &pepper, new, expires)?;
            store.record(now, staff.name(), "device.code".to_owned(), name)?;
            Ok::<_, AppError>(code)
        })
        .await?;
    let url = format!("{}/tablet#{}", app.public_url(), code.printed());
    Ok(Json(DeviceCode {
        code: code.printed(),
        qr_svg: qr::svg(&url)?,
        url,
        expires: clock::rfc3339_ms(expires),
    }))
}

/// `GET /v1/devices`: who may sync.
#[utoipa::path(get, path = "/v1/devices", tag = "devices", responses((status = 200, body = Vec<DeviceView>)))]
pub(crate) async fn devices(
    State(app): State<App>,
    staff: StaffMember,
) -> Result<Json<Vec<DeviceView>>, ApiError> {
    staff.needs(Right::Field)?;
    let devices = app.store(|store| store.devices()).await?;
    let view = |device: StoredDevice| DeviceView {
        id: device.id,
        name: device.name,
        role: device.role,
        surveys: device.surveys,
        enrolled: clock::rfc3339_ms(device.enrolled),
        last_seen: device.last_seen.map(clock::rfc3339_ms),
        revoked: device.revoked,
    };
    Ok(Json(devices.into_iter().map(view).collect()))
}

/// `DELETE /v1/devices/{id}`: revokes a device at once. What it had sent stays.
#[utoipa::path(delete, path = "/v1/devices/{id}", tag = "devices", params(("id" = String, Path)),
    responses((status = 204, description = "revoked")))]
pub(crate) async fn revoke(
    State(app): State<App>,
    staff: StaffMember,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, ApiError> {
    staff.needs(Right::Field)?;
    let now = clock::now().unix_ms;
    let live = app.live().clone();
    app.store(move |store| {
        if !store.revoke(id)? {
            return Err(AppError::NotFound { what: "device" });
        }
        Ok(store.record(now, staff.name(), "device.revoke".to_owned(), id.to_string())?)
    })
    .await?;
    live.dismiss(id);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/enrol`: uses up a code; the answer holds the token, once.
#[utoipa::path(post, path = "/v1/enrol", tag = "devices", request_body = Enrol,
    responses((status = 200, body = Enrolled), (status = 403, body = crate::api::Problem), (status = 429, body = crate::api::Problem)))]
pub(crate) async fn enrol(
    State(app): State<App>,
    peer: Peer,
    Json(asked): Json<Enrol>,
) -> Result<Json<Enrolled>, ApiError> {
    let (pepper, now) = (*app.pepper(), clock::now().unix_ms);
    enter(&app, peer, move |store| app::enrol_tablet(store, &pepper, &asked, now)).await
}

/// `POST /v1/company/enter`: lets a browser of a company in, by the code of its letter.
#[utoipa::path(post, path = "/v1/company/enter", tag = "devices", request_body = CompanyEnter,
    responses((status = 200, body = Enrolled), (status = 403, body = crate::api::Problem), (status = 429, body = crate::api::Problem)))]
pub(crate) async fn company_enter(
    State(app): State<App>,
    peer: Peer,
    Json(asked): Json<CompanyEnter>,
) -> Result<Json<Enrolled>, ApiError> {
    let (pepper, now) = (*app.pepper(), clock::now().unix_ms);
    enter(&app, peer, move |store| app::enter_company(store, &pepper, &asked, now)).await
}

async fn enter(
    app: &App,
    Peer(peer): Peer,
    act: impl FnOnce(&dyn crate::store::Store) -> Result<Entered, AppError> + Send + 'static,
) -> Result<Json<Enrolled>, ApiError> {
    if let Some(seconds) = app.wrong_codes().must_wait(peer) {
        return Err(ApiError::must_wait(seconds));
    }
    match app.store(act).await {
        Ok(entered) => {
            app.wrong_codes().forgive(peer);
            Ok(Json(enrolled(app, entered)))
        }
        Err(error) => {
            if matches!(error, AppError::Wrong { .. }) {
                app.wrong_codes().note_wrong(peer);
            }
            Err(error.into())
        }
    }
}

fn enrolled(app: &App, entered: Entered) -> Enrolled {
    let config = app.config();
    Enrolled {
        device_id: entered.device.id,
        token: entered.token,
        role: entered.device.role,
        name: entered.device.name,
        server: EnrolledServer {
            name: config.name.clone(),
            contact: config.contact.clone(),
            bundle_key: app.bundle_key().public().to_string(),
        },
        surveys: entered.device.surveys,
        survey: entered.company.map(|(survey, _)| survey),
        response: entered.company.map(|(_, response)| response),
    }
}
