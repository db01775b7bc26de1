//! The lists of a device: its surveys, the responses of a survey.

use super::{
    Device, DeviceError, ResponseCard, ResponseState, Storage, SurveyCard,
    conflicts::on_questions,
    submit::{is_as_submitted, revision_of},
};
use crate::{
    answers::Answers,
    form::{FormEntry, Start},
    id::{ResponseId, SurveyId},
    response::ResponseDoc,
    survey::{Mode, Survey, SurveyState},
};

impl<S: Storage> Device<S> {
    /// The surveys of this device, open ones first, then by their last day.
    ///
    /// # Errors
    /// [`DeviceError::Storage`] when a response cannot be read.
    pub fn surveys(&mut self, language: &str) -> Result<Vec<SurveyCard>, DeviceError> {
        let known: Vec<Survey> = self
            .catalog
            .folders()
            .filter_map(|(_, folder)| folder.survey.clone())
            .filter(|survey| survey.state != SurveyState::Draft)
            .collect();
        let mut cards = Vec::with_capacity(known.len());
        for survey in known {
            cards.push(self.survey_card(&survey, language)?);
        }
        cards.sort_by(|a, b| {
            let rank = |card: &SurveyCard| (card.state != SurveyState::Open, card.closes.clone(), card.id);
            rank(a).cmp(&rank(b))
        });
        Ok(cards)
    }

    fn survey_card(&mut self, survey: &Survey, language: &str) -> Result<SurveyCard, DeviceError> {
        let ready = self.catalog.form(survey.id).is_ok();
        let (mut drafts, mut done) = (0, 0);
        if survey.mode != Mode::Anonymous && ready {
            for card in self.responses(survey.id)? {
                match card.state {
                    ResponseState::Submitted => done += 1,
                    ResponseState::Empty => {}
                    ResponseState::Draft
                    | ResponseState::Conflict
                    | ResponseState::Complete
                    | ResponseState::Amending => drafts += 1,
                }
            }
        }
        let waiting = self.ledger.outgoing_of(survey.id) + self.outbox.of_survey(survey.id);
        Ok(SurveyCard {
            id: survey.id,
            title: survey.title.get(language).to_owned(),
            mode: survey.mode,
            state: survey.state,
            opens: survey.opens.clone(),
            closes: survey.closes.clone(),
            form_name: survey.form_name.clone(),
            fiscal_year: survey.fiscal_year,
            drafts,
            done,
            waiting,
            contact: survey.contact.get(language).to_owned(),
            fictitious: survey.fictitious,
            ready,
        })
    }

    /// The responses of a company or register survey that this device may fill, by name.
    ///
    /// # Errors
    /// [`DeviceError::WrongMode`] for an anonymous survey, which has no list.
    pub fn responses(&mut self, survey: SurveyId) -> Result<Vec<ResponseCard>, DeviceError> {
        if self.catalog.survey(survey)?.mode == Mode::Anonymous {
            return Err(DeviceError::WrongMode { survey });
        }
        let folder = self.catalog.folder(survey)?;
        let mut ids: Vec<ResponseId> = folder.responses.iter().copied().collect();
        ids.extend(folder.assignments.keys().copied().filter(|id| !folder.responses.contains(id)));
        let mut cards = Vec::with_capacity(ids.len());
        for response in ids {
            let card = match self.cards.get(&response) {
                Some(card) => card.clone(),
                None => self.response_card(survey, response)?,
            };
            self.cards.insert(response, card.clone());
            cards.push(card);
        }
        cards.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(cards)
    }

    fn response_card(&self, survey: SurveyId, response: ResponseId) -> Result<ResponseCard, DeviceError> {
        match self.open.get(&response) {
            Some(opened) => self.card_of(survey, response, &opened.doc, &opened.entry),
            None => {
                let start = Start {
                    now: self.now,
                    seed: 0,
                    device: None,
                    properties: std::collections::BTreeMap::new(),
                    language: String::new(),
                };
                let doc = self.read_doc(survey, response)?;
                let entry = self.entry_of(survey, response, &doc, &start)?;
                self.card_of(survey, response, &doc, &entry)
            }
        }
    }

    fn card_of(
        &self,
        survey: SurveyId,
        response: ResponseId,
        doc: &ResponseDoc,
        entry: &FormEntry,
    ) -> Result<ResponseCard, DeviceError> {
        let language = &self.catalog.form(survey)?.definition().default_language;
        let screen = entry.screen(language);
        let answers = doc.answers();
        let conflicts = on_questions(doc, entry).len();
        Ok(ResponseCard {
            id: response,
            name: self.name_of(survey, response, doc),
            state: state_of(&answers, entry, conflicts, language),
            answered: screen.answered,
            askable: screen.askable,
            conflicts,
            receipt: self.receipt_of(survey, response, &answers)?,
        })
    }
}

fn state_of(answers: &Answers, entry: &FormEntry, conflicts: usize, language: &str) -> ResponseState {
    let entered = answers.iter().any(|(path, _)| !path.as_str().starts_with('@'));
    if conflicts > 0 {
        ResponseState::Conflict
    } else if revision_of(answers) > 0 {
        if is_as_submitted(answers) { ResponseState::Submitted } else { ResponseState::Amending }
    } else if !entered {
        ResponseState::Empty
    } else if entry.validate(language).is_empty() {
        ResponseState::Complete
    } else {
        ResponseState::Draft
    }
}
