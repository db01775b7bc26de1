//! Company and register responses: opening, answering, saving.
//!
//! Each call that takes an answer has made it durable when it returns, as one change.

use std::collections::BTreeMap;

use rand_core::CryptoRng;

use super::{Device, DeviceError, Storage, ledger::Ledger};
use crate::{
    answers::{Path, Value},
    form::{FormEntry, Screen, Start, Violation},
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    moment::Moment,
    response::{Author, ResponseDoc},
    survey::{Mode, SurveyState},
};

const NAME: &str = "@name";
const NOTE: &str = "@note";

/// A response that somebody is filling.
#[derive(Debug)]
pub(super) struct OpenResponse {
    pub(super) survey: SurveyId,
    pub(super) doc: ResponseDoc,
    pub(super) entry: FormEntry,
    start: Start,
}

impl<S: Storage> Device<S> {
    /// Begins a response that nobody was assigned: a register row, an interview.
    ///
    /// # Errors
    /// [`DeviceError::NotTaking`] when the survey is not open, [`DeviceError::WrongMode`] when it
    /// is anonymous.
    pub fn new_response(
        &mut self,
        survey: SurveyId,
        name: &str,
        rng: &mut impl CryptoRng,
    ) -> Result<ResponseId, DeviceError> {
        self.check_taking(survey)?;
        let response = ResponseId::make(rng);
        let mut doc = ResponseDoc::new();
        let named = [(Path::new(NAME), Some(Value::text(name)))];
        let chunks = doc.record_all(&named, rng).map_err(|error| not_recorded(&error))?;
        let stored = self.store_own(&items_of(survey, response, chunks), rng);
        if stored.is_err() {
            self.reread(response);
        }
        stored.map(|()| response)
    }

    /// Opens a response to be filled; one that is open is read again.
    ///
    /// # Errors
    /// [`DeviceError::UnknownResponse`] or [`DeviceError::FormNotReady`] when it is not all here.
    pub fn open_response(&mut self, response: ResponseId, start: &Start) -> Result<(), DeviceError> {
        self.now = start.now;
        let survey = self.catalog.survey_of(response)?;
        let opened = self.read_response(survey, response, start)?;
        self.open.insert(response, opened);
        Ok(())
    }

    /// Closes a response. Nothing is lost: every answer is durable since it was taken.
    pub fn close_response(&mut self, response: ResponseId) {
        self.open.remove(&response);
    }

    /// What to draw of an open response.
    ///
    /// # Errors
    /// [`DeviceError::NotOpen`].
    pub fn screen(&self, response: ResponseId, language: &str) -> Result<Screen, DeviceError> {
        Ok(self.opened(response)?.entry.screen(language))
    }

    /// What to draw of one section of an open response.
    ///
    /// # Errors
    /// [`DeviceError::NotOpen`].
    pub fn screen_of(
        &self,
        response: ResponseId,
        section: &Path,
        language: &str,
    ) -> Result<Screen, DeviceError> {
        Ok(self.opened(response)?.entry.screen_of(section, language))
    }

    /// Takes what a person typed; durable when it returns.
    ///
    /// # Errors
    /// [`DeviceError::AnswerRefused`] when it does not fit the question; storage errors leave
    /// what was saved before.
    pub fn set_text(
        &mut self,
        response: ResponseId,
        path: &Path,
        text: &str,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        self.opened_to_write(response)?.entry.set_text(path, text)?;
        self.save(response, Vec::new(), now, rng)
    }

    /// Takes an answer, or with `None` clears it; durable when it returns.
    ///
    /// # Errors
    /// As [`Device::set_text`].
    pub fn set_answer(
        &mut self,
        response: ResponseId,
        path: &Path,
        value: Option<Value>,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        self.opened_to_write(response)?.entry.set_answer(path, value)?;
        self.save(response, Vec::new(), now, rng)
    }

    /// Adds an instance at the end of a repeat and returns its path; durable when it returns.
    ///
    /// # Errors
    /// [`DeviceError::RepeatRefused`] when there is no such repeat or the form counts it.
    pub fn add_repeat(
        &mut self,
        response: ResponseId,
        repeat: &Path,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<Path, DeviceError> {
        let instance = self.opened_to_write(response)?.entry.add_repeat(repeat, rng)?;
        self.save(response, Vec::new(), now, rng)?;
        Ok(instance)
    }

    /// Removes an instance with all answers in it; durable when it returns.
    ///
    /// # Errors
    /// As [`Device::add_repeat`].
    pub fn remove_repeat(
        &mut self,
        response: ResponseId,
        instance: &Path,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        self.opened_to_write(response)?.entry.remove_repeat(instance)?;
        self.save(response, Vec::new(), now, rng)
    }

    /// Puts a note beside a question, for the others who fill the response; an empty text
    /// removes it.
    ///
    /// # Errors
    /// [`DeviceError::NotRecorded`] when the text is too long.
    pub fn note(
        &mut self,
        response: ResponseId,
        path: &Path,
        text: &str,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        self.opened_to_write(response)?;
        let value = (!text.is_empty()).then(|| Value::text(text));
        self.save(response, vec![(Path::new(NOTE).child(path.as_str()), value)], now, rng)
    }

    /// The notes of an open response, by question.
    ///
    /// # Errors
    /// [`DeviceError::NotOpen`].
    pub fn notes(&self, response: ResponseId) -> Result<BTreeMap<Path, String>, DeviceError> {
        let answers = self.opened(response)?.doc.answers();
        let notes = answers.iter().filter_map(|(path, value)| {
            let question = path.as_str().strip_prefix(NOTE)?.strip_prefix('/')?;
            Some((Path::new(question), value.to_string()))
        });
        Ok(notes.collect())
    }

    /// What is missing or does not fit in an open response.
    ///
    /// # Errors
    /// [`DeviceError::NotOpen`].
    pub fn validate(&self, response: ResponseId, language: &str) -> Result<Vec<Violation>, DeviceError> {
        Ok(self.opened(response)?.entry.validate(language))
    }

    pub(super) fn opened(&self, response: ResponseId) -> Result<&OpenResponse, DeviceError> {
        self.open.get(&response).ok_or(DeviceError::NotOpen { response })
    }

    /// The open response, when its survey takes answers.
    pub(super) fn opened_to_write(&mut self, response: ResponseId) -> Result<&mut OpenResponse, DeviceError> {
        let survey = self.opened(response)?.survey;
        self.check_taking(survey)?;
        self.open.get_mut(&response).ok_or(DeviceError::NotOpen { response })
    }

    fn check_taking(&self, survey: SurveyId) -> Result<(), DeviceError> {
        let known = self.catalog.survey(survey)?;
        match (known.mode, known.state) {
            (Mode::Anonymous, _) => Err(DeviceError::WrongMode { survey }),
            (_, SurveyState::Open) => Ok(()),
            (_, SurveyState::Draft | SurveyState::Closed) => Err(DeviceError::NotTaking { survey }),
        }
    }

    /// Records what the entry holds and the document does not, and `own_names` beside it.
    /// After an error the response is read again, so that nothing is shown that is not saved.
    pub(super) fn save(
        &mut self,
        response: ResponseId,
        own_names: Vec<(Path, Option<Value>)>,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        self.now = now;
        let author = self.author(self.opened(response)?.survey, now);
        let opened = self.open.get_mut(&response).ok_or(DeviceError::NotOpen { response })?;
        let mut changes = opened.entry.take_changes();
        let names_given = !own_names.is_empty();
        changes.extend(own_names);
        opened.doc.set_author(author);
        let recorded = opened.doc.record_all(&changes, rng);
        if names_given {
            let answers = opened.doc.answers();
            opened.entry.merge_in(&answers);
        }
        let survey = opened.survey;
        self.store_recorded(survey, response, recorded, rng)
    }

    /// Makes recorded changes durable, or reads the response again.
    pub(super) fn store_recorded(
        &mut self,
        survey: SurveyId,
        response: ResponseId,
        recorded: Result<Vec<Vec<u8>>, crate::response::RecordError>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let stored = match recorded {
            Ok(chunks) if chunks.is_empty() => return Ok(()),
            Ok(chunks) => self.store_own(&items_of(survey, response, chunks), rng),
            Err(error) => Err(not_recorded(&error)),
        };
        if stored.is_err() {
            self.reread(response);
        }
        stored
    }

    /// Reads an open response and where all items stand again. Where even that fails the response
    /// is closed: the next opening tells.
    pub(super) fn reread(&mut self, response: ResponseId) {
        self.cards.remove(&response);
        if let Some(opened) = self.open.remove(&response)
            && let Ok(read) = self.read_response(opened.survey, response, &opened.start)
        {
            self.open.insert(response, read);
        }
        // A failed commit may have happened all the same: its mark must be known, or the change
        // would never be sent.
        if let Ok(ledger) = Ledger::read(&self.safe) {
            self.ledger = ledger;
            for name in self.ledger.in_force() {
                if let Some(response) = name.changed_response() {
                    self.catalog.note_response(name.survey, response);
                }
            }
        }
    }

    fn read_response(
        &self,
        survey: SurveyId,
        response: ResponseId,
        start: &Start,
    ) -> Result<OpenResponse, DeviceError> {
        let doc = self.read_doc(survey, response)?;
        let entry = self.entry_of(survey, response, &doc, start)?;
        Ok(OpenResponse { survey, doc, entry, start: start.clone() })
    }

    pub(super) fn entry_of(
        &self,
        survey: SurveyId,
        response: ResponseId,
        doc: &ResponseDoc,
        start: &Start,
    ) -> Result<FormEntry, DeviceError> {
        let form = self.catalog.form(survey)?.clone();
        let mut entry = FormEntry::load(form, &doc.answers(), start);
        if let Some(assignment) = self.catalog.folder(survey)?.assignments.get(&response) {
            entry.set_previous(&assignment.previous);
        }
        Ok(entry)
    }

    /// Takes over into an open response what others entered.
    pub(super) fn merge_open(&mut self, response: ResponseId) -> Result<(), DeviceError> {
        let Some(survey) = self.open.get(&response).map(|opened| opened.survey) else { return Ok(()) };
        // All of them: a change that was parked fits when the one it waited for has come.
        let (chunks, _own) = self.read_changes(survey, response)?;
        if let Some(opened) = self.open.get_mut(&response) {
            let _refused_stay_in_storage = opened.doc.apply(&chunks);
            opened.entry.merge_in(&opened.doc.answers());
        }
        Ok(())
    }

    /// Who records, as a company's people see it; register rows name nobody.
    pub(super) fn author(&self, survey: SurveyId, now: Moment) -> Option<Author> {
        let mode = self.catalog.survey(survey).ok()?.mode;
        let by = self.enrolment.as_ref()?.name.clone();
        (mode == Mode::Company).then(|| Author { by, at: now.to_rfc3339() })
    }

    /// The name of a response: of the assignment, else as it was begun with.
    pub(super) fn name_of(&self, survey: SurveyId, response: ResponseId, doc: &ResponseDoc) -> String {
        let assigned = self.catalog.folder(survey).ok().and_then(|folder| folder.assignments.get(&response));
        match assigned {
            Some(assignment) => assignment.name.clone(),
            None => doc.answers().get(&Path::new(NAME)).map(Value::to_string).unwrap_or_default(),
        }
    }
}

fn items_of(survey: SurveyId, response: ResponseId, chunks: Vec<Vec<u8>>) -> Vec<Item> {
    chunks.into_iter().map(|chunk| Item::of_response(ItemKind::Change, survey, response, chunk)).collect()
}

pub(super) fn not_recorded(error: &crate::response::RecordError) -> DeviceError {
    DeviceError::NotRecorded(error.to_string())
}
