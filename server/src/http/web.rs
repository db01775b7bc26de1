//! The pages: `web/dist` inside the binary, every unknown address answered by the app itself.

use axum::{
    body::Body,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use rust_embed::RustEmbed;

use super::error::ApiError;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Dist;

const NOT_BUILT: &str = "<!doctype html><html lang=\"ja\"><head><meta charset=\"utf-8\"><title>Tsumugi</title></head>\
<body><h1>つむぎ / Tsumugi</h1><p>画面がまだ作られていません。<code>cargo xtask build web</code> のあと、もう一度サーバーを作ってください。</p>\
<p>The pages were not built into this server. Run <code>cargo xtask build web</code>, then build the server again.</p>\
<p><a href=\"/v1/docs/\">API</a></p></body></html>";

/// Files that carry a hash of their content in their name never change.
fn is_hashed(path: &str) -> bool {
    path.starts_with("assets/")
}

/// Any address that no other route takes.
pub(crate) async fn page(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("v1/") || !matches!(method, Method::GET | Method::HEAD) {
        return ApiError::new(StatusCode::NOT_FOUND, "not-found", "there is nothing at this address")
            .into_response();
    }
    if let Some(file) = Dist::get(path) {
        return serve(path, file);
    }
    // A missing file is missing; a page's address is the app's own matter.
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match Dist::get("index.html") {
        _ if is_file => StatusCode::NOT_FOUND.into_response(),
        Some(index) => serve("index.html", index),
        None => Html(NOT_BUILT).into_response(),
    }
}

fn serve(path: &str, file: rust_embed::EmbeddedFile) -> Response {
    let media = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let cache = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::new(Body::from(file.data.into_owned()));
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}
