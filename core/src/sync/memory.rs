//! The log in memory: for tests, simulation and as the reading of the trait.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
};

use super::{
    Backups, Epoch, Insertion, ItemStore, Listing, Page, Refusal, Scope, ShortId, Standing, Summary,
};
use crate::{
    id::{ItemId, ResponseId, SurveyId},
    item::Item,
};

/// The error of stores that cannot fail.
pub type NeverFails = Infallible;

/// An [`ItemStore`] in memory.
#[derive(Debug, Clone)]
pub struct MemoryItems {
    epoch: Epoch,
    backups: Backups,
    held: HashMap<ItemId, (Item, Standing)>,
    arrivals: Vec<ItemId>,
    logs: BTreeMap<SurveyId, Vec<ItemId>>,
}

impl Default for MemoryItems {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryItems {
    /// An empty log with epoch 1.
    pub fn new() -> Self {
        Self {
            epoch: Epoch(1),
            backups: Backups::default(),
            held: HashMap::new(),
            arrivals: Vec::new(),
            logs: BTreeMap::new(),
        }
    }

    /// Begins another life of the log, as after a restore.
    pub const fn set_epoch(&mut self, epoch: Epoch) {
        self.epoch = epoch;
    }

    /// Says which backups there are.
    pub const fn set_backups(&mut self, backups: Backups) {
        self.backups = backups;
    }

    fn log(&self, survey: SurveyId) -> &[ItemId] {
        self.logs.get(&survey).map_or(&[], Vec::as_slice)
    }

    /// The shown items of a log with their sequence numbers.
    fn shown<'a>(&'a self, survey: SurveyId, scope: &'a Scope) -> impl Iterator<Item = (u64, &'a Item)> {
        let numbered = (1_u64..).zip(self.log(survey));
        numbered
            .filter_map(|(seq, id)| self.held.get(id).map(|(item, _)| (seq, item)))
            .filter(|(_, item)| scope.shows(item.kind(), item.response()))
    }
}

impl ItemStore for MemoryItems {
    type Error = NeverFails;

    fn epoch(&self) -> Result<Epoch, NeverFails> {
        Ok(self.epoch)
    }

    fn backups(&self) -> Result<Backups, NeverFails> {
        Ok(self.backups)
    }

    fn insert(&mut self, items: &[Item]) -> Result<Vec<Insertion>, NeverFails> {
        let insertions = items.iter().map(|item| match self.held.get(&item.id()) {
            Some((_, Standing::Refused(refusal))) => Insertion::Refused(*refusal),
            Some(_) => Insertion::Known,
            None => {
                self.held.insert(item.id(), (item.clone(), Standing::Pending));
                self.arrivals.push(item.id());
                Insertion::Inserted
            }
        });
        Ok(insertions.collect())
    }

    fn pending(&self, of: Option<(SurveyId, ResponseId)>, max_bytes: usize) -> Result<Vec<Item>, NeverFails> {
        let waiting = self.arrivals.iter().filter_map(|id| match self.held.get(id) {
            Some((item, Standing::Pending)) => Some(item),
            _ => None,
        });
        let wanted = waiting.filter(|item| {
            of.is_none_or(|(survey, response)| item.survey() == survey && item.response() == Some(response))
        });
        Ok(within(wanted, max_bytes, |item| item.encoded_len()).cloned().collect())
    }

    fn admit(&mut self, ids: &[ItemId]) -> Result<(), NeverFails> {
        for id in ids {
            if let Some((item, standing @ Standing::Pending)) = self.held.get_mut(id) {
                *standing = Standing::Admitted;
                self.logs.entry(item.survey()).or_default().push(*id);
            }
        }
        self.arrivals.retain(|id| matches!(self.held.get(id), Some((_, Standing::Pending))));
        Ok(())
    }

    fn refuse(&mut self, id: ItemId, refusal: Refusal) -> Result<(), NeverFails> {
        if let Some((_, standing @ Standing::Pending)) = self.held.get_mut(&id) {
            *standing = Standing::Refused(refusal);
        }
        Ok(())
    }

    fn standing(&self, ids: &[ShortId]) -> Result<Vec<Standing>, NeverFails> {
        let by_short: HashMap<ShortId, Standing> =
            self.held.iter().map(|(id, (_, standing))| (ShortId::from(*id), *standing)).collect();
        Ok(ids.iter().map(|id| by_short.get(id).copied().unwrap_or(Standing::Unknown)).collect())
    }

    fn after(
        &self,
        survey: SurveyId,
        scope: &Scope,
        cursor: u64,
        max_bytes: usize,
    ) -> Result<Page, NeverFails> {
        let following: Vec<_> = self.shown(survey, scope).filter(|(seq, _)| *seq > cursor).collect();
        let page: Vec<_> = within(following.iter(), max_bytes, |(_, item)| item.encoded_len()).collect();
        let more = page.len() < following.len();
        let end = (self.log(survey).len() as u64).max(cursor);
        let last = page.last().map_or(end, |(seq, _)| *seq);
        let items = page.into_iter().map(|(_, item)| (*item).clone()).collect();
        Ok(Page { items, next: if more { last } else { end }, more })
    }

    fn summary(&self, survey: SurveyId, scope: &Scope) -> Result<Summary, NeverFails> {
        Ok(Summary::of(self.shown(survey, scope).map(|(_, item)| item.id())))
    }

    fn ids(&self, survey: SurveyId, scope: &Scope, upto: Option<u64>) -> Result<Listing, NeverFails> {
        let end = self.log(survey).len() as u64;
        let upto = upto.unwrap_or(end).min(end);
        let shown = self.shown(survey, scope).filter(|(seq, _)| *seq <= upto);
        Ok(Listing { ids: shown.map(|(_, item)| item.id()).collect(), upto })
    }

    fn get(&self, ids: &[ItemId]) -> Result<Vec<Item>, NeverFails> {
        Ok(ids.iter().filter_map(|id| self.held.get(id)).map(|(item, _)| item.clone()).collect())
    }
}

/// The first of `all`, then as many as fit in `max_bytes` together with it.
pub(super) fn within<T>(
    all: impl Iterator<Item = T>,
    max_bytes: usize,
    length: impl Fn(&T) -> usize,
) -> impl Iterator<Item = T> {
    let mut total = 0_usize;
    let mut first = true;
    all.take_while(move |one| {
        total = total.saturating_add(length(one));
        std::mem::take(&mut first) || total <= max_bytes
    })
}
