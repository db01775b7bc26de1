//! The anonymous entry: in memory only, sealed at its end.
//!
//! Nothing of an entry in progress touches the storage; leaving it leaves nothing. It has no
//! name of the device, no author and no response, and its form must not read the clock.

use rand_core::CryptoRng;

use super::{CardRefused, Device, DeviceError, NotAnonymous, OpenAnonymousError, Storage, outbox::Outbox};
use crate::{
    answers::{Answers, Path, Value},
    form::{Control, DataType, Form, FormEntry, Node, Question, Screen, Start, Violation},
    id::{Nullifier, SurveyId},
    sealed::{CardCode, CardSerial, SealError, SealPublic, seal},
    survey::{Mode, SurveyState},
};

/// Setting of a form that allows free text in anonymous answers, with the value `yes`.
const FREE_TEXT_SETTING: &str = "anonymous_free_text";

/// An anonymous entry was not finished.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// Answers are missing or do not fit; the entry goes on.
    #[error("{} answers are missing or do not fit", .0.len())]
    NotComplete(Vec<Violation>),
    /// The device; the entry goes on and can be finished again.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// An entry in progress.
#[derive(Debug)]
pub(super) struct AnonymousEntry {
    survey: SurveyId,
    entry: FormEntry,
    /// Stratum and nullifier of the card; `None` when practising.
    right: Option<(u16, Nullifier)>,
}

impl<S: Storage> Device<S> {
    /// Opens an anonymous survey for the person who holds the card. An entry in progress is
    /// abandoned first.
    ///
    /// # Errors
    /// [`OpenAnonymousError::Card`] when the card was mistyped, belongs elsewhere or was used
    /// here; [`OpenAnonymousError::Form`] when the form must not be answered without a name.
    pub fn open_anonymous(
        &mut self,
        survey: SurveyId,
        card_code: &str,
        start: &Start,
    ) -> Result<(), OpenAnonymousError> {
        self.abandon_anonymous();
        if self.catalog.survey(survey)?.state != SurveyState::Open {
            return Err(DeviceError::NotTaking { survey }.into());
        }
        let entry = self.new_anonymous(survey, start)?;
        let code: CardCode = card_code.parse().map_err(CardRefused::Code)?;
        let serial = CardSerial::derive(code);
        let stratum = self.catalog.folder(survey)?.stratum_of(&serial).ok_or(CardRefused::Unknown)?;
        let nullifier = serial.nullifier(survey);
        if Outbox::is_spent(&self.safe, nullifier)? {
            return Err(CardRefused::Used.into());
        }
        self.anonymous = Some(AnonymousEntry { survey, entry, right: Some((stratum, nullifier)) });
        Ok(())
    }

    /// Opens an anonymous survey to practise: the same form, no card, and nothing can be sent.
    ///
    /// # Errors
    /// As [`Device::open_anonymous`], but for the card.
    pub fn practice(&mut self, survey: SurveyId, start: &Start) -> Result<(), OpenAnonymousError> {
        self.abandon_anonymous();
        let entry = self.new_anonymous(survey, start)?;
        self.anonymous = Some(AnonymousEntry { survey, entry, right: None });
        Ok(())
    }

    fn new_anonymous(&self, survey: SurveyId, start: &Start) -> Result<FormEntry, OpenAnonymousError> {
        if self.catalog.survey(survey)?.mode != Mode::Anonymous {
            return Err(DeviceError::WrongMode { survey }.into());
        }
        let form = self.catalog.form(survey)?.clone();
        check_anonymous(&form)?;
        Ok(FormEntry::new(
            form,
            &Start { device: None, properties: std::collections::BTreeMap::new(), ..start.clone() },
        ))
    }

    /// The survey of the entry in progress, and whether it is practice.
    pub fn anonymous_survey(&self) -> Option<(SurveyId, bool)> {
        self.anonymous.as_ref().map(|entry| (entry.survey, entry.right.is_none()))
    }

    /// What to draw of the entry in progress.
    ///
    /// # Errors
    /// [`DeviceError::NoAnonymousEntry`].
    pub fn anonymous_screen(&self, language: &str) -> Result<Screen, DeviceError> {
        Ok(self.entry_in_progress()?.entry.screen(language))
    }

    /// Takes what the person typed, in memory.
    ///
    /// # Errors
    /// [`DeviceError::AnswerRefused`] when it does not fit the question.
    pub fn anonymous_set_text(&mut self, path: &Path, text: &str) -> Result<(), DeviceError> {
        Ok(self.entry_in_progress_mut()?.entry.set_text(path, text)?)
    }

    /// Takes an answer, or with `None` clears it, in memory.
    ///
    /// # Errors
    /// As [`Device::anonymous_set_text`].
    pub fn anonymous_set_answer(&mut self, path: &Path, value: Option<Value>) -> Result<(), DeviceError> {
        Ok(self.entry_in_progress_mut()?.entry.set_answer(path, value)?)
    }

    /// Adds an instance at the end of a repeat and returns its path, in memory.
    ///
    /// # Errors
    /// [`DeviceError::RepeatRefused`].
    pub fn anonymous_add_repeat(
        &mut self,
        repeat: &Path,
        rng: &mut impl CryptoRng,
    ) -> Result<Path, DeviceError> {
        Ok(self.entry_in_progress_mut()?.entry.add_repeat(repeat, rng)?)
    }

    /// Removes an instance with all answers in it, in memory.
    ///
    /// # Errors
    /// [`DeviceError::RepeatRefused`].
    pub fn anonymous_remove_repeat(&mut self, instance: &Path) -> Result<(), DeviceError> {
        Ok(self.entry_in_progress_mut()?.entry.remove_repeat(instance)?)
    }

    /// What is missing or does not fit in the entry in progress.
    ///
    /// # Errors
    /// [`DeviceError::NoAnonymousEntry`].
    pub fn anonymous_validate(&self, language: &str) -> Result<Vec<Violation>, DeviceError> {
        Ok(self.entry_in_progress()?.entry.validate(language))
    }

    /// Seals the answers to the survey's key. The record and the mark that the card is spent are
    /// durable together when it returns; nothing else is left. Practice leaves nothing at all.
    ///
    /// # Errors
    /// [`FinishError`]; the entry is still in progress then.
    pub fn finish_anonymous(&mut self, rng: &mut impl CryptoRng) -> Result<(), FinishError> {
        let in_progress = self.entry_in_progress()?;
        let finished = in_progress.entry.clone().finish().map_err(FinishError::NotComplete)?;
        if let Some((stratum, nullifier)) = in_progress.right {
            let survey = self.catalog.survey(in_progress.survey)?;
            let key = survey.seal_key.as_deref().unwrap_or_default();
            let public: SealPublic = key.parse().map_err(|_| DeviceError::Seal(SealError::PublicKey))?;
            let record_bytes = usize::try_from(survey.record_bytes).unwrap_or(usize::MAX);
            let answers = given_only(finished);
            let record = seal(&public, survey.id, stratum, nullifier, &answers, record_bytes, rng)
                .map_err(DeviceError::Seal)?;
            self.outbox.push(&mut self.safe, &record, rng)?;
        }
        self.abandon_anonymous();
        Ok(())
    }

    /// Leaves the entry in progress. Nothing of it is left, and the card can be used again.
    pub fn abandon_anonymous(&mut self) {
        self.anonymous = None;
    }

    fn entry_in_progress(&self) -> Result<&AnonymousEntry, DeviceError> {
        self.anonymous.as_ref().ok_or(DeviceError::NoAnonymousEntry)
    }

    fn entry_in_progress_mut(&mut self) -> Result<&mut AnonymousEntry, DeviceError> {
        self.anonymous.as_mut().ok_or(DeviceError::NoAnonymousEntry)
    }
}

/// What is sealed: answers to questions, without the names that a response has for itself.
fn given_only(answers: Answers) -> Answers {
    let given = |(path, _): &(Path, Value)| !path.as_str().starts_with('@');
    answers.0.into_iter().filter(given).collect()
}

/// Whether a form may be answered anonymously: asked when a survey is published, and again when
/// a card is typed.
///
/// # Errors
/// [`NotAnonymous`] names the first element that could tell who answered.
pub fn check_anonymous(form: &Form) -> Result<(), NotAnonymous> {
    if let Some(path) = form.reads_clock() {
        return Err(NotAnonymous::ReadsClock { path });
    }
    let definition = form.definition();
    let free_text = definition.settings.get(FREE_TEXT_SETTING).is_some_and(|value| value == "yes");
    check_nodes(&definition.nodes, &Path::new(""), free_text)
}

fn check_nodes(nodes: &[Node], above: &Path, free_text: bool) -> Result<(), NotAnonymous> {
    for node in nodes {
        let path = above.child(node.name());
        match node {
            Node::Question(question) => check_question(question, path, free_text)?,
            Node::Group(group) => check_nodes(&group.children, &path, free_text)?,
            Node::Repeat(repeat) => check_nodes(&repeat.children, &path, free_text)?,
        }
    }
    Ok(())
}

fn check_question(question: &Question, path: Path, free_text: bool) -> Result<(), NotAnonymous> {
    match (question.control, question.data_type) {
        (Control::Upload, _)
        | (
            _,
            DataType::Geopoint
            | DataType::Geotrace
            | DataType::Geoshape
            | DataType::Barcode
            | DataType::Binary
            | DataType::Intent,
        ) => Err(NotAnonymous::Identifying { path }),
        (Control::Input, DataType::String) if !free_text => Err(NotAnonymous::FreeText { path }),
        _ => Ok(()),
    }
}
