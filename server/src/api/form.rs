//! Forms: what was uploaded, what was found, what is published.

use serde::{Deserialize, Serialize};
use tsumugi_core::{id::ItemId, text::Localized};
use utoipa::ToSchema;

use super::FileFinding;

/// Answer of `POST /v1/forms?filename=` (field manager); the body is the workbook.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FormUpload {
    /// The form, when no finding is an error.
    #[schema(value_type = Option<String>)]
    pub form_id: Option<ItemId>,
    /// Title of the form.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Localized,
    /// Everything that is wrong, at once.
    pub findings: Vec<FileFinding>,
}

/// A row of `GET /v1/forms` (staff).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FormView {
    /// Names the form in `POST /v1/surveys`.
    #[schema(value_type = String)]
    pub id: ItemId,
    /// XLSForm `form_id`.
    pub name: String,
    /// XLSForm `version`.
    pub version: String,
    /// Title.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Localized,
    /// How many questions it asks.
    pub questions: usize,
    /// Language tags.
    pub languages: Vec<String>,
    /// True after `POST /v1/forms/{id}/publish`: may be used by a survey.
    pub published: bool,
    /// File that it came from.
    pub file_name: String,
}
