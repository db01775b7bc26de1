//! Codes and devices: tablets by a one-time code, browsers of a company by its letter.

use tsumugi_core::{
    id::{DeviceId, ResponseId, SurveyId},
    survey::SurveyState,
};

use super::{error::AppError, people::secret_hash, surveys::read_survey};
use crate::{
    api::{CompanyEnter, Enrol, NewDeviceCode},
    code::Code,
    keyring,
    store::{EnrolCode, Store, StoredDevice},
};

const TABLET: &str = "tsumugi/enrol/v1";
/// Purpose of the hash of a company's code.
pub(super) const COMPANY: &str = "tsumugi/company/v1";

/// A device that has just come in, with its token.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The device.
    pub device: StoredDevice,
    /// Its bearer token; only the hash is kept.
    pub token: String,
    /// Of a company: the response that it fills.
    pub company: Option<(SurveyId, ResponseId)>,
}

/// Makes a code that enrols one tablet until `expires`, in milliseconds since 1970.
///
/// # Errors
/// [`AppError::NotFound`] when a survey is not there.
pub fn make_device_code(
    store: &dyn Store,
    pepper: &[u8; 32],
    new: NewDeviceCode,
    expires: i64,
) -> Result<Code, AppError> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 64 {
        return Err(AppError::invalid("device-name", "the name of a device has 1 to 64 characters"));
    }
    for survey in &new.surveys {
        read_survey(store, *survey)?;
    }
    let code = Code::make(&mut keyring::host_rng());
    store.put_code(code.hash(pepper, TABLET), EnrolCode { name, surveys: new.surveys, expires })?;
    Ok(code)
}

fn make_token() -> String {
    format!("tsm_{}", hex::encode(keyring::make_bytes::<32>()))
}

fn device(role: &str, name: String, now: i64) -> StoredDevice {
    StoredDevice {
        id: DeviceId::make(&mut keyring::host_rng()),
        role: role.to_owned(),
        name,
        surveys: Vec::new(),
        response: None,
        enrolled: now,
        last_seen: None,
        revoked: false,
    }
}

fn short(name: &str) -> String {
    name.trim().chars().take(64).collect()
}

/// Uses up a code and enrols a tablet.
///
/// # Errors
/// [`AppError::Wrong`] when the code is mistyped, used or too old: all the same answer.
pub fn enrol_tablet(
    store: &dyn Store,
    pepper: &[u8; 32],
    asked: &Enrol,
    now: i64,
) -> Result<Entered, AppError> {
    let wrong = AppError::Wrong { what: "code" };
    let Some(code) = Code::parse(&asked.code) else { return Err(wrong) };
    let token = make_token();
    let new = device("tablet", short(&asked.name), now);
    match store.enrol(code.hash(pepper, TABLET), new, secret_hash(&token))? {
        Some(device) => Ok(Entered { device, token, company: None }),
        None => Err(wrong),
    }
}

/// Lets a browser of a company in. The letter's code may be used from several devices.
///
/// # Errors
/// [`AppError::Wrong`] when no letter has the code; [`AppError::Conflict`] when its survey is not open.
pub fn enter_company(
    store: &dyn Store,
    pepper: &[u8; 32],
    asked: &CompanyEnter,
    now: i64,
) -> Result<Entered, AppError> {
    let wrong = AppError::Wrong { what: "code" };
    let Some(code) = Code::parse(&asked.code) else { return Err(wrong) };
    let Some((survey, company)) = store.company_by_code(code.hash(pepper, COMPANY))? else {
        return Err(wrong);
    };
    if read_survey(store, survey)?.state != SurveyState::Open {
        return Err(AppError::conflict("survey-not-open", "this survey takes no answers now"));
    }
    let name = match (short(&asked.department), short(&asked.name)) {
        (department, name) if department.is_empty() => name,
        (department, name) => format!("{department} {name}"),
    };
    if name.is_empty() {
        return Err(AppError::invalid("name-missing", "say who fills the form, as colleagues shall see it"));
    }
    let token = make_token();
    let new = StoredDevice {
        surveys: vec![survey],
        response: Some(company.response),
        ..device("company", name, now)
    };
    store.put_device(new.clone(), secret_hash(&token))?;
    Ok(Entered { device: new, token, company: Some((survey, company.response)) })
}
