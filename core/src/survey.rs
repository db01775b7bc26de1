//! Surveys: one wave of a form in the field, and what is handed out with it.

use serde::{Deserialize, Serialize};

use crate::{
    answers::Answers,
    id::{ItemId, ResponseId, SurveyId},
    text::Localized,
};

/// How a survey is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// One response a company, from several devices; named.
    Company,
    /// One sealed record a person, by card; nobody knows who.
    Anonymous,
    /// Rows of the ward's own records, typed or imported from CSV.
    Register,
}

/// A part of the population with its own cards, weights and reporting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// Number inside the survey; part of a sealed record in clear.
    pub id: u16,
    /// Short code as in the indicator file (`30-99`).
    pub code: String,
    /// Name for people.
    pub label: Localized,
    /// How many units the population has; `None` when not known.
    pub population: Option<u64>,
}

/// Whether answers are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SurveyState {
    /// Not yet handed out.
    Draft,
    /// Answers are taken.
    Open,
    /// Answers are no longer taken; sealed records have been opened and counted.
    Closed,
}

/// One wave of a form in the field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Names the wave.
    pub id: SurveyId,
    /// The XLSForm `form_id` (`loneliness`): what indicators refer to.
    pub form_name: String,
    /// The form's item, which pins its version.
    pub form: ItemId,
    /// Title for people.
    pub title: Localized,
    /// How it is answered.
    pub mode: Mode,
    /// The Japanese fiscal year (April to March) that the wave measures, by its first calendar year.
    pub fiscal_year: i32,
    /// First civil day, ISO 8601.
    pub opens: String,
    /// Last civil day, ISO 8601.
    pub closes: String,
    /// Draft, open or closed.
    pub state: SurveyState,
    /// Strata; one named `all` when the population is not divided.
    pub strata: Vec<Stratum>,
    /// HPKE public key (X25519, 32 bytes, hexadecimal) that anonymous records are sealed to.
    pub seal_key: Option<String>,
    /// Length in bytes that every sealed plaintext of this survey is padded to.
    pub record_bytes: u32,
    /// Rises with every change of this description; the highest is in force.
    pub revision: u32,
    /// Who asks, on what legal basis, and whom to call; shown on every page.
    pub contact: Localized,
    /// Made-up data: every page says so.
    pub fictitious: bool,
}

/// A response that somebody shall fill: a company of the sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// The response to fill.
    pub response: ResponseId,
    /// Name of the company.
    pub name: String,
    /// Code of its stratum.
    pub stratum: String,
    /// Corporate number (法人番号), 13 digits, where known.
    pub corporate_number: Option<String>,
    /// Last wave's answers, shown beside this year's.
    pub previous: Answers,
}

/// The valid cards of one stratum, as salted hashes: a tablet can check a card without a
/// network, and a stolen list opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardList {
    /// The stratum of the cards.
    pub stratum: u16,
    /// 16 random bytes, hexadecimal.
    pub salt: String,
    /// The first 16 bytes of SHA-256(salt, serial) of each card, hexadecimal, sorted.
    pub hashes: Vec<String>,
}
