//! Company and register responses: lists, answers, conflicts, submission.

use std::collections::HashMap;

use tsumugi_core::{
    answers::{Path, Value},
    device::SubmitError,
    form::Screen,
};

use crate::{
    error::TabletError,
    host::rng,
    tablet::{Tablet, id},
    types::{
        AnswerValue, ConflictRecord, ReceiptRecord, ResponseRecord, Submission, SurveyRecord,
        ViolationRecord, all,
    },
};

/// A screen as JSON, as `docs/ARCHITECTURE.md` describes it.
pub(crate) fn json(screen: &Screen) -> Result<String, TabletError> {
    serde_json::to_string(screen).map_err(|error| TabletError::internal(&error))
}

#[uniffi::export]
impl Tablet {
    /// The surveys of this device.
    ///
    /// # Errors
    /// [`TabletError`] of the storage, as in every method.
    pub fn surveys(&self, language: String) -> Result<Vec<SurveyRecord>, TabletError> {
        self.with(|device| Ok(all(device.surveys(&language)?)))
    }

    /// The responses of a company or register survey.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn responses(&self, survey: String) -> Result<Vec<ResponseRecord>, TabletError> {
        self.with(|device| Ok(all(device.responses(id(&survey)?)?)))
    }

    /// Begins a register row or an interview, and names it.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn new_response(&self, survey: String, name: String) -> Result<String, TabletError> {
        self.with(|device| Ok(device.new_response(id(&survey)?, &name, &mut rng())?.to_string()))
    }

    /// Opens a response to be filled.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn open_response(&self, response: String) -> Result<(), TabletError> {
        self.with(|device| {
            let name = device.enrolment().map(|enrolment| enrolment.name.clone());
            Ok(device.open_response(id(&response)?, &self.locale.start(name))?)
        })
    }

    /// Closes a response; nothing is lost.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn close_response(&self, response: String) -> Result<(), TabletError> {
        self.with(|device| {
            device.close_response(id(&response)?);
            Ok(())
        })
    }

    /// What to draw of an open response, as JSON.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn screen(&self, response: String, language: String) -> Result<String, TabletError> {
        self.with(|device| json(&device.screen(id(&response)?, &language)?))
    }

    /// What to draw of one section of an open response, as JSON.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn screen_of(
        &self,
        response: String,
        section: String,
        language: String,
    ) -> Result<String, TabletError> {
        self.with(|device| json(&device.screen_of(id(&response)?, &Path::new(section), &language)?))
    }

    /// Takes what a person typed; durable when it returns.
    ///
    /// # Errors
    /// [`TabletError::AnswerRefused`] when it does not fit.
    pub fn set_text(&self, response: String, path: String, text: String) -> Result<(), TabletError> {
        let now = self.locale.now();
        self.with(|device| Ok(device.set_text(id(&response)?, &Path::new(path), &text, now, &mut rng())?))
    }

    /// Takes an answer, or with nothing clears it; durable when it returns.
    ///
    /// # Errors
    /// [`TabletError::AnswerRefused`] when it does not fit.
    pub fn set_answer(
        &self,
        response: String,
        path: String,
        value: Option<AnswerValue>,
    ) -> Result<(), TabletError> {
        let (now, value) = (self.locale.now(), value.map(Value::from));
        self.with(|device| Ok(device.set_answer(id(&response)?, &Path::new(path), value, now, &mut rng())?))
    }

    /// Adds an instance of a repeat and returns its path; durable when it returns.
    ///
    /// # Errors
    /// [`TabletError::AnswerRefused`] when the form does not let people add one.
    pub fn add_repeat(&self, response: String, repeat: String) -> Result<String, TabletError> {
        let now = self.locale.now();
        self.with(|device| {
            Ok(device.add_repeat(id(&response)?, &Path::new(repeat), now, &mut rng())?.to_string())
        })
    }

    /// Removes an instance with its answers; durable when it returns.
    ///
    /// # Errors
    /// [`TabletError::AnswerRefused`] when the form does not let people remove one.
    pub fn remove_repeat(&self, response: String, instance: String) -> Result<(), TabletError> {
        let now = self.locale.now();
        self.with(|device| Ok(device.remove_repeat(id(&response)?, &Path::new(instance), now, &mut rng())?))
    }

    /// Puts a note beside a question; an empty one removes it.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn note(&self, response: String, path: String, text: String) -> Result<(), TabletError> {
        let now = self.locale.now();
        self.with(|device| Ok(device.note(id(&response)?, &Path::new(path), &text, now, &mut rng())?))
    }

    /// The notes by question.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn notes(&self, response: String) -> Result<HashMap<String, String>, TabletError> {
        self.with(|device| {
            let notes = device.notes(id(&response)?)?;
            Ok(notes.into_iter().map(|(path, note)| (path.to_string(), note)).collect())
        })
    }

    /// Where people differ.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn conflicts(&self, response: String, language: String) -> Result<Vec<ConflictRecord>, TabletError> {
        self.with(|device| Ok(all(device.conflicts(id(&response)?, &language)?)))
    }

    /// Decides a conflict; durable when it returns.
    ///
    /// # Errors
    /// [`TabletError::AnswerRefused`] when the value does not fit.
    pub fn choose(&self, response: String, path: String, value: AnswerValue) -> Result<(), TabletError> {
        let (now, value) = (self.locale.now(), Value::from(value));
        self.with(|device| Ok(device.choose(id(&response)?, &Path::new(path), value, now, &mut rng())?))
    }

    /// Decides a conflict by another value that a person typed; durable when it returns.
    ///
    /// # Errors
    /// [`TabletError::AnswerRefused`] when it does not fit.
    pub fn choose_text(&self, response: String, path: String, text: String) -> Result<(), TabletError> {
        let now = self.locale.now();
        self.with(|device| {
            Ok(device.choose_text(id(&response)?, &Path::new(path), &text, now, &mut rng())?)
        })
    }

    /// What is missing or does not fit.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn validate(&self, response: String, language: String) -> Result<Vec<ViolationRecord>, TabletError> {
        self.with(|device| Ok(all(device.validate(id(&response)?, &language)?)))
    }

    /// Submits a response, or a new revision of it.
    ///
    /// # Errors
    /// [`TabletError`] of the storage; what is missing is an outcome, no error.
    pub fn submit(
        &self,
        response: String,
        by: String,
        reason: String,
        language: String,
    ) -> Result<Submission, TabletError> {
        let now = self.locale.now();
        self.with(|device| match device.submit(id(&response)?, &by, &reason, &language, now, &mut rng()) {
            Ok(receipt) => Ok(Submission::Submitted { receipt: receipt.into() }),
            Err(SubmitError::NotReady(missing)) => Ok(missing.into()),
            Err(error) => Err(error.into()),
        })
    }

    /// The receipt of the last submission.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn receipt(&self, response: String) -> Result<Option<ReceiptRecord>, TabletError> {
        self.with(|device| Ok(device.receipt(id(&response)?)?.map(ReceiptRecord::from)))
    }
}
