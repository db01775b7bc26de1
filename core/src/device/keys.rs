//! Where things lie in a device's storage: the keys, and nothing about values.
//!
//! ```text
//! "enrolment"                                     who this device is for the server
//! "sync"                                          cursors
//! "item/"    survey 16 | kind 1 | response 16 | item 32      items; changes of responses among them
//! "waiting/" item 32                              an item that the server has not acknowledged
//! "outbox/"  nullifier 32                         a sealed record that is not acknowledged
//! "sent/"    nullifier 32                         a sealed record that is, kept until its survey closes
//! "spent/"   nullifier 32                         a card that was used here
//! ```
//!
//! Keys of anonymous records are ordered by nullifier: the order of respondents is nowhere.

use crate::{
    id::{ItemId, Nullifier, ResponseId, SurveyId},
    item::{Item, ItemKind},
};

pub(super) const ENROLMENT: &[u8] = b"enrolment";
pub(super) const SYNC: &[u8] = b"sync";
pub(super) const ITEM: &[u8] = b"item/";
pub(super) const WAITING: &[u8] = b"waiting/";
pub(super) const OUTBOX: &[u8] = b"outbox/";
pub(super) const SENT: &[u8] = b"sent/";
pub(super) const SPENT: &[u8] = b"spent/";

/// The key of an item.
pub(super) fn item(item: &Item) -> Vec<u8> {
    let response = item.response().unwrap_or(ResponseId::from_bytes([0; ResponseId::LEN]));
    let mut key = items_of(item.survey(), item.kind());
    key.extend_from_slice(response.as_bytes());
    key.extend_from_slice(item.id().as_bytes());
    key
}

/// The prefix of all items of a kind in a survey.
pub(super) fn items_of(survey: SurveyId, kind: ItemKind) -> Vec<u8> {
    [ITEM, survey.as_bytes(), &[kind as u8]].concat()
}

/// The prefix of all changes of a response.
pub(super) fn changes_of(survey: SurveyId, response: ResponseId) -> Vec<u8> {
    let mut key = items_of(survey, ItemKind::Change);
    key.extend_from_slice(response.as_bytes());
    key
}

/// Marks an item that the server has not acknowledged.
pub(super) fn waiting(item: ItemId) -> Vec<u8> {
    [WAITING, item.as_bytes()].concat()
}

/// A key of an anonymous record or card below `prefix`.
pub(super) fn of_nullifier(prefix: &[u8], nullifier: Nullifier) -> Vec<u8> {
    [prefix, nullifier.as_bytes()].concat()
}

/// Survey and response of the key of a change; `None` for other keys.
pub(super) fn change_key(key: &[u8]) -> Option<(SurveyId, ResponseId)> {
    let rest = key.strip_prefix(ITEM)?;
    let (survey, rest) = rest.split_first_chunk::<{ SurveyId::LEN }>()?;
    let (kind, rest) = rest.split_first()?;
    let (response, _) = rest.split_first_chunk::<{ ResponseId::LEN }>()?;
    (*kind == ItemKind::Change as u8)
        .then_some((SurveyId::from_bytes(*survey), ResponseId::from_bytes(*response)))
}

/// The nullifier at the end of a key of an anonymous record.
pub(super) fn nullifier_of(prefix: &[u8], key: &[u8]) -> Option<Nullifier> {
    Nullifier::from_slice(key.strip_prefix(prefix)?)
}

/// The item that a key of [`WAITING`] marks.
pub(super) fn waiting_item(key: &[u8]) -> Option<ItemId> {
    ItemId::from_slice(key.strip_prefix(WAITING)?)
}
