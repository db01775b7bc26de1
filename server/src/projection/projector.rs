//! The projector: admits what devices sent before other devices can pull it.
//!
//! A sync request examines the responses that it touched itself, so that the next request of
//! anybody sees them; what was left by a crash or a restart is examined in the background.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tracing::{error, info};
use tsumugi_core::{
    form::Form,
    id::{DeviceId, ResponseId, SurveyId},
    survey::{Mode, Survey},
    sync::Refusal,
};

use super::{
    admission::Admitter,
    counting::{Counting, CountingError},
    examine::examine,
    forms::Forms,
    intake::{Settled, short},
};
use crate::{
    app::{App, AppError, read_survey},
    clock,
    store::{Quotas, Store, Verdict},
};

/// Two requests never examine one response at a time; different ones may.
const SHARDS: usize = 64;
/// Responses of one transaction.
const BATCH: usize = 128;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// One line of how many were refused and why; it names no more of the response than is needed to
/// find it.
fn tell_refused(verdict: &Verdict) {
    let of = |wanted: &[Refusal]| verdict.refused.iter().filter(|(_, why)| wanted.contains(why)).count();
    let (unsound, squatted) = (of(&[Refusal::Unsound]), of(&[Refusal::DuplicateSequence]));
    let (malformed, closed) = (of(&[Refusal::Malformed]), of(&[Refusal::Closed]));
    let count = verdict.refused.len();
    if count > 0 {
        let response = short(verdict.response.as_bytes());
        info!(
            survey.id = %verdict.survey, response, unsound, squatted, malformed, closed,
            "{count} items of a response were refused and kept aside"
        );
    }
}

/// Examines, folds and counts; cheap to clone.
#[derive(Clone)]
pub struct Projector(Arc<Inner>);

struct Inner {
    app: App,
    forms: Forms,
    counting: Counting,
    admitter: Admitter,
    shards: Vec<Mutex<()>>,
    closing: Mutex<()>,
    soon: Mutex<Vec<Soon>>,
}

/// Responses that are acknowledged and wait to be examined, and the device that brought them.
type Soon = (BTreeSet<(SurveyId, ResponseId)>, DeviceId);

impl Projector {
    /// A projector of this application, with the indicators of its file.
    ///
    /// # Errors
    /// [`CountingError`] when the indicator file has errors.
    pub fn open(app: App) -> Result<Self, CountingError> {
        let counting = Counting::open(&app)?;
        let shards = (0..SHARDS).map(|_| Mutex::new(())).collect();
        let (forms, admitter) = (Forms::default(), Admitter::new(app.config()));
        let (closing, soon) = (Mutex::default(), Mutex::default());
        Ok(Self(Arc::new(Inner { app, forms, counting, admitter, shards, closing, soon })))
    }

    /// Held while a survey is closed. A second closing, of somebody whose browser or proxy did not
    /// wait for the first one, must not clear and write the rows that the first one is writing.
    pub(super) fn closing(&self) -> MutexGuard<'_, ()> {
        self.0.closing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// The tallies of the indicators.
    pub fn counting(&self) -> &Counting {
        &self.0.counting
    }

    /// The compiled form of a survey.
    ///
    /// # Errors
    /// [`AppError`] when the form's item is missing or damaged.
    pub fn form(&self, survey: &Survey) -> Result<Form, AppError> {
        self.0.forms.of(self.store(), survey)
    }

    /// Examines what waits for these responses. Durable when it returns.
    ///
    /// # Errors
    /// [`AppError::Store`] when the store fails; what waits is examined again later.
    pub fn project(&self, responses: &BTreeSet<(SurveyId, ResponseId)>) -> Result<Settled, AppError> {
        let all: Vec<(SurveyId, ResponseId)> = responses.iter().copied().collect();
        let mut settled = Settled::default();
        all.chunks(BATCH).try_for_each(|batch| self.project_batch(batch, &mut settled))?;
        Ok(settled)
    }

    /// Lets the background examine what waits for these responses, and tell the others of it. A
    /// crash before that loses nothing: what waits is in the database.
    pub(super) fn project_soon(&self, responses: BTreeSet<(SurveyId, ResponseId)>, by: DeviceId) {
        self.soon().push((responses, by));
        self.app().tell_news();
    }

    fn soon(&self) -> MutexGuard<'_, Vec<Soon>> {
        self.0.soon.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Examines what was left for soon.
    fn project_left(&self) -> Result<(), AppError> {
        loop {
            let Some((responses, by)) = self.soon().pop() else { return Ok(()) };
            self.project(&responses)?;
            self.app().live().tell(&responses, by);
        }
    }

    /// Examines everything that waits, as after a crash.
    ///
    /// # Errors
    /// As [`Projector::project`].
    pub fn catch_up(&self) -> Result<(), AppError> {
        let quotas = Quotas::of(self.app().config());
        let before = clock::now().unix_ms - self.app().config().quota_orphan_days * DAY_MS;
        let expired = self.store().expire(before, quotas)?;
        if expired > 0 {
            info!("{expired} changes waited too long for others and were kept aside");
        }
        loop {
            let waiting: BTreeSet<_> = self.store().waiting(BATCH)?.into_iter().collect();
            if waiting.is_empty() {
                return Ok(());
            }
            self.project(&waiting)?;
        }
    }

    /// Catches up and counts whenever there is news; ends with the runtime.
    pub async fn run(self) {
        loop {
            let projector = self.clone();
            let work = move || {
                projector.project_left()?;
                projector.catch_up()?;
                projector.counting().bring_up_to_date(projector.store())
            };
            match tokio::task::spawn_blocking(work).await {
                Ok(Ok(())) => (),
                Ok(Err(error)) => error!("changes wait for the projector: {error}"),
                Err(_) => return,
            }
            // The timer is for what a failure left behind; news comes at once.
            tokio::select! {
                () = self.0.app.news() => self.let_others_go_first().await,
                () = tokio::time::sleep(Duration::from_secs(30)) => (),
            }
        }
    }

    /// After an outage everybody delivers at once: acknowledging goes before examining, for a second.
    async fn let_others_go_first(&self) {
        let mut left = self.soon().len();
        for _ in 0..20 {
            if left == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = self.soon().len();
            if now == left {
                return;
            }
            left = now;
        }
    }

    fn store(&self) -> &dyn Store {
        self.0.app.blocking_store()
    }

    fn project_batch(&self, batch: &[(SurveyId, ResponseId)], settled: &mut Settled) -> Result<(), AppError> {
        let _held = self.hold(batch);
        let mut verdicts = Vec::with_capacity(batch.len());
        let mut registers = BTreeSet::new();
        let mut surveys: BTreeMap<SurveyId, (Survey, Form)> = BTreeMap::new();
        for (survey, response) in batch {
            let (survey, form) = match surveys.entry(*survey) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let read = read_survey(self.store(), *survey)?;
                    let form = self.form(&read)?;
                    place.insert((read, form))
                }
            };
            let verdict = examine(self.store(), &self.0.admitter, survey, form, *response)?;
            tell_refused(&verdict);
            if survey.mode == Mode::Register && verdict.row.is_some() {
                registers.insert(survey.id);
            }
            verdicts.push(verdict);
        }
        settled.refused.extend(verdicts.iter().flat_map(|verdict| verdict.refused.iter().copied()));
        settled.gone.extend(self.store().settle(verdicts, Quotas::of(self.app().config()))?);
        self.0.counting.note_changed(registers);
        Ok(())
    }

    /// Holds the shards of these responses, in one order for everybody.
    fn hold(&self, batch: &[(SurveyId, ResponseId)]) -> Vec<MutexGuard<'_, ()>> {
        let places: BTreeSet<usize> = batch
            .iter()
            .map(|(_, response)| usize::from(response.as_bytes().first().copied().unwrap_or(0)) % SHARDS)
            .collect();
        self.0
            .shards
            .iter()
            .enumerate()
            .filter(|(place, _)| places.contains(place))
            .map(|(_, shard)| shard.lock().unwrap_or_else(PoisonError::into_inner))
            .collect()
    }
}
