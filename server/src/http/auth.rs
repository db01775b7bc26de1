//! Who asks, and what they may do: one table of rights, deny by default.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};

use super::{error::ApiError, router::Site};
use crate::{
    api::Role,
    app::{App, secret_hash},
    clock, keyring,
    store::{Session, StoredDevice},
};

/// Name of the session's cookie.
pub(crate) const COOKIE: &str = "tsumugi";
/// Header that proves that a page of ours sent a request.
pub(crate) const CSRF: &str = "x-csrf-token";

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// Accounts and the audit.
    Accounts,
    /// Forms, surveys, cards, companies, devices, rows.
    Field,
    /// Lists of forms and surveys, fieldwork counts.
    Look,
    /// Indicators and exports.
    Analyse,
}

/// The table of rights.
pub(crate) const fn may(role: Role, right: Right) -> bool {
    match right {
        Right::Accounts => matches!(role, Role::Admin),
        Right::Field => matches!(role, Role::Admin | Role::FieldManager),
        Right::Look => true,
        Right::Analyse => matches!(role, Role::Admin | Role::Analyst),
    }
}

/// A member of staff with an open session, or the command line on this machine.
#[derive(Debug, Clone)]
pub(crate) struct StaffMember {
    /// Account, role and language.
    pub(crate) session: Session,
    /// Hash of the session's token; none for the command line.
    pub(crate) token: Option<[u8; 32]>,
}

impl StaffMember {
    /// Refuses who may not do that.
    pub(crate) fn needs(&self, right: Right) -> Result<(), ApiError> {
        if may(self.session.role, right) { Ok(()) } else { Err(ApiError::forbidden()) }
    }

    /// The name for the audit.
    pub(crate) fn name(&self) -> String {
        self.session.account.clone()
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

fn local(app: &App, token: &str) -> Option<StaffMember> {
    keyring::same(token.as_bytes(), app.local_token().as_bytes()).then(|| StaffMember {
        session: Session {
            account: "local".to_owned(),
            role: Role::Admin,
            language: "ja".to_owned(),
            csrf: String::new(),
        },
        token: None,
    })
}

impl FromRequestParts<Site> for StaffMember {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, ApiError> {
        let app = &site.app;
        if let Some(token) = bearer(&parts.headers) {
            return local(app, token).ok_or_else(ApiError::unauthorized);
        }
        let token = secret_hash(cookie(&parts.headers).ok_or_else(ApiError::unauthorized)?);
        let now = clock::now().unix_ms;
        let session =
            app.store(move |store| store.session(token, now)).await?.ok_or_else(ApiError::unauthorized)?;
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let sent = parts.headers.get(CSRF).map(|value| value.as_bytes()).unwrap_or_default();
        if !reads && !keyring::same(sent, session.csrf.as_bytes()) {
            let detail = "the header x-csrf-token is missing or not that of GET /v1/session";
            return Err(ApiError::new(axum::http::StatusCode::FORBIDDEN, "csrf", detail));
        }
        Ok(Self { session, token: Some(token) })
    }
}

/// An enrolled device that was not revoked.
#[derive(Debug, Clone)]
pub(crate) struct EnrolledDevice(pub(crate) StoredDevice);

impl FromRequestParts<Site> for EnrolledDevice {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, ApiError> {
        let app = &site.app;
        let unknown = || {
            ApiError::new(axum::http::StatusCode::UNAUTHORIZED, "device-unknown", "enrol this device again")
        };
        let token = secret_hash(bearer(&parts.headers).ok_or_else(unknown)?);
        let device = app.store(move |store| store.device_by_token(token)).await?.ok_or_else(unknown)?;
        if device.revoked {
            let detail = "this device was revoked; nothing on it is lost: hand it to the office";
            return Err(ApiError::new(axum::http::StatusCode::FORBIDDEN, "device-revoked", detail));
        }
        Ok(Self(device))
    }
}

/// The address of who asks, for slowing down guesses. Never logged, never stored.
pub(crate) struct Peer(pub(crate) IpAddr);

impl FromRequestParts<Site> for Peer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, ApiError> {
        let app = &site.app;
        let near = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let forwarded = || {
            // The last address is the one that our own proxy saw.
            let list = parts.headers.get("x-forwarded-for")?.to_str().ok()?;
            list.rsplit(',').next()?.trim().parse().ok()
        };
        let far = if app.config().trust_proxy { forwarded() } else { None };
        Ok(Self(far.or(near).unwrap_or(IpAddr::from([0, 0, 0, 0]))))
    }
}

#[cfg(test)]
mod tests {
    use super::{Right, may};
    use crate::api::Role;

    #[test]
    fn each_role_may_do_its_work_and_no_more() {
        let table = [
            (Role::Admin, [true, true, true, true]),
            (Role::FieldManager, [false, true, true, false]),
            (Role::Analyst, [false, false, true, true]),
        ];
        for (role, rights) in table {
            let wanted =
                [Right::Accounts, Right::Field, Right::Look, Right::Analyse].map(|right| may(role, right));
            assert_eq!(wanted, rights, "{}", role.word());
        }
    }
}
