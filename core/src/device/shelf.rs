//! Items in storage: an origin byte before the item's bytes tells whether it was made here.

use std::collections::BTreeSet;

use rand_core::CryptoRng;

use super::{
    Batch, Device, DeviceError, Storage,
    keys::{self, ItemName},
    ledger::{ItemState, Ledger},
    safe::Safe,
};
use crate::{
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    response::{ChangeId, ResponseDoc, gate},
    sync::Refusal,
};

const FOREIGN: u8 = 0;
pub(super) const OWN: u8 = 1;

/// What newly stored items brought.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) surveys: BTreeSet<SurveyId>,
    pub(super) responses: BTreeSet<ResponseId>,
}

/// Adds an item to `batch`.
pub(super) fn put<S: Storage>(
    safe: &Safe<S>,
    batch: &mut Batch,
    item: &Item,
    origin: u8,
    rng: &mut impl CryptoRng,
) {
    let value = [&[origin][..], &item.encode()].concat();
    safe.put(batch, ItemName::of(item).key(keys::ITEM), &value, rng);
}

/// Reads an item and whether it was made here.
pub(super) fn read<S: Storage>(safe: &Safe<S>, name: &ItemName) -> Result<(Item, bool), DeviceError> {
    decode(&safe.get(&name.key(keys::ITEM))?.unwrap_or_default())
}

fn decode(value: &[u8]) -> Result<(Item, bool), DeviceError> {
    let malformed = |detail: String| DeviceError::Malformed { what: "item", detail };
    let (origin, bytes) = value.split_first().ok_or_else(|| malformed("no bytes".to_owned()))?;
    let item = Item::decode(bytes).map_err(|error| malformed(error.to_string()))?;
    Ok((item, *origin == OWN))
}

impl<S: Storage> Device<S> {
    /// Stores changes that were made here, to be sent.
    pub(super) fn store_own(&mut self, items: &[Item], rng: &mut impl CryptoRng) -> Result<(), DeviceError> {
        let mut batch = Batch::default();
        for item in items {
            put(&self.safe, &mut batch, item, OWN, rng);
            Ledger::put(&self.safe, &mut batch, &ItemName::of(item), ItemState::Recorded, rng);
        }
        self.safe.commit(batch)?;
        for item in items {
            self.ledger.note(ItemName::of(item), ItemState::Recorded);
            if let Some(response) = item.response() {
                self.catalog.note_response(item.survey(), response);
                self.cards.remove(&response);
            }
        }
        Ok(())
    }

    /// Adds items from elsewhere to `batch`; those that are here already stay as they are.
    /// [`Device::file_items`] follows when the batch is committed.
    pub(super) fn put_foreign<'a>(
        &self,
        batch: &mut Batch,
        items: &'a [Item],
        rng: &mut impl CryptoRng,
    ) -> Vec<&'a Item> {
        let new: Vec<&Item> = items.iter().filter(|item| !self.ledger.has(item.id())).collect();
        for item in &new {
            put(&self.safe, batch, item, FOREIGN, rng);
        }
        new
    }

    /// Takes over what newly stored items say. Open responses show what others entered.
    pub(super) fn file_items(&mut self, new: &[&Item]) -> Result<News, DeviceError> {
        let mut news = News::default();
        for item in new {
            self.ledger.note(ItemName::of(item), ItemState::Confirmed);
            self.catalog.take(item);
            news.surveys.insert(item.survey());
            match (item.kind(), item.response()) {
                (ItemKind::Change, Some(response)) => {
                    self.cards.remove(&response);
                    news.responses.insert(response);
                }
                // A new form, survey or assignment may change what any response of the survey lacks.
                _ => self.cards.clear(),
            }
        }
        for response in &news.responses {
            self.merge_open(*response)?;
        }
        Ok(news)
    }

    /// Reads all changes of a response; the document knows which of them were made here.
    pub(super) fn read_doc(
        &self,
        survey: SurveyId,
        response: ResponseId,
    ) -> Result<ResponseDoc, DeviceError> {
        let (chunks, own) = self.read_changes(survey, response)?;
        // What the gate refuses or parks stays in storage: a later version may read it, and a
        // missing change may still come.
        let (mut doc, _admission) = ResponseDoc::open(&chunks);
        doc.claim(own);
        Ok(doc)
    }

    pub(super) fn read_changes(
        &self,
        survey: SurveyId,
        response: ResponseId,
    ) -> Result<(Vec<Vec<u8>>, Vec<ChangeId>), DeviceError> {
        // Recorded again: whoever went on building on them would build on what nobody else has.
        const SQUATTED: ItemState = ItemState::Refused(Refusal::DuplicateSequence);
        let (mut chunks, mut own) = (Vec::new(), Vec::new());
        for (item, made_here) in self.read_items(survey, response)? {
            if self.ledger.get(item.id()).is_some_and(|(_, state)| state == SQUATTED) {
                continue;
            }
            if made_here && let Ok(head) = gate::preflight(item.payload()) {
                own.push(head.hash);
            }
            chunks.push(item.payload().to_vec());
        }
        Ok((chunks, own))
    }

    /// All changes of a response that are here, each with whether it was made here.
    pub(super) fn read_items(
        &self,
        survey: SurveyId,
        response: ResponseId,
    ) -> Result<Vec<(Item, bool)>, DeviceError> {
        let stored = self.safe.scan(&keys::changes_of(survey, response))?;
        stored.into_iter().map(|(_, value)| decode(&value)).collect()
    }
}
