//! The anonymous entry at the kiosk. Nothing of it is stored before it is sealed.

use tsumugi_core::{
    answers::{Path, Value},
    device::{FinishError, OpenAnonymousError},
};

use crate::{
    answering::json,
    error::TabletError,
    host::rng,
    tablet::{Tablet, id},
    types::{AnswerValue, CardOutcome, FinishOutcome, ViolationRecord, all},
};

fn outcome(opened: Result<(), OpenAnonymousError>) -> Result<CardOutcome, TabletError> {
    match opened {
        Ok(()) => Ok(CardOutcome::Opened),
        Err(OpenAnonymousError::Card(refused)) => Ok((&refused).into()),
        Err(OpenAnonymousError::Form(_)) => Ok(CardOutcome::FormNotAnonymous),
        Err(OpenAnonymousError::Device(error)) => Err(error.into()),
    }
}

#[uniffi::export]
impl Tablet {
    /// Opens an anonymous survey for the person who holds the card.
    ///
    /// # Errors
    /// [`TabletError`] of the storage; a wrong card is an outcome, no error.
    pub fn open_anonymous(&self, survey: String, card: String) -> Result<CardOutcome, TabletError> {
        self.with(|device| outcome(device.open_anonymous(id(&survey)?, &card, &self.locale.start(None))))
    }

    /// Opens an anonymous survey to practise; its answers cannot be sent.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn practice(&self, survey: String) -> Result<CardOutcome, TabletError> {
        self.with(|device| outcome(device.practice(id(&survey)?, &self.locale.start(None))))
    }

    /// What to draw of the entry in progress, as JSON.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn anonymous_screen(&self, language: String) -> Result<String, TabletError> {
        self.with(|device| json(&device.anonymous_screen(&language)?))
    }

    /// Takes what the person typed, in memory.
    ///
    /// # Errors
    /// [`TabletError::AnswerRefused`] when it does not fit.
    pub fn anonymous_set_text(&self, path: String, text: String) -> Result<(), TabletError> {
        self.with(|device| Ok(device.anonymous_set_text(&Path::new(path), &text)?))
    }

    /// Takes an answer, or with nothing clears it, in memory.
    ///
    /// # Errors
    /// [`TabletError::AnswerRefused`] when it does not fit.
    pub fn anonymous_set_answer(&self, path: String, value: Option<AnswerValue>) -> Result<(), TabletError> {
        let value = value.map(Value::from);
        self.with(|device| Ok(device.anonymous_set_answer(&Path::new(path), value)?))
    }

    /// What is missing or does not fit.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn anonymous_validate(&self, language: String) -> Result<Vec<ViolationRecord>, TabletError> {
        self.with(|device| Ok(all(device.anonymous_validate(&language)?)))
    }

    /// Seals the answers; the record is durable and the card spent when it returns.
    ///
    /// # Errors
    /// [`TabletError`] of the storage; missing answers are an outcome, no error.
    pub fn finish_anonymous(&self) -> Result<FinishOutcome, TabletError> {
        self.with(|device| match device.finish_anonymous(&mut rng()) {
            Ok(()) => Ok(FinishOutcome::Sealed),
            Err(FinishError::NotComplete(violations)) => {
                Ok(FinishOutcome::NotComplete { violations: all(violations) })
            }
            Err(error) => Err(error.into()),
        })
    }

    /// Leaves the entry: nothing of it is left.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn abandon_anonymous(&self) -> Result<(), TabletError> {
        self.with(|device| {
            device.abandon_anonymous();
            Ok(())
        })
    }
}
