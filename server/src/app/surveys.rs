//! The life of a survey: made, opened. Closing is counting, and stands in the projection.

use sha2::{Digest, Sha256};
use tsumugi_core::{
    device::check_anonymous,
    form::Form,
    id::SurveyId,
    item::{Item, ItemKind},
    sealed::{SealKey, lock, unlock},
    survey::{Mode, Stratum, Survey, SurveyState},
    text::Localized,
};

use super::error::AppError;
use crate::{
    api::{NewStratum, NewSurvey},
    keyring::{self, MIN_CHARACTERS},
    store::{LockedKey, Store, StoreError, StoredForm},
};

/// Bytes that a record is padded to when nothing else is asked.
const RECORD_BYTES: u32 = 2048;

/// The survey of that id.
///
/// # Errors
/// [`AppError::NotFound`] when there is none.
pub fn read_survey(store: &dyn Store, id: SurveyId) -> Result<Survey, AppError> {
    store.survey(id)?.ok_or(AppError::NotFound { what: "survey" })
}

/// The survey as the item that devices get.
fn survey_item(survey: &Survey) -> Result<Item, AppError> {
    let json = serde_json::to_vec(survey).map_err(|error| StoreError::Database(Box::new(error)))?;
    Ok(Item::of_survey(ItemKind::Survey, survey.id, json))
}

/// Makes a survey in state draft, its key under a passphrase when it is anonymous.
///
/// # Errors
/// [`AppError::Invalid`] says which part of the request cannot be.
pub fn make_survey(
    store: &dyn Store,
    new: NewSurvey,
    contact: &Localized,
    fictitious: bool,
    memory_kib: u32,
) -> Result<Survey, AppError> {
    let form = store.form(new.form)?.ok_or(AppError::NotFound { what: "form" })?;
    check(&new, &form)?;
    let id = SurveyId::make(&mut keyring::host_rng());
    let json = serde_json::to_vec(&form.definition).map_err(|error| StoreError::Database(Box::new(error)))?;
    let form_item = Item::of_survey(ItemKind::Form, id, json);
    let key = match new.mode {
        Mode::Anonymous => Some(make_key(id, new.passphrase.as_deref(), memory_kib)?),
        Mode::Company | Mode::Register => None,
    };
    let survey = Survey {
        id,
        form_name: form.definition.form_id.clone(),
        form: form_item.id(),
        title: if new.title.is_empty() { form.definition.title.clone() } else { new.title },
        mode: new.mode,
        fiscal_year: new.fiscal_year,
        opens: new.opens,
        closes: new.closes,
        state: SurveyState::Draft,
        strata: strata(&new.strata)?,
        seal_key: key.as_ref().map(|(_, public)| public.clone()),
        record_bytes: if new.mode == Mode::Anonymous { new.record_bytes.unwrap_or(RECORD_BYTES) } else { 0 },
        revision: 1,
        contact: new.contact.unwrap_or_else(|| contact.clone()),
        fictitious: new.fictitious || fictitious,
    };
    let items = vec![form_item, survey_item(&survey)?];
    store.put_survey(survey.clone(), key.map(|(locked, _)| locked), items)?;
    Ok(survey)
}

fn check(new: &NewSurvey, form: &StoredForm) -> Result<(), AppError> {
    if !form.published {
        return Err(AppError::conflict("form-not-published", "publish the form first"));
    }
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    match (day(&new.opens), day(&new.closes)) {
        (Some(opens), Some(closes)) if opens <= closes => (),
        _ => {
            let detail = "`opens` and `closes` are days like 2026-10-01, the first not after the last";
            return Err(AppError::invalid("survey-days", detail));
        }
    }
    if let Some(bytes) = new.record_bytes
        && !(256..=16 * 1024).contains(&bytes)
    {
        return Err(AppError::invalid("record-bytes", "`recordBytes` is from 256 to 16384"));
    }
    if new.mode == Mode::Anonymous {
        let compiled = Form::compile(form.definition.clone()).map_err(|_| {
            AppError::invalid("form-damaged", "the form no longer passes its check; upload it again")
        })?;
        check_anonymous(&compiled)
            .map_err(|reason| AppError::invalid("form-not-anonymous", reason.to_string()))?;
    }
    Ok(())
}

fn strata(new: &[NewStratum]) -> Result<Vec<Stratum>, AppError> {
    let one = [NewStratum {
        code: "all".to_owned(),
        label: Localized::of([("ja", "全体"), ("en", "All")]),
        population: None,
    }];
    let new = if new.is_empty() { &one } else { new };
    let mut strata: Vec<Stratum> = Vec::with_capacity(new.len());
    for (id, stratum) in (0_u16..).zip(new) {
        let code = stratum.code.trim().to_owned();
        if code.is_empty() || strata.iter().any(|known| known.code == code) {
            return Err(AppError::invalid("stratum-code", "each stratum has a code of its own"));
        }
        let label = if stratum.label.is_empty() { Localized::plain(&code) } else { stratum.label.clone() };
        strata.push(Stratum { id, code, label, population: stratum.population });
    }
    Ok(strata)
}

fn make_key(
    survey: SurveyId,
    passphrase: Option<&str>,
    memory_kib: u32,
) -> Result<(LockedKey, String), AppError> {
    let passphrase = passphrase.unwrap_or_default();
    if passphrase.chars().count() < MIN_CHARACTERS {
        let detail =
            format!("an anonymous survey needs a passphrase of at least {MIN_CHARACTERS} characters");
        return Err(AppError::invalid("passphrase-short", detail));
    }
    let salt = keyring::make_salt();
    let wrap = keyring::derive(passphrase, &salt, memory_kib)?;
    let mut rng = keyring::host_rng();
    let pair = SealKey::make(&mut rng);
    let locked = lock(&pair, &wrap, survey, &mut rng);
    Ok((LockedKey { salt: salt.to_vec(), memory_kib, locked }, pair.public().to_string()))
}

/// Writes a new revision of a survey and tells devices of it.
///
/// # Errors
/// [`AppError::Store`] when somebody else changed it meanwhile.
pub fn revise_survey(store: &dyn Store, mut survey: Survey) -> Result<Survey, AppError> {
    survey.revision += 1;
    let item = survey_item(&survey)?;
    store.put_survey(survey.clone(), None, vec![item])?;
    Ok(survey)
}

/// Opens a survey: answers are taken from now on.
///
/// # Errors
/// [`AppError::Conflict`] when it was closed.
pub fn open_survey(store: &dyn Store, id: SurveyId) -> Result<Survey, AppError> {
    let survey = read_survey(store, id)?;
    match survey.state {
        SurveyState::Open => Ok(survey),
        SurveyState::Draft => revise_survey(store, Survey { state: SurveyState::Open, ..survey }),
        SurveyState::Closed => {
            Err(AppError::conflict("survey-closed", "a closed survey was counted and cannot be opened again"))
        }
    }
}

/// First 16 hexadecimal digits of SHA-256 of a public key, in groups of four, as printed on cards.
pub fn key_fingerprint(public: &str) -> String {
    let hash = hex::encode(Sha256::digest(hex::decode(public).unwrap_or_default()));
    let digits: Vec<char> = hash.chars().take(16).collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The secret key of an anonymous survey, for counting and for the export of rows.
///
/// # Errors
/// [`AppError::Wrong`] when the passphrase is wrong.
pub fn open_key(store: &dyn Store, id: SurveyId, passphrase: &str) -> Result<SealKey, AppError> {
    let locked = store.survey_key(id)?.ok_or(AppError::NotFound { what: "key of this survey" })?;
    let wrap = keyring::derive(passphrase, &locked.salt, locked.memory_kib)?;
    unlock(&locked.locked, &wrap, id).map_err(|_| AppError::Wrong { what: "passphrase" })
}
