//! Collecting: cards, companies, register rows, fieldwork counts.

use serde::{Deserialize, Serialize};
use tsumugi_core::{
    id::{ResponseId, SurveyId},
    survey::Mode,
};
use utoipa::{IntoParams, ToSchema};

use super::FileFinding;

/// `POST /v1/surveys/{id}/cards` (field manager). With `accept: text/html` the answer is a page to print.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewCards {
    /// Code of the stratum.
    pub stratum: String,
    /// How many, 1 to 10,000.
    pub count: u32,
    /// `false` leaves out the pictures of QR codes, for who needs the codes alone.
    #[serde(default = "yes")]
    pub qr: bool,
}

const fn yes() -> bool {
    true
}

/// Answer of `POST /v1/surveys/{id}/cards`; shown once, in random order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardSheet {
    /// The survey.
    #[schema(value_type = String)]
    pub survey: SurveyId,
    /// Code of the stratum.
    pub stratum: String,
    /// The cards.
    pub cards: Vec<PrintedCard>,
}

/// A card as printed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrintedCard {
    /// Code in groups of four.
    pub code: String,
    /// Address to open, with the code behind `#`.
    pub url: String,
    /// QR code of `url` as SVG; empty when it was not asked for.
    pub qr_svg: String,
}

/// Parameters of `POST /v1/surveys/{id}/companies`.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompaniesQuery {
    /// `false` leaves out the pictures of QR codes.
    #[serde(default = "yes")]
    pub qr: bool,
}

/// Answer of `POST /v1/surveys/{id}/companies` (field manager; the body is CSV with the columns
/// `name,stratum,corporate_number`). With `accept: text/html` the answer is letters to print.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyLetters {
    /// One for each new company; codes are shown once.
    pub letters: Vec<CompanyLetter>,
    /// What is wrong with the file; nothing was taken when one is an error.
    pub findings: Vec<FileFinding>,
}

/// A letter to a company.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyLetter {
    /// Name of the company.
    pub name: String,
    /// The response that it fills.
    #[schema(value_type = String)]
    pub response: ResponseId,
    /// Code in groups of four.
    pub code: String,
    /// Address to open, with the code behind `#`.
    pub url: String,
    /// QR code of `url` as SVG.
    pub qr_svg: String,
}

/// Answer of `POST /v1/surveys/{id}/rows` (field manager; the body is CSV, one column a question).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowsTaken {
    /// Rows that became responses; 0 when a finding is an error.
    pub accepted: usize,
    /// What is wrong, by row and column.
    pub findings: Vec<FileFinding>,
}

/// `GET /v1/surveys/{id}/fieldwork` (staff): how far collection is; never an answer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fieldwork {
    /// The survey.
    #[schema(value_type = String)]
    pub survey: SurveyId,
    /// `company`, `anonymous` or `register`.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// By stratum.
    pub strata: Vec<StratumCount>,
    /// Company and register: responses by state (`empty`, `draft`, `conflict`, `submitted`).
    pub states: std::collections::BTreeMap<String, u64>,
    /// Changes that the gate refused and that wait for an operator.
    pub quarantined: u64,
}

/// Counts of a stratum. For anonymous surveys rounded down to 5; `null` under 10.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StratumCount {
    /// Short code.
    pub stratum: String,
    /// Cards handed out or companies asked.
    pub issued: u64,
    /// Records or submitted responses; `null` when hidden.
    pub received: Option<u64>,
    /// True when `received` is hidden because it is small.
    pub hidden: bool,
}
