//! Recording again what the server refused because its actor has other changes of these numbers.
//!
//! A device that was cloned, or put back to an earlier state, while a response was open goes on with
//! an actor that another one goes on with too; so does one that was enrolled anew. Whoever comes
//! second is refused. Nothing that a person entered is lost by that: the answers are recorded once
//! more, on what they built on, under an actor of their own.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

use super::{Device, DeviceError, Storage, keys::ItemName, ledger::ItemState};
use crate::{
    id::{ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
    response::{ChangeId, ResponseDoc, gate, record_again},
    sync::Refusal,
};

const SQUATTED: ItemState = ItemState::Refused(Refusal::DuplicateSequence);

type States = BTreeMap<ItemId, (ItemName, ItemState)>;

impl<S: Storage> Device<S> {
    /// What is recorded in the place of changes that a reply refuses, to be stored with these states.
    /// Changes that build on them share their fate. Where nothing can be recorded they stay refused
    /// for a reason that people are shown.
    pub(super) fn record_again(
        &self,
        states: &mut States,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Item>, DeviceError> {
        let newly = |(name, state): &&(ItemName, ItemState)| {
            *state == SQUATTED && self.ledger.get(name.id).is_some_and(|(_, was)| was != SQUATTED)
        };
        let responses: BTreeSet<(SurveyId, ResponseId)> = states
            .values()
            .filter(newly)
            .filter_map(|(name, _)| Some((name.survey, name.changed_response()?)))
            .collect();
        let mut made = Vec::new();
        for (survey, response) in responses {
            made.extend(self.record_response_again(survey, response, states, rng)?);
        }
        Ok(made)
    }

    fn record_response_again(
        &self,
        survey: SurveyId,
        response: ResponseId,
        states: &mut States,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Item>, DeviceError> {
        let state_of = |id: ItemId, states: &States| {
            states.get(&id).copied().or_else(|| self.ledger.get(id)).map(|(_, state)| state)
        };
        let was_squatted = |id: ItemId| self.ledger.get(id).is_some_and(|(_, state)| state == SQUATTED);
        let items = self.read_items(survey, response)?;
        let known: Vec<Vec<u8>> = items.iter().map(|(item, _)| item.payload().to_vec()).collect();
        let (lost, kept): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|(item, _)| state_of(item.id(), states) == Some(SQUATTED));
        let chunks: Vec<Vec<u8>> = kept.iter().map(|(item, _)| item.payload().to_vec()).collect();
        let (_, admission) = ResponseDoc::open(&chunks);
        let orphaned = admission.parked.iter().filter_map(|at| kept.get(*at)).filter(|(_, own)| *own);
        let again: Vec<&Item> = lost
            .iter()
            .filter(|(item, own)| *own && !was_squatted(item.id()))
            .chain(orphaned)
            .map(|(item, _)| item)
            .collect();
        let heads: Vec<_> = again.iter().filter_map(|item| gate::preflight(item.payload()).ok()).collect();
        let refused: Vec<ChangeId> = heads.iter().map(|head| head.hash).collect();
        let author = heads.into_iter().max_by_key(|head| head.start_op).and_then(|head| head.author);
        let recorded = record_again(&refused, &known, author, rng);
        let state = match recorded {
            Ok(_) => SQUATTED,
            Err(_) => ItemState::Refused(Refusal::Other),
        };
        states.extend(again.iter().map(|item| (item.id(), (ItemName::of(item), state))));
        let item = |chunk| Item::of_response(ItemKind::Change, survey, response, chunk);
        let made: Vec<Item> = recorded.unwrap_or_default().into_iter().map(item).collect();
        states.extend(made.iter().map(|item| (item.id(), (ItemName::of(item), ItemState::Outgoing))));
        Ok(made)
    }

    /// Shows what was recorded again, when that is committed.
    pub(super) fn show_again(&mut self, made: &[Item]) -> Result<(), DeviceError> {
        let responses = made.iter().filter_map(|item| Some((item.survey(), item.response()?)));
        for (survey, response) in responses.collect::<BTreeSet<_>>() {
            self.cards.remove(&response);
            if !self.open.contains_key(&response) {
                continue;
            }
            let doc = self.read_doc(survey, response)?;
            if let Some(opened) = self.open.get_mut(&response) {
                opened.entry.merge_in(&doc.answers());
                opened.doc = doc;
            }
        }
        Ok(())
    }
}
