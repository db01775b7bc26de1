//! What a device was handed: surveys, forms, assignments and card lists, read from items.

use std::collections::{BTreeMap, BTreeSet};

use super::{DeviceError, Storage, ledger::Ledger, safe::Safe, shelf};
use crate::{
    form::{Form, FormDefinition},
    id::{ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
    sealed::CardSerial,
    survey::{Assignment, CardList, Survey},
};

/// One survey with all that belongs to it.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) survey: Option<Survey>,
    pub(super) forms: BTreeMap<ItemId, Form>,
    pub(super) assignments: BTreeMap<ResponseId, Assignment>,
    card_lists: BTreeMap<ItemId, CardList>,
    /// Responses that have changes here, assigned or not.
    pub(super) responses: BTreeSet<ResponseId>,
}

impl Folder {
    /// The form in force.
    pub(super) fn form(&self) -> Option<&Form> {
        self.survey.as_ref().and_then(|survey| self.forms.get(&survey.form))
    }

    /// The stratum whose list has the card.
    pub(super) fn stratum_of(&self, serial: &CardSerial) -> Option<u16> {
        self.card_lists.values().find(|list| list.has(serial)).map(|list| list.stratum)
    }

    fn take(&mut self, item: &Item) -> Option<()> {
        match item.kind() {
            ItemKind::Survey => {
                let survey: Survey = serde_json::from_slice(item.payload()).ok()?;
                let newer = self.survey.as_ref().is_none_or(|known| survey.revision >= known.revision);
                if newer && survey.id == item.survey() {
                    self.survey = Some(survey);
                }
            }
            ItemKind::Form => {
                let definition: FormDefinition = serde_json::from_slice(item.payload()).ok()?;
                self.forms.insert(item.id(), Form::compile(definition).ok()?);
            }
            ItemKind::Assignment => {
                let assignment: Assignment = serde_json::from_slice(item.payload()).ok()?;
                self.assignments.insert(assignment.response, assignment);
            }
            ItemKind::Cards => {
                let list: CardList = serde_json::from_slice(item.payload()).ok()?;
                self.card_lists.insert(item.id(), list);
            }
            ItemKind::Change => {
                self.responses.insert(item.response()?);
            }
        }
        Some(())
    }
}

/// All surveys of a device.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    folders: BTreeMap<SurveyId, Folder>,
}

impl Catalog {
    /// Reads everything but the changes, of which their names are enough.
    pub(super) fn read<S: Storage>(safe: &Safe<S>, ledger: &Ledger) -> Result<Self, DeviceError> {
        let mut catalog = Self::default();
        for name in ledger.in_force() {
            match name.changed_response() {
                Some(response) => catalog.note_response(name.survey, response),
                None => catalog.take(&shelf::read(safe, name)?.0),
            }
        }
        Ok(catalog)
    }

    /// Files an item. One that this version cannot read is kept in storage for a later version,
    /// and changes nothing here.
    pub(super) fn take(&mut self, item: &Item) {
        let _not_understood_here = self.folders.entry(item.survey()).or_default().take(item);
    }

    pub(super) fn folder(&self, survey: SurveyId) -> Result<&Folder, DeviceError> {
        self.folders.get(&survey).ok_or(DeviceError::UnknownSurvey { survey })
    }

    pub(super) fn survey(&self, survey: SurveyId) -> Result<&Survey, DeviceError> {
        self.folder(survey)?.survey.as_ref().ok_or(DeviceError::UnknownSurvey { survey })
    }

    pub(super) fn form(&self, survey: SurveyId) -> Result<&Form, DeviceError> {
        self.folder(survey)?.form().ok_or(DeviceError::FormNotReady { survey })
    }

    /// The survey that a company or register response belongs to.
    pub(super) fn survey_of(&self, response: ResponseId) -> Result<SurveyId, DeviceError> {
        self.folders
            .iter()
            .find(|(_, folder)| {
                folder.responses.contains(&response) || folder.assignments.contains_key(&response)
            })
            .map(|(survey, _)| *survey)
            .ok_or(DeviceError::UnknownResponse { response })
    }

    pub(super) fn folders(&self) -> impl Iterator<Item = (SurveyId, &Folder)> {
        self.folders.iter().map(|(survey, folder)| (*survey, folder))
    }

    pub(super) fn note_response(&mut self, survey: SurveyId, response: ResponseId) {
        self.folders.entry(survey).or_default().responses.insert(response);
    }
}
