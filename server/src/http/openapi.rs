//! The OpenAPI document, and the page that shows it: from this binary alone.

use std::sync::{Arc, LazyLock};

use axum::{
    Json,
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerFile};

use super::{
    backups, bundles, collection, deposits, devices, export, forms, health, indicators, live, session,
    surveys, sync,
};
use crate::api;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tsumugi",
        description = "Staff sign in with POST /v1/session and send the header x-csrf-token of GET /v1/session \
            with every request that changes something. Failures are problem details with a stable `code`."
    ),
    paths(
        health::healthz,
        health::readyz,
        health::metrics,
        health::server,
        session::sign_in,
        session::session,
        session::sign_out,
        session::put_account,
        session::accounts,
        session::audit,
        backups::list,
        backups::make,
        devices::make_code,
        devices::devices,
        devices::revoke,
        devices::enrol,
        devices::company_enter,
        forms::upload,
        forms::publish,
        forms::list,
        surveys::make,
        surveys::list,
        surveys::open,
        surveys::close,
        collection::cards,
        collection::companies,
        collection::rows,
        collection::fieldwork,
        sync::post,
        live::listen,
        live::stand,
        deposits::post,
        bundles::post,
        bundles::take_file,
        bundles::verify,
        export::csv,
        export::zip,
        indicators::list,
        indicators::one,
        indicators::breakdown,
        indicators::explain,
        indicators::count,
        indicators::breakdown_csv,
    ),
    components(schemas(api::Problem, api::FileFinding, api::Role))
)]
struct Document;

static DOCUMENT: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::to_value(Document::openapi()).unwrap_or_default());

/// `GET /v1/openapi.json`
pub(crate) async fn document() -> Json<&'static serde_json::Value> {
    Json(&DOCUMENT)
}

/// `GET /v1/docs`
pub(crate) async fn to_docs() -> Redirect {
    Redirect::permanent("/v1/docs/")
}

/// `GET /v1/docs/`
pub(crate) async fn docs_index() -> Response {
    file("index.html")
}

/// `GET /v1/docs/{file}`
pub(crate) async fn docs(Path(path): Path<String>) -> Response {
    file(&path)
}

fn file(path: &str) -> Response {
    // The validator badge would be fetched from a foreign host.
    let config = Config::from("/v1/openapi.json").validator_url("none");
    match utoipa_swagger_ui::serve(path, Arc::new(config)) {
        Ok(Some(SwaggerFile { bytes, content_type, .. })) => {
            let media =
                HeaderValue::from_str(&content_type).unwrap_or(HeaderValue::from_static("text/plain"));
            ([(header::CONTENT_TYPE, media)], bytes.into_owned()).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
