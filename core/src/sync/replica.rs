//! What a device keeps of the log, and its own items.

use std::collections::{BTreeMap, HashMap};

use super::{Backups, Epoch, NeverFails, Refusal, Summary, memory::within};
use crate::{
    id::{ItemId, SurveyId},
    item::Item,
};

/// How far a device has read a survey's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The survey.
    pub survey: SurveyId,
    /// The sequence number of the last item that was received.
    pub after: u64,
}

/// What one reply changes on a device; durable together or not at all.
///
/// Applied in the order of the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// The log's epoch. When it is not the one that was kept, every cursor is forgotten, and
    /// every confirmed item is acknowledged only.
    pub epoch: Option<Epoch>,
    /// Which backups the server has, when it tells.
    pub backups: Option<Backups>,
    /// Items that the server does not hold (any more): they are to be sent again.
    pub resend: Vec<ItemId>,
    /// Items that the server holds durably: not to be sent again.
    pub acknowledged: Vec<ItemId>,
    /// Items that the server refused: kept aside, never sent again.
    pub refused: Vec<(ItemId, Refusal)>,
    /// Items from the log. They are confirmed; one that the device's own gate refuses is kept
    /// and counted all the same, and shown to nobody.
    pub received: Vec<Item>,
    /// Items of this device that were seen in the log.
    pub confirmed: Vec<ItemId>,
    /// Cursors that moved.
    pub cursors: Vec<Cursor>,
}

impl Update {
    /// True when there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A device's items and what it knows about the server's log.
///
/// An item of the device is *outgoing* until it is acknowledged, then *acknowledged* until it
/// is seen in the log, then *confirmed*. A received item is confirmed at once. A refused item
/// is none of these, but is kept.
pub trait Replica {
    /// How the device's storage fails.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The epoch of the log that the cursors belong to; `None` before the first reply.
    ///
    /// # Errors
    /// When the storage fails, as in every method.
    fn epoch(&self) -> Result<Option<Epoch>, Self::Error>;

    /// A cursor for each survey that was read.
    ///
    /// # Errors
    /// When the storage fails.
    fn cursors(&self) -> Result<Vec<Cursor>, Self::Error>;

    /// Items to send, each response's in the order in which they were recorded. At least one
    /// when there is one, then as many as fit in `max_bytes` of encoded items.
    ///
    /// # Errors
    /// When the storage fails.
    fn outgoing(&self, max_bytes: usize) -> Result<Vec<Item>, Self::Error>;

    /// At most `max` items that are acknowledged and not confirmed.
    ///
    /// # Errors
    /// When the storage fails.
    fn unconfirmed(&self, max: usize) -> Result<Vec<ItemId>, Self::Error>;

    /// The confirmed items of a survey, as a count and a fingerprint.
    ///
    /// # Errors
    /// When the storage fails.
    fn summary(&self, survey: SurveyId) -> Result<Summary, Self::Error>;

    /// The ids of all items of a survey that were not refused.
    ///
    /// # Errors
    /// When the storage fails.
    fn ids(&self, survey: SurveyId) -> Result<Vec<ItemId>, Self::Error>;

    /// Keeps what a reply changed, durably and as a whole.
    ///
    /// # Errors
    /// When the storage fails; the session is begun again then.
    fn commit(&mut self, update: Update) -> Result<(), Self::Error>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Outgoing,
    Acknowledged,
    Confirmed,
    Refused(Refusal),
}

/// A [`Replica`] in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryReplica {
    epoch: Option<Epoch>,
    cursors: BTreeMap<SurveyId, u64>,
    order: Vec<ItemId>,
    items: HashMap<ItemId, (Item, State)>,
}

impl MemoryReplica {
    /// A device that has nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an item that was made on this device.
    pub fn add(&mut self, item: Item) {
        self.keep(item, State::Outgoing);
    }

    /// The items that were not refused, in the order in which they came.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.held().filter(|(_, state)| !matches!(state, State::Refused(_))).map(|(item, _)| item)
    }

    /// The refused items.
    pub fn refused(&self) -> impl Iterator<Item = (&Item, Refusal)> {
        self.held().filter_map(|(item, state)| match state {
            State::Refused(refusal) => Some((item, *refusal)),
            _ => None,
        })
    }

    fn held(&self) -> impl Iterator<Item = &(Item, State)> {
        self.order.iter().filter_map(|id| self.items.get(id))
    }

    fn keep(&mut self, item: Item, state: State) {
        let id = item.id();
        if self.items.insert(id, (item, state)).is_none() {
            self.order.push(id);
        }
    }

    fn mark(&mut self, id: ItemId, state: State) {
        if let Some((_, current)) = self.items.get_mut(&id) {
            *current = state;
        }
    }
}

impl Replica for MemoryReplica {
    type Error = NeverFails;

    fn epoch(&self) -> Result<Option<Epoch>, NeverFails> {
        Ok(self.epoch)
    }

    fn cursors(&self) -> Result<Vec<Cursor>, NeverFails> {
        Ok(self.cursors.iter().map(|(survey, after)| Cursor { survey: *survey, after: *after }).collect())
    }

    fn outgoing(&self, max_bytes: usize) -> Result<Vec<Item>, NeverFails> {
        let waiting = self.held().filter(|(_, state)| *state == State::Outgoing).map(|(item, _)| item);
        Ok(within(waiting, max_bytes, |item| item.encoded_len()).cloned().collect())
    }

    fn unconfirmed(&self, max: usize) -> Result<Vec<ItemId>, NeverFails> {
        let waiting = self.held().filter(|(_, state)| *state == State::Acknowledged);
        Ok(waiting.map(|(item, _)| item.id()).take(max).collect())
    }

    fn summary(&self, survey: SurveyId) -> Result<Summary, NeverFails> {
        let confirmed =
            self.held().filter(|(item, state)| item.survey() == survey && *state == State::Confirmed);
        Ok(Summary::of(confirmed.map(|(item, _)| item.id())))
    }

    fn ids(&self, survey: SurveyId) -> Result<Vec<ItemId>, NeverFails> {
        Ok(self.items().filter(|item| item.survey() == survey).map(Item::id).collect())
    }

    fn commit(&mut self, update: Update) -> Result<(), NeverFails> {
        if update.epoch.is_some() && update.epoch != self.epoch {
            self.epoch = update.epoch;
            self.cursors.clear();
            for (_, state) in self.items.values_mut().filter(|(_, state)| *state == State::Confirmed) {
                *state = State::Acknowledged;
            }
        }
        for id in update.resend {
            self.mark(id, State::Outgoing);
        }
        for id in update.acknowledged {
            if matches!(self.items.get(&id), Some((_, State::Outgoing))) {
                self.mark(id, State::Acknowledged);
            }
        }
        for (id, refusal) in update.refused {
            self.mark(id, State::Refused(refusal));
        }
        for item in update.received {
            self.keep(item, State::Confirmed);
        }
        for id in update.confirmed {
            self.mark(id, State::Confirmed);
        }
        self.cursors.extend(update.cursors.iter().map(|cursor| (cursor.survey, cursor.after)));
        Ok(())
    }
}
