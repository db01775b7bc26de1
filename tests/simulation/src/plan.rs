//! What a seed does: how many devices, how bad the network, which accidents and how often.
//!
//! Each seed leaves some kinds of accidents out and has others often, so that rare meetings of
//! two of them are not drowned by the rest.

use tsumugi_tests::Chance;

use crate::network::Weather;

/// One thing that may happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody answers, or clears an answer.
    Answer,
    /// Somebody decides a conflict.
    Choose,
    /// Somebody hands a response in.
    Submit,
    /// A surveyor begins a response that nobody was assigned.
    Begin,
    /// Somebody looks at a response, or closes it.
    Look,
    /// A person answers anonymously.
    Seal,
    /// A device asks the server for the next exchange.
    Ask,
    /// Something that is in the air arrives.
    Arrive,
    /// Time passes.
    Wait,
    /// A clock is set wrong.
    Clock,
    /// A storage call of a device is going to fail, or its process to die there.
    Strike,
    /// A device is switched off or on.
    Power,
    /// The disk of a device is copied, to be put back later.
    Copy,
    /// An old copy of its disk is put back into a device.
    PutBack,
    /// A second machine begins with the same disk.
    Clone,
    /// The server dies and starts again.
    ServerDies,
    /// A backup of the server begins.
    Backup,
    /// The backup is verified.
    Verify,
    /// The disk of the server dies and the last verified backup is put back.
    Restore,
    /// The company form gets another version.
    Upgrade,
    /// A device is revoked.
    Revoke,
    /// A revoked device is enrolled again.
    Enrol,
    /// A survey closes before all have sent.
    Close,
}

/// What always happens, and how often for each other.
const WORK: [(Step, u64); 7] = [
    (Step::Answer, 30),
    (Step::Choose, 4),
    (Step::Look, 3),
    (Step::Seal, 12),
    (Step::Ask, 32),
    (Step::Arrive, 50),
    (Step::Wait, 4),
];

/// What a seed has never, sometimes or often.
const ACCIDENTS: [(Step, u64); 15] = [
    (Step::Submit, 3),
    (Step::Begin, 2),
    (Step::Clock, 2),
    (Step::Strike, 8),
    (Step::Power, 3),
    (Step::Copy, 2),
    (Step::PutBack, 1),
    (Step::Clone, 1),
    (Step::ServerDies, 1),
    (Step::Backup, 2),
    (Step::Verify, 2),
    (Step::Restore, 1),
    (Step::Upgrade, 1),
    (Step::Revoke, 1),
    (Step::Enrol, 3),
];

/// One seed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Companies, each with one response.
    pub companies: usize,
    /// Surveyors' tablets at the beginning.
    pub tablets: usize,
    /// Browsers of companies at the beginning.
    pub browsers: usize,
    /// Cards that were printed.
    pub cards: usize,
    /// Things that happen before everything heals.
    pub steps: u64,
    /// How bad the network is.
    pub weather: Weather,
    /// A verified backup exists before the field work begins.
    pub first_backup: bool,
    weights: Vec<(Step, u64)>,
}

impl Plan {
    /// Draws a plan.
    pub fn draw(chance: &mut Chance) -> Self {
        let mut weights = WORK.to_vec();
        for (step, weight) in ACCIDENTS {
            let factor = chance.below(5);
            if factor > 0 {
                weights.push((step, weight * factor));
            }
        }
        if chance.percent(10) {
            weights.push((Step::Close, 1));
        }
        let bad = |chance: &mut Chance, most: u64| if chance.percent(60) { chance.below(most) } else { 0 };
        let weather = Weather {
            lost: bad(chance, 40),
            doubled: bad(chance, 30),
            cut: bad(chance, 15),
            strange: bad(chance, 20),
        };
        Self {
            companies: 1 + chance.place(2),
            tablets: 1 + chance.place(2),
            browsers: chance.place(3),
            cards: 12,
            steps: 30 + chance.below(90),
            weather,
            first_backup: chance.percent(70),
            weights,
        }
    }

    /// Draws what happens next.
    pub fn next(&self, chance: &mut Chance) -> Step {
        let all: u64 = self.weights.iter().map(|(_, weight)| weight).sum();
        let mut left = chance.below(all);
        for (step, weight) in &self.weights {
            if left < *weight {
                return *step;
            }
            left -= weight;
        }
        Step::Wait
    }
}
