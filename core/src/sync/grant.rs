//! What a device may see and deliver.

use std::collections::BTreeSet;

use crate::{
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
};

/// Which items of a survey a device sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them: a tablet of the field staff.
    Whole,
    /// The survey, its form, and the items of these responses: a company's browser.
    Responses(BTreeSet<ResponseId>),
}

impl Scope {
    /// One response.
    pub fn response(response: ResponseId) -> Self {
        Self::Responses(BTreeSet::from([response]))
    }

    /// True when an item of this kind and response is seen.
    pub fn shows(&self, kind: ItemKind, response: Option<ResponseId>) -> bool {
        match (self, response) {
            (Self::Whole, _) => true,
            (Self::Responses(set), Some(response)) => set.contains(&response),
            (Self::Responses(_), None) => matches!(kind, ItemKind::Survey | ItemKind::Form),
        }
    }
}

/// The surveys of a device, each with its scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// No survey stands here twice.
    pub surveys: Vec<(SurveyId, Scope)>,
}

impl Grant {
    /// Grants these surveys.
    pub fn of(surveys: impl IntoIterator<Item = (SurveyId, Scope)>) -> Self {
        Self { surveys: surveys.into_iter().collect() }
    }

    /// The scope of a survey, or `None` when it is not granted.
    pub fn scope(&self, survey: SurveyId) -> Option<&Scope> {
        self.surveys.iter().find(|(granted, _)| *granted == survey).map(|(_, scope)| scope)
    }

    /// Whether a device with this grant may deliver `item`: changes of the responses that it
    /// sees and, with a whole survey, assignments of responses that it begins.
    ///
    /// # Errors
    /// [`Refusal::NotGranted`] or [`Refusal::KindNotAllowed`].
    pub fn check(&self, item: &Item) -> Result<(), Refusal> {
        let scope = self.scope(item.survey()).ok_or(Refusal::NotGranted)?;
        if item.response().is_none() {
            return Err(Refusal::KindNotAllowed);
        }
        if !scope.shows(item.kind(), item.response()) {
            return Err(Refusal::NotGranted);
        }
        match (item.kind(), scope) {
            (ItemKind::Change, _) | (ItemKind::Assignment, Scope::Whole) => Ok(()),
            _ => Err(Refusal::KindNotAllowed),
        }
    }
}

/// Why an item was refused. The device keeps it aside and does not offer it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
pub enum Refusal {
    /// The device has no right to this survey or response.
    #[error("the device has no right to this survey or response")]
    NotGranted = 1,
    /// Devices do not deliver items of this kind.
    #[error("devices do not deliver items of this kind")]
    KindNotAllowed = 2,
    /// Pre-flight could not read the change, or it is over a limit.
    #[error("the change is malformed or over a limit")]
    Malformed = 3,
    /// Admission found that the change does not fit its past.
    #[error("the change does not fit what it builds on")]
    Unsound = 4,
    /// Its actor already has another change of this number: record its answers again.
    #[error("the actor already has another change of this number")]
    DuplicateSequence = 5,
    /// The survey takes no answers any more; the item is kept for the office to decide.
    #[error("the survey is closed")]
    Closed = 6,
    /// More unexamined items wait than are kept for one response.
    #[error("too many changes wait for others")]
    TooMany = 7,
    /// A reason of a later version.
    #[error("refused for a reason of a later version")]
    Other = 15,
}

impl Refusal {
    /// The byte on the wire.
    pub const fn to_byte(self) -> u8 {
        self as u8
    }

    /// Reads the byte; `None` for 0, which is no refusal.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => return None,
            1 => Self::NotGranted,
            2 => Self::KindNotAllowed,
            3 => Self::Malformed,
            4 => Self::Unsound,
            5 => Self::DuplicateSequence,
            6 => Self::Closed,
            7 => Self::TooMany,
            _ => Self::Other,
        })
    }
}
