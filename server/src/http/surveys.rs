//! Surveys: made, listed, opened.

use axum::{
    Json,
    extract::{Path, State},
};
use tsumugi_core::{id::SurveyId, survey::Survey};

use super::{
    auth::{Right, StaffMember},
    error::ApiError,
};
use crate::{
    api::{CloseReport, CloseSurvey, NewSurvey, StratumView, SurveyView},
    app::{self, App, AppError},
    clock,
    projection::{self, Projector},
};

/// A survey as staff sees it.
pub(crate) fn view(survey: Survey) -> SurveyView {
    let stratum = |stratum: tsumugi_core::survey::Stratum| StratumView {
        id: stratum.id,
        code: stratum.code,
        label: stratum.label,
        population: stratum.population,
    };
    SurveyView {
        id: survey.id,
        form_name: survey.form_name,
        form: survey.form,
        title: survey.title,
        mode: survey.mode,
        fiscal_year: survey.fiscal_year,
        opens: survey.opens,
        closes: survey.closes,
        state: survey.state,
        strata: survey.strata.into_iter().map(stratum).collect(),
        contact: survey.contact,
        fictitious: survey.fictitious,
        revision: survey.revision,
        key_fingerprint: survey.seal_key.as_deref().map(app::key_fingerprint),
    }
}

/// `POST /v1/surveys`: makes a survey in state draft.
#[utoipa::path(post, path = "/v1/surveys", tag = "surveys", request_body = NewSurvey,
    responses((status = 200, body = SurveyView)))]
pub(crate) async fn make(
    State(app): State<App>,
    staff: StaffMember,
    Json(new): Json<NewSurvey>,
) -> Result<Json<SurveyView>, ApiError> {
    staff.needs(Right::Field)?;
    let config = app.config();
    let (contact, fictitious, memory) =
        (config.contact.clone(), config.fictitious, config.passphrase_memory_kib);
    let now = clock::now().unix_ms;
    let survey = app
        .store(move |store| {
            let survey = app::make_survey(store, new, &contact, fictitious, memory)?;
            store.record(now, staff.name(), "survey.make".to_owned(), survey.id.to_string())?;
            Ok::<_, AppError>(survey)
        })
        .await?;
    Ok(Json(view(survey)))
}

/// `GET /v1/surveys`: all surveys, newest year first.
#[utoipa::path(get, path = "/v1/surveys", tag = "surveys", responses((status = 200, body = Vec<SurveyView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    staff: StaffMember,
) -> Result<Json<Vec<SurveyView>>, ApiError> {
    staff.needs(Right::Look)?;
    let mut surveys = app.store(|store| store.surveys()).await?;
    surveys.sort_by(|a, b| {
        (b.fiscal_year, &b.opens, &a.form_name).cmp(&(a.fiscal_year, &a.opens, &b.form_name))
    });
    Ok(Json(surveys.into_iter().map(view).collect()))
}

/// `POST /v1/surveys/{id}/open`: answers are taken from now on.
#[utoipa::path(post, path = "/v1/surveys/{id}/open", tag = "surveys", params(("id" = String, Path)),
    responses((status = 200, body = SurveyView)))]
pub(crate) async fn open(
    State(app): State<App>,
    staff: StaffMember,
    Path(id): Path<SurveyId>,
) -> Result<Json<SurveyView>, ApiError> {
    staff.needs(Right::Field)?;
    let now = clock::now().unix_ms;
    let live = app.live().clone();
    let survey = app
        .store(move |store| {
            let survey = app::open_survey(store, id)?;
            store.record(now, staff.name(), "survey.open".to_owned(), id.to_string())?;
            Ok::<_, AppError>(survey)
        })
        .await?;
    live.tell_survey(id);
    Ok(Json(view(survey)))
}

/// `POST /v1/surveys/{id}/close`: no answers any more; what was sealed is opened once and counted.
#[utoipa::path(post, path = "/v1/surveys/{id}/close", tag = "surveys", params(("id" = String, Path)),
    request_body = CloseSurvey, responses((status = 200, body = CloseReport)))]
pub(crate) async fn close(
    State(projector): State<Projector>,
    staff: StaffMember,
    Path(id): Path<SurveyId>,
    Json(asked): Json<CloseSurvey>,
) -> Result<Json<CloseReport>, ApiError> {
    staff.needs(Right::Field)?;
    let now = clock::now().unix_ms;
    let app = projector.app().clone();
    let live = app.live().clone();
    let report = app
        .store(move |store| {
            let report = projection::close_survey(&projector, id, asked.passphrase.as_deref())?;
            store.record(now, staff.name(), "survey.close".to_owned(), id.to_string())?;
            Ok::<_, AppError>(report)
        })
        .await?;
    live.tell_survey(id);
    Ok(Json(report))
}
