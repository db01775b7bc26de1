//! What was recorded since the last exchange, made ready to be offered.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

use super::{
    Batch, Device, DeviceError, Storage,
    keys::{self, ItemName},
    ledger::{ItemState, Ledger},
    shelf,
};
use crate::{
    id::{ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
    response::{condense, gate},
};

impl<S: Storage> Device<S> {
    /// Condenses what was recorded and never offered, and marks it as offered: from then on it is
    /// sent with the very same bytes until the server acknowledges it.
    pub(super) fn offer_recorded(&mut self, rng: &mut impl CryptoRng) -> Result<(), DeviceError> {
        let mut by_response: BTreeMap<(SurveyId, ResponseId), Vec<ItemName>> = BTreeMap::new();
        for name in self.ledger.standing(ItemState::Recorded) {
            by_response.entry((name.survey, name.response)).or_default().push(name);
        }
        for ((survey, response), names) in by_response {
            if let Err(error) = self.offer_of(survey, response, &names, rng) {
                // The outcome of a commit may be unknown: only what can be read decides. An open
                // document that went on building on changes that are gone could not be sent.
                self.reread(response);
                return Err(error);
            }
        }
        Ok(())
    }

    fn offer_of(
        &mut self,
        survey: SurveyId,
        response: ResponseId,
        names: &[ItemName],
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let (replaced, made) = self.condense(survey, response, names, rng)?;
        let mut batch = Batch::default();
        for name in names {
            if replaced.contains(&name.id) {
                batch.delete(name.key(keys::ITEM));
                batch.delete(name.key(keys::STATE));
            } else {
                Ledger::put(&self.safe, &mut batch, name, ItemState::Outgoing, rng);
            }
        }
        if let Some(item) = &made {
            shelf::put(&self.safe, &mut batch, item, shelf::OWN, rng);
            Ledger::put(&self.safe, &mut batch, &ItemName::of(item), ItemState::Outgoing, rng);
        }
        self.safe.commit(batch)?;
        for name in names {
            if replaced.contains(&name.id) {
                self.ledger.forget(name.id);
            } else {
                self.ledger.note(*name, ItemState::Outgoing);
            }
        }
        if let Some(item) = &made {
            self.ledger.note(ItemName::of(item), ItemState::Outgoing);
        }
        if !replaced.is_empty() && self.open.contains_key(&response) {
            let doc = self.read_doc(survey, response)?;
            if let Some(opened) = self.open.get_mut(&response) {
                opened.doc = doc;
            }
        }
        Ok(())
    }

    /// The items that one change stands for, and that change; nothing where there is nothing to gain.
    fn condense(
        &self,
        survey: SurveyId,
        response: ResponseId,
        names: &[ItemName],
        rng: &mut impl CryptoRng,
    ) -> Result<(BTreeSet<ItemId>, Option<Item>), DeviceError> {
        let mut unseen = BTreeMap::new();
        for name in names.iter().filter(|name| name.changed_response().is_some()) {
            let (item, _) = shelf::read(&self.safe, name)?;
            if let Ok(head) = gate::preflight(item.payload()) {
                unseen.insert(head.hash, name.id);
            }
        }
        if unseen.len() < 2 {
            return Ok((BTreeSet::new(), None));
        }
        let (chunks, _) = self.read_changes(survey, response)?;
        let Some(condensed) = condense(&chunks, &unseen.keys().copied().collect(), rng) else {
            return Ok((BTreeSet::new(), None));
        };
        let replaced = condensed.replaces.iter().filter_map(|change| unseen.get(change)).copied().collect();
        let item = |chunk| Item::of_response(ItemKind::Change, survey, response, chunk);
        Ok((replaced, condensed.chunk.map(item)))
    }
}
