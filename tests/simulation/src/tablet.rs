//! A device of the simulated world: core's own `Device` on a disk that fails.
//!
//! Owns what is true of one machine: its disk, its clock, its power, who holds it. What it does
//! is asked by the world; what it writes is read by its shelf.

use std::collections::BTreeSet;

use chacha20::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tsumugi_core::{
    device::{Device, DeviceError, Vault},
    form::Start,
    id::{DeviceId, Nullifier, ResponseId, SurveyId},
    moment::Moment,
};

use crate::{disk::Disk, shelf::Shelf};

/// What a device may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Both surveys: a surveyor's tablet.
    Field,
    /// One response: a browser of a company.
    Company(SurveyId, ResponseId),
}

/// Switched on, or what is left when it is off.
pub enum Power {
    /// The device runs.
    On(Box<Device<Disk>>),
    /// The process is gone; the disk is there.
    Off(Disk),
}

/// What a disk held at some moment.
pub struct Copy {
    disk: Disk,
    shelf: Shelf,
    token: String,
}

/// One device.
pub struct Tablet {
    /// Its name in the trace, and for the people of a response.
    pub name: String,
    /// Its name at the server. Two copies have one.
    pub id: DeviceId,
    /// Its token at the server.
    pub token: String,
    /// What it may see.
    pub right: Right,
    /// How far its clock is off, in milliseconds.
    pub clock: i64,
    /// Which process this is, counted from the first.
    pub life: u32,
    /// What lies on its disk.
    pub shelf: Shelf,
    /// What is being sealed.
    pub sealing: Option<(Nullifier, String)>,
    /// Responses that a person has open.
    pub open: BTreeSet<ResponseId>,
    /// A commit failed and was written all the same since it was switched on.
    pub blurred: bool,
    power: Power,
    key: [u8; 32],
    vault: Vault,
    rng: ChaCha20Rng,
    copies: Vec<Copy>,
}

impl Tablet {
    /// A machine with an empty disk, switched off.
    pub fn new(name: String, right: Right, disk: Disk, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        let id = DeviceId::make(&mut rng);
        Self {
            token: format!("token-of-{name}"),
            name,
            id,
            right,
            clock: 0,
            life: 0,
            shelf: Shelf::default(),
            sealing: None,
            open: BTreeSet::new(),
            blurred: false,
            power: Power::Off(disk),
            vault: Vault::new(&key),
            key,
            rng,
            copies: Vec::new(),
        }
    }

    /// The cipher of its disk.
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The device, while it is on.
    pub fn device(&mut self) -> Option<&mut Device<Disk>> {
        match &mut self.power {
            Power::On(device) => Some(device),
            Power::Off(_) => None,
        }
    }

    /// True while it is on.
    pub const fn is_on(&self) -> bool {
        matches!(self.power, Power::On(_))
    }

    /// Its disk.
    pub fn disk(&self) -> &Disk {
        match &self.power {
            Power::On(device) => device.storage(),
            Power::Off(disk) => disk,
        }
    }

    /// Its disk, for the hand that breaks or mends it.
    pub fn disk_mut(&mut self) -> &mut Disk {
        match &mut self.power {
            Power::On(device) => device.storage_mut(),
            Power::Off(disk) => disk,
        }
    }

    /// What its clock shows.
    pub const fn now(&self, true_ms: i64) -> Moment {
        Moment::tokyo(true_ms.saturating_add(self.clock))
    }

    /// Lets the device do something; nothing while it is off.
    pub fn act<T>(
        &mut self,
        true_ms: i64,
        deed: impl FnOnce(&mut Device<Disk>, Moment, &mut ChaCha20Rng) -> T,
    ) -> Option<T> {
        let now = self.now(true_ms);
        match &mut self.power {
            Power::On(device) => Some(deed(device, now, &mut self.rng)),
            Power::Off(_) => None,
        }
    }

    /// Switches it on: opens what lies on the disk. After an error it stays off.
    ///
    /// # Errors
    /// [`DeviceError`] as the device tells it.
    pub fn switch_on(&mut self, true_ms: i64) -> Result<(), DeviceError> {
        let Power::Off(disk) = &mut self.power else { return Ok(()) };
        let now = Moment::tokyo(true_ms.saturating_add(self.clock));
        let mut disk = std::mem::take(disk);
        // What was written before the process died is there.
        let spare = disk.copied();
        let struck_before = disk.is_dead();
        if struck_before {
            disk.mend();
        }
        match Device::open(disk, self.key, now, &mut self.rng) {
            Ok(device) => {
                self.power = Power::On(Box::new(device));
                self.life += 1;
                self.blurred = false;
                Ok(())
            }
            Err(error) => {
                // Opening writes the mark of an empty disk and nothing else.
                self.power = Power::Off(spare);
                Err(error)
            }
        }
    }

    /// Switches it off, as a power button does or a crash.
    pub fn switch_off(&mut self) {
        self.open.clear();
        self.sealing = None;
        if let Power::On(_) = &self.power {
            let old = std::mem::replace(&mut self.power, Power::Off(Disk::default()));
            if let Power::On(device) = old {
                self.power = Power::Off(device.into_storage());
            }
        }
    }

    /// Keeps a copy of the disk, as a backup of the tablet does.
    pub fn keep_copy(&mut self) {
        let shelf = self.shelf.copied();
        self.copies.push(Copy { disk: self.disk().copied(), shelf, token: self.token.clone() });
    }

    /// Puts the copy back that was kept at `place`; false when there is none.
    pub fn put_back(&mut self, place: usize) -> bool {
        let Some(copy) = self.copies.get(place) else { return false };
        let (disk, shelf, token) = (copy.disk.copied(), copy.shelf.clone(), copy.token.clone());
        self.switch_off();
        self.power = Power::Off(disk);
        self.shelf = shelf;
        self.token = token;
        true
    }

    /// How many copies were kept.
    pub fn copies(&self) -> usize {
        self.copies.len()
    }

    /// A second machine with the same disk, switched off.
    pub fn cloned(&self, name: String, seed: u64) -> Self {
        Self {
            name,
            id: self.id,
            token: self.token.clone(),
            right: self.right,
            clock: self.clock,
            life: 0,
            shelf: self.shelf.copied(),
            sealing: None,
            open: BTreeSet::new(),
            blurred: false,
            power: Power::Off(self.disk().copied()),
            key: self.key,
            vault: Vault::new(&self.key),
            rng: ChaCha20Rng::seed_from_u64(seed),
            copies: Vec::new(),
        }
    }

    /// How a form is opened here.
    pub fn start(&mut self, true_ms: i64) -> Start {
        Start {
            now: self.now(true_ms),
            seed: self.rng.next_u64(),
            device: None,
            properties: std::collections::BTreeMap::new(),
            language: "ja".to_owned(),
        }
    }
}
