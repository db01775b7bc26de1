//! The device as the sync sees it: its items, their states, and one commit per reply.

use std::collections::BTreeMap;

use rand_core::CryptoRng;

use super::{
    Batch, Device, DeviceError, Storage,
    catalog::Catalog,
    exchange::SyncRecord,
    keys::{self, ItemName},
    ledger::{ItemState, Ledger},
    shelf::{self, News},
};
use crate::{
    id::{ItemId, SurveyId},
    item::{Item, ItemKind},
    response::gate,
    sync::{Cursor, Epoch, Refusal, Replica, Summary, Update},
};

/// A device during one call of the exchange, with the randomness that its vault needs.
#[derive(Debug)]
pub(super) struct DeviceReplica<'a, S, R> {
    pub(super) device: &'a mut Device<S>,
    pub(super) rng: &'a mut R,
    /// What replies brought during this call.
    pub(super) news: News,
    /// The reply may be older than others that were taken: it came in a bundle.
    pub(super) late: bool,
}

impl<S: Storage, R: CryptoRng> Replica for DeviceReplica<'_, S, R> {
    type Error = DeviceError;

    fn epoch(&self) -> Result<Option<Epoch>, DeviceError> {
        Ok(self.device.exchange.record.epoch.map(Epoch))
    }

    fn cursors(&self) -> Result<Vec<Cursor>, DeviceError> {
        let cursors = &self.device.exchange.record.cursors;
        Ok(cursors.iter().map(|(survey, after)| Cursor { survey: *survey, after: *after }).collect())
    }

    fn outgoing(&self, max_bytes: usize) -> Result<Vec<Item>, DeviceError> {
        let mut by_response: BTreeMap<_, Vec<ItemName>> = BTreeMap::new();
        for name in self.device.ledger.standing(ItemState::Outgoing) {
            by_response.entry((name.survey, name.response)).or_default().push(name);
        }
        let (mut items, mut bytes) = (Vec::new(), 0);
        for names in by_response.into_values() {
            for item in self.read_in_order(&names)? {
                bytes += item.encoded_len();
                if bytes > max_bytes && !items.is_empty() {
                    return Ok(items);
                }
                items.push(item);
            }
        }
        Ok(items)
    }

    fn unconfirmed(&self, max: usize) -> Result<Vec<ItemId>, DeviceError> {
        let acknowledged = self.device.ledger.standing(ItemState::Acknowledged);
        Ok(acknowledged.map(|name| name.id).take(max).collect())
    }

    fn summary(&self, survey: SurveyId) -> Result<Summary, DeviceError> {
        Ok(self.device.ledger.summary(survey))
    }

    fn ids(&self, survey: SurveyId) -> Result<Vec<ItemId>, DeviceError> {
        Ok(self.device.ledger.ids(survey))
    }

    fn commit(&mut self, update: Update) -> Result<(), DeviceError> {
        let kept = self.device.exchange.record.epoch;
        let another_life = update.epoch.is_some_and(|Epoch(epoch)| kept != Some(epoch));
        if another_life && kept.is_some() {
            // The server was restored: it may have forgotten records that it had acknowledged.
            let Device { outbox, safe, .. } = &mut *self.device;
            outbox.offer_again(safe, self.rng)?;
        }
        let mut states = self.new_states(&update, another_life);
        let again = self.device.record_again(&mut states, self.rng)?;
        let mut record = self.new_record(&update, another_life);
        let mut batch = Batch::default();
        // A late reply may have been made before the last record was acknowledged: which backup
        // holds that one cannot be learnt from it, only whether a known one was verified since.
        let backups = update.backups.filter(|_| !self.late || record.kept_until.is_some());
        let backed_up = record.await_backup(backups, self.device.outbox.sent() > 0);
        if backed_up {
            self.device.outbox.remove_sent(&mut batch);
        }
        for item in &again {
            shelf::put(&self.device.safe, &mut batch, item, shelf::OWN, self.rng);
        }
        for (name, state) in states.values() {
            Ledger::put(&self.device.safe, &mut batch, name, *state, self.rng);
        }
        let new = self.device.put_foreign(&mut batch, &update.received, self.rng);
        self.device.safe.put_json(&mut batch, keys::SYNC, &record, self.rng);
        if let Err(error) = self.device.safe.commit(batch) {
            let Device { outbox, safe, .. } = &mut *self.device;
            return outbox.reread(safe, error);
        }
        self.device.exchange.record = record;
        if backed_up {
            self.device.outbox.forget_sent();
        }
        let mut turned = false;
        for (name, state) in states.into_values() {
            let was = self.device.ledger.get(name.id).is_some_and(|(_, was)| was.is_refused());
            turned |= name.is_of_survey() && was != state.is_refused();
            self.device.ledger.note(name, state);
        }
        self.device.show_again(&again)?;
        let news = self.device.file_items(&new)?;
        if turned {
            self.device.catalog = Catalog::read(&self.device.safe, &self.device.ledger)?;
            self.device.cards.clear();
        }
        self.news.surveys.extend(news.surveys);
        self.news.responses.extend(news.responses);
        Ok(())
    }
}

impl<S: Storage, R: CryptoRng> DeviceReplica<'_, S, R> {
    /// Items of one response in the order in which they were recorded.
    fn read_in_order(&self, names: &[ItemName]) -> Result<Vec<Item>, DeviceError> {
        let mut items = Vec::with_capacity(names.len());
        for name in names {
            items.push(shelf::read(&self.device.safe, name)?.0);
        }
        // Operation numbers rise along every path of changes.
        items.sort_by_cached_key(|item| match item.kind() {
            ItemKind::Change => gate::preflight(item.payload()).map_or(u64::MAX, |head| head.start_op),
            _ => 0,
        });
        Ok(items)
    }

    /// The states that `update` changes, in the order of its fields.
    fn new_states(&self, update: &Update, another_life: bool) -> BTreeMap<ItemId, (ItemName, ItemState)> {
        let ledger = &self.device.ledger;
        let mut states = BTreeMap::new();
        if another_life {
            let confirmed = ledger.standing(ItemState::Confirmed);
            states.extend(confirmed.map(|name| (name.id, (name, ItemState::Acknowledged))));
            // A server that was restored from before a closing takes answers again, and what
            // builds on one that it never got would wait there for ever.
            let late = ledger.standing(ItemState::Refused(Refusal::Closed));
            states.extend(late.map(|name| (name.id, (name, ItemState::Outgoing))));
        }
        let mut mark = |id: &ItemId, state: ItemState, only: Option<ItemState>| {
            let current = states.get(id).copied().or_else(|| ledger.get(*id));
            if let Some((name, was)) = current
                && only.is_none_or(|only| only == was)
            {
                states.insert(*id, (name, state));
            }
        };
        for id in &update.resend {
            mark(id, ItemState::Outgoing, None);
        }
        for id in &update.acknowledged {
            mark(id, ItemState::Acknowledged, Some(ItemState::Outgoing));
        }
        for (id, refusal) in &update.refused {
            mark(id, ItemState::Refused(*refusal), None);
        }
        for item in &update.received {
            mark(&item.id(), ItemState::Confirmed, None);
        }
        for id in &update.confirmed {
            mark(id, ItemState::Confirmed, None);
        }
        states
    }

    fn new_record(&self, update: &Update, another_life: bool) -> SyncRecord {
        let mut record = self.device.exchange.record.clone();
        if let (true, Some(Epoch(epoch))) = (another_life, update.epoch) {
            record.epoch = Some(epoch);
            record.cursors.clear();
            record.kept_until = None;
        }
        record.cursors.extend(update.cursors.iter().map(|cursor| (cursor.survey, cursor.after)));
        record
    }
}
