//! Tablets and company browsers: codes, enrolment, the list.

use serde::{Deserialize, Serialize};
use tsumugi_core::{
    id::{DeviceId, ResponseId, SurveyId},
    text::Localized,
};
use utoipa::ToSchema;

/// `POST /v1/devices/codes` (field manager): a right to enrol one tablet, once, for a short while.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewDeviceCode {
    /// Name of the tablet (`T-01`).
    pub name: String,
    /// Surveys that it may see.
    #[schema(value_type = Vec<String>)]
    pub surveys: Vec<SurveyId>,
}

/// Answer of `POST /v1/devices/codes`; the code is shown once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceCode {
    /// Code in groups of four.
    pub code: String,
    /// Address to open on the tablet, with the code behind `#`.
    pub url: String,
    /// QR code of `url` as SVG.
    pub qr_svg: String,
    /// RFC 3339 instant after which the code is worthless.
    pub expires: String,
}

/// `POST /v1/enrol`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enrol {
    /// Code as read or typed.
    pub code: String,
    /// Name that the device gives itself; empty keeps the name given with the code.
    #[serde(default)]
    pub name: String,
}

/// `POST /v1/company/enter`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyEnter {
    /// Code of the company's letter.
    pub code: String,
    /// Who fills, as shown beside a conflict.
    pub name: String,
    /// Department of who fills.
    #[serde(default)]
    pub department: String,
}

/// Answer of `POST /v1/enrol` and `POST /v1/company/enter`. The token is shown once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enrolled {
    /// The device.
    #[schema(value_type = String)]
    pub device_id: DeviceId,
    /// Bearer token of `POST /v1/sync`.
    pub token: String,
    /// `tablet` or `company`.
    pub role: String,
    /// Name of the device or of who fills.
    pub name: String,
    /// Who asks.
    pub server: EnrolledServer,
    /// Surveys that the device may see.
    #[schema(value_type = Vec<String>)]
    pub surveys: Vec<SurveyId>,
    /// Of a company: its survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub survey: Option<SurveyId>,
    /// Of a company: the response to fill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub response: Option<ResponseId>,
}

/// Who asks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnrolledServer {
    /// Name of the ward or office, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub name: Localized,
    /// Whom to call, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub contact: Localized,
    /// Public key that parcels for this server are sealed to, hexadecimal.
    #[serde(default)]
    pub bundle_key: String,
}

/// A row of `GET /v1/devices` (field manager).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceView {
    /// The device.
    #[schema(value_type = String)]
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// `tablet` or `company`.
    pub role: String,
    /// Surveys that it may see.
    #[schema(value_type = Vec<String>)]
    pub surveys: Vec<SurveyId>,
    /// RFC 3339 instant of the enrolment.
    pub enrolled: String,
    /// RFC 3339 instant of the last sync.
    pub last_seen: Option<String>,
    /// True after `DELETE /v1/devices/{id}`.
    pub revoked: bool,
}

/// Where the person of a device is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonPlace {
    /// The response that is open; none when it was left.
    #[schema(value_type = Option<String>)]
    pub response: Option<ResponseId>,
    /// The question or section; empty for the form as a whole.
    #[serde(default)]
    pub at: String,
    /// The person is in the field of that question.
    #[serde(default)]
    pub typing: bool,
}
