//! The device's end of an exchange: a state machine that the host moves bytes for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Cursor, Entry, Epoch, Protocol, Replica, Reply, Request, ShortId, Standing, SurveyReply, Update,
    WireError,
    catch_up::CatchUp,
    message::{MAX_ITEMS, MAX_PROBES},
};
use crate::{
    id::{ItemId, SurveyId},
    item::Item,
};

/// Bytes of items that one request pushes; one item always fits.
const PUSH_BYTES: usize = 512 * 1024;
/// Bytes of items that one reply may hold unless the host says otherwise.
const WINDOW_BYTES: u64 = 1024 * 1024;
/// Pointers to unconfirmed items in one request.
const MAX_UNCONFIRMED: usize = 4_096;
/// A session that has not come to an end by then is ended; the next one goes on.
const MAX_EXCHANGES: u32 = 4_096;

/// A reply could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SessionError<E: std::error::Error> {
    /// The bytes are not a reply.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The reply answers another request, or none is under way. Nothing was changed.
    #[error("the reply does not answer the request that is under way")]
    NotMine,
    /// The device's storage failed.
    #[error("the device's storage failed")]
    Storage(#[source] E),
}

/// What a session has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Items that the server has acknowledged.
    pub sent: u64,
    /// Items that came from the server.
    pub received: u64,
    /// Items that the server refused.
    pub refused: u64,
    /// True when nothing is left to do; [`Session::next_request`] answers `None` from now on.
    pub finished: bool,
    /// Seconds that the server asks to wait before the next session; 0 for none.
    pub retry_after_seconds: u64,
    /// Surveys whose sets still differ after reconciliation: a fault to report.
    pub diverged: Vec<SurveyId>,
}

/// What a request asked, as far as its reply needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// [`Request::tag`] of the request.
    pub tag: [u8; 8],
    /// The epoch that its cursors belong to.
    pub epoch: Option<Epoch>,
    /// The items that it pushes, in its order.
    pub pushed: Vec<ItemId>,
    /// The items that it lists as unconfirmed, in its order.
    pub unconfirmed: Vec<ItemId>,
}

/// One meeting of a device with the server: as many exchanges as it takes until both have
/// everything. It can be dropped at any time; what replies brought is kept by the
/// [`Replica`], and a new session goes on from there.
#[derive(Debug, Default)]
pub struct Session {
    protocol: Protocol,
    window: Option<u64>,
    in_flight: Option<Asked>,
    catching_up: BTreeMap<SurveyId, CatchUp>,
    caught_up: BTreeSet<SurveyId>,
    exchanges: u32,
    progress: Progress,
}

impl Session {
    /// Begins a session.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the bytes of items that one reply may hold, for a slow network.
    #[must_use]
    pub const fn with_window(mut self, bytes: u64) -> Self {
        self.window = Some(bytes);
        self
    }

    /// Speaks an older version, to a server that does not know the newest.
    #[must_use]
    pub const fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// A session that waits for the reply to a request which went another way, in a bundle. The
    /// reply may come late: other sessions may have been held since.
    #[must_use]
    pub fn awaiting(asked: Asked) -> Self {
        Self { in_flight: Some(asked), ..Self::default() }
    }

    /// The version that this session speaks.
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// What was done so far.
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The bytes to send next, or `None` when nothing is left to do. Asked again before a
    /// reply came, it makes the request again, with what was recorded since.
    ///
    /// # Errors
    /// When the device's storage fails.
    pub fn next_request<R: Replica>(&mut self, replica: &R) -> Result<Option<Vec<u8>>, R::Error> {
        if self.progress.finished {
            return Ok(None);
        }
        let epoch = replica.epoch()?;
        let mut push = replica.outgoing(PUSH_BYTES)?;
        push.truncate(MAX_ITEMS);
        // Comparing the sets tells of each of them; after a restore that is everything there is.
        let told_by_comparing = !self.catching_up.is_empty();
        let unconfirmed = replica.unconfirmed(if told_by_comparing { 0 } else { MAX_UNCONFIRMED })?;
        let mut cursors = replica.cursors()?;
        cursors.retain(|cursor| !self.catching_up.contains_key(&cursor.survey));
        // A cursor behind any end: no pages of a survey whose sets are being compared.
        let held = self.catching_up.keys().map(|survey| Cursor { survey: *survey, after: u64::MAX });
        cursors.extend(held);
        let probes: Vec<_> = self
            .catching_up
            .iter()
            .take(MAX_PROBES)
            .map(|(survey, catch_up)| catch_up.probe(*survey))
            .collect();
        let in_flight = Asked {
            tag: [0; 8],
            epoch,
            pushed: push.iter().map(Item::id).collect(),
            unconfirmed: unconfirmed.clone(),
        };
        let request = Request {
            protocol: self.protocol,
            epoch,
            max_bytes: self.window.unwrap_or(WINDOW_BYTES),
            cursors,
            unconfirmed: unconfirmed.into_iter().map(ShortId::from).collect(),
            push,
            probes,
        };
        self.in_flight = Some(Asked { tag: request.tag(), ..in_flight });
        Ok(Some(request.encode()))
    }

    /// Takes a reply and keeps what it brought.
    ///
    /// # Errors
    /// [`SessionError`]; the request can be made again afterwards.
    pub fn on_reply<R: Replica>(
        &mut self,
        replica: &mut R,
        bytes: &[u8],
    ) -> Result<&Progress, SessionError<R::Error>> {
        let reply = Reply::decode(bytes)?;
        let Some(asked) = self.in_flight.take_if(|asked| asked.tag == reply.tag) else {
            return Err(SessionError::NotMine);
        };
        if asked.pushed.len() != reply.pushed.len() || asked.unconfirmed.len() != reply.unconfirmed.len() {
            return Err(SessionError::NotMine);
        }
        self.take(replica, &asked, reply).map_err(SessionError::Storage)?;
        Ok(&self.progress)
    }

    fn take<R: Replica>(&mut self, replica: &mut R, asked: &Asked, reply: Reply) -> Result<(), R::Error> {
        let restarted = asked.epoch.is_some_and(|epoch| epoch != reply.epoch);
        let backups = (reply.protocol >= Protocol::V2).then_some(reply.backups);
        let mut update = Update { epoch: Some(reply.epoch), backups, ..Update::default() };
        self.take_answers(asked, &reply, &mut update);
        if restarted {
            self.catching_up.clear();
            self.caught_up.clear();
        } else {
            for survey in &reply.surveys {
                self.take_page(asked, survey, &mut update);
            }
        }
        let finished = self.take_probes(&reply, &mut update);
        let count = |list: usize| list as u64;
        self.progress.sent += count(update.acknowledged.len());
        self.progress.refused += count(update.refused.len());
        self.progress.received += count(update.received.len());
        self.progress.retry_after_seconds = reply.retry_after_seconds;
        replica.commit(update)?;
        self.compare(replica, &reply, restarted, &finished)?;
        self.exchanges += 1;
        let more = reply.surveys.iter().any(|survey| survey.more);
        let waiting = more
            || restarted
            || !finished.is_empty()
            || !self.catching_up.is_empty()
            || !replica.outgoing(1)?.is_empty();
        self.progress.finished = !waiting || reply.retry_after_seconds > 0 || self.exchanges >= MAX_EXCHANGES;
        Ok(())
    }

    /// What became of the items that were pushed, and of those that wait to be seen in the log.
    fn take_answers(&self, asked: &Asked, reply: &Reply, update: &mut Update) {
        for (id, refusal) in asked.pushed.iter().zip(&reply.pushed) {
            match refusal {
                None => update.acknowledged.push(*id),
                Some(refusal) => update.refused.push((*id, *refusal)),
            }
        }
        for (id, standing) in asked.unconfirmed.iter().zip(&reply.unconfirmed) {
            match standing {
                Standing::Pending | Standing::Admitted => {}
                Standing::Unknown => update.resend.push(*id),
                Standing::Refused(refusal) => update.refused.push((*id, *refusal)),
            }
        }
    }

    fn take_page(&self, asked: &Asked, page: &SurveyReply, update: &mut Update) {
        if self.catching_up.contains_key(&page.survey) {
            return;
        }
        let mine: HashMap<ShortId, ItemId> =
            asked.pushed.iter().chain(&asked.unconfirmed).map(|id| (ShortId::from(*id), *id)).collect();
        for entry in &page.entries {
            match entry {
                Entry::Item(item) if item.survey() == page.survey => update.received.push(item.clone()),
                Entry::Item(_) => {}
                Entry::Yours(id) => update.confirmed.extend(mine.get(id)),
            }
        }
        // A page that the window had no room for tells of no place.
        if !page.entries.is_empty() || !page.more {
            update.cursors.push(Cursor { survey: page.survey, after: page.next });
        }
    }

    /// Takes the answers to probes and returns the surveys whose sets are equal now.
    fn take_probes(&mut self, reply: &Reply, update: &mut Update) -> BTreeSet<SurveyId> {
        let mut finished = BTreeSet::new();
        for probe in &reply.probes {
            let Some(catch_up) = self.catching_up.get_mut(&probe.survey) else { continue };
            if catch_up.take(probe, update) {
                self.catching_up.remove(&probe.survey);
                finished.insert(probe.survey);
            }
        }
        self.caught_up.extend(&finished);
        // A survey that is granted no more is not answered, and not compared any longer.
        self.catching_up.retain(|survey, _| reply.surveys.iter().any(|granted| granted.survey == *survey));
        finished
    }

    /// Where the sets differ although nothing more is to come, they are reconciled.
    fn compare<R: Replica>(
        &mut self,
        replica: &R,
        reply: &Reply,
        restarted: bool,
        finished: &BTreeSet<SurveyId>,
    ) -> Result<(), R::Error> {
        self.progress.diverged.clear();
        for page in &reply.surveys {
            let survey = page.survey;
            let unread = page.more && !restarted;
            // What came into the log since its sets were compared comes with the next page.
            if unread || finished.contains(&survey) || self.catching_up.contains_key(&survey) {
                continue;
            }
            let held = replica.ids(survey)?;
            let differs = if restarted { !held.is_empty() } else { replica.summary(survey)? != page.summary };
            if differs && !self.caught_up.contains(&survey) {
                self.catching_up.insert(survey, CatchUp::begin(reply.epoch, held));
            } else if differs {
                self.progress.diverged.push(survey);
            }
        }
        Ok(())
    }
}
