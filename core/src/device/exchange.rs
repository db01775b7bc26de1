//! The exchange with the server as a state machine: the host sends what it is handed.
//!
//! Two routes. Items go by the sync with the device's token. Sealed records go by deposits
//! without any credential. One request is under way at a time; a request whose reply never
//! comes is made again, and nothing depends on which of the two arrives.

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{
    Batch, Device, DeviceError, HttpRequest, Progress, Storage, SyncState, SyncStatus,
    bundle::BUNDLE_TYPE,
    carry::Errands,
    keys,
    pace::Pace,
    problem::{Problem, shuts_out},
    replica::DeviceReplica,
    safe::Safe,
    shelf::News,
};
use crate::{
    id::{Nullifier, SurveyId},
    moment::Moment,
    sealed::DepositReply,
    sync::{Backups, Protocol, Session, SessionError},
};

const SYNC_PATH: &str = "/v1/sync";
const SYNC_TYPE: &str = "application/x-tsumugi-sync";
const DEPOSIT_PATH: &str = "/v1/deposits";
const DEPOSIT_TYPE: &str = "application/x-tsumugi-deposit";
const BUNDLE_PATH: &str = "/v1/bundles";
/// A request that had no reply for so long has none.
const GIVEN_UP_MS: i64 = 120_000;
/// A server that seems to be an older one is asked again for the newest messages after so long.
const OLDER_FOR_MS: u64 = 3_600_000;

/// What is kept of the exchange.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SyncRecord {
    /// The life of the server's log.
    pub(super) epoch: Option<u64>,
    /// How far each survey was read.
    pub(super) cursors: BTreeMap<SurveyId, u64>,
    /// When an exchange last ended well.
    last_sync: Option<Moment>,
    /// The backup of the server that holds every record that was sent so far: the first that was
    /// begun after the server said so. `None` when a record was sent since.
    #[serde(default)]
    pub(super) kept_until: Option<u64>,
}

impl SyncRecord {
    /// Notes that records were sent, and with `begun` that the server held them when so many
    /// backups were begun.
    fn note_sent(&mut self, begun: Option<u64>, others_were_sent: bool) {
        let holding = begun.map(|begun| begun.saturating_add(1));
        self.kept_until = match (holding, self.kept_until) {
            (Some(holding), Some(known)) => Some(holding.max(known)),
            (Some(holding), None) if !others_were_sent => Some(holding),
            _ => None,
        };
    }

    /// Notes which backups there are; true when one of them holds all sent records, so that
    /// their copies may go.
    pub(super) fn await_backup(&mut self, backups: Option<Backups>, some_were_sent: bool) -> bool {
        let Some(backups) = backups.filter(|_| some_were_sent) else { return false };
        let wanted = *self.kept_until.get_or_insert(backups.begun.saturating_add(1));
        let holds = backups.verified >= wanted;
        if holds {
            self.kept_until = None;
        }
        holds
    }
}

/// Which route the request under way takes.
#[derive(Debug)]
enum Route {
    Sync,
    Deposit(Vec<Nullifier>),
    /// Parcels of other devices.
    Carry,
}

#[derive(Debug)]
struct InFlight {
    id: u64,
    route: Route,
    since: Moment,
}

/// The state of the exchange.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    pub(super) record: SyncRecord,
    session: Option<Session>,
    /// When the server was found to speak the first version of the messages alone.
    older_since: Option<Moment>,
    in_flight: Option<InFlight>,
    last_id: u64,
    pace: Pace,
    problem: Option<Problem>,
    /// Surveys whose deposits came too late.
    pub(super) closed: Vec<SurveyId>,
    /// Parcels of other devices that wait to be handed on.
    pub(super) errands: Errands,
}

impl Exchange {
    pub(super) fn read<S: Storage>(safe: &Safe<S>) -> Result<Self, DeviceError> {
        let record = safe.get_json(keys::SYNC, "sync record")?.unwrap_or_default();
        Ok(Self { record, errands: Errands::read(safe)?, ..Self::default() })
    }

    /// What to speak with the server. What looked like an older server may have been one message
    /// that was cut on its way, so the newest version is tried again from time to time.
    fn protocol(&self, now: Moment) -> Protocol {
        let passed = |since: Moment| now.unix_ms.saturating_sub(since.unix_ms).unsigned_abs();
        match self.older_since {
            Some(since) if passed(since) < OLDER_FOR_MS => Protocol::V1,
            _ => Protocol::default(),
        }
    }

    /// Goes on in the first version of the messages; false when that is what is spoken already.
    /// A server that does not know the newest refuses it as no message.
    fn speak_older(&mut self, now: Moment) -> bool {
        let newer = self.protocol(now) > Protocol::V1;
        if newer {
            self.older_since = Some(now);
        }
        self.session = None;
        newer
    }

    /// Asks at the next call, whatever was waited for.
    pub(super) fn ask_soon(&mut self) {
        self.pace.ask_soon();
    }

    /// Asks for news at the next call, unless there is a reason to wait.
    pub(super) fn poll_soon(&mut self) {
        self.pace.poll_soon();
    }

    fn begin(&mut self, route: Route, now: Moment) -> u64 {
        self.last_id += 1;
        self.in_flight = Some(InFlight { id: self.last_id, route, since: now });
        self.last_id
    }
}

impl<S: Storage> Device<S> {
    /// What the bar on every page shows.
    pub fn status(&self) -> SyncStatus {
        let waiting_changes = self.ledger.outgoing();
        let waiting_records = self.outbox.len();
        let exchange = &self.exchange;
        let refused = self.ledger.refused();
        // Known from what is stored: neither a restart nor another try makes it a passing trouble.
        let revoked = self.enrolment.as_ref().is_some_and(|enrolment| enrolment.revoked);
        let problem = revoked
            .then_some(Problem::Revoked)
            .or(exchange.problem)
            .or((refused > 0).then_some(Problem::Refused));
        let state = match problem {
            _ if exchange.in_flight.is_some() => SyncState::Sending,
            Some(_) => SyncState::Problem,
            None if waiting_changes + waiting_records > 0 => SyncState::Waiting,
            None if exchange.record.last_sync.is_none() => SyncState::Waiting,
            None => SyncState::Synced,
        };
        SyncStatus {
            state,
            waiting_changes,
            waiting_records,
            kept_records: self.outbox.sent(),
            refused_changes: refused,
            last_sync: exchange.record.last_sync,
            problem: problem.map_or("", Problem::code).to_owned(),
        }
    }

    /// Forgets every wait: the person pressed "sync now", or the network came back.
    pub fn sync_now(&mut self) {
        self.exchange.ask_soon();
        self.exchange.errands.ask_soon();
        self.exchange.problem = None;
        self.exchange.closed.clear();
    }

    /// Milliseconds until [`Device::next_request`] is worth asking; 0 for now.
    pub fn wait_ms(&self, now: Moment) -> u64 {
        let pace = &self.exchange.pace;
        let something_waits =
            self.ledger.outgoing() + self.outbox.len() > 0 || self.exchange.errands.are_due(now);
        if something_waits { pace.wait_ms(now) } else { pace.poll_ms(now) }
    }

    /// The next request to send, or `None` when there is nothing to send now. While a reply is
    /// awaited there is nothing to send, for two minutes.
    ///
    /// # Errors
    /// [`DeviceError::Storage`].
    pub fn next_request(
        &mut self,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<HttpRequest>, DeviceError> {
        self.now = now;
        let exchange = &mut self.exchange;
        let young =
            |sent: &InFlight| (0..GIVEN_UP_MS).contains(&now.unix_ms.saturating_sub(sent.since.unix_ms));
        if exchange.in_flight.as_ref().is_some_and(young) || exchange.pace.wait_ms(now) > 0 {
            return Ok(None);
        }
        exchange.in_flight = None;
        if let Some(request) = self.next_sync(now, rng)? {
            return Ok(Some(request));
        }
        match self.next_deposit(now, rng)? {
            Some(request) => Ok(Some(request)),
            None => self.next_errand(now),
        }
    }

    fn next_errand(&mut self, now: Moment) -> Result<Option<HttpRequest>, DeviceError> {
        if self.enrolment.is_none() {
            return Ok(None);
        }
        let body = self.next_carried(now)?;
        Ok(body.map(|body| HttpRequest {
            id: self.exchange.begin(Route::Carry, now),
            method: "POST".to_owned(),
            path: BUNDLE_PATH.to_owned(),
            content_type: BUNDLE_TYPE.to_owned(),
            authorization: None,
            body,
        }))
    }

    fn next_sync(
        &mut self,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<HttpRequest>, DeviceError> {
        let Some(enrolment) = self.enrolment.as_ref().filter(|enrolment| !enrolment.revoked) else {
            return Ok(None);
        };
        let authorization = format!("Bearer {}", enrolment.token);
        let begun = self.exchange.session.is_some();
        if !begun && self.ledger.outgoing() == 0 && !self.exchange.pace.poll_is_due(now) {
            return Ok(None);
        }
        self.offer_recorded(rng)?;
        let protocol = self.exchange.protocol(now);
        let fresh = || Session::new().with_protocol(protocol);
        let mut session = self.exchange.session.take().unwrap_or_else(fresh);
        let replica = DeviceReplica { device: self, rng, news: News::default(), late: false };
        let Some(body) = session.next_request(&replica)? else { return Ok(None) };
        self.exchange.session = Some(session);
        Ok(Some(HttpRequest {
            id: self.exchange.begin(Route::Sync, now),
            method: "POST".to_owned(),
            path: SYNC_PATH.to_owned(),
            content_type: SYNC_TYPE.to_owned(),
            authorization: Some(authorization),
            body,
        }))
    }

    fn next_deposit(
        &mut self,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<HttpRequest>, DeviceError> {
        let delivery = self.outbox.next_delivery(&self.safe, &self.exchange.closed, rng)?;
        Ok(delivery.map(|delivery| HttpRequest {
            id: self.exchange.begin(Route::Deposit(delivery.records), now),
            method: "POST".to_owned(),
            path: DEPOSIT_PATH.to_owned(),
            content_type: DEPOSIT_TYPE.to_owned(),
            authorization: None,
            body: delivery.body,
        }))
    }

    /// Takes the reply to request `id`: its HTTP status (0 when no reply came), the seconds of
    /// its `Retry-After` header, and its body. A reply to another request changes nothing.
    ///
    /// # Errors
    /// [`DeviceError::Storage`] when what the reply brought could not be kept, and
    /// [`DeviceError::Reply`] when it is not a reply; both are tried again later.
    pub fn on_reply(
        &mut self,
        id: u64,
        status: u16,
        retry_after_seconds: Option<u64>,
        body: &[u8],
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<Progress, DeviceError> {
        self.now = now;
        let Some(sent) = self.exchange.in_flight.take_if(|sent| sent.id == id) else {
            return Ok(self.progress(News::default(), now));
        };
        let taken = match (status, sent.route) {
            (200..=299, Route::Sync) => self.on_sync(body, now, rng),
            (200..=299, Route::Deposit(records)) => self.on_deposit(&records, body, now, rng),
            (200..=299, Route::Carry) => self.on_carried(body, now, rng),
            (400, Route::Sync) if self.exchange.speak_older(now) => Ok(News::default()),
            (status, route) => {
                let asked_ms = retry_after_seconds.unwrap_or(0).saturating_mul(1_000);
                self.exchange.pace.failed(now, asked_ms, rng);
                self.on_refusal(status, &route, body, rng)
            }
        };
        match taken {
            Ok(news) => Ok(self.progress(news, now)),
            Err(error) => {
                // Begun again from what was kept.
                self.exchange.session = None;
                self.exchange.pace.failed(now, 0, rng);
                Err(error)
            }
        }
    }

    fn on_sync(&mut self, body: &[u8], now: Moment, rng: &mut impl CryptoRng) -> Result<News, DeviceError> {
        let mut session = self.exchange.session.take().unwrap_or_default();
        let mut replica = DeviceReplica { device: self, rng, news: News::default(), late: false };
        let taken = session.on_reply(&mut replica, body).cloned();
        let news = replica.news;
        let progress = taken.map_err(|error| match error {
            SessionError::Storage(error) => error,
            other => DeviceError::Reply { detail: other.to_string() },
        })?;
        self.exchange.problem = None;
        if progress.finished {
            let asked_ms = progress.retry_after_seconds.saturating_mul(1_000);
            self.exchange.pace.succeeded(now, asked_ms, rng);
            self.remember_sync(now, rng)?;
        } else {
            self.exchange.session = Some(session);
        }
        Ok(news)
    }

    fn on_deposit(
        &mut self,
        records: &[Nullifier],
        body: &[u8],
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<News, DeviceError> {
        self.on_deposited(records, None, body, now, rng)
    }

    /// Takes the reply to a deposit; `begun` tells how many backups were begun when it was made.
    pub(super) fn on_deposited(
        &mut self,
        records: &[Nullifier],
        begun: Option<u64>,
        body: &[u8],
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<News, DeviceError> {
        match DepositReply::decode(body) {
            Some(DepositReply::Accepted) => {
                let mut record = SyncRecord { last_sync: Some(now), ..self.exchange.record.clone() };
                record.note_sent(begun, self.outbox.sent() > 0);
                let mut batch = Batch::default();
                self.safe.put_json(&mut batch, keys::SYNC, &record, rng);
                self.outbox.acknowledge(&mut self.safe, records, batch, rng)?;
                self.exchange.record = record;
            }
            Some(DepositReply::Closed) => {
                self.exchange.closed.extend(self.outbox.survey_of(records));
                self.exchange.problem = Some(Problem::Closed);
            }
            None => return Err(DeviceError::Reply { detail: "not a reply to a deposit".to_owned() }),
        }
        Ok(News::default())
    }

    fn on_refusal(
        &mut self,
        status: u16,
        route: &Route,
        body: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<News, DeviceError> {
        self.exchange.session = None;
        match (status, route) {
            (401 | 403, Route::Sync) if shuts_out(body) => self.be_revoked(rng)?,
            // No reply, a time-out, a busy server, a proxy's page: waiting mends it.
            (0 | 401 | 403 | 407 | 408 | 425 | 429 | 500..=599, _) => {}
            // An older server: who packed them brings them another way.
            (_, Route::Carry) => {}
            _ => self.exchange.problem = Some(Problem::Refused),
        }
        Ok(News::default())
    }

    /// The server does not let this device sync any more.
    pub(super) fn be_revoked(&mut self, rng: &mut impl CryptoRng) -> Result<(), DeviceError> {
        self.exchange.problem = Some(Problem::Revoked);
        let Some(enrolment) = self.enrolment.clone() else { return Ok(()) };
        self.store_enrolment(super::Enrolment { revoked: true, ..enrolment }, rng)
    }

    pub(super) fn remember_sync(&mut self, now: Moment, rng: &mut impl CryptoRng) -> Result<(), DeviceError> {
        let record = SyncRecord { last_sync: Some(now), ..self.exchange.record.clone() };
        let mut batch = Batch::default();
        self.safe.put_json(&mut batch, keys::SYNC, &record, rng);
        self.safe.commit(batch)?;
        self.exchange.record = record;
        Ok(())
    }

    fn progress(&self, news: News, now: Moment) -> Progress {
        let exchange = &self.exchange;
        let sendable = self.outbox.len() > 0 && exchange.closed.is_empty();
        let syncable = self.enrolment.as_ref().is_some_and(|enrolment| !enrolment.revoked)
            && (exchange.session.is_some() || self.ledger.outgoing() > 0);
        let more = (sendable || syncable || exchange.errands.are_due(now)) && exchange.pace.wait_ms(now) == 0;
        Progress {
            more,
            wait_ms: if more { 0 } else { self.wait_ms(now) },
            changed: news.surveys.into_iter().collect(),
            merged: news.responses.into_iter().collect(),
        }
    }
}
