//! Surveys: made, opened, closed.

use serde::{Deserialize, Serialize};
use tsumugi_core::{
    id::{ItemId, SurveyId},
    survey::{Mode, SurveyState},
    text::Localized,
};
use utoipa::ToSchema;

/// `POST /v1/surveys` (field manager).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewSurvey {
    /// A published form (`id` of `GET /v1/forms`).
    #[schema(value_type = String)]
    pub form: ItemId,
    /// `company`, `anonymous` or `register`.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// Title for people.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Localized,
    /// Fiscal year (April to March) by its first calendar year.
    pub fiscal_year: i32,
    /// First civil day, ISO 8601.
    pub opens: String,
    /// Last civil day, ISO 8601.
    pub closes: String,
    /// Strata; when empty, one named `all`.
    #[serde(default)]
    pub strata: Vec<NewStratum>,
    /// Who asks and whom to call; the server's contact when absent.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub contact: Option<Localized>,
    /// Made-up data.
    #[serde(default)]
    pub fictitious: bool,
    /// Anonymous surveys: locks the survey's key; needed again to close. At least 12 characters.
    #[serde(default)]
    pub passphrase: Option<String>,
    /// Anonymous surveys: bytes that every record is padded to; 2,048 when absent.
    #[serde(default)]
    pub record_bytes: Option<u32>,
}

/// A stratum of `POST /v1/surveys`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewStratum {
    /// Short code as in the indicator file (`30-99`).
    pub code: String,
    /// Name for people.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub label: Localized,
    /// Units in the population, where known.
    #[serde(default)]
    pub population: Option<u64>,
}

/// A row of `GET /v1/surveys` (staff), and the answer of making, opening.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SurveyView {
    /// Names the survey.
    #[schema(value_type = String)]
    pub id: SurveyId,
    /// XLSForm `form_id`.
    pub form_name: String,
    /// The form's item inside this survey.
    #[schema(value_type = String)]
    pub form: ItemId,
    /// Title for people.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Localized,
    /// `company`, `anonymous` or `register`.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// Fiscal year by its first calendar year.
    pub fiscal_year: i32,
    /// First civil day, ISO 8601.
    pub opens: String,
    /// Last civil day, ISO 8601.
    pub closes: String,
    /// `draft`, `open` or `closed`.
    #[schema(value_type = String)]
    pub state: SurveyState,
    /// Strata.
    pub strata: Vec<StratumView>,
    /// Who asks and whom to call.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub contact: Localized,
    /// Made-up data.
    pub fictitious: bool,
    /// Rises with every change.
    pub revision: u32,
    /// First 16 hexadecimal digits of SHA-256 of the public key, in groups of four, as printed on cards.
    pub key_fingerprint: Option<String>,
}

/// A stratum of a survey.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StratumView {
    /// Number inside the survey.
    pub id: u16,
    /// Short code.
    pub code: String,
    /// Name for people.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub label: Localized,
    /// Units in the population, where known.
    pub population: Option<u64>,
}

/// `POST /v1/surveys/{id}/close` (field manager).
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloseSurvey {
    /// Anonymous surveys: opens the survey's key.
    #[serde(default)]
    pub passphrase: Option<String>,
}

/// Answer of `POST /v1/surveys/{id}/close`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloseReport {
    /// The survey.
    #[schema(value_type = String)]
    pub survey: SurveyId,
    /// Rows that are counted.
    pub rows: u64,
    /// Records that could not be opened with the survey's key, or held no valid answers.
    pub refused: u64,
    /// Cards under which different records arrived.
    pub conflicts: u64,
    /// By stratum; small numbers are hidden as in fieldwork.
    pub strata: Vec<super::StratumCount>,
}
