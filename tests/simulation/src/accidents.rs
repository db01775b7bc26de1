//! What befalls devices and the server.

use tsumugi_core::{
    device::Role,
    id::DeviceId,
    survey::{Survey, SurveyState},
    text::Localized,
};

use crate::{
    disk::Blow,
    office::{company_form, form_item, survey_item},
    tablet::Right,
    world::{Held, World},
};

/// Half a year and more: clocks are wrong by seconds, by hours or by decades.
const OFFSETS_MS: [u64; 4] = [60_000, 86_400_000, 30 * 86_400_000, 20 * 365 * 86_400_000];
/// Machines that are too many to learn more from.
const MOST_TABLETS: usize = 7;

impl World {
    /// Sets a clock wrong.
    pub fn set_clock(&mut self, at: usize) {
        let most = OFFSETS_MS.get(self.chance.place(OFFSETS_MS.len())).copied().unwrap_or(0);
        let off = i64::try_from(self.chance.below(2 * most)).unwrap_or(0);
        let off = off - i64::try_from(most).unwrap_or(0);
        if let Some(tablet) = self.tablets.get_mut(at) {
            tablet.clock = off;
        }
        self.counts.one("clocks set wrong");
        self.say(format!("the clock of {} is off by {} s", self.name(at), off / 1000));
    }

    /// Arms the disk of a device.
    pub fn strike(&mut self, at: usize) {
        let blow = match self.chance.below(10) {
            0..=2 => Blow::DiesBefore,
            3..=5 => Blow::DiesAfter,
            6 => Blow::FailsBefore,
            7 | 8 => Blow::FailsAfter,
            _ => Blow::Full(1 + u32::try_from(self.chance.below(6)).unwrap_or(0)),
        };
        let calls = u32::try_from(self.chance.below(12)).unwrap_or(0);
        if let Some(tablet) = self.tablets.get(at) {
            tablet.disk().strike(blow, calls);
        }
        self.say(format!("{} will be struck in {calls} calls: {blow:?}", self.name(at)));
    }

    /// Switches a device off, or on when it is off; then everything on it is compared.
    ///
    /// # Errors
    /// A sentence when it does not open, or shows something else than what is on its disk.
    pub fn power(&mut self, at: usize) -> Held {
        if self.tablets.get(at).is_some_and(|tablet| tablet.is_on()) {
            self.say(format!("{} is switched off", self.name(at)));
            if let Some(tablet) = self.tablets.get_mut(at) {
                tablet.switch_off();
            }
            return Ok(());
        }
        self.switch_on(at)
    }

    /// Switches a device on.
    ///
    /// # Errors
    /// A sentence when it does not open although nothing fails.
    pub fn switch_on(&mut self, at: usize) -> Held {
        let now_ms = self.now_ms;
        let Some(tablet) = self.tablets.get_mut(at) else { return Ok(()) };
        if tablet.is_on() {
            return Ok(());
        }
        tablet.disk_mut().mend();
        let opened = tablet.switch_on(now_ms);
        self.read_disk(at)?;
        self.counts.one("starts");
        opened.map_err(|error| format!("{} does not open: {error}", self.name(at)))
    }

    /// Keeps a copy of a disk.
    pub fn keep_copy(&mut self, at: usize) {
        self.say(format!("{} is copied", self.name(at)));
        if let Some(tablet) = self.tablets.get_mut(at) {
            tablet.keep_copy();
        }
    }

    /// Puts an old copy of its disk back into a device.
    ///
    /// # Errors
    /// A sentence when it does not open.
    pub fn put_back(&mut self, at: usize) -> Held {
        let copies = self.tablets.get(at).map_or(0, |tablet| tablet.copies());
        if copies == 0 {
            return Ok(());
        }
        let place = self.chance.place(copies);
        if let Some(tablet) = self.tablets.get_mut(at) {
            tablet.put_back(place);
        }
        self.counts.one("tablets put back");
        self.say(format!("{} is put back to copy {place}", self.name(at)));
        self.switch_on(at)
    }

    /// A second machine begins with the disk of a device.
    ///
    /// # Errors
    /// A sentence when it does not open.
    pub fn clone_tablet(&mut self, at: usize) -> Held {
        if self.tablets.len() >= MOST_TABLETS {
            return Ok(());
        }
        let seed = self.chance.seed();
        let Some(tablet) = self.tablets.get(at) else { return Ok(()) };
        let clone = tablet.cloned(format!("{}-clone-{}", tablet.name, self.tablets.len()), seed);
        self.say(format!("{} begins", clone.name));
        self.counts.one("clones");
        self.tablets.push(clone);
        self.switch_on(self.tablets.len() - 1)
    }

    /// The server dies and starts again; what waits for its projector may wait on.
    pub fn server_dies(&mut self) {
        self.counts.one("server crashes");
        self.say("the server dies and starts again".to_owned());
        let later = self.chance.percent(50);
        self.server.restart(later);
    }

    /// A backup of the server begins.
    pub fn back_up(&mut self) {
        self.counts.one("backups");
        self.say("a backup begins".to_owned());
        let before = self.acknowledged.clone();
        if self.server.backups().begin() {
            self.verified = Some(before);
        } else {
            self.begun = Some(before);
        }
    }

    /// The backup that was begun last is verified.
    pub fn verify_backup(&mut self) {
        if let Some(begun) = self.begun.take() {
            self.counts.one("backups verified");
            self.say("the backup is verified".to_owned());
            self.server.backups().verify();
            self.verified = Some(begun);
        }
    }

    /// The server's disk dies; the last verified backup is put back.
    pub fn restore_server(&mut self) {
        let Some(verified) = self.verified.clone() else { return };
        self.counts.one("servers restored");
        self.say("the server's disk dies, its last verified backup is put back".to_owned());
        self.server.backups().restore();
        self.begun = None;
        self.acknowledged = verified;
    }

    /// The company form gets another version, whatever drafts are open.
    pub fn upgrade_form(&mut self) {
        let survey = self.server.survey(self.office.company.id);
        if survey.state != SurveyState::Open {
            return;
        }
        self.version += 1;
        let form = form_item(survey.id, &company_form(self.version));
        let survey = Survey {
            form: form.id(),
            revision: survey.revision + 1,
            title: Localized::plain(self.version.to_string()),
            ..survey
        };
        self.counts.one("form upgrades");
        self.say(format!("the company form gets version {}", self.version));
        self.server.revise(&survey, vec![form, survey_item(&survey)]);
    }

    /// The office revokes a device, and with it every copy of it.
    pub fn revoke(&mut self, at: usize) {
        self.counts.one("revocations");
        self.say(format!("{} is revoked", self.name(at)));
        if let Some(tablet) = self.tablets.get(at) {
            self.server.revoke(tablet.id);
        }
    }

    /// A device that was told that it is revoked is enrolled again; true when it was told.
    ///
    /// # Errors
    /// A sentence when an enrolment that was answered is not taken.
    pub fn enrol_if_revoked(&mut self, at: usize) -> Held<bool> {
        let Some(tablet) = self.tablets.get_mut(at) else { return Ok(false) };
        let revoked = tablet.device().and_then(|device| device.enrolment().map(|one| one.revoked));
        if revoked == Some(true) {
            self.enrol(at)?;
        }
        Ok(revoked == Some(true))
    }

    /// Enrols a device under a name of its own.
    ///
    /// # Errors
    /// A sentence when an enrolment that was answered is not taken.
    pub fn enrol(&mut self, at: usize) -> Held {
        let id = DeviceId::make(self.chance.rng());
        let Some(tablet) = self.tablets.get(at) else { return Ok(()) };
        let (name, right) = (tablet.name.clone(), tablet.right);
        let token = format!("tsm_{id}");
        self.say(format!("{name} is enrolled"));
        self.server.enrol(id, &token, &name, right);
        let (role, survey, response) = match right {
            Right::Field => (Role::Tablet, None, None),
            Right::Company(survey, response) => (Role::Company, Some(survey), Some(response)),
        };
        let reply = serde_json::json!({
            "deviceId": id, "token": token, "name": name, "survey": survey, "response": response,
        });
        let taken = self.act(at, |device, _, rng| {
            let _request = match role {
                Role::Tablet => device.enrol_request("http://ward.example", "code", &name),
                Role::Company => device.company_request("http://ward.example", "code", &name, "department"),
            };
            device.on_enrolled(200, reply.to_string().as_bytes(), rng)
        })?;
        if let (Some((Ok(()), _)), Some(tablet)) = (taken, self.tablets.get_mut(at)) {
            tablet.id = id;
            tablet.token = token;
        }
        Ok(())
    }

    /// A survey closes although not everybody has sent.
    ///
    /// # Errors
    /// A sentence when what was acknowledged is not counted.
    pub fn close_early(&mut self) -> Held {
        let survey = if self.chance.percent(70) { self.office.anonymous.id } else { self.office.company.id };
        if !self.is_open(survey) {
            return Ok(());
        }
        self.counts.one("surveys closed early");
        self.say("a survey closes early".to_owned());
        self.close_and_count(survey)
    }
}
