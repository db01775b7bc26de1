//! The log as core's sync wants it.

use tsumugi_core::{
    id::{ItemId, ResponseId, SurveyId},
    item::Item,
    sync::{Backups, Epoch, Insertion, ItemStore, Listing, Page, Refusal, Scope, ShortId, Standing, Summary},
};

use super::{BackupLedger, ItemLog, StoreError, Stored};

/// Core's [`ItemStore`] over any log of this server.
pub struct Items<'a, L: ItemLog + BackupLedger + ?Sized>(pub &'a L);

impl<L: ItemLog + BackupLedger + ?Sized> ItemStore for Items<'_, L> {
    type Error = StoreError;

    fn epoch(&self) -> Stored<Epoch> {
        self.0.epoch()
    }

    fn backups(&self) -> Stored<Backups> {
        self.0.backup_counts()
    }

    fn insert(&mut self, items: &[Item]) -> Stored<Vec<Insertion>> {
        // A request that only reads must not wait for the writer.
        if items.is_empty() { Ok(Vec::new()) } else { self.0.insert(items.to_vec()) }
    }

    fn pending(&self, of: Option<(SurveyId, ResponseId)>, max_bytes: usize) -> Stored<Vec<Item>> {
        self.0.pending(of, max_bytes)
    }

    fn admit(&mut self, ids: &[ItemId]) -> Stored<()> {
        self.0.admit(ids.to_vec())
    }

    fn refuse(&mut self, id: ItemId, refusal: Refusal) -> Stored<()> {
        self.0.refuse(id, refusal)
    }

    fn standing(&self, ids: &[ShortId]) -> Stored<Vec<Standing>> {
        self.0.standing(ids)
    }

    fn after(&self, survey: SurveyId, scope: &Scope, cursor: u64, max_bytes: usize) -> Stored<Page> {
        self.0.after(survey, scope, cursor, max_bytes)
    }

    fn summary(&self, survey: SurveyId, scope: &Scope) -> Stored<Summary> {
        self.0.summary(survey, scope)
    }

    fn ids(&self, survey: SurveyId, scope: &Scope, upto: Option<u64>) -> Stored<Listing> {
        self.0.ids(survey, scope, upto)
    }

    fn get(&self, ids: &[ItemId]) -> Stored<Vec<Item>> {
        self.0.get(ids)
    }
}
