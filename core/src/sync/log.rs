//! The server's log of items.

use std::fmt;

use super::{Refusal, Scope, ShortId, Summary};
use crate::{
    id::{ItemId, ResponseId, SurveyId},
    item::Item,
};

/// Names one life of a log. Random, and new after every restore from a backup, so that
/// devices notice that the log may have forgotten something. Never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch({:016x})", self.0)
    }
}

/// Which backups of the server there are. They are numbered from 1 in each epoch; backup `n`
/// holds everything that was acknowledged before it was begun.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backups {
    /// How many were begun.
    pub begun: u64,
    /// The last that was verified by restoring it; 0 for none.
    pub verified: u64,
}

/// What [`ItemStore::insert`] did with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insertion {
    /// New, and durable now.
    Inserted,
    /// Held already, whether admitted or not.
    Known,
    /// Refused earlier by [`ItemStore::refuse`].
    Refused(Refusal),
}

/// Where an item stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Held, not yet examined or waiting for others.
    Pending,
    /// In the log: other devices receive it.
    Admitted,
    /// Not held: the log was restored from an older copy.
    Unknown,
    /// Examined and refused; kept aside.
    Refused(Refusal),
}

/// A piece of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Admitted items in the order of the log, as far as the scope shows them.
    pub items: Vec<Item>,
    /// The cursor after this page.
    pub next: u64,
    /// True when the scope shows more items after `next`.
    pub more: bool,
}

/// The admitted ids of a survey up to a place in the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// In any order.
    pub ids: Vec<ItemId>,
    /// The place, a cursor for [`ItemStore::after`].
    pub upto: u64,
}

/// An append-only log of items for each survey, and beside it the items that are not (yet) in it.
///
/// An item comes in by [`insert`](Self::insert): durable when that returns, so it may be
/// acknowledged, but *pending*: no device receives it. The projector examines what is pending
/// (changes through `response::gate::admit`, together with what is admitted of the same
/// response) and either [`admit`](Self::admit)s it, which gives it the next sequence number of
/// its survey, or [`refuse`](Self::refuse)s it, which keeps it aside for the office. A change
/// that builds on a missing one stays pending. So whatever a device pulls has passed
/// automerge on the server, and sequence numbers are those of admitted items only.
///
/// Sequence numbers begin at 1 and rise; a cursor is the last one that was delivered, 0 at first.
/// In SQL: one table of items with a nullable `seq` (unique within the survey) and a nullable
/// refusal, `id` unique; a table of `(survey, response, kind) -> count, fingerprint` over
/// admitted items, kept in the same transaction, answers [`summary`](Self::summary).
pub trait ItemStore {
    /// How the store fails. Nothing of a failed call is visible later, or all of it is.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The life of this log.
    ///
    /// # Errors
    /// When the store fails, as in every method.
    fn epoch(&self) -> Result<Epoch, Self::Error>;

    /// Which backups of this log there are.
    ///
    /// # Errors
    /// When the store fails.
    fn backups(&self) -> Result<Backups, Self::Error>;

    /// Keeps items durably, pending; one answer for each.
    ///
    /// # Errors
    /// When the store fails.
    fn insert(&mut self, items: &[Item]) -> Result<Vec<Insertion>, Self::Error>;

    /// Pending items in the order of their arrival: of one response, or of any. At least one
    /// when there is one, then as many as fit in `max_bytes` of encoded items.
    ///
    /// # Errors
    /// When the store fails.
    fn pending(&self, of: Option<(SurveyId, ResponseId)>, max_bytes: usize)
    -> Result<Vec<Item>, Self::Error>;

    /// Appends pending items to the logs of their surveys, in this order; ids that are not
    /// pending are passed over.
    ///
    /// # Errors
    /// When the store fails.
    fn admit(&mut self, ids: &[ItemId]) -> Result<(), Self::Error>;

    /// Keeps a pending item aside; an id that is not pending is passed over.
    ///
    /// # Errors
    /// When the store fails.
    fn refuse(&mut self, id: ItemId, refusal: Refusal) -> Result<(), Self::Error>;

    /// Where items stand, one answer for each.
    ///
    /// # Errors
    /// When the store fails.
    fn standing(&self, ids: &[ShortId]) -> Result<Vec<Standing>, Self::Error>;

    /// What `scope` shows of a survey's log after a cursor. At least one item when there is
    /// one, then as many as fit in `max_bytes` of encoded items. When nothing more is shown,
    /// `next` is the end of the log, and the cursor itself when that is beyond the end.
    ///
    /// # Errors
    /// When the store fails.
    fn after(
        &self,
        survey: SurveyId,
        scope: &Scope,
        cursor: u64,
        max_bytes: usize,
    ) -> Result<Page, Self::Error>;

    /// The admitted items of a survey that `scope` shows, as a count and a fingerprint.
    ///
    /// # Errors
    /// When the store fails.
    fn summary(&self, survey: SurveyId, scope: &Scope) -> Result<Summary, Self::Error>;

    /// The ids of the admitted items that `scope` shows, up to and with `upto`, or up to the
    /// end of the log.
    ///
    /// # Errors
    /// When the store fails.
    fn ids(&self, survey: SurveyId, scope: &Scope, upto: Option<u64>) -> Result<Listing, Self::Error>;

    /// Items by id, whatever their standing; ids that are not held are passed over.
    ///
    /// # Errors
    /// When the store fails.
    fn get(&self, ids: &[ItemId]) -> Result<Vec<Item>, Self::Error>;
}
