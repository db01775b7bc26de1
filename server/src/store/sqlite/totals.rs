//! What whole logs come to: a count and a fingerprint for each survey.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use rusqlite::Connection;
use tsumugi_core::{
    id::{ItemId, SurveyId},
    sync::Summary,
};

use super::log::end_of;
use crate::store::Stored;

/// Sums as far as they were made. A log only grows, so each is brought up to date by what came
/// behind it; the first time after a start it is made from all ids.
#[derive(Default)]
pub(super) struct Totals(Mutex<BTreeMap<SurveyId, (u64, Summary)>>);

impl Totals {
    /// The summary of the log of a survey, as `db` sees it.
    pub(super) fn of(&self, db: &Connection, survey: SurveyId) -> Stored<Summary> {
        let end = end_of(db, survey)?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&survey).copied();
        // A reader that began before the last commit sees a shorter log.
        let (upto, mut sum) = known.filter(|(upto, _)| *upto <= end).unwrap_or_default();
        if upto == end {
            return Ok(sum);
        }
        let mut select =
            db.prepare_cached("SELECT id FROM items WHERE survey = ?1 AND seq > ?2 AND seq <= ?3")?;
        let mut rows = select.query((survey.as_bytes(), upto.cast_signed(), end.cast_signed()))?;
        while let Some(row) = rows.next()? {
            sum.add(ItemId::from_bytes(row.get(0)?));
        }
        let mut totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = totals.entry(survey).or_default();
        if kept.0 < end {
            *kept = (end, sum);
        }
        Ok(sum)
    }
}
