//! The end of a seed: everything heals, everybody syncs until nothing changes, surveys close.
//!
//! Then nothing may be lost, doubled, or different between two who know the same.

use std::collections::BTreeSet;

use tsumugi_core::id::{ItemId, SurveyId};

use crate::{
    ballots::{Records, add},
    history::Places,
    world::{Held, World},
};

/// Rounds after which everybody must know everything.
const MOST_ROUNDS: usize = 14;
/// Rounds without news that end it. A device whose clock was set back by less than it waits for a
/// reply still waits for one in the first of them.
const QUIET_ROUNDS: usize = 2;
/// Longer than a device waits for a reply.
const LONG_MS: i64 = 130_000;

/// What the disks hold when the accidents end.
struct Owed {
    changes: Places,
    records: Records,
}

impl World {
    /// Heals everything and checks what is left.
    ///
    /// # Errors
    /// A sentence when something does not hold.
    pub fn heal(&mut self) -> Held {
        self.say("everything heals".to_owned());
        self.network.weather = crate::network::Weather::default();
        // What was sent before arrives late, or never.
        while !self.network.is_empty() {
            if self.chance.percent(50) {
                self.something_arrives()?;
            } else {
                self.network.arrive(&mut self.chance);
            }
        }
        self.server.restart(false);
        for at in 0..self.tablets.len() {
            if let Some(tablet) = self.tablets.get_mut(at) {
                tablet.disk_mut().mend();
                // Half of them are seen as they are; the others as a restart finds them.
                if tablet.blurred || self.chance.percent(50) {
                    tablet.switch_off();
                }
            }
            self.switch_on(at)?;
        }
        let owed = self.owed();
        self.come_to_rest()?;
        self.check_nothing_lost(&owed)?;
        self.check_equal()?;
        self.check_screens()?;
        self.check_unlinkable()?;
        self.let_copies_go()?;
        self.close_all()
    }

    /// What the disks that survived hold, and what the server acknowledged.
    fn owed(&self) -> Owed {
        let mut changes = Places::default();
        let mut records = self.acknowledged.records.clone();
        for tablet in &self.tablets {
            let kept = tablet.shelf.items().filter_map(|id| tablet.shelf.place(id));
            kept.for_each(|place| changes.insert(place));
            for (nullifier, hash) in tablet.shelf.records() {
                add(&mut records, nullifier, hash);
            }
        }
        Owed { changes, records }
    }

    /// Everybody syncs until nothing changes any more.
    ///
    /// # Errors
    /// A sentence when that never is.
    pub fn come_to_rest(&mut self) -> Held {
        let mut before = self.all_items();
        let mut quiet = 0;
        for _ in 0..MOST_ROUNDS {
            self.now_ms += LONG_MS;
            let mut enrolled = false;
            for at in 0..self.tablets.len() {
                self.sync_whole(at)?;
                enrolled |= self.enrol_if_revoked(at)?;
            }
            let after = self.all_items();
            quiet = if after == before && !enrolled { quiet + 1 } else { 0 };
            if quiet == QUIET_ROUNDS {
                return Ok(());
            }
            before = after;
        }
        Err(format!("after {MOST_ROUNDS} rounds devices still learn something new"))
    }

    fn all_items(&self) -> Vec<(BTreeSet<ItemId>, usize)> {
        let of = |tablet: &crate::tablet::Tablet| (tablet.shelf.items().collect(), tablet.shelf.waiting());
        let mut all: Vec<_> = self.tablets.iter().map(of).collect();
        all.push((self.server.items(), 0));
        all
    }

    fn check_nothing_lost(&mut self, owed: &Owed) -> Held {
        let survey = self.office.anonymous.id;
        if self.is_open(survey) {
            for (nullifier, hashes) in &owed.records {
                let kept = self.server.record(survey, *nullifier);
                let kept = kept.ok_or("a sealed record is lost")?;
                if hashes.first().is_none_or(|hash| crate::ballots::hash_of(&kept) > *hash) {
                    return Err("of two records of a card the one stays that must not".to_owned());
                }
            }
        }
        // What came to a closed survey is held aside.
        if !self.is_open(self.office.company.id) {
            return Ok(());
        }
        if !self.acknowledged.items.is_subset(&self.server.items()) {
            return Err("an item that was acknowledged is lost".to_owned());
        }
        let held = self.places_at_server()?;
        for place in owed.changes.iter() {
            let mut stands = Some(place);
            // What was condensed while it healed is there as what stands for it.
            while let Some(now) = stands.filter(|now| !held.contains(*now)) {
                match self.stands_for.get(&now) {
                    Some(next) => stands = *next,
                    None => return Err("a saved answer is lost".to_owned()),
                }
            }
        }
        Ok(())
    }

    fn check_screens(&mut self) -> Held {
        for at in 0..self.tablets.len() {
            for response in self.responses.clone() {
                if self.reads(at, response)? {
                    self.look(at, response)?;
                }
            }
        }
        Ok(())
    }

    /// With a verified backup of everything the devices let their copies go.
    fn let_copies_go(&mut self) -> Held {
        for at in 0..self.tablets.len() {
            // A device that was once told that its request cannot be read speaks the first version
            // of the messages, which knows no backups, until it is started again.
            if let Some(tablet) = self.tablets.get_mut(at) {
                tablet.switch_off();
            }
            self.switch_on(at)?;
        }
        // A device waits for the first backup that begins after it saw which there are; none of
        // them may let a copy go before it was verified.
        for _ in 0..2 {
            self.back_up();
            self.come_to_rest()?;
        }
        self.verify_backup();
        self.come_to_rest()?;
        for at in 0..self.tablets.len() {
            let status = self.act(at, |device, _, _| device.status())?;
            if let Some((status, _)) = status
                && status.kept_records > 0
            {
                return Err(format!("{} keeps copies that a verified backup holds", self.name(at)));
            }
        }
        Ok(())
    }

    /// Responses are handed in, both surveys close, and what they count is compared.
    fn close_all(&mut self) -> Held {
        let company = self.office.company.id;
        if self.is_open(company) {
            for response in self.responses.clone() {
                let filler = (0..self.tablets.len()).find(|at| self.may_fill(*at, response));
                if let Some(at) = filler {
                    while self.choose_one_of(at, response)? {}
                    self.submit(at, response)?;
                }
            }
            self.come_to_rest()?;
            self.check_equal()?;
        }
        let surveys: [SurveyId; 2] = [company, self.office.anonymous.id];
        for survey in surveys.into_iter().filter(|survey| self.is_open(*survey)).collect::<Vec<_>>() {
            self.close_and_count(survey)?;
        }
        Ok(())
    }
}
