//! The anonymous entry: in memory until it is sealed.

use tsumugi_core::{
    answers::{Path, Value},
    device::FinishError,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    device::{WebDevice, json, moment, rng, start},
    failure::Failure,
};

#[wasm_bindgen]
impl WebDevice {
    /// Opens an anonymous survey for whoever holds the card.
    ///
    /// # Errors
    /// `card-code`, `card-unknown`, `card-used`, `not-taking`, `not-anonymous`.
    #[wasm_bindgen(js_name = openAnonymous)]
    pub fn open_anonymous(
        &mut self,
        survey: &str,
        card: &str,
        language: String,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<(), JsValue> {
        let survey = survey.parse().map_err(Failure::from)?;
        let start = start(moment(unix_ms, offset_minutes), None, language);
        Ok(self.device.open_anonymous(survey, card, &start).map_err(Failure::from)?)
    }

    /// Opens an anonymous survey to practise.
    ///
    /// # Errors
    /// `not-here`, `form-not-ready`, `not-anonymous`.
    #[wasm_bindgen(js_name = openPractice)]
    pub fn open_practice(
        &mut self,
        survey: &str,
        language: String,
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<(), JsValue> {
        let survey = survey.parse().map_err(Failure::from)?;
        let start = start(moment(unix_ms, offset_minutes), None, language);
        Ok(self.device.practice(survey, &start).map_err(Failure::from)?)
    }

    /// What to draw of the entry in progress.
    ///
    /// # Errors
    /// `no-entry`.
    #[wasm_bindgen(js_name = anonymousScreen)]
    pub fn anonymous_screen(&self, language: &str) -> Result<String, JsValue> {
        Ok(json(&self.device.anonymous_screen(language).map_err(Failure::from)?)?)
    }

    /// Takes what the person typed, in memory.
    ///
    /// # Errors
    /// The code of the refusal with a sentence.
    #[wasm_bindgen(js_name = anonymousSetText)]
    pub fn anonymous_set_text(&mut self, path: &str, text: &str) -> Result<(), JsValue> {
        Ok(self.device.anonymous_set_text(&Path::new(path), text).map_err(Failure::from)?)
    }

    /// Takes an answer as JSON, or clears it with `null`, in memory.
    ///
    /// # Errors
    /// As `anonymousSetText`.
    #[wasm_bindgen(js_name = anonymousSetAnswer)]
    pub fn anonymous_set_answer(&mut self, path: &str, value: &str) -> Result<(), JsValue> {
        let value: Option<Value> = serde_json::from_str(value).map_err(Failure::from)?;
        Ok(self.device.anonymous_set_answer(&Path::new(path), value).map_err(Failure::from)?)
    }

    /// What is missing or does not fit in the entry in progress.
    ///
    /// # Errors
    /// `no-entry`.
    #[wasm_bindgen(js_name = anonymousValidate)]
    pub fn anonymous_validate(&self, language: &str) -> Result<String, JsValue> {
        Ok(json(&self.device.anonymous_validate(language).map_err(Failure::from)?)?)
    }

    /// Seals the answers; gives what is missing instead, as a list, when something is.
    ///
    /// # Errors
    /// `no-entry`, `not-saved`, `internal`.
    #[wasm_bindgen(js_name = anonymousFinish)]
    pub fn anonymous_finish(&mut self) -> Result<String, JsValue> {
        let missing = match self.device.finish_anonymous(&mut rng()) {
            Ok(()) => Vec::new(),
            Err(FinishError::NotComplete(missing)) => missing,
            Err(FinishError::Device(error)) => return Err(Failure::from(error).into()),
        };
        Ok(json(&missing)?)
    }

    /// Leaves the entry in progress; nothing of it is left.
    #[wasm_bindgen(js_name = anonymousAbandon)]
    pub fn anonymous_abandon(&mut self) {
        self.device.abandon_anonymous();
    }
}
