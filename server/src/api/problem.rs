//! Failures as RFC 9457 problem details.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A failure: `application/problem+json`. Never holds an answer or a name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `urn:tsumugi:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable word for programs (`code-wrong`, `device-revoked`).
    pub code: String,
    /// What happened here and what to do next.
    pub detail: String,
    /// Finds the line in the server's log.
    pub request_id: String,
}

/// Something that a person must correct in a file, by place.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileFinding {
    /// `error` stops the file, `warning` does not.
    pub severity: String,
    /// Sheet of a workbook; empty for CSV.
    pub sheet: String,
    /// Cell (`B14`) of a workbook; `row 3` in CSV.
    pub cell: String,
    /// Column heading.
    pub column: String,
    /// What is wrong, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub what: tsumugi_core::text::Localized,
    /// What to do, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub remedy: tsumugi_core::text::Localized,
    /// Stable word for programs.
    pub code: String,
}
