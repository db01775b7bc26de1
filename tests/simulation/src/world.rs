//! The simulated world: devices, a network, a server, the office, and the model beside them.
//!
//! Owns who is there and what is true of them, one step after another. Everything is drawn from
//! one seed; nothing waits, nothing runs beside.

use std::collections::{BTreeMap, BTreeSet};

use chacha20::ChaCha20Rng;
use tsumugi_core::{
    device::Device,
    id::{ItemId, ResponseId},
    moment::Moment,
    survey::SurveyState,
};
use tsumugi_tests::Chance;

use crate::{
    ballots::{Ballots, Records},
    counts::Counts,
    defect::Defect,
    disk::{Blow, Disk},
    history::{History, Place},
    memory_server::MemoryServer,
    network::Network,
    office::Office,
    plan::{Plan, Step},
    real_server::RealServer,
    server::Server,
    shelf::{News, Reading},
    tablet::{Right, Tablet},
};

/// What a step comes to: a sentence when something does not hold.
pub type Held<T = ()> = Result<T, String>;

/// What the server acknowledged in the life of its disk.
#[derive(Debug, Clone, Default)]
pub struct Acknowledged {
    /// Items.
    pub items: BTreeSet<ItemId>,
    /// Sealed records.
    pub records: Records,
}

/// Everything.
pub struct World {
    /// Draws what happens.
    pub chance: Chance,
    /// The true time.
    pub now_ms: i64,
    /// The office.
    pub office: Office,
    /// The server.
    pub server: Box<dyn Server>,
    /// The network.
    pub network: Network,
    /// The devices, by their place.
    pub tablets: Vec<Tablet>,
    /// Every change.
    pub history: History,
    /// Every sealed record.
    pub ballots: Ballots,
    /// The changes that stand for condensed ones.
    pub stands_for: BTreeMap<Place, Option<Place>>,
    /// What the server acknowledged.
    pub acknowledged: Acknowledged,
    /// The same when a backup was begun.
    pub begun: Option<Acknowledged>,
    /// The same when the last verified backup was begun.
    pub verified: Option<Acknowledged>,
    /// Every response that somebody may fill.
    pub responses: Vec<ResponseId>,
    /// Version of the company form.
    pub version: u32,
    /// What happened, counted.
    pub counts: Counts,
    /// What happened, in words.
    pub trace: Vec<String>,
    /// A planted defect.
    pub defect: Option<Defect>,
    plan: Plan,
}

/// The moment at which the world begins.
const BEGIN_MS: i64 = 1_795_000_000_000;

impl World {
    /// The world of a seed, with the real server or the one in memory.
    ///
    /// # Errors
    /// A sentence when devices cannot even begin.
    pub fn begin(seed: u64, real: bool, defect: Option<Defect>) -> Held<Self> {
        let mut chance = Chance::of(seed);
        let plan = Plan::draw(&mut chance);
        let office = Office::make(plan.companies, plan.cards, &mut chance);
        let server: Box<dyn Server> = if real {
            Box::new(RealServer::new())
        } else {
            Box::new(MemoryServer::new(defect.and_then(Defect::server)))
        };
        let network = Network::new(plan.weather, defect.and_then(Defect::network));
        let mut world = Self {
            responses: office.responses.clone(),
            chance,
            now_ms: BEGIN_MS,
            office,
            server,
            network,
            tablets: Vec::new(),
            history: History::default(),
            ballots: Ballots::default(),
            stands_for: BTreeMap::new(),
            acknowledged: Acknowledged::default(),
            begun: None,
            verified: None,
            version: 1,
            counts: Counts::default(),
            trace: Vec::new(),
            defect,
            plan,
        };
        world.server.begin(&world.office);
        world.people_arrive()?;
        Ok(world)
    }

    fn people_arrive(&mut self) -> Held {
        for number in 0..self.plan.tablets {
            self.arrives(format!("tablet-{number}"), Right::Field)?;
        }
        for number in 0..self.plan.browsers {
            let place = self.chance.place(self.office.responses.len());
            if let Some(response) = self.office.responses.get(place).copied() {
                let right = Right::Company(self.office.company.id, response);
                self.arrives(format!("browser-{number}"), right)?;
            }
        }
        if self.plan.first_backup {
            self.back_up();
            self.verify_backup();
        }
        Ok(())
    }

    fn arrives(&mut self, name: String, right: Right) -> Held {
        let disk = Disk::new(self.defect.and_then(Defect::lie));
        let tablet = Tablet::new(name, right, disk, self.chance.seed());
        let at = self.tablets.len();
        self.tablets.push(tablet);
        self.switch_on(at)?;
        self.enrol(at)?;
        self.sync_whole(at)
    }

    /// Lets everything happen that the seed has, heals the world and checks what is left.
    ///
    /// # Errors
    /// A sentence when something does not hold.
    pub fn live(&mut self) -> Held {
        for _ in 0..self.plan.steps {
            let step = self.plan.next(&mut self.chance);
            self.now_ms += 1 + i64::try_from(self.chance.below(2_000)).unwrap_or(0);
            self.happen(step)?;
        }
        self.heal()
    }

    fn happen(&mut self, step: Step) -> Held {
        let at = self.chance.place(self.tablets.len());
        match step {
            Step::Answer => self.somebody_answers(at),
            Step::Choose => self.somebody_chooses(at),
            Step::Submit => self.somebody_submits(at).map(drop),
            Step::Begin => self.somebody_begins(at),
            Step::Look => self.somebody_looks(at),
            Step::Seal => self.somebody_seals(at),
            Step::Ask => self.ask(at),
            Step::Arrive => self.something_arrives(),
            Step::Wait => {
                self.now_ms += i64::try_from(self.chance.below(600_000)).unwrap_or(0);
                Ok(())
            }
            Step::Clock => {
                self.set_clock(at);
                Ok(())
            }
            Step::Strike => {
                self.strike(at);
                Ok(())
            }
            Step::Power => self.power(at),
            Step::Copy => {
                self.keep_copy(at);
                Ok(())
            }
            Step::PutBack => self.put_back(at),
            Step::Clone => self.clone_tablet(at),
            Step::ServerDies => {
                self.server_dies();
                Ok(())
            }
            Step::Backup => {
                self.back_up();
                Ok(())
            }
            Step::Verify => {
                self.verify_backup();
                Ok(())
            }
            Step::Restore => {
                self.restore_server();
                Ok(())
            }
            Step::Upgrade => {
                self.upgrade_form();
                Ok(())
            }
            Step::Revoke => {
                self.revoke(at);
                Ok(())
            }
            Step::Enrol => self.enrol_if_revoked(at).map(drop),
            Step::Close => self.close_early(),
        }
    }

    /// Says what happens, for the trace of a seed that fails.
    pub fn say(&mut self, what: String) {
        self.trace.push(what);
    }

    /// The name of a device.
    pub fn name(&self, at: usize) -> String {
        self.tablets.get(at).map(|tablet| tablet.name.clone()).unwrap_or_default()
    }

    /// Lets a device do something, and reads what it wrote; nothing while it is off.
    ///
    /// # Errors
    /// A sentence when what was written breaks a rule.
    pub fn act<T>(
        &mut self,
        at: usize,
        deed: impl FnOnce(&mut Device<Disk>, Moment, &mut ChaCha20Rng) -> T,
    ) -> Held<Option<(T, News)>> {
        let now_ms = self.now_ms;
        let Some(tablet) = self.tablets.get_mut(at) else { return Ok(None) };
        let Some(outcome) = tablet.act(now_ms, deed) else { return Ok(None) };
        let news = self.read_disk(at)?;
        Ok(Some((outcome, news)))
    }

    /// Reads what a device wrote; a process that died there is gone.
    ///
    /// # Errors
    /// A sentence when what was written breaks a rule.
    pub fn read_disk(&mut self, at: usize) -> Held<News> {
        let mut all = News::default();
        let Some(tablet) = self.tablets.get_mut(at) else { return Ok(all) };
        let none = Records::new();
        let backed_up = self.verified.as_ref().map_or(&none, |verified| &verified.records);
        let journal = tablet.disk_mut().take_journal();
        self.counts.more("commits", journal.len() as u64);
        let mut shelf = std::mem::take(&mut tablet.shelf);
        for batch in &journal {
            let mut reading = Reading {
                history: &mut self.history,
                ballots: &mut self.ballots,
                backed_up,
                stands_for: &mut self.stands_for,
                sealing: tablet.sealing.as_ref(),
                blurred: tablet.blurred,
            };
            let name = &tablet.name;
            let news = shelf
                .take(batch, tablet.vault(), &mut reading)
                .map_err(|sentence| format!("{name}: {sentence}"))?;
            all.recorded.extend(news.recorded);
            all.condensed += news.condensed;
            all.sealed += news.sealed;
            all.forgotten += news.forgotten;
        }
        tablet.shelf = shelf;
        for place in &all.recorded {
            // A response that was begun and nobody heard of it is one all the same.
            let response = self.history.deed(*place).map(|deed| deed.response);
            self.responses.extend(response.filter(|response| !self.responses.contains(response)));
        }
        self.counts.more("answers saved", all.recorded.len() as u64);
        self.counts.more("changes condensed", all.condensed as u64);
        self.counts.more("records sealed", all.sealed as u64);
        self.counts.more("copies let go", all.forgotten as u64);
        self.feel_blow(at);
        Ok(all)
    }

    fn feel_blow(&mut self, at: usize) {
        let Some(tablet) = self.tablets.get_mut(at) else { return };
        let Some(blow) = tablet.disk().take_struck() else { return };
        let name = tablet.name.clone();
        if tablet.disk().is_dead() {
            tablet.switch_off();
        }
        let what = match blow {
            Blow::DiesBefore | Blow::DiesAfter => "crashes",
            Blow::FailsBefore => "storage errors",
            Blow::FailsAfter => "storage errors after writing",
            Blow::Full(_) => "disks full",
        };
        self.counts.one(what);
        self.say(format!("{name} is struck: {blow:?}"));
    }

    /// True when the server takes answers to the survey.
    pub fn is_open(&self, survey: tsumugi_core::id::SurveyId) -> bool {
        self.server.survey(survey).state == SurveyState::Open
    }
}
