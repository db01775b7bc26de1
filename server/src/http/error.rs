//! Failures as problem details.
//!
//! What a client sees and what the log sees are two things: the body has a stable code and
//! words that help; the cause is logged once, with the request's id, and never holds an answer.

use axum::{
    Json,
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::{error, info};

use crate::{
    api::{FileFinding, Problem},
    app::AppError,
    keyring,
    store::{OverQuota, StoreError},
};

/// A failure on its way out.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after: Option<u64>,
    cause: Option<String>,
    findings: Vec<FileFinding>,
}

impl ApiError {
    /// A failure with a stable code and words that help.
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None, cause: None, findings: Vec::new() }
    }

    /// Nobody is signed in, or the token is not known.
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "sign-in-needed", "sign in first")
    }

    /// Signed in, but not for this.
    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "role-missing", "this account may not do that")
    }

    /// Too many wrong tries.
    pub(crate) fn must_wait(seconds: u64) -> Self {
        let detail = format!("too many wrong tries; wait {seconds} seconds and look at the letters again");
        Self {
            retry_after: Some(seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-tries", detail)
        }
    }

    /// More devices listen than may.
    pub(crate) fn too_many_streams() -> Self {
        let detail = "too many devices listen for news; ask by the exchange once a minute";
        Self { retry_after: Some(60), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "streams-full", detail) }
    }

    /// A device delivers more than is taken now; what it has is safe on it.
    pub(crate) fn over_quota(over: OverQuota) -> Self {
        let (seconds, failure) = match over {
            OverQuota::Device { seconds } => (
                seconds,
                Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "device-quota",
                    "this device delivered as much as is taken in a day",
                ),
            ),
            OverQuota::Survey => (
                3_600,
                Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "survey-quota",
                    "this survey holds as much as its operator allows",
                ),
            ),
            OverQuota::Orphans => (
                600,
                Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "orphan-quota",
                    "too many changes of this device wait for others",
                ),
            ),
        };
        Self { retry_after: Some(seconds), ..failure }
    }

    /// The bytes are not what this route takes.
    pub(crate) fn bad_bytes(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bytes-invalid", detail.to_string())
    }

    /// The disk is full or nearly so.
    pub(crate) fn full() -> Self {
        let detail =
            "the server's disk is full; nothing was taken, and nothing that was taken before is lost";
        Self { retry_after: Some(60), ..Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk-full", detail) }
    }

    fn internal(cause: String) -> Self {
        let detail = "the server failed; the log names the cause under this request's id";
        Self { cause: Some(cause), ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail) }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::full(),
            StoreError::Missing { what } => Self::new(
                StatusCode::CONFLICT,
                "changed-meanwhile",
                format!("{what} is not there any more; load the page again"),
            ),
            StoreError::Damaged { detail } => Self {
                retry_after: Some(60),
                cause: Some(detail),
                ..Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "database-damaged",
                    "the server's database is damaged and was left as it is; its operator must look at it",
                )
            },
            StoreError::Stopped => Self {
                retry_after: Some(10),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the server is stopping; try again")
            },
            other => Self::internal(chain(&other)),
        }
    }
}

/// An error and what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Store(error) => error.into(),
            AppError::Keyring(error) => Self::internal(error.to_string()),
            AppError::Admission(cause) => Self::internal(cause),
            AppError::NotFound { what } => {
                Self::new(StatusCode::NOT_FOUND, "not-found", format!("there is no such {what}"))
            }
            AppError::Invalid { code, detail } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail),
            AppError::Conflict { code, detail } => Self::new(StatusCode::CONFLICT, code, detail),
            AppError::Wrong { what } => {
                let code = match what {
                    "code" => "code-wrong",
                    "passphrase" => "passphrase-wrong",
                    _ => "password-wrong",
                };
                Self::new(StatusCode::FORBIDDEN, code, format!("the {what} is wrong"))
            }
            AppError::Findings { findings } => {
                let detail = format!("the file has {} errors", findings.len());
                Self { findings, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "file-findings", detail) }
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The problem's code for a failure that a layer made without words.
fn bare(status: StatusCode) -> ApiError {
    let (code, detail) = match status.as_u16() {
        400 => ("request-invalid", "the request cannot be read"),
        404 => ("not-found", "there is nothing at this address"),
        405 => ("method-not-allowed", "this address does not take that method"),
        408 => ("body-slow", "the body did not arrive in time; send it again"),
        413 => ("body-large", "the body is larger than this address takes"),
        415 => ("media-type", "the body is not of a type that this address takes"),
        422 => ("request-invalid", "the request lacks a field or holds a wrong one"),
        500 => ("internal", "the server failed; the log names the cause under this request's id"),
        _ => ("failed", "the request failed"),
    };
    ApiError::new(status, code, detail)
}

/// Gives every failure its problem details and its line in the log, every answer its headers.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    let id = hex::encode(keyring::make_bytes::<8>());
    // The route's own pattern, never the address: addresses hold ids, and ids hold people.
    let method = request.method().clone();
    let mut response = next.run(request).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        response = problem(response, &id, method.as_str());
    }
    super::health::count(response.status());
    secure(&mut response);
    response
}

fn problem(response: Response, id: &str, method: &str) -> Response {
    let status = response.status();
    let failure = match response.extensions().get::<ApiError>() {
        Some(failure) => failure.clone(),
        None => bare(status),
    };
    match &failure.cause {
        Some(cause) => {
            error!(request = id, status = status.as_u16(), code = failure.code, "{method} failed: {cause}")
        }
        None => info!(request = id, status = status.as_u16(), code = failure.code, "{method} refused"),
    }
    let problem = Problem {
        kind: format!("urn:tsumugi:problem:{}", failure.code),
        title: status.canonical_reason().unwrap_or("failed").to_owned(),
        status: status.as_u16(),
        code: failure.code.to_owned(),
        detail: failure.detail,
        request_id: id.to_owned(),
    };
    let mut body = serde_json::json!(problem);
    if !failure.findings.is_empty() {
        body["findings"] = serde_json::json!(failure.findings);
    }
    let mut answer = (status, Json(body)).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = failure.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = response.headers().get(header::ALLOW) {
        headers.insert(header::ALLOW, allow.clone());
    }
    answer
}

/// Nothing from another host, no frame, no sniffing; WebAssembly is compiled, scripts are ours.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
    manifest-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn secure(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry("cross-origin-opener-policy").or_insert(HeaderValue::from_static("same-origin"));
    headers.entry("cross-origin-resource-policy").or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
