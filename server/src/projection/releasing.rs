//! Releasing: the ledgers of closed waves, and who asks them.
//!
//! A number leaves when its ledger has it. What is asked for the first time is decided by core
//! over the micro cells of the wave, which are counted again from its rows; what was released
//! before is only looked up. One request is decided at a time: two at once could each be safe
//! and give somebody away together.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use tsumugi_core::{
    id::SurveyId,
    indicator::{
        Definition, MicroCount, Row,
        disclose::{Decision, Ledger, MicroTable, Request},
    },
    survey::{Mode, Survey},
    text::Localized,
};

use crate::{
    app::AppError,
    store::{AnalysisRow, Store, StoreError, StoredLedger},
};

/// A survey, and the repeat whose instances are counted; empty for responses.
type Units = (SurveyId, String);

/// What was released of the units of a survey, and by which definitions: a line of the ledger is
/// read with the expressions that it was released with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Book {
    ledger: Arc<Ledger>,
    definitions: BTreeMap<String, Definition>,
    /// Counted when something new is asked; kept as long as the definitions are the same.
    #[serde(skip)]
    micro: Option<Arc<MicroTable>>,
    /// What was refused: a ledger only grows, so it stays refused.
    #[serde(skip)]
    refused: Vec<(Request, Localized)>,
}

/// The ledgers of all surveys.
pub(super) struct Releases {
    books: RwLock<BTreeMap<Units, Book>>,
    // One decision at a time; who only reads what was released does not wait for it.
    deciding: Mutex<()>,
}

fn units(survey: SurveyId, definition: &Definition) -> Units {
    (survey, definition.rows.clone().unwrap_or_default())
}

impl Releases {
    /// Reads the ledgers.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] for one that does not read: nothing is released in doubt.
    pub(super) fn open(store: &dyn Store) -> Result<Self, StoreError> {
        let mut books = BTreeMap::new();
        for StoredLedger { survey, units, ledger } in store.ledgers()? {
            let book: Book = serde_json::from_str(&ledger).map_err(|error| StoreError::Damaged {
                detail: format!("the ledger of survey {survey} does not read: {error}"),
            })?;
            books.insert((survey, units), book);
        }
        Ok(Self { books: RwLock::new(books), deciding: Mutex::new(()) })
    }

    /// What was released of a survey's units so far.
    pub(super) fn ledger(&self, survey: SurveyId, definition: &Definition) -> Arc<Ledger> {
        let books = self.books.read().unwrap_or_else(PoisonError::into_inner);
        books.get(&units(survey, definition)).map(|book| Arc::clone(&book.ledger)).unwrap_or_default()
    }

    /// The rows of a survey were counted again: its micro cells are, too, when asked for. A register
    /// runs all year and is another table after each row, so its ledger begins again.
    pub(super) fn note_counted(&self, survey: &Survey) {
        let _alone = self.deciding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut books = self.books.write().unwrap_or_else(PoisonError::into_inner);
        if survey.mode == Mode::Register {
            books.retain(|(of, _), _| *of != survey.id);
        }
        for (_, book) in books.iter_mut().filter(|((of, _), _)| *of == survey.id) {
            book.micro = None;
            book.refused.clear();
        }
    }

    /// Asks for a number or a table of a survey. What is released is durable when this returns.
    ///
    /// # Errors
    /// [`AppError::Store`] when the store fails; nothing was released then.
    pub(super) fn ask(
        &self,
        store: &dyn Store,
        survey: SurveyId,
        definition: &Definition,
        request: &Request,
    ) -> Result<Decision, AppError> {
        if self.ledger(survey, definition).holds(request) {
            return Ok(Decision::Released);
        }
        let _alone = self.deciding.lock().unwrap_or_else(PoisonError::into_inner);
        let key = units(survey, definition);
        let known = self.books.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let mut book = known.unwrap_or_default();
        if let Some((_, reason)) = book.refused.iter().find(|(refused, _)| refused == request) {
            return Ok(Decision::Refused { reason: reason.clone() });
        }
        if book.definitions.insert(definition.fingerprint(), definition.clone()).is_none() {
            book.micro = None;
        }
        let micro = match &book.micro {
            Some(micro) => Arc::clone(micro),
            None => Arc::new(micro_cells(store, survey, book.definitions.values())?),
        };
        book.micro = Some(Arc::clone(&micro));
        let decision = Arc::make_mut(&mut book.ledger).admit(&micro, request);
        match &decision {
            Decision::Released => {
                let ledger =
                    serde_json::to_string(&book).map_err(|error| StoreError::Database(Box::new(error)))?;
                store.put_ledger(StoredLedger { survey, units: key.1.clone(), ledger })?;
            }
            Decision::Refused { reason } => {
                book.refused.push((request.clone(), reason.clone()));
                let reason = reason.get("en");
                info!(survey.id = %survey, indicator = definition.id, "not released: {reason}");
            }
        }
        self.books.write().unwrap_or_else(PoisonError::into_inner).insert(key, book);
        Ok(decision)
    }
}

/// Counts the micro cells of a survey from its rows.
fn micro_cells<'d>(
    store: &dyn Store,
    survey: SurveyId,
    definitions: impl Iterator<Item = &'d Definition>,
) -> Result<MicroTable, AppError> {
    // Each definition was compiled before anything was counted with it.
    let mut count = MicroCount::new(definitions).map_err(|issues| {
        warn!(survey.id = %survey, "{} expressions of released numbers do not parse any more", issues.len());
        AppError::conflict("release-refused", "an earlier release cannot be read: nothing new is released")
    })?;
    store.each_row(survey, &mut |AnalysisRow { stratum, outputs, .. }| {
        count.add(&Row { stratum: &stratum, values: &outputs });
    })?;
    Ok(count.table())
}
