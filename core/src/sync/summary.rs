//! Fingerprints: whether two sets of items are the same, in a few bytes.

use std::fmt;

use crate::id::ItemId;

/// The first eight bytes of an item's id: enough to point at an item that the other side has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortId([u8; 8]);

impl ShortId {
    /// Takes bytes as they are.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl From<ItemId> for ShortId {
    fn from(id: ItemId) -> Self {
        Self(id.as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Debug for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShortId({})", hex::encode(self.0))
    }
}

/// How many items a set has, and the sum of their ids.
///
/// The sum is taken modulo 2^128 over the first 16 bytes of each id, little-endian: items can
/// be added in any order, and the sums of disjoint sets (say, of each response) can be added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Summary {
    /// Number of items.
    pub count: u64,
    /// Sum of their ids.
    pub fingerprint: u128,
}

impl Summary {
    /// Adds one item.
    pub fn add(&mut self, id: ItemId) {
        let bytes = id.as_bytes().first_chunk().copied().unwrap_or_default();
        self.merge(Self { count: 1, fingerprint: u128::from_le_bytes(bytes) });
    }

    /// Adds a set that has no item in common with this one.
    pub const fn merge(&mut self, other: Self) {
        self.count = self.count.wrapping_add(other.count);
        self.fingerprint = self.fingerprint.wrapping_add(other.fingerprint);
    }

    /// The summary of a set of ids.
    pub fn of(ids: impl IntoIterator<Item = ItemId>) -> Self {
        let mut summary = Self::default();
        for id in ids {
            summary.add(id);
        }
        summary
    }
}
