//! What lies on the disk of a device, read from what is written to it.
//!
//! Owns the reading of written batches (the layout of `core/src/device/keys.rs`) and the rules
//! that hold at every commit: nothing goes but for a reason, and what is condensed says the same.

use std::collections::{BTreeMap, BTreeSet};

use tsumugi_core::{
    device::{Batch, Vault, Write},
    id::{ItemId, Nullifier, ResponseId},
    item::{Item, ItemKind},
    sealed::SealedRecord,
};

use crate::{
    ballots::{Ballots, RecordHash, Records, add, hash_of},
    history::{History, Place, Places, Standing},
};

const OWN: u8 = 1;
const REFUSED: u8 = 16;
/// Bytes of survey, kind and response before the id of an item in a key.
const BEFORE_ID: usize = 16 + 1 + 16;

/// What the model knows beside the shelves, while it reads a batch.
pub struct Reading<'a> {
    /// Every change.
    pub history: &'a mut History,
    /// Every record.
    pub ballots: &'a mut Ballots,
    /// What the last verified backup of the server holds.
    pub backed_up: &'a Records,
    /// The changes that stand for others which were condensed.
    pub stands_for: &'a mut BTreeMap<Place, Option<Place>>,
    /// What is being sealed by this device, if anything.
    pub sealing: Option<&'a (Nullifier, String)>,
    /// True when a commit failed and was written all the same since the device was opened: it may
    /// not know all that lies on its disk.
    pub blurred: bool,
}

/// What a batch brought.
#[derive(Debug, Default)]
pub struct News {
    /// Changes that were recorded here.
    pub recorded: Vec<Place>,
    /// Changes that were condensed.
    pub condensed: usize,
    /// Records that were sealed here.
    pub sealed: usize,
    /// Copies of records that were let go.
    pub forgotten: usize,
}

/// One disk.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    items: BTreeMap<ItemId, (ItemKind, Option<ResponseId>, Option<Place>)>,
    changes: Places,
    refused: BTreeSet<ItemId>,
    /// Items that were offered to a server since the disk was copied or put back.
    pub offered: BTreeSet<ItemId>,
    outbox: BTreeMap<Nullifier, RecordHash>,
    sent: BTreeMap<Nullifier, RecordHash>,
    spent: BTreeSet<Nullifier>,
}

/// A batch, taken apart.
#[derive(Default)]
struct Parts {
    put: Vec<(Item, bool)>,
    gone: Vec<ItemId>,
    states: Vec<(ItemId, Option<u8>)>,
    records: Vec<(&'static str, Nullifier, Option<Vec<u8>>)>,
}

impl Shelf {
    /// The same shelf on a copy of the disk, where nothing was offered yet.
    pub fn copied(&self) -> Self {
        Self { offered: BTreeSet::new(), ..self.clone() }
    }

    /// The changes that are here.
    pub const fn changes(&self) -> &Places {
        &self.changes
    }

    /// The changes of a response as a document reads them: those whose past is here.
    pub fn known_of(&self, response: ResponseId, history: &History) -> Places {
        history.closed(&history.of(response, &self.changes))
    }

    /// Items that are here and were not refused.
    pub fn items(&self) -> impl Iterator<Item = ItemId> {
        self.items.keys().copied().filter(|id| !self.refused.contains(id))
    }

    /// Items that the server refused.
    pub const fn refused(&self) -> &BTreeSet<ItemId> {
        &self.refused
    }

    /// The kind and the response of an item that is here.
    pub fn what(&self, id: ItemId) -> Option<(ItemKind, Option<ResponseId>)> {
        self.items.get(&id).map(|(kind, response, _)| (*kind, *response))
    }

    /// The place of a change that is here.
    pub fn place(&self, id: ItemId) -> Option<Place> {
        self.items.get(&id)?.2
    }

    /// Every sealed record of which a copy is here.
    pub fn records(&self) -> impl Iterator<Item = (Nullifier, RecordHash)> {
        self.outbox.iter().chain(&self.sent).map(|(nullifier, hash)| (*nullifier, *hash))
    }

    /// Records that wait to be sent.
    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// Cards that were used here.
    pub const fn spent(&self) -> &BTreeSet<Nullifier> {
        &self.spent
    }

    /// What stands at each path of a response.
    pub fn standing(&self, response: ResponseId, history: &History) -> Standing {
        history.standing(&self.known_of(response, history))
    }

    /// Takes a written batch.
    ///
    /// # Errors
    /// A sentence when the batch breaks a rule.
    pub fn take(&mut self, batch: &Batch, vault: &Vault, reading: &mut Reading<'_>) -> Result<News, String> {
        let parts = take_apart(batch, vault)?;
        let mut news = News::default();
        self.take_items(&parts, reading, &mut news)?;
        for (id, state) in &parts.states {
            match state {
                Some(byte) if *byte >= REFUSED => drop(self.refused.insert(*id)),
                _ => drop(self.refused.remove(id)),
            }
        }
        self.take_records(&parts, reading, &mut news)?;
        Ok(news)
    }

    fn take_items(
        &mut self,
        parts: &Parts,
        reading: &mut Reading<'_>,
        news: &mut News,
    ) -> Result<(), String> {
        let mut gone = Places::default();
        let mut of = BTreeSet::new();
        for id in &parts.gone {
            let (_, response, place) = self.items.remove(id).ok_or("an item goes that was not there")?;
            let place = place.ok_or("an item goes that is no change")?;
            if self.offered.contains(id) {
                return Err("a change that was offered is condensed".to_owned());
            }
            of.extend(response);
            gone.insert(place);
            self.changes.remove(place);
            news.condensed += 1;
        }
        let mut made = None;
        for (item, own) in &parts.put {
            let place = self.put_item(item, *own, !parts.gone.is_empty(), reading, news)?;
            if let (Some(response), false, true) = (item.response(), parts.gone.is_empty(), place.is_some()) {
                if !of.contains(&response) {
                    return Err("a batch condenses one response and records another".to_owned());
                }
                made = place;
            }
        }
        if parts.gone.is_empty() { Ok(()) } else { stand_for(&gone, made, reading) }
    }

    /// Puts an item; gives its place when it is a change.
    fn put_item(
        &mut self,
        item: &Item,
        own: bool,
        condensing: bool,
        reading: &mut Reading<'_>,
        news: &mut News,
    ) -> Result<Option<Place>, String> {
        let id = item.id();
        let (ItemKind::Change, Some(response)) = (item.kind(), item.response()) else {
            self.items.insert(id, (item.kind(), item.response(), None));
            return Ok(None);
        };
        let place = reading.history.note(response, item.payload())?;
        if own && !self.items.contains_key(&id) {
            let here = self.known_of(response, reading.history);
            let deed = reading.history.deed(place).ok_or("the model lost a change")?;
            if !deed.past.is_within(&here) {
                return Err("a change builds on what is not on its device".to_owned());
            }
            if !condensing && !reading.blurred && deed.past != here {
                return Err("a change does not build on all that its device knew".to_owned());
            }
            news.recorded.push(place);
        }
        self.items.insert(id, (item.kind(), Some(response), Some(place)));
        self.changes.insert(place);
        Ok(Some(place))
    }

    fn take_records(
        &mut self,
        parts: &Parts,
        reading: &mut Reading<'_>,
        news: &mut News,
    ) -> Result<(), String> {
        let (mut put, mut gone): (Records, Records) = (Records::new(), Records::new());
        let mut spent = BTreeSet::new();
        for (shelf, nullifier, bytes) in &parts.records {
            match (*shelf, bytes) {
                ("spent", _) => drop(spent.insert(*nullifier)),
                (_, Some(bytes)) => {
                    let record = SealedRecord::decode(bytes)
                        .map_err(|error| format!("a record is written that cannot be read: {error}"))?;
                    if record.nullifier() != *nullifier {
                        return Err("a record lies under the name of another card".to_owned());
                    }
                    add(&mut put, *nullifier, hash_of(bytes));
                    let shelf = if *shelf == "outbox" { &mut self.outbox } else { &mut self.sent };
                    shelf.insert(*nullifier, hash_of(bytes));
                }
                (_, None) => {
                    let shelf = if *shelf == "outbox" { &mut self.outbox } else { &mut self.sent };
                    let hash = shelf.remove(nullifier).ok_or("a record goes that was not there")?;
                    add(&mut gone, *nullifier, hash);
                }
            }
        }
        for (nullifier, hashes) in &put {
            for hash in hashes {
                if gone.get(nullifier).is_some_and(|gone| gone.contains(hash)) {
                    continue;
                }
                self.seal(*nullifier, *hash, &spent, reading)?;
                news.sealed += 1;
            }
        }
        for (nullifier, hashes) in gone {
            for hash in hashes {
                if put.get(&nullifier).is_some_and(|put| put.contains(&hash)) {
                    continue;
                }
                if !reading.backed_up.get(&nullifier).is_some_and(|held| held.contains(&hash)) {
                    return Err("a copy of a record goes that no verified backup holds".to_owned());
                }
                news.forgotten += 1;
            }
        }
        self.spent.append(&mut spent);
        Ok(())
    }

    fn seal(
        &self,
        nullifier: Nullifier,
        hash: RecordHash,
        spent: &BTreeSet<Nullifier>,
        reading: &mut Reading<'_>,
    ) -> Result<(), String> {
        match reading.sealing {
            _ if !spent.contains(&nullifier) => {
                Err("a record is written and its card is not spent with it".to_owned())
            }
            Some((card, answers)) if *card == nullifier => {
                if self.spent.contains(&nullifier) {
                    return Err("a card is used twice on one device".to_owned());
                }
                reading.ballots.note(nullifier, hash, answers);
                Ok(())
            }
            _ => Err("a record is written that nobody answered".to_owned()),
        }
    }
}

/// Checks that a condensed change says what those said that it stands for, and carries them over.
fn stand_for(gone: &Places, made: Option<Place>, reading: &mut Reading<'_>) -> Result<(), String> {
    let history = &*reading.history;
    let mut before = Places::default();
    for place in gone.iter() {
        before.extend(&history.with_past(place));
    }
    let mut after = Places::default();
    match made {
        Some(place) => after.extend(&history.with_past(place)),
        None => before.iter().filter(|place| !gone.contains(*place)).for_each(|place| after.insert(place)),
    }
    let (said, says) = (history.standing(&before), history.standing(&after));
    if said != says {
        return Err(format!("a condensed change says {says:?}, and those that it stands for {said:?}"));
    }
    for place in gone.iter() {
        reading.stands_for.insert(place, made);
    }
    Ok(())
}

fn take_apart(batch: &Batch, vault: &Vault) -> Result<Parts, String> {
    let mut parts = Parts::default();
    for write in &batch.writes {
        let (key, sealed) = match write {
            Write::Put { key, value } => (key, Some(value)),
            Write::Delete { key } => (key, None),
        };
        let plain = match sealed {
            Some(sealed) => Some(
                vault
                    .open(key, sealed)
                    .map_err(|error| format!("a written value cannot be read: {error}"))?,
            ),
            None => None,
        };
        if let Some(rest) = key.strip_prefix(b"item/") {
            match plain {
                Some(plain) => parts.put.push(item_of(&plain)?),
                None => parts.gone.push(id_of(rest)?),
            }
        } else if let Some(rest) = key.strip_prefix(b"state/") {
            parts.states.push((id_of(rest)?, plain.and_then(|plain| plain.first().copied())));
        } else {
            for (name, prefix) in [("outbox", &b"outbox/"[..]), ("sent", b"sent/"), ("spent", b"spent/")] {
                if let Some(rest) = key.strip_prefix(prefix) {
                    let nullifier = Nullifier::from_slice(rest).ok_or("a key of a record is cut")?;
                    parts.records.push((name, nullifier, plain.clone()));
                }
            }
        }
    }
    Ok(parts)
}

fn item_of(plain: &[u8]) -> Result<(Item, bool), String> {
    let (origin, bytes) = plain.split_first().ok_or("an item of no bytes is written")?;
    let item =
        Item::decode(bytes).map_err(|error| format!("an item is written that cannot be read: {error}"))?;
    Ok((item, *origin == OWN))
}

fn id_of(key: &[u8]) -> Result<ItemId, String> {
    key.get(BEFORE_ID..).and_then(ItemId::from_slice).ok_or_else(|| "a key of an item is cut".to_owned())
}
