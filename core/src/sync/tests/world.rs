//! Devices, a server and a network that loses, doubles and reorders.

use std::collections::BTreeSet;

use chacha20::ChaCha20Rng;
use proptest::prelude::*;
use rand_core::{Rng, SeedableRng};

use crate::{
    id::{ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
    sync::{
        Epoch, Grant, ItemStore, MemoryItems, MemoryReplica, Refusal, Reply, Request, Scope, Session,
        SessionError, deliver, receive,
    },
};

const SURVEYS: [SurveyId; 2] = [SurveyId::from_bytes([1; 16]), SurveyId::from_bytes([2; 16])];
const ALL: usize = 1 << 30;

/// Refused by the projector, like a change that does not fit its past.
const UNSOUND: u8 = 0xff;

struct World {
    rng: ChaCha20Rng,
    server: MemoryItems,
    backup: MemoryItems,
    devices: Vec<MemoryReplica>,
    /// What was recorded on whole-survey devices, and is sound.
    recorded: BTreeSet<ItemId>,
    /// Replies that come late, to whoever asks next.
    late: Vec<Vec<u8>>,
    lives: u64,
    bytes: usize,
}

impl World {
    fn new(seed: u64, devices: usize) -> Self {
        Self {
            rng: ChaCha20Rng::seed_from_u64(seed),
            server: MemoryItems::new(),
            backup: MemoryItems::new(),
            devices: vec![MemoryReplica::new(); devices],
            recorded: BTreeSet::new(),
            late: Vec::new(),
            lives: 1,
            bytes: 0,
        }
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.rng.next_u32() % limit
    }

    fn grant() -> Grant {
        Grant::of(SURVEYS.map(|survey| (survey, Scope::Whole)))
    }

    fn record(&mut self, device: usize) {
        let survey = SURVEYS[self.below(2) as usize];
        let response = ResponseId::from_bytes([u8::try_from(self.below(3)).unwrap() + 1; 16]);
        let mut payload = vec![0; 40];
        self.rng.fill_bytes(&mut payload);
        payload[0] = if self.below(20) == 0 { UNSOUND } else { 0 };
        let item = Item::of_response(ItemKind::Change, survey, response, payload);
        if item.payload()[0] != UNSOUND {
            self.recorded.insert(item.id());
        }
        self.devices[device].add(item);
    }

    /// The projector examines what is pending.
    fn project(&mut self) {
        for item in self.server.pending(None, ALL).unwrap() {
            if item.payload().first() == Some(&UNSOUND) {
                self.server.refuse(item.id(), Refusal::Unsound).unwrap();
            } else {
                self.server.admit(&[item.id()]).unwrap();
            }
        }
    }

    fn answer(&mut self, request: &[u8], at_once: bool) -> Vec<u8> {
        let request = Request::decode(request).unwrap();
        let pushed = receive(&mut self.server, &request, &Self::grant(), |_| Ok(())).unwrap();
        if at_once {
            self.project();
        }
        deliver(&self.server, &request, &Self::grant(), pushed).unwrap().encode()
    }

    /// A session over a network that loses a third of everything.
    fn meet_badly(&mut self, device: usize) {
        let window = u64::from(self.below(2_000));
        let mut session = Session::new().with_window(window);
        for _ in 0..self.below(12) {
            let Some(request) = session.next_request(&self.devices[device]).unwrap() else { break };
            if self.below(3) == 0 {
                continue;
            }
            let at_once = self.below(2) == 0;
            let reply = self.answer(&request, at_once);
            if self.below(4) == 0 {
                self.answer(&request, at_once);
            }
            if self.below(4) == 0
                && let Some(stale) = self.late.pop()
            {
                session.on_reply(&mut self.devices[device], &stale).ok();
            }
            if self.below(3) == 0 {
                self.late.push(reply);
                continue;
            }
            match session.on_reply(&mut self.devices[device], &reply) {
                // A late reply to an equal request was taken in its place.
                Ok(_) | Err(SessionError::NotMine) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Last night's backup is all that is left of the server.
    fn restore(&mut self) {
        self.lives += 1;
        self.server = self.backup.clone();
        self.server.set_epoch(Epoch(self.lives));
    }

    fn meet(&mut self, device: usize) -> u64 {
        let mut session = Session::new();
        let mut exchanges = 0;
        while let Some(request) = session.next_request(&self.devices[device]).unwrap() {
            let reply = self.answer(&request, true);
            self.bytes += request.len() + reply.len();
            session.on_reply(&mut self.devices[device], &reply).unwrap();
            exchanges += 1;
            assert!(exchanges < 200, "the session does not come to an end");
        }
        assert!(session.progress().diverged.is_empty());
        exchanges
    }

    fn everyone_meets_twice(&mut self) {
        for _ in 0..2 {
            for device in 0..self.devices.len() {
                self.meet(device);
            }
        }
    }

    fn held(&self, device: usize) -> BTreeSet<ItemId> {
        self.devices[device].items().map(Item::id).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_is_lost_and_everyone_has_the_same(seed in any::<u64>(), devices in 2_usize..4) {
        let mut world = World::new(seed, devices);
        for _ in 0..60 {
            let device = world.below(u32::try_from(devices).unwrap()) as usize;
            match world.below(12) {
                0..5 => world.record(device),
                5..10 => world.meet_badly(device),
                10 => world.backup = world.server.clone(),
                _ if world.below(4) == 0 => world.restore(),
                _ => world.project(),
            }
        }
        world.everyone_meets_twice();
        for device in 0..devices {
            prop_assert_eq!(&world.held(device), &world.recorded);
        }
        let before = world.bytes;
        for device in 0..devices {
            prop_assert_eq!(world.meet(device), 1);
        }
        prop_assert!((world.bytes - before) / devices < 220, "{} bytes for nothing new", world.bytes - before);
    }
}

#[test]
fn a_restored_server_gets_back_what_it_lost_and_nothing_else_is_sent() {
    let mut world = World::new(1, 2);
    for _ in 0..3_000 {
        world.record(0);
    }
    world.meet(0);
    world.meet(1);
    world.backup = world.server.clone();
    for _ in 0..12 {
        world.record(1);
    }
    world.meet(1);
    world.meet(0);
    world.restore();
    world.bytes = 0;
    world.meet(0);
    world.meet(1);
    assert_eq!(world.held(0), world.recorded);
    assert_eq!(world.held(1), world.recorded);
    // 12 items of 73 bytes and symbols; 3,000 short ids of what is unconfirmed at first.
    assert!(world.bytes < 80_000, "{} bytes", world.bytes);
}

#[test]
fn a_device_that_lost_its_cursor_does_not_lose_items() {
    let mut world = World::new(3, 2);
    for _ in 0..50 {
        world.record(0);
    }
    world.meet(0);
    world.meet(0);
    let other = world.devices[0].clone();
    world.devices[1] = MemoryReplica::new();
    for item in other.items() {
        world.devices[1].add(item.clone());
    }
    world.meet(1);
    world.meet(1);
    assert_eq!(world.held(0), world.recorded);
    assert_eq!(world.held(1), world.recorded);
}

#[test]
fn a_revoked_grant_shows_nothing_and_takes_nothing() {
    let mut world = World::new(4, 1);
    world.record(0);
    let mut session = Session::new();
    let request = Request::decode(&session.next_request(&world.devices[0]).unwrap().unwrap()).unwrap();
    let nothing = Grant::default();
    let pushed = receive(&mut world.server, &request, &nothing, |_| Ok(())).unwrap();
    let reply: Reply = deliver(&world.server, &request, &nothing, pushed).unwrap();
    assert_eq!(reply.pushed, [Some(Refusal::NotGranted)]);
    assert!(reply.surveys.is_empty() && world.server.pending(None, ALL).unwrap().is_empty());
    session.on_reply(&mut world.devices[0], &reply.encode()).unwrap();
    assert!(session.progress().finished);
    assert_eq!(world.devices[0].refused().count(), 1);
}

#[test]
fn a_company_can_not_deliver_for_another_and_sees_only_its_own() {
    let (kita, minami) = (ResponseId::from_bytes([8; 16]), ResponseId::from_bytes([9; 16]));
    let mut server = MemoryItems::new();
    let theirs = Item::of_response(ItemKind::Change, SURVEYS[0], minami, vec![1]);
    server.insert(std::slice::from_ref(&theirs)).unwrap();
    server.admit(&[theirs.id()]).unwrap();
    let grant = Grant::of([(SURVEYS[0], Scope::response(kita))]);
    let push = vec![
        Item::of_response(ItemKind::Change, SURVEYS[0], kita, vec![2]),
        Item::of_response(ItemKind::Change, SURVEYS[0], minami, vec![2]),
        Item::of_response(ItemKind::Assignment, SURVEYS[0], kita, vec![2]),
        Item::of_response(ItemKind::Change, SURVEYS[1], kita, vec![2]),
        Item::of_survey(ItemKind::Survey, SURVEYS[0], vec![2]),
    ];
    let request = Request { max_bytes: 1_000, push, ..Request::default() };
    let pushed = receive(&mut server, &request, &grant, |_| Ok(())).unwrap();
    assert_eq!(
        pushed,
        [
            None,
            Some(Refusal::NotGranted),
            Some(Refusal::KindNotAllowed),
            Some(Refusal::NotGranted),
            Some(Refusal::KindNotAllowed),
        ]
    );
    let reply = deliver(&server, &request, &grant, pushed).unwrap();
    assert!(reply.surveys[0].entries.is_empty());
}
