//! Company and register responses.

use tsumugi_core::{
    answers::{Path, Value},
    device::{NotSubmitted, Receipt, SubmitError},
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    device::{WebDevice, json, moment, rng, start},
    failure::Failure,
};

/// What a submission led to: `{"receipt":…}` or `{"notSubmitted":…}`.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
enum Submission {
    Receipt(Receipt),
    NotSubmitted(NotSubmitted),
}

#[wasm_bindgen]
impl WebDevice {
    /// Begins a response that nobody was assigned, and names it.
    ///
    /// # Errors
    /// `not-taking`, `not-saved`.
    #[wasm_bindgen(js_name = newResponse)]
    pub fn new_response(&mut self, survey: &str, name: &str) -> Result<String, JsValue> {
        let survey = survey.parse().map_err(Failure::from)?;
        Ok(self.device.new_response(survey, name, &mut rng()).map_err(Failure::from)?.to_string())
    }

    /// Opens a response to be filled.
    ///
    /// # Errors
    /// `not-here`, `form-not-ready`.
    #[wasm_bindgen(js_name = openResponse)]
    pub fn open_response(
        &mut self,
        response: &str,
        language: String,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<(), JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        let id = self.device.enrolment().map(|enrolment| enrolment.device_id.to_string());
        let start = start(moment(unix_ms, offset_minutes), id, language);
        Ok(self.device.open_response(response, &start).map_err(Failure::from)?)
    }

    /// Closes a response.
    ///
    /// # Errors
    /// `not-here`.
    #[wasm_bindgen(js_name = closeResponse)]
    pub fn close_response(&mut self, response: &str) -> Result<(), JsValue> {
        self.device.close_response(response.parse().map_err(Failure::from)?);
        Ok(())
    }

    /// What to draw of an open response.
    ///
    /// # Errors
    /// `not-here`.
    pub fn screen(&self, response: &str, language: &str) -> Result<String, JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        Ok(json(&self.device.screen(response, language).map_err(Failure::from)?)?)
    }

    /// Takes what a person typed.
    ///
    /// # Errors
    /// The code of the refusal with a sentence, or `not-saved`.
    #[wasm_bindgen(js_name = setText)]
    pub fn set_text(
        &mut self,
        response: &str,
        path: &str,
        text: &str,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<(), JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        let now = moment(unix_ms, offset_minutes);
        let taken = self.device.set_text(response, &Path::new(path), text, now, &mut rng());
        Ok(taken.map_err(Failure::from)?)
    }

    /// Takes an answer as JSON, or clears it with `null`.
    ///
    /// # Errors
    /// As `setText`.
    #[wasm_bindgen(js_name = setAnswer)]
    pub fn set_answer(
        &mut self,
        response: &str,
        path: &str,
        value: &str,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<(), JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        let value: Option<Value> = serde_json::from_str(value).map_err(Failure::from)?;
        let now = moment(unix_ms, offset_minutes);
        let taken = self.device.set_answer(response, &Path::new(path), value, now, &mut rng());
        Ok(taken.map_err(Failure::from)?)
    }

    /// Adds an instance of a repeat and gives its path.
    ///
    /// # Errors
    /// `internal` when the form decides how many there are.
    #[wasm_bindgen(js_name = addRepeat)]
    pub fn add_repeat(
        &mut self,
        response: &str,
        path: &str,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<String, JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        let now = moment(unix_ms, offset_minutes);
        let added = self.device.add_repeat(response, &Path::new(path), now, &mut rng());
        Ok(added.map_err(Failure::from)?.to_string())
    }

    /// Removes an instance of a repeat with its answers.
    ///
    /// # Errors
    /// As `addRepeat`.
    #[wasm_bindgen(js_name = removeRepeat)]
    pub fn remove_repeat(
        &mut self,
        response: &str,
        path: &str,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<(), JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        let now = moment(unix_ms, offset_minutes);
        let removed = self.device.remove_repeat(response, &Path::new(path), now, &mut rng());
        Ok(removed.map_err(Failure::from)?)
    }

    /// Puts a note beside a question.
    ///
    /// # Errors
    /// `not-recorded`, `not-saved`.
    pub fn note(
        &mut self,
        response: &str,
        path: &str,
        text: &str,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<(), JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        let now = moment(unix_ms, offset_minutes);
        Ok(self.device.note(response, &Path::new(path), text, now, &mut rng()).map_err(Failure::from)?)
    }

    /// The notes of a response, by question.
    ///
    /// # Errors
    /// `not-here`.
    pub fn notes(&self, response: &str) -> Result<String, JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        Ok(json(&self.device.notes(response).map_err(Failure::from)?)?)
    }

    /// The questions where people differ.
    ///
    /// # Errors
    /// `not-here`.
    pub fn conflicts(&self, response: &str, language: &str) -> Result<String, JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        Ok(json(&self.device.conflicts(response, language).map_err(Failure::from)?)?)
    }

    /// Decides a conflict for a value given as JSON.
    ///
    /// # Errors
    /// As `setText`.
    pub fn choose(
        &mut self,
        response: &str,
        path: &str,
        value: &str,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<(), JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        let value: Value = serde_json::from_str(value).map_err(Failure::from)?;
        let now = moment(unix_ms, offset_minutes);
        let chosen = self.device.choose(response, &Path::new(path), value, now, &mut rng());
        Ok(chosen.map_err(Failure::from)?)
    }

    /// Decides a conflict for what a person typed.
    ///
    /// # Errors
    /// As `setText`.
    #[wasm_bindgen(js_name = chooseText)]
    pub fn choose_text(
        &mut self,
        response: &str,
        path: &str,
        text: &str,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<(), JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        let now = moment(unix_ms, offset_minutes);
        let chosen = self.device.choose_text(response, &Path::new(path), text, now, &mut rng());
        Ok(chosen.map_err(Failure::from)?)
    }

    /// What is missing or does not fit.
    ///
    /// # Errors
    /// `not-here`.
    pub fn validate(&self, response: &str, language: &str) -> Result<String, JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        Ok(json(&self.device.validate(response, language).map_err(Failure::from)?)?)
    }

    /// Submits: `{"receipt":…}`, or `{"notSubmitted":…}` with what is missing.
    ///
    /// # Errors
    /// `not-here`, `not-saved`.
    pub fn submit(
        &mut self,
        response: &str,
        by: &str,
        reason: &str,
        language: &str,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<String, JsValue> {
        let response = response.parse().map_err(Failure::from)?;
        let now = moment(unix_ms, offset_minutes);
        let submission = match self.device.submit(response, by, reason, language, now, &mut rng()) {
            Ok(receipt) => Submission::Receipt(receipt),
            Err(SubmitError::NotReady(missing)) => Submission::NotSubmitted(missing),
            Err(SubmitError::Device(error)) => return Err(Failure::from(error).into()),
        };
        Ok(json(&submission)?)
    }
}
