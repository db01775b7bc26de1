//! Forms: workbooks in, findings by cell, publishing.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use tsumugi_core::{id::ItemId, text::Localized};

use super::{
    auth::{Right, StaffMember},
    error::ApiError,
};
use crate::{
    api::{FormUpload, FormView},
    app::{self, App, AppError},
    clock,
    store::StoredForm,
};

/// Parameters of an upload.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UploadQuery {
    filename: String,
}

fn view(form: StoredForm) -> FormView {
    let definition = form.definition;
    FormView {
        id: form.id,
        questions: app::question_count(&definition.nodes),
        languages: definition.languages.iter().map(|language| language.tag.clone()).collect(),
        name: definition.form_id,
        version: definition.version,
        title: definition.title,
        published: form.published,
        file_name: form.file_name,
    }
}

/// `POST /v1/forms?filename=`: reads a workbook; everything that is wrong comes back at once.
#[utoipa::path(post, path = "/v1/forms", tag = "forms", params(("filename" = String, Query)),
    request_body(content = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    responses((status = 200, body = FormUpload), (status = 413, body = crate::api::Problem)))]
pub(crate) async fn upload(
    State(app): State<App>,
    staff: StaffMember,
    Query(query): Query<UploadQuery>,
    body: Bytes,
) -> Result<Json<FormUpload>, ApiError> {
    staff.needs(Right::Field)?;
    let now = clock::now().unix_ms;
    // A path in the name is of no use here and of none in a log.
    let name: String =
        query.filename.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(120).collect();
    let upload = app
        .store(move |store| {
            let upload = app::upload_form(store, &body, &name, now)?;
            if let Some(form) = &upload.form {
                store.record(now, staff.name(), "form.upload".to_owned(), form.id.to_string())?;
            }
            Ok::<_, AppError>(upload)
        })
        .await?;
    let title = upload.form.as_ref().map_or_else(Localized::default, |form| form.definition.title.clone());
    let form_id = upload.form.map(|form| form.id);
    Ok(Json(FormUpload { form_id, title, findings: upload.findings }))
}

/// `POST /v1/forms/{id}/publish`: surveys may use the form from now on.
#[utoipa::path(post, path = "/v1/forms/{id}/publish", tag = "forms", params(("id" = String, Path)),
    responses((status = 200, body = FormView)))]
pub(crate) async fn publish(
    State(app): State<App>,
    staff: StaffMember,
    Path(id): Path<ItemId>,
) -> Result<Json<FormView>, ApiError> {
    staff.needs(Right::Field)?;
    let now = clock::now().unix_ms;
    let form = app
        .store(move |store| {
            let form = app::publish_form(store, id)?;
            store.record(now, staff.name(), "form.publish".to_owned(), id.to_string())?;
            Ok::<_, AppError>(form)
        })
        .await?;
    Ok(Json(view(form)))
}

/// `GET /v1/forms`: the library.
#[utoipa::path(get, path = "/v1/forms", tag = "forms", responses((status = 200, body = Vec<FormView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    staff: StaffMember,
) -> Result<Json<Vec<FormView>>, ApiError> {
    staff.needs(Right::Look)?;
    let forms = app.store(|store| store.forms()).await?;
    Ok(Json(forms.into_iter().map(view).collect()))
}
