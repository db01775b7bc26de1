//! Collecting: cards, companies, register rows, fieldwork counts.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use tsumugi_core::id::SurveyId;

use super::{
    auth::{Right, StaffMember},
    error::ApiError,
    print, qr,
};
use crate::{
    api::{
        CardSheet, CompaniesQuery, CompanyLetter, CompanyLetters, Fieldwork, NewCards, PrintedCard, RowsTaken,
    },
    app::{self, App, AppError},
    clock,
    projection::{self, Projector},
};

/// True when the page to print is asked for.
fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.starts_with("text/html"))
}

/// `POST /v1/surveys/{id}/cards`: makes cards; JSON, or with `accept: text/html` a page to print.
#[utoipa::path(post, path = "/v1/surveys/{id}/cards", tag = "collection", params(("id" = String, Path)),
    request_body = NewCards, responses((status = 200, body = CardSheet)))]
pub(crate) async fn cards(
    State(app): State<App>,
    staff: StaffMember,
    Path(id): Path<SurveyId>,
    headers: HeaderMap,
    Json(new): Json<NewCards>,
) -> Result<Response, ApiError> {
    staff.needs(Right::Field)?;
    let now = clock::now().unix_ms;
    let stratum = new.stratum.clone();
    let public_url = app.public_url();
    let live = app.live().clone();
    let (survey, sheet) = app
        .store(move |store| {
            let survey = app::read_survey(store, id)?;
            let cards = app::make_cards(store, id, &new)?;
            let object = format!("{id}: {} cards of {}", new.count, new.stratum);
            store.record(now, staff.name(), "cards.make".to_owned(), object)?;
            let cards = cards.iter().map(|card| {
                let code = card.code.to_string();
                let url = format!("{public_url}/kiosk/{id}#{code}");
                let qr_svg = if new.qr { qr::svg(&url)? } else { String::new() };
                Ok(PrintedCard { qr_svg, code, url })
            });
            let cards: Result<Vec<_>, ApiError> = cards.collect();
            Ok::<_, AppError>((survey, cards))
        })
        .await?;
    live.tell_survey(id);
    let sheet = CardSheet { survey: id, stratum, cards: sheet? };
    Ok(if wants_page(&headers) { print::cards(&survey, &sheet) } else { Json(sheet).into_response() })
}

/// `POST /v1/surveys/{id}/companies`: adds companies from CSV; letters with codes, shown once.
#[utoipa::path(post, path = "/v1/surveys/{id}/companies", tag = "collection", params(("id" = String, Path), CompaniesQuery),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = CompanyLetters)))]
pub(crate) async fn companies(
    State(app): State<App>,
    staff: StaffMember,
    Path(id): Path<SurveyId>,
    Query(query): Query<CompaniesQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    staff.needs(Right::Field)?;
    let now = clock::now().unix_ms;
    let (pepper, public_url) = (*app.pepper(), app.public_url());
    let (survey, letters) = app
        .store(move |store| {
            let survey = app::read_survey(store, id)?;
            let letters = app::take_companies(store, &pepper, id, &body)?;
            let object = format!("{id}: {} companies", letters.letters.len());
            store.record(now, staff.name(), "companies.add".to_owned(), object)?;
            Ok::<_, AppError>((survey, letters))
        })
        .await?;
    let mut written = Vec::with_capacity(letters.letters.len());
    for (company, code) in letters.letters {
        let code = code.printed();
        let url = format!("{public_url}/company#{code}");
        let qr_svg = if query.qr { qr::svg(&url)? } else { String::new() };
        written.push(CompanyLetter { name: company.name, response: company.response, code, url, qr_svg });
    }
    let letters = CompanyLetters { letters: written, findings: letters.findings };
    let page = wants_page(&headers) && letters.findings.is_empty();
    Ok(if page { print::letters(&survey, &letters) } else { Json(letters).into_response() })
}

/// `POST /v1/surveys/{id}/rows`: register rows from CSV, all or nothing.
#[utoipa::path(post, path = "/v1/surveys/{id}/rows", tag = "collection", params(("id" = String, Path)),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = RowsTaken)))]
pub(crate) async fn rows(
    State(projector): State<Projector>,
    staff: StaffMember,
    Path(id): Path<SurveyId>,
    body: Bytes,
) -> Result<Json<RowsTaken>, ApiError> {
    staff.needs(Right::Field)?;
    let now = clock::now().unix_ms;
    let app = projector.app().clone();
    let report = app
        .store(move |store| {
            let report = projection::take_rows(&projector, id, &body, &staff.name())?;
            let object = format!("{id}: {} rows", report.accepted);
            store.record(now, staff.name(), "rows.add".to_owned(), object)?;
            Ok::<_, AppError>(report)
        })
        .await?;
    app.tell_news();
    Ok(Json(RowsTaken { accepted: report.accepted, findings: report.findings }))
}

/// `GET /v1/surveys/{id}/fieldwork`: how far collection is.
#[utoipa::path(get, path = "/v1/surveys/{id}/fieldwork", tag = "collection", params(("id" = String, Path)),
    responses((status = 200, body = Fieldwork)))]
pub(crate) async fn fieldwork(
    State(app): State<App>,
    staff: StaffMember,
    Path(id): Path<SurveyId>,
) -> Result<Json<Fieldwork>, ApiError> {
    staff.needs(Right::Look)?;
    Ok(Json(app.store(move |store| app::fieldwork(store, id)).await?))
}
