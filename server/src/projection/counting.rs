//! Counting: the sufficient statistics of every indicator in every wave, kept up to date.
//!
//! A closed wave is counted once, and again only when the definition changes; a register is
//! counted again when a row of it changed. What is asked for is computed from tallies alone,
//! so it costs the same over a thousand and over a million responses.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use tracing::{info, warn};
use tsumugi_core::{
    id::SurveyId,
    indicator::{
        Breakdown, BreakdownError, Counter, Definition, Explanation, IndicatorFile, IndicatorIssue,
        Published, Row, Tally, Tile, Trend, Wave,
        disclose::{Decision, Ledger},
        estimate::{MarginIssue, PopulationMargin},
    },
    survey::{Mode, Survey, SurveyState},
};

use super::releasing::Releases;
use crate::{
    app::{App, AppError},
    store::{AnalysisRow, Store, StoreError, StoredTally},
};

/// The indicator file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CountingError {
    /// The file, or that of the margins, cannot be read.
    #[error("the file `{file}` cannot be read")]
    Read {
        /// Path of the file.
        file: String,
        /// The operating system's own words.
        source: std::io::Error,
    },
    /// The file has errors.
    #[error("the indicator file `{file}` has errors: {}", list(.issues))]
    Issues {
        /// Path of the file.
        file: String,
        /// Each of them.
        issues: Vec<IndicatorIssue>,
    },
    /// The file of margins has errors.
    #[error("the file of population margins `{file}` has errors: {}", list(.issues))]
    Margins {
        /// Path of the file.
        file: String,
        /// Each of them.
        issues: Vec<MarginIssue>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(issues: &[impl ToString]) -> String {
    issues.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// How many rows are counted between two lines of progress.
const PROGRESS_ROWS: u64 = 100_000;

/// The indicators of the deployment and what was counted for them.
pub struct Counting {
    file: IndicatorFile,
    counters: BTreeMap<String, Counter>,
    tallies: RwLock<BTreeMap<(String, SurveyId), Arc<Tally>>>,
    // How often each survey changed since it was counted; it stays here until the count is done,
    // so that who asks meanwhile waits for it.
    changed: Mutex<BTreeMap<SurveyId, u64>>,
    // One count at a time: two would read the same rows.
    at_work: Mutex<()>,
    releases: Releases,
}

impl Counting {
    /// Reads the indicator file and the tallies that were made with the same definitions.
    ///
    /// # Errors
    /// [`CountingError::Issues`] when the file has errors. A missing file means no indicators.
    pub fn open(app: &App) -> Result<Self, CountingError> {
        let path = app.config().indicator_file();
        let name = path.display().to_string();
        let source = match std::fs::read_to_string(&path) {
            Ok(source) => source,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                warn!("no indicator file at {name}: the dashboard has no tiles");
                String::new()
            }
            Err(source) => return Err(CountingError::Read { file: name, source }),
        };
        let failed = |issues| CountingError::Issues { file: name.clone(), issues };
        let file = match source.trim() {
            "" => IndicatorFile::default(),
            _ => IndicatorFile::parse(&source).map_err(failed)?,
        };
        let file = file.with_margins(&margins(&app.config().margin_file())?);
        let mut counters = BTreeMap::new();
        for definition in file.all() {
            let counter = Counter::compile(definition)
                .map_err(|issues| CountingError::Issues { file: path.display().to_string(), issues })?;
            counters.insert(definition.id.clone(), counter);
        }
        let tallies = kept_tallies(app.blocking_store(), &file)?;
        Ok(Self {
            file,
            counters,
            tallies: RwLock::new(tallies),
            changed: Mutex::new(BTreeMap::new()),
            at_work: Mutex::new(()),
            releases: Releases::open(app.blocking_store())?,
        })
    }

    /// The definitions.
    pub const fn file(&self) -> &IndicatorFile {
        &self.file
    }

    /// Says that rows of these surveys changed.
    pub(super) fn note_changed(&self, surveys: BTreeSet<SurveyId>) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        for survey in surveys {
            *changed.entry(survey).or_default() += 1;
        }
    }

    /// Counts what changed, and what has no tally of the present definitions.
    ///
    /// # Errors
    /// [`AppError::Store`] when the store fails; it is counted again later.
    pub fn bring_up_to_date(&self, store: &dyn Store) -> Result<(), AppError> {
        let _alone = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut outcome = Ok(());
        for survey in store.surveys()? {
            let all = changed.contains_key(&survey.id);
            let wanted: Vec<&Definition> =
                self.file.all().filter(|definition| self.is_wanted(definition, &survey, all)).collect();
            if !wanted.is_empty()
                && is_countable(store, &survey)?
                && let Err(error) = self.count(store, &survey, &wanted)
            {
                outcome = Err(error);
                continue;
            }
            self.note_counted(survey.id, changed.get(&survey.id).copied());
        }
        outcome
    }

    /// Forgets a change that was counted, unless another came meanwhile.
    fn note_counted(&self, survey: SurveyId, counted: Option<u64>) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if changed.get(&survey).copied() == counted {
            changed.remove(&survey);
        }
    }

    fn is_wanted(&self, definition: &Definition, survey: &Survey, changed: bool) -> bool {
        let has = || {
            let tallies = self.tallies.read().unwrap_or_else(PoisonError::into_inner);
            tallies.contains_key(&(definition.id.clone(), survey.id))
        };
        definition.form == survey.form_name && (changed || !has())
    }

    fn count(&self, store: &dyn Store, survey: &Survey, wanted: &[&Definition]) -> Result<(), AppError> {
        let mut counts: Vec<(&Definition, &Counter, Tally)> = wanted
            .iter()
            .filter_map(|definition| Some((*definition, self.counters.get(&definition.id)?, Tally::new())))
            .collect();
        let (mut rows, mut failed) = (0_u64, 0_u64);
        store.each_row(survey.id, &mut |AnalysisRow { stratum, outputs, .. }| {
            let row = Row { stratum: &stratum, values: &outputs };
            for (_, counter, tally) in &mut counts {
                failed += u64::from(counter.count(tally, &row).is_err());
            }
            rows += 1;
            if rows.is_multiple_of(PROGRESS_ROWS) {
                info!(survey.id = %survey.id, rows, "counting: {rows} rows so far");
            }
        })?;
        if failed > 0 {
            warn!(survey.id = %survey.id, "{failed} times a row could not be counted for an indicator");
        }
        let mut stored = Vec::with_capacity(counts.len());
        for (definition, _, tally) in &counts {
            stored.push(StoredTally {
                indicator: definition.id.clone(),
                survey: survey.id,
                definition: definition.fingerprint(),
                tally: serde_json::to_string(tally).map_err(|error| StoreError::Database(Box::new(error)))?,
            });
        }
        store.put_tallies(stored)?;
        self.releases.note_counted(survey);
        for (definition, _, tally) in counts {
            let tally = Arc::new(tally);
            let mut tallies = self.tallies.write().unwrap_or_else(PoisonError::into_inner);
            tallies.insert((definition.id.clone(), survey.id), Arc::clone(&tally));
            drop(tallies);
            // The whole before its parts, in the order of the file: whoever looks first does not decide.
            self.released(store, definition, survey, &tally)?;
        }
        Ok(())
    }

    /// The ledger of a wave, after it was asked for the wave's number as a whole.
    fn released(
        &self,
        store: &dyn Store,
        definition: &Definition,
        survey: &Survey,
        tally: &Tally,
    ) -> Result<Arc<Ledger>, AppError> {
        let ledger = self.releases.ledger(survey.id, definition);
        let request = Published::request(definition, &wave(survey, tally, &ledger));
        self.releases.ask(store, survey.id, definition, &request)?;
        Ok(self.releases.ledger(survey.id, definition))
    }

    /// The tiles of all indicators, in file order.
    ///
    /// # Errors
    /// [`AppError::Store`] when the store fails.
    pub fn tiles(&self, store: &dyn Store) -> Result<Vec<Tile>, AppError> {
        let surveys = self.surveys(store)?;
        self.file.indicators.iter().map(|definition| self.tile(store, definition, &surveys)).collect()
    }

    /// The tile and the trend of one indicator.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is no such indicator.
    pub fn tile_and_trend(&self, store: &dyn Store, id: &str) -> Result<(Tile, Trend), AppError> {
        let definition = self.definition(id)?;
        let surveys = self.surveys(store)?;
        let trend = self.with_waves(store, definition, &surveys, |waves| Trend::of(definition, waves))?;
        Ok((self.tile(store, definition, &surveys)?, trend))
    }

    /// The latest counted wave of an indicator, broken down by one or two things.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown indicator, [`AppError::Invalid`] for an unknown breakdown,
    /// [`AppError::Conflict`] when the ledger refuses the table.
    pub fn breakdown(&self, store: &dyn Store, id: &str, by: &[&str]) -> Result<Breakdown, AppError> {
        let definition = self.definition(id)?;
        let first: Vec<&str> =
            definition.disaggregations.first().map(|by| by.id.as_str()).into_iter().collect();
        let by = if by.is_empty() { first.as_slice() } else { by };
        let surveys = self.surveys(store)?;
        let latest = self.latest(definition, &surveys);
        let (survey, tally) = latest.ok_or(AppError::NotFound { what: "counted wave of this indicator" })?;
        let unknown = |error: BreakdownError| AppError::invalid("breakdown", error.to_string());
        let ledger = self.released(store, definition, survey, &tally)?;
        let request = Breakdown::request(definition, &wave(survey, &tally, &ledger), by).map_err(unknown)?;
        if let Decision::Refused { reason } = self.releases.ask(store, survey.id, definition, &request)? {
            let detail = format!("{} / {}", reason.get("ja"), reason.get("en"));
            return Err(AppError::conflict("release-refused", detail));
        }
        let ledger = self.releases.ledger(survey.id, definition);
        Breakdown::of(definition, &wave(survey, &tally, &ledger), by).map_err(unknown)
    }

    /// Everything that is said about one indicator, and its tile.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is no such indicator.
    pub fn explain(&self, store: &dyn Store, id: &str) -> Result<(Explanation, Tile), AppError> {
        let definition = self.definition(id)?;
        let surveys = self.surveys(store)?;
        let tile = self.tile(store, definition, &surveys)?;
        let mut tables = Vec::new();
        if let Some((survey, tally)) = self.latest(definition, &surveys) {
            let ledger = self.releases.ledger(survey.id, definition);
            let wave = wave(survey, &tally, &ledger);
            // Explaining releases nothing: it speaks of the tables that were asked for before.
            for by in definition.disaggregations.iter().map(|by| [by.id.as_str()]) {
                let request = Breakdown::request(definition, &wave, &by);
                if request.is_ok_and(|request| ledger.holds(&request)) {
                    tables.extend(Breakdown::of(definition, &wave, &by));
                }
            }
        }
        Ok((Explanation::of(definition, &tile, &tables), tile))
    }

    /// Counts closed surveys again from their rows, whatever was counted before. Registers are counted
    /// at each change; to count one at will would begin its ledger again, and so undo what it refuses.
    ///
    /// # Errors
    /// [`AppError::Store`] when the store fails; what was counted before stays.
    pub fn count_again(&self, store: &dyn Store) -> Result<(), AppError> {
        let surveys = store.surveys()?.into_iter().filter(|survey| survey.mode != Mode::Register);
        self.note_changed(surveys.map(|survey| survey.id).collect());
        self.bring_up_to_date(store)
    }

    /// True for an indicator whose form may be counted here.
    fn definition(&self, id: &str) -> Result<&Definition, AppError> {
        self.file.get(id).ok_or(AppError::NotFound { what: "indicator" })
    }

    fn surveys(&self, store: &dyn Store) -> Result<Vec<Survey>, AppError> {
        if !self.changed.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            self.bring_up_to_date(store)?;
        }
        Ok(store.surveys()?)
    }

    fn tile(&self, store: &dyn Store, definition: &Definition, surveys: &[Survey]) -> Result<Tile, AppError> {
        let companions = definition.companions.iter().map(|companion| self.tile(store, companion, surveys));
        let companions = companions.collect::<Result<Vec<_>, _>>()?;
        let published =
            self.with_waves(store, definition, surveys, |waves| Published::of(definition, waves))?;
        Ok(Tile::build(definition, &published, companions))
    }

    /// The waves of the definition's form that were counted.
    fn counted<'s>(&self, definition: &Definition, surveys: &'s [Survey]) -> Vec<(&'s Survey, Arc<Tally>)> {
        let tallies = self.tallies.read().unwrap_or_else(PoisonError::into_inner);
        let of_form = surveys.iter().filter(|survey| survey.form_name == definition.form);
        of_form
            .filter_map(|survey| {
                let tally = tallies.get(&(definition.id.clone(), survey.id))?;
                Some((survey, Arc::clone(tally)))
            })
            .collect()
    }

    /// The wave that tables are made of.
    fn latest<'s>(&self, definition: &Definition, surveys: &'s [Survey]) -> Option<(&'s Survey, Arc<Tally>)> {
        let counted = self.counted(definition, surveys).into_iter();
        counted.max_by_key(|(survey, _)| (survey.state == SurveyState::Closed, survey.fiscal_year))
    }

    /// Calls `act` with the counted waves of the definition's form, each with its ledger.
    fn with_waves<T>(
        &self,
        store: &dyn Store,
        definition: &Definition,
        surveys: &[Survey],
        act: impl FnOnce(&[Wave<'_>]) -> T,
    ) -> Result<T, AppError> {
        let counted = self.counted(definition, surveys);
        let ledgers = counted.iter().map(|(survey, tally)| self.released(store, definition, survey, tally));
        let ledgers = ledgers.collect::<Result<Vec<_>, _>>()?;
        let waves: Vec<Wave<'_>> = counted
            .iter()
            .zip(&ledgers)
            .map(|((survey, tally), ledger)| wave(survey, tally, ledger))
            .collect();
        Ok(act(&waves))
    }
}

fn wave<'a>(survey: &'a Survey, tally: &'a Tally, ledger: &'a Ledger) -> Wave<'a> {
    Wave {
        fiscal_year: survey.fiscal_year,
        strata: &survey.strata,
        tally,
        closed: survey.state == SurveyState::Closed,
        ledger,
    }
}

/// Totals of the population; none where there is no file of them.
fn margins(path: &Path) -> Result<Vec<PopulationMargin>, CountingError> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => PopulationMargin::parse(&text).map_err(|issues| CountingError::Margins { file, issues }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(CountingError::Read { file, source }),
    }
}

/// Registers run all year; what people answer is counted when their survey has closed.
fn is_countable(store: &dyn Store, survey: &Survey) -> Result<bool, StoreError> {
    match survey.mode {
        Mode::Register => Ok(survey.state != SurveyState::Draft),
        Mode::Company | Mode::Anonymous => store.is_counted(survey.id),
    }
}

fn kept_tallies(
    store: &dyn Store,
    file: &IndicatorFile,
) -> Result<BTreeMap<(String, SurveyId), Arc<Tally>>, StoreError> {
    let fingerprints: BTreeMap<&str, String> =
        file.all().map(|definition| (definition.id.as_str(), definition.fingerprint())).collect();
    let mut tallies = BTreeMap::new();
    for stored in store.tallies()? {
        let fits = fingerprints.get(stored.indicator.as_str()) == Some(&stored.definition);
        // One that does not read is counted again, like one of another definition.
        if let (true, Ok(tally)) = (fits, serde_json::from_str::<Tally>(&stored.tally)) {
            tallies.insert((stored.indicator, stored.survey), Arc::new(tally));
        }
    }
    // A register may have changed after its tally was written: it is counted again at the start.
    for survey in store.surveys()?.into_iter().filter(|survey| survey.mode == Mode::Register) {
        tallies.retain(|(_, counted), _| *counted != survey.id);
    }
    Ok(tallies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_the_population_is_optional_and_a_mistake_in_it_is_told_with_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("population.csv");
        assert_eq!(margins(&path).expect("no table").len(), 0);
        std::fs::write(&path, "margin,class,total\nsex,female,600\nsex,male,400\n").expect("a table");
        assert_eq!(margins(&path).expect("a sound table").len(), 1);
        std::fs::write(&path, "margin,class,total\nsex,female,many\n").expect("a table");
        let said = margins(&path).expect_err("a mistake").to_string();
        assert!(
            said.ends_with("line 2, column 3: this is not a number of units: write digits and a point only"),
            "{said}"
        );
    }
}
