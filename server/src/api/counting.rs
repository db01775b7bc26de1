//! Counting: files to analyse, the state of the indicator cache.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Parameters of `GET /v1/surveys/{id}/export.csv` (analyst).
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ExportQuery {
    /// Name of a repeat; the main table when absent.
    pub table: Option<String>,
    /// `true` puts a byte order mark first, for spreadsheet programs.
    pub bom: bool,
    /// Language tag of labels in the codebook.
    pub lang: Option<String>,
    /// `true` leaves out the guard against formulas.
    pub raw: bool,
}

/// Parameters of `GET /v1/indicators/{id}/breakdown` (analyst).
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct BreakdownQuery {
    /// Name of a disaggregation of the indicator file; the first one when absent.
    pub by: Option<String>,
}

/// `GET /readyz`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// True when requests that write are taken.
    pub ready: bool,
    /// Why not, in words.
    pub reasons: Vec<String>,
    /// Changes that wait for the projector.
    pub inbox: u64,
}
