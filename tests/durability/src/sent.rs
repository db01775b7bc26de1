//! What clients sent to a server and what it acknowledged.

use std::collections::BTreeMap;

use tsumugi_core::id::{ItemId, Nullifier};

/// Where something sent stands with whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Sent, and no reply came: the server may hold it or not.
    Tried,
    /// Acknowledged.
    Acknowledged,
}

/// Everything that was sent.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// Items of the sync.
    pub items: BTreeMap<ItemId, Standing>,
    /// Sealed records: nullifier, and the very bytes.
    pub records: BTreeMap<Nullifier, (Standing, Vec<u8>)>,
}

impl Sent {
    /// Everything of another, and nothing of it acknowledged.
    pub fn tried(other: &Self) -> Self {
        let mut sent = other.clone();
        sent.items.values_mut().for_each(|standing| *standing = Standing::Tried);
        sent.records.values_mut().for_each(|(standing, _)| *standing = Standing::Tried);
        sent
    }

    /// Notes an item; what was acknowledged stays so.
    pub fn item(&mut self, id: ItemId, standing: Standing) {
        let known = self.items.entry(id).or_insert(standing);
        *known = standing.max(*known);
    }

    /// Notes a record; what was acknowledged stays so.
    pub fn record(&mut self, nullifier: Nullifier, bytes: Vec<u8>, standing: Standing) {
        let known = self.records.entry(nullifier).or_insert((standing, bytes));
        known.0 = standing.max(known.0);
    }

    /// Adds what another client sent.
    pub fn add(&mut self, other: Self) {
        for (id, standing) in other.items {
            self.item(id, standing);
        }
        for (nullifier, (standing, bytes)) in other.records {
            self.record(nullifier, bytes, standing);
        }
    }

    /// How much was acknowledged.
    pub fn acknowledged(&self) -> usize {
        let items = self.items.values().filter(|standing| **standing == Standing::Acknowledged).count();
        let records = self.records.values().filter(|(standing, _)| *standing == Standing::Acknowledged);
        items + records.count()
    }
}
