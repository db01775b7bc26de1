//! Who this device is for the server.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{Batch, Device, DeviceError, HttpRequest, Storage, keys, safe::position_of};
use crate::{
    id::{DeviceId, ResponseId, SurveyId},
    text::Localized,
};

const ENROL_PATH: &str = "/v1/enrol";
const COMPANY_PATH: &str = "/v1/company/enter";

/// What kind of device it is for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A surveyor's tablet: the surveys that a field manager chose.
    Tablet,
    /// A browser or tablet of a company: one response.
    Company,
}

/// Who this device is for the server. The token is a secret; it is kept under the data key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    /// Address of the server, without a slash at the end.
    pub server: String,
    /// Names the device.
    pub device_id: DeviceId,
    /// Bearer token of the sync.
    pub token: String,
    /// Name of the device, or of the person who fills (`経理 佐藤`): shown beside a conflict.
    pub name: String,
    /// Tablet or company.
    pub role: Role,
    /// Name of the ward or office, by language.
    pub server_name: Localized,
    /// Whom to call, by language.
    pub contact: Localized,
    /// Of a company: its survey.
    pub survey: Option<SurveyId>,
    /// Of a company: the response to fill.
    pub response: Option<ResponseId>,
    /// The server's public key that parcels are sealed to, hexadecimal; `None` from an older server.
    #[serde(default)]
    pub bundle_key: Option<String>,
    /// The server said that the device may not sync any more. What waits is kept.
    #[serde(default)]
    pub revoked: bool,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enrolment({} as {:?}, token not shown)", self.device_id, self.role)
    }
}

/// An enrolment was not taken.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The server does not know the code, or it was used, or it is too old.
    #[error("the server does not take the code")]
    CodeRefused,
    /// Too many wrong codes.
    #[error("too many wrong codes; the server answers again later")]
    TooMany,
    /// The server answered something else.
    #[error("the server answered with status {status}")]
    Server {
        /// HTTP status.
        status: u16,
    },
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// An enrolment that waits for its reply.
#[derive(Debug, Clone)]
pub(super) struct Enrolling {
    server: String,
    name: String,
    role: Role,
}

/// The server's answer to both ways of enrolling.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Enrolled {
    device_id: DeviceId,
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    server: ServerNames,
    #[serde(default)]
    survey: Option<SurveyId>,
    #[serde(default)]
    response: Option<ResponseId>,
}

#[derive(Default, Deserialize)]
struct ServerNames {
    #[serde(default)]
    name: Localized,
    #[serde(default)]
    contact: Localized,
    #[serde(default, rename = "bundleKey")]
    bundle_key: Option<String>,
}

impl<S: Storage> Device<S> {
    /// Who this device is for the server; `None` before it is enrolled.
    pub fn enrolment(&self) -> Option<&Enrolment> {
        self.enrolment.as_ref()
    }

    /// The request that enrols a tablet by a one-time code, for the host to send to `server_url`.
    pub fn enrol_request(&mut self, server_url: &str, code: &str, name: &str) -> HttpRequest {
        let body = serde_json::json!({ "code": code, "name": name });
        self.begin_enrolling(server_url, name, Role::Tablet, ENROL_PATH, &body)
    }

    /// The request that opens a company's response by the code of its letter. `name` and
    /// `department` stand beside this person's answers where two differ.
    pub fn company_request(
        &mut self,
        server_url: &str,
        code: &str,
        name: &str,
        department: &str,
    ) -> HttpRequest {
        let body = serde_json::json!({ "code": code, "name": name, "department": department });
        let shown = [department.trim(), name.trim()].join(" ");
        self.begin_enrolling(server_url, shown.trim(), Role::Company, COMPANY_PATH, &body)
    }

    fn begin_enrolling(
        &mut self,
        server_url: &str,
        name: &str,
        role: Role,
        path: &str,
        body: &serde_json::Value,
    ) -> HttpRequest {
        let server = server_url.trim_end_matches('/').to_owned();
        self.enrolling = Some(Enrolling { server, name: name.to_owned(), role });
        HttpRequest {
            id: 0,
            method: "POST".to_owned(),
            path: path.to_owned(),
            content_type: "application/json".to_owned(),
            authorization: None,
            body: body.to_string().into_bytes(),
        }
    }

    /// Takes the server's answer to the last enrolment request. What the device holds from an
    /// earlier enrolment, unsent answers among it, stays.
    ///
    /// # Errors
    /// [`EnrolError`] says what the person can do; nothing was changed.
    pub fn on_enrolled(
        &mut self,
        status: u16,
        body: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(), EnrolError> {
        match status {
            200 | 201 => {}
            400 | 401 | 403 | 404 | 409 | 410 | 422 => return Err(EnrolError::CodeRefused),
            429 => return Err(EnrolError::TooMany),
            _ => return Err(EnrolError::Server { status }),
        }
        let no_request = || DeviceError::Reply { detail: "no enrolment is under way".to_owned() };
        let enrolling = self.enrolling.clone().ok_or_else(no_request)?;
        let enrolled: Enrolled = serde_json::from_slice(body)
            .map_err(|error| DeviceError::Reply { detail: position_of(&error) })?;
        let name = if enrolling.name.is_empty() { enrolled.name } else { enrolling.name };
        let enrolment = Enrolment {
            server: enrolling.server,
            device_id: enrolled.device_id,
            token: enrolled.token,
            name,
            role: enrolling.role,
            server_name: enrolled.server.name,
            contact: enrolled.server.contact,
            survey: enrolled.survey,
            response: enrolled.response,
            bundle_key: enrolled.server.bundle_key,
            revoked: false,
        };
        self.store_enrolment(enrolment, rng)?;
        self.enrolling = None;
        self.exchange.ask_soon();
        Ok(())
    }

    pub(super) fn store_enrolment(
        &mut self,
        enrolment: Enrolment,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let mut batch = Batch::default();
        self.safe.put_json(&mut batch, keys::ENROLMENT, &enrolment, rng);
        self.safe.commit(batch)?;
        self.enrolment = Some(enrolment);
        Ok(())
    }
}
