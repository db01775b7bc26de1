//! Export of rows. Rows of anonymous surveys leave only for who holds the survey's key.

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use tsumugi_core::{
    id::SurveyId,
    survey::{Mode, Survey},
};

use super::{
    auth::{Right, StaffMember},
    error::ApiError,
};
use crate::{
    api::ExportQuery,
    app::{self, AppError},
    clock,
    export::{CsvOptions, Layout, archive, codebook, layout, table_rows, write_csv},
    projection::Projector,
    store::{AnalysisRow, Store, StoreError},
};

/// Header with the passphrase of an anonymous survey.
const PASSPHRASE: &str = "x-tsumugi-passphrase";

struct Rows {
    survey: Survey,
    layout: Layout,
    rows: Vec<AnalysisRow>,
}

fn read(projector: &Projector, id: SurveyId, passphrase: Option<&str>) -> Result<Rows, AppError> {
    let store = projector.app().blocking_store();
    let survey = app::read_survey(store, id)?;
    if survey.mode == Mode::Anonymous {
        if !store.is_counted(id)? {
            return Err(AppError::conflict(
                "survey-not-closed",
                "an anonymous survey is exported after it was closed",
            ));
        }
        let detail =
            "rows of an anonymous survey leave only with its passphrase, in the header x-tsumugi-passphrase";
        let passphrase = passphrase.ok_or_else(|| AppError::invalid("passphrase-missing", detail))?;
        app::open_key(store, id, passphrase)?;
    }
    let form = projector.form(&survey)?;
    let layout = layout(form.definition());
    let mut rows = Vec::new();
    store.each_row(id, &mut |row| rows.push(row))?;
    Ok(Rows { survey, layout, rows })
}

fn passphrase(headers: &HeaderMap) -> Option<String> {
    headers.get(PASSPHRASE).and_then(|value| String::from_utf8(value.as_bytes().to_vec()).ok())
}

fn file(bytes: Vec<u8>, media: &'static str, name: &str) -> Result<Response, ApiError> {
    let disposition =
        HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(ApiError::bad_bytes)?;
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(media)), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}

fn note(store: &dyn Store, who: String, id: SurveyId) -> Result<(), AppError> {
    Ok(store.record(clock::now().unix_ms, who, "survey.export".to_owned(), id.to_string())?)
}

/// `GET /v1/surveys/{id}/export.csv`: one table; `table=codebook` is the codebook.
#[utoipa::path(get, path = "/v1/surveys/{id}/export.csv", tag = "export",
    params(("id" = String, Path), ExportQuery), responses((status = 200, content_type = "text/csv", body = String)))]
pub(crate) async fn csv(
    State(projector): State<Projector>,
    staff: StaffMember,
    Path(id): Path<SurveyId>,
    Query(query): Query<ExportQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    staff.needs(Right::Analyse)?;
    let passphrase = passphrase(&headers);
    let app = projector.app().clone();
    let (bytes, name) = app
        .store(move |store| {
            let options = CsvOptions { bom: query.bom, raw: query.raw };
            let rows = read(&projector, id, passphrase.as_deref())?;
            let wanted = query.table.unwrap_or_default();
            let table = if wanted == "codebook" {
                let form = projector.form(&rows.survey)?;
                codebook(form.definition(), &rows.layout, query.lang.as_deref().unwrap_or("ja"))
            } else {
                let table = rows.layout.table(&wanted).ok_or(AppError::NotFound { what: "table" })?;
                table_rows(table, &rows.rows)
            };
            note(store, staff.name(), id)?;
            Ok::<_, AppError>((write_csv(&table, options), file_name(&rows.survey, &wanted, "csv")))
        })
        .await?;
    file(bytes, "text/csv; charset=utf-8", &name)
}

/// A name without anything that a person typed beyond the form's own name.
fn file_name(survey: &Survey, table: &str, ending: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter)).collect()
    };
    match plain(table).as_str() {
        "" => format!("{}-{}.{ending}", plain(&survey.form_name), survey.fiscal_year),
        table => format!("{}-{}-{table}.{ending}", plain(&survey.form_name), survey.fiscal_year),
    }
}

/// `GET /v1/surveys/{id}/export.zip`: all tables and the codebook.
#[utoipa::path(get, path = "/v1/surveys/{id}/export.zip", tag = "export",
    params(("id" = String, Path), ExportQuery), responses((status = 200, content_type = "application/zip", body = Vec<u8>)))]
pub(crate) async fn zip(
    State(projector): State<Projector>,
    staff: StaffMember,
    Path(id): Path<SurveyId>,
    Query(query): Query<ExportQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    staff.needs(Right::Analyse)?;
    let passphrase = passphrase(&headers);
    let app = projector.app().clone();
    let (bytes, name) = app
        .store(move |store| {
            let rows = read(&projector, id, passphrase.as_deref())?;
            let form = projector.form(&rows.survey)?;
            let book = codebook(form.definition(), &rows.layout, query.lang.as_deref().unwrap_or("ja"));
            let tables: Vec<_> =
                rows.layout.tables.iter().map(|table| (table, table_rows(table, &rows.rows))).collect();
            let bytes = archive(&tables, &book, CsvOptions { bom: query.bom, raw: query.raw })
                .map_err(|error| StoreError::Database(Box::new(error)))?;
            note(store, staff.name(), id)?;
            Ok::<_, AppError>((bytes, file_name(&rows.survey, "", "zip")))
        })
        .await?;
    file(bytes, "application/zip", &name)
}
