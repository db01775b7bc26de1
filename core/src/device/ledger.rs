//! Where each item of this device stands with the server.

use std::collections::BTreeMap;

use rand_core::CryptoRng;

use super::{
    Batch, DeviceError, Storage,
    keys::{self, ItemName},
    safe::Safe,
};
use crate::{
    id::{ItemId, SurveyId},
    sync::{Refusal, Summary},
};

/// Where an item stands. What is stored is the state of items that are not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemState {
    /// Made here, never offered to anybody: it may still be condensed.
    Recorded,
    /// Made here and perhaps offered, not acknowledged.
    Outgoing,
    /// Held durably by the server, not yet seen in its log.
    Acknowledged,
    /// In the server's log.
    Confirmed,
    /// Refused by the server; kept aside.
    Refused(Refusal),
}

const OUTGOING: u8 = 1;
const ACKNOWLEDGED: u8 = 2;
const RECORDED: u8 = 3;
const REFUSED: u8 = 16;

impl ItemState {
    pub(super) const fn is_refused(self) -> bool {
        matches!(self, Self::Refused(_))
    }

    fn to_byte(self) -> Option<u8> {
        match self {
            Self::Recorded => Some(RECORDED),
            Self::Outgoing => Some(OUTGOING),
            Self::Acknowledged => Some(ACKNOWLEDGED),
            Self::Confirmed => None,
            Self::Refused(refusal) => Some(REFUSED + refusal.to_byte()),
        }
    }

    /// A byte of a later version reads as outgoing: offering an item again does no harm.
    fn from_byte(byte: u8) -> Self {
        match byte.checked_sub(REFUSED).and_then(Refusal::from_byte) {
            Some(refusal) => Self::Refused(refusal),
            None if byte == ACKNOWLEDGED => Self::Acknowledged,
            None if byte == RECORDED => Self::Recorded,
            None => Self::Outgoing,
        }
    }
}

/// Every item that is here, by id.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    items: BTreeMap<ItemId, (ItemName, ItemState)>,
}

impl Ledger {
    pub(super) fn read<S: Storage>(safe: &Safe<S>) -> Result<Self, DeviceError> {
        let mut ledger = Self::default();
        for key in safe.keys(keys::ITEM)? {
            if let Some(name) = ItemName::from_key(keys::ITEM, &key) {
                ledger.note(name, ItemState::Confirmed);
            }
        }
        for (key, value) in safe.scan(keys::STATE)? {
            let name = ItemName::from_key(keys::STATE, &key);
            if let (Some(name), Some(byte)) = (name, value.first()) {
                ledger.note(name, ItemState::from_byte(*byte));
            }
        }
        Ok(ledger)
    }

    /// Adds the state of an item to `batch`; [`Ledger::note`] follows when it is committed.
    pub(super) fn put<S: Storage>(
        safe: &Safe<S>,
        batch: &mut Batch,
        name: &ItemName,
        state: ItemState,
        rng: &mut impl CryptoRng,
    ) {
        let key = name.key(keys::STATE);
        match state.to_byte() {
            Some(byte) => safe.put(batch, key, &[byte], rng),
            None => batch.delete(key),
        }
    }

    pub(super) fn note(&mut self, name: ItemName, state: ItemState) {
        self.items.insert(name.id, (name, state));
    }

    pub(super) fn has(&self, id: ItemId) -> bool {
        self.items.contains_key(&id)
    }

    pub(super) fn get(&self, id: ItemId) -> Option<(ItemName, ItemState)> {
        self.items.get(&id).copied()
    }

    /// The items that are in force: all but what a server made for a whole survey and does not
    /// take back. One that was restored from an older copy has forgotten it, and decides.
    pub(super) fn in_force(&self) -> impl Iterator<Item = &ItemName> {
        let in_force = |(name, state): &&(ItemName, ItemState)| !(name.is_of_survey() && state.is_refused());
        self.items.values().filter(in_force).map(|(name, _)| name)
    }

    /// The items in one state.
    pub(super) fn standing(&self, state: ItemState) -> impl Iterator<Item = ItemName> {
        self.items.values().filter(move |(_, of)| *of == state).map(|(name, _)| *name)
    }

    /// Forgets an item that another one stands for.
    pub(super) fn forget(&mut self, id: ItemId) {
        self.items.remove(&id);
    }

    /// The items that the server has not acknowledged.
    pub(super) fn unsent(&self) -> impl Iterator<Item = ItemName> {
        let unsent = |state: &ItemState| matches!(state, ItemState::Recorded | ItemState::Outgoing);
        self.items.values().filter(move |(_, state)| unsent(state)).map(|(name, _)| *name)
    }

    pub(super) fn outgoing(&self) -> usize {
        self.unsent().count()
    }

    pub(super) fn outgoing_of(&self, survey: SurveyId) -> usize {
        self.unsent().filter(|name| name.survey == survey).count()
    }

    /// How much of what was made here the server refused.
    pub(super) fn refused(&self) -> usize {
        self.items.values().filter(|(name, state)| !name.is_of_survey() && state.is_refused()).count()
    }

    /// The confirmed items of a survey.
    pub(super) fn summary(&self, survey: SurveyId) -> Summary {
        let confirmed = self.standing(ItemState::Confirmed).filter(|name| name.survey == survey);
        Summary::of(confirmed.map(|name| name.id))
    }

    /// The items of a survey that were not refused.
    pub(super) fn ids(&self, survey: SurveyId) -> Vec<ItemId> {
        self.items
            .values()
            .filter(|(name, state)| name.survey == survey && !state.is_refused())
            .map(|(name, _)| name.id)
            .collect()
    }
}
