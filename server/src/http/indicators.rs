//! Indicators: tiles, trends, breakdowns. Numbers come from core's release only.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tsumugi_core::indicator::Breakdown;

use super::{
    auth::{Right, StaffMember},
    error::ApiError,
};
use crate::{
    api::BreakdownQuery,
    clock,
    export::{CsvOptions, breakdown_rows, write_csv},
    projection::Projector,
};

/// `GET /v1/indicators`: one tile an indicator, in the order of the file.
#[utoipa::path(get, path = "/v1/indicators", tag = "indicators",
    responses((status = 200, description = "tiles: value, interval, baseline, target, status, method", body = Vec<Object>)))]
pub(crate) async fn list(
    State(projector): State<Projector>,
    staff: StaffMember,
) -> Result<Response, ApiError> {
    staff.needs(Right::Analyse)?;
    let app = projector.app().clone();
    let tiles = app.store(move |store| projector.counting().tiles(store)).await?;
    Ok(Json(tiles).into_response())
}

/// `GET /v1/indicators/{id}`: the tile and its trend.
#[utoipa::path(get, path = "/v1/indicators/{id}", tag = "indicators", params(("id" = String, Path)),
    responses((status = 200, description = "`tile` and `trend`", body = Object)))]
pub(crate) async fn one(
    State(projector): State<Projector>,
    staff: StaffMember,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    staff.needs(Right::Analyse)?;
    let app = projector.app().clone();
    let (tile, trend) = app.store(move |store| projector.counting().tile_and_trend(store, &id)).await?;
    Ok(Json(json!({ "tile": tile, "trend": trend })))
}

/// `GET /v1/indicators/{id}/breakdown?by=`: a table; `by` names one or two breakdowns, separated by a comma.
#[utoipa::path(get, path = "/v1/indicators/{id}/breakdown", tag = "indicators",
    params(("id" = String, Path), BreakdownQuery), responses((status = 200, description = "a table with signs", body = Object)))]
pub(crate) async fn breakdown(
    State(projector): State<Projector>,
    staff: StaffMember,
    Path(id): Path<String>,
    Query(query): Query<BreakdownQuery>,
) -> Result<Json<Breakdown>, ApiError> {
    staff.needs(Right::Analyse)?;
    Ok(Json(table(projector, id, query).await?))
}

/// `GET /v1/indicators/{id}/breakdown.csv?by=`: the same table, a row for each cell, signs in a column of their own.
#[utoipa::path(get, path = "/v1/indicators/{id}/breakdown.csv", tag = "indicators",
    params(("id" = String, Path), BreakdownQuery), responses((status = 200, content_type = "text/csv", body = String)))]
pub(crate) async fn breakdown_csv(
    State(projector): State<Projector>,
    staff: StaffMember,
    Path(id): Path<String>,
    Query(query): Query<BreakdownQuery>,
) -> Result<Response, ApiError> {
    staff.needs(Right::Analyse)?;
    let table = table(projector, id, query).await?;
    let bytes = write_csv(&breakdown_rows(&table), CsvOptions::default());
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], bytes).into_response())
}

async fn table(projector: Projector, id: String, query: BreakdownQuery) -> Result<Breakdown, ApiError> {
    let app = projector.app().clone();
    let table = app
        .store(move |store| {
            let by = query.by.unwrap_or_default();
            let by: Vec<&str> = by.split(',').map(str::trim).filter(|by| !by.is_empty()).collect();
            projector.counting().breakdown(store, &id, &by)
        })
        .await?;
    Ok(table)
}

/// `GET /v1/indicators/{id}/explanation`: formula, filters, weights, rules, hidden cells, what a wave can show.
#[utoipa::path(get, path = "/v1/indicators/{id}/explanation", tag = "indicators", params(("id" = String, Path)),
    responses((status = 200, description = "`explanation` and `tile`", body = Object)))]
pub(crate) async fn explain(
    State(projector): State<Projector>,
    staff: StaffMember,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    staff.needs(Right::Analyse)?;
    let app = projector.app().clone();
    let (explanation, tile) = app.store(move |store| projector.counting().explain(store, &id)).await?;
    Ok(Json(json!({ "explanation": explanation, "tile": tile })))
}

/// `POST /v1/indicators/count`: counts closed surveys again from their rows; answers when it is done.
#[utoipa::path(post, path = "/v1/indicators/count", tag = "indicators",
    responses((status = 200, description = "tiles, as they are now", body = Vec<Object>)))]
pub(crate) async fn count(
    State(projector): State<Projector>,
    staff: StaffMember,
) -> Result<Response, ApiError> {
    staff.needs(Right::Analyse)?;
    let app = projector.app().clone();
    let tiles = app
        .store(move |store| {
            let now = clock::now().unix_ms;
            store.record(now, staff.name(), "indicators.count".to_owned(), String::new())?;
            projector.counting().count_again(store)?;
            projector.counting().tiles(store)
        })
        .await?;
    Ok(Json(tiles).into_response())
}
