//! Making a device's set of one survey equal to the server's, step by step.

use std::collections::{BTreeSet, HashMap};

use super::{
    Cursor, Epoch, Probe, ProbeReply, Update,
    message::{Ask, Found, MAX_ITEMS, MAX_SYMBOLS},
    reconcile::{Decoder, KeyedId},
};
use crate::id::{ItemId, SurveyId};

/// Enough for a difference of about ten items.
const FIRST_SYMBOLS: u64 = 24;
/// Keyed ids asked for at once; the window limits what comes.
const MAX_WANTED: usize = 1_024;
/// Bytes of a symbol and of a list entry on the wire.
const SYMBOL_BYTES: u64 = 14;
const LISTED_BYTES: u64 = 8;

#[derive(Debug)]
enum Phase {
    /// Coded symbols until the difference can be read.
    Symbols(Decoder),
    /// The whole list, where that is shorter.
    List(BTreeSet<KeyedId>, u64),
    /// The difference is known; items are missing.
    Items { wanted: BTreeSet<KeyedId>, only_here: BTreeSet<KeyedId> },
}

/// Reconciliation of one survey. The device's set stays as it was at the beginning, the
/// server's is that up to one place of its log; what comes later comes by the cursor.
#[derive(Debug)]
pub(super) struct CatchUp {
    epoch: Epoch,
    upto: Option<u64>,
    here: HashMap<KeyedId, ItemId>,
    phase: Phase,
}

impl CatchUp {
    pub(super) fn begin(epoch: Epoch, held: Vec<ItemId>) -> Self {
        let here: HashMap<_, _> = held.into_iter().map(|id| (KeyedId::derive(epoch, id), id)).collect();
        let phase = Phase::Symbols(Decoder::new(here.keys().copied()));
        Self { epoch, upto: None, here, phase }
    }

    /// What to ask next.
    pub(super) fn probe(&self, survey: SurveyId) -> Probe {
        let ask = match &self.phase {
            Phase::Symbols(decoder) => {
                let start = decoder.taken();
                Ask::Symbols { start, count: start.clamp(FIRST_SYMBOLS, MAX_SYMBOLS as u64) }
            }
            Phase::List(_, start) => Ask::List { start: *start, count: MAX_ITEMS as u64 },
            Phase::Items { wanted, .. } => Ask::Items(wanted.iter().copied().take(MAX_WANTED).collect()),
        };
        Probe { survey, upto: self.upto, ask }
    }

    /// Takes an answer; true when the sets are equal.
    pub(super) fn take(&mut self, reply: &ProbeReply, update: &mut Update) -> bool {
        if *self.upto.get_or_insert(reply.upto) != reply.upto {
            // The log was not at this place before: begin again with the same set.
            let held = std::mem::take(&mut self.here).into_values().collect();
            *self = Self::begin(self.epoch, held);
            return false;
        }
        match (&mut self.phase, &reply.found) {
            (Phase::Symbols(decoder), Found::Symbols { start, symbols }) if *start == decoder.taken() => {
                for symbol in symbols {
                    decoder.take(*symbol);
                    if decoder.is_complete() {
                        break;
                    }
                }
                if decoder.is_complete() {
                    let (wanted, only_here) = (decoder.remote_only().clone(), decoder.local_only().clone());
                    self.phase = Phase::Items { wanted, only_here };
                } else if symbols.is_empty()
                    || decoder.taken() * SYMBOL_BYTES >= reply.summary.count * LISTED_BYTES
                {
                    self.phase = Phase::List(BTreeSet::new(), 0);
                }
            }
            (Phase::List(there, start), Found::List { start: from, ids }) if start == from => {
                there.extend(ids);
                *start += ids.len() as u64;
                if *start >= reply.summary.count || ids.is_empty() {
                    let wanted = there.iter().filter(|id| !self.here.contains_key(id)).copied().collect();
                    let only_here = self.here.keys().filter(|id| !there.contains(id)).copied().collect();
                    self.phase = Phase::Items { wanted, only_here };
                }
            }
            (Phase::Items { wanted, .. }, Found::Items(items)) => {
                for item in items.iter().filter(|item| item.survey() == reply.survey) {
                    if wanted.remove(&KeyedId::derive(self.epoch, item.id())) {
                        update.received.push(item.clone());
                    }
                }
                if items.is_empty() {
                    wanted.clear();
                }
            }
            _ => {}
        }
        self.finish(reply, update)
    }

    fn finish(&mut self, reply: &ProbeReply, update: &mut Update) -> bool {
        let Phase::Items { wanted, only_here } = &self.phase else { return false };
        if !wanted.is_empty() {
            return false;
        }
        update.resend.extend(only_here.iter().filter_map(|id| self.here.get(id)));
        let both = self.here.iter().filter(|(id, _)| !only_here.contains(id));
        update.confirmed.extend(both.map(|(_, id)| *id));
        update.cursors.push(Cursor { survey: reply.survey, after: reply.upto });
        true
    }
}
