//! Where things lie in a device's storage: the keys, and nothing about values.
//!
//! ```text
//! "tsumugi"                                       version of this layout
//! "enrolment"                                     who this device is for the server
//! "sync"                                          cursors
//! "item/"    survey 16 | kind 1 | response 16 | item 32      items; changes of responses among them
//! "state/"   as an item's                         where the item stands with the server, unless confirmed
//! "outbox/"  nullifier 32                         a sealed record that is not acknowledged
//! "sent/"    nullifier 32                         a sealed record that is, kept until a verified backup holds it
//! "spent/"   nullifier 32                         a card that was used here
//! "packed/"  parcel 32                            a parcel of this device that was not answered
//! "carried/" parcel 32                            a parcel of another device, on its way
//! "brought/" parcel 32                            what became of a parcel of another device
//! ```
//!
//! Keys of anonymous records are ordered by nullifier: the order of respondents is nowhere.

use crate::{
    id::{ItemId, Nullifier, ParcelId, ResponseId, SurveyId},
    item::{Item, ItemKind},
};

pub(super) const MARK: &[u8] = b"tsumugi";
pub(super) const ENROLMENT: &[u8] = b"enrolment";
pub(super) const SYNC: &[u8] = b"sync";
pub(super) const ITEM: &[u8] = b"item/";
pub(super) const STATE: &[u8] = b"state/";
pub(super) const OUTBOX: &[u8] = b"outbox/";
pub(super) const SENT: &[u8] = b"sent/";
pub(super) const SPENT: &[u8] = b"spent/";
pub(super) const PACKED: &[u8] = b"packed/";
pub(super) const CARRIED: &[u8] = b"carried/";
pub(super) const BROUGHT: &[u8] = b"brought/";

/// What the key of an item tells about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ItemName {
    pub(super) survey: SurveyId,
    pub(super) kind: u8,
    /// Zeros for items of a whole survey.
    pub(super) response: ResponseId,
    pub(super) id: ItemId,
}

impl ItemName {
    pub(super) fn of(item: &Item) -> Self {
        let response = item.response().unwrap_or(ResponseId::from_bytes([0; ResponseId::LEN]));
        Self { survey: item.survey(), kind: item.kind() as u8, response, id: item.id() }
    }

    /// The response, when the item is a change.
    pub(super) fn changed_response(&self) -> Option<ResponseId> {
        (self.kind == ItemKind::Change as u8).then_some(self.response)
    }

    /// True for a survey, a form, a list of cards: what a server makes for a whole survey.
    pub(super) fn is_of_survey(&self) -> bool {
        self.response.as_bytes() == &[0; ResponseId::LEN]
    }

    /// The key below [`ITEM`] or [`STATE`].
    pub(super) fn key(&self, prefix: &[u8]) -> Vec<u8> {
        let (survey, response) = (self.survey.as_bytes(), self.response.as_bytes());
        [prefix, survey, &[self.kind], response, self.id.as_bytes()].concat()
    }

    /// Reads a key that [`ItemName::key`] wrote.
    pub(super) fn from_key(prefix: &[u8], key: &[u8]) -> Option<Self> {
        let rest = key.strip_prefix(prefix)?;
        let (survey, rest) = rest.split_first_chunk::<{ SurveyId::LEN }>()?;
        let (&kind, rest) = rest.split_first()?;
        let (response, id) = rest.split_first_chunk::<{ ResponseId::LEN }>()?;
        Some(Self {
            survey: SurveyId::from_bytes(*survey),
            kind,
            response: ResponseId::from_bytes(*response),
            id: ItemId::from_slice(id)?,
        })
    }
}

/// The prefix of all changes of a response.
pub(super) fn changes_of(survey: SurveyId, response: ResponseId) -> Vec<u8> {
    [ITEM, survey.as_bytes(), &[ItemKind::Change as u8], response.as_bytes()].concat()
}

/// A key of an anonymous record or card below `prefix`.
pub(super) fn of_nullifier(prefix: &[u8], nullifier: Nullifier) -> Vec<u8> {
    [prefix, nullifier.as_bytes()].concat()
}

/// The nullifier at the end of a key of an anonymous record.
pub(super) fn nullifier_of(prefix: &[u8], key: &[u8]) -> Option<Nullifier> {
    Nullifier::from_slice(key.strip_prefix(prefix)?)
}

/// The key of a parcel below `prefix`.
pub(super) fn of_parcel(prefix: &[u8], parcel: ParcelId) -> Vec<u8> {
    [prefix, parcel.as_bytes()].concat()
}

/// The parcel at the end of a key.
pub(super) fn parcel_of(prefix: &[u8], key: &[u8]) -> Option<ParcelId> {
    ParcelId::from_slice(key.strip_prefix(prefix)?)
}
