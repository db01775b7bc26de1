//! The exchange without a network: files that are carried, late, twice, lost or damaged.

use super::world::{NOON, World, numbers};
use crate::{
    device::{BundleNews, Device, DeviceError, MemoryStorage, SyncState},
    id::ResponseId,
    item::{Item, ItemKind},
    sealed::{Bundle, BundleReply, Errand, Fate, Notice, Parcel, SealKey},
    sync::{Backups, ItemStore as _, Protocol, Request},
};

impl World {
    fn pack(&mut self, device: &mut Device<MemoryStorage>) -> Vec<u8> {
        device.pack_bundle(&mut self.rng).expect("it packs")
    }

    fn read(&mut self, device: &mut Device<MemoryStorage>, reply: &[u8]) -> BundleNews {
        device.read_bundle_reply(reply, NOON, &mut self.rng).expect("a reply")
    }

    /// A tablet with one changed answer and two sealed records that nobody has yet.
    fn busy_tablet(&mut self) -> Device<MemoryStorage> {
        let mut tablet = self.device("T-01");
        self.open(&mut tablet);
        self.set(&mut tablet, "staff/employees", 128).expect("saved");
        self.interview(&mut tablet, 0, 3);
        self.interview(&mut tablet, 1, 4);
        tablet
    }

    fn change_at_server(&self) -> usize {
        self.items.pending(None, usize::MAX).expect("memory").len()
    }
}

fn waiting(device: &Device<MemoryStorage>) -> (usize, usize, usize) {
    let status = device.status();
    (status.waiting_changes, status.waiting_records, status.kept_records)
}

#[test]
fn a_file_brings_everything_and_its_reply_says_so() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let file = world.pack(&mut tablet);
    assert_eq!(waiting(&tablet), (1, 2, 0), "packing is not sending");
    let reply = world.answer_bundle(&file);
    let news = world.read(&mut tablet, &reply);
    assert_eq!((news.changes, news.batches, news.refused, news.strange), (1, 1, 0, 0));
    assert_eq!(waiting(&tablet), (0, 0, 2));
    assert_eq!(tablet.status().state, SyncState::Synced);
    assert!(world.opened(&world.cards[0]).is_some() && world.opened(&world.cards[1]).is_some());
    let mut other = world.device("T-02");
    world.open(&mut other);
    assert_eq!(numbers(&other, world.response).get("staff/employees"), Some(&128));
}

#[test]
fn a_file_that_is_taken_twice_counts_once_and_its_second_reply_changes_nothing() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let file = world.pack(&mut tablet);
    let first = world.answer_bundle(&file);
    let second = world.answer_bundle(&file);
    world.read(&mut tablet, &first);
    let news = world.read(&mut tablet, &second);
    assert_eq!((news.changes, news.batches), (0, 0));
    assert_eq!(news.strange, 2, "both parcels were answered before");
    assert_eq!(waiting(&tablet), (0, 0, 2));
    world.sync(&mut tablet);
    assert!(world.opened(&world.cards[0]).is_some(), "one card, one record");
}

#[test]
fn packing_again_is_the_same_file_until_something_is_added() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let file = world.pack(&mut tablet);
    assert_eq!(world.pack(&mut tablet), file);
    let mut tablet = world.reopen(tablet.into_storage()).expect("opens");
    assert_eq!(world.pack(&mut tablet), file, "a restart forgets nothing of it");
    world.interview(&mut tablet, 2, 5);
    let (before, after) = (Bundle::decode(&file), Bundle::decode(&world.pack(&mut tablet)));
    let (before, after) = (before.expect("a bundle"), after.expect("a bundle"));
    let kept = |id| after.parcels().any(|(other, _)| other == id);
    assert!(before.parcels().all(|(id, _)| kept(id)), "the same parcels go again");
    assert_eq!(after.len(), before.len() + 1);
}

#[test]
fn what_a_network_brought_meanwhile_is_not_packed_again_and_late_replies_do_no_harm() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let file = world.pack(&mut tablet);
    let late = world.answer_bundle(&file);
    world.sync(&mut tablet);
    assert_eq!(waiting(&tablet), (0, 0, 2), "a later sync finds everything there and marks it");
    let mut other = world.device("T-02");
    world.open(&mut other);
    world.set(&mut other, "costs/devices", 9).expect("saved");
    world.sync(&mut other);
    world.sync(&mut tablet);
    world.read(&mut tablet, &late);
    assert_eq!(waiting(&tablet), (0, 0, 2));
    assert_eq!(numbers(&tablet, world.response).get("costs/devices"), Some(&9));
    let next = Bundle::decode(&world.pack(&mut tablet)).expect("a bundle");
    assert_eq!(next.len(), 1, "one that asks for news is left");
}

#[test]
fn news_comes_with_the_reply() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let file = world.pack(&mut tablet);
    let mut other = world.device("T-02");
    world.open(&mut other);
    world.set(&mut other, "costs/devices", 9).expect("saved");
    world.sync(&mut other);
    let reply = world.answer_bundle(&file);
    let news = world.read(&mut tablet, &reply);
    assert_eq!(news.merged, [world.response]);
    assert_eq!(numbers(&tablet, world.response).get("costs/devices"), Some(&9));
}

#[test]
fn a_company_of_many_answers_goes_in_several_parcels() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.open(&mut tablet);
    let items: Vec<Item> = (0..5_u8)
        .map(|number| {
            // As large as a change may be; what it says is the gate's matter.
            let payload = vec![number; 200_000];
            Item::of_response(ItemKind::Change, world.company, world.response, payload)
        })
        .collect();
    tablet.store_own(&items, &mut world.rng).expect("saved");
    let file = world.pack(&mut tablet);
    assert_eq!(Bundle::decode(&file).map(|bundle| bundle.len()), Ok(3));
    let reply = world.answer_bundle(&file);
    let news = world.read(&mut tablet, &reply);
    assert_eq!((news.changes, news.refused), (0, 5), "each was looked at, and none is a change");
}

#[test]
fn a_bundle_of_a_stranger_or_for_another_response_writes_nothing() {
    let mut world = World::new();
    let elsewhere = ResponseId::make(&mut world.rng);
    let forged = Item::of_response(ItemKind::Change, world.anonymous, elsewhere, vec![1, 2, 3]);
    let request = Request { protocol: Protocol::V2, push: vec![forged], ..Request::default() }.encode();
    let before = world.change_at_server();
    let errand = Errand::Items { token: "tsm_secret".to_owned(), request };
    let (parcel, secret) = Parcel::seal(&world.server.public(), &errand, &mut world.rng).expect("it fits");
    let reply = world.answer_bundle(&Bundle::of([parcel.clone()]).encode().expect("small"));
    let reply = BundleReply::decode(&reply).expect("a reply");
    let Some(Fate::Answered(sealed)) = reply.notices().next().map(|notice| notice.fate) else {
        panic!("the server answers who has a token")
    };
    let answer = secret.open(parcel.id(), &sealed).expect("sealed for this parcel");
    let pushed = crate::sync::Reply::decode(&answer.body).expect("a reply of the sync").pushed;
    assert!(pushed[0].is_some(), "the gate refuses it");
    assert_eq!(world.change_at_server(), before);
}

#[test]
fn a_parcel_for_another_server_is_packed_again_when_it_comes_back_unread() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let file = world.pack(&mut tablet);
    let real = std::mem::replace(&mut world.server, SealKey::make(&mut world.rng));
    let reply = world.answer_bundle(&file);
    world.server = real;
    let news = world.read(&mut tablet, &reply);
    assert_eq!((news.unreadable, news.changes, news.batches), (2, 0, 0));
    assert_eq!(waiting(&tablet), (1, 2, 0));
    let again = world.pack(&mut tablet);
    assert_ne!(again, file);
    let reply = world.answer_bundle(&again);
    assert_eq!(world.read(&mut tablet, &reply).batches, 1);
}

#[test]
fn nobody_but_the_server_can_say_that_something_arrived() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let file = world.pack(&mut tablet);
    let bundle = Bundle::decode(&file).expect("a bundle");
    let forged = bundle.parcels().map(|(parcel, _)| Notice { parcel, fate: Fate::Answered(vec![1; 90]) });
    let forged = BundleReply::of(forged).encode().expect("small");
    let news = world.read(&mut tablet, &forged);
    assert_eq!((news.strange, news.changes, news.batches), (2, 0, 0));
    assert_eq!(waiting(&tablet), (1, 2, 0));
    let held = bundle.parcels().map(|(parcel, _)| Notice { parcel, fate: Fate::Carried });
    let held = BundleReply::of(held).encode().expect("small");
    assert_eq!(world.read(&mut tablet, &held).on_the_way, 2);
    assert_eq!(waiting(&tablet), (1, 2, 0), "held by a relay is not held by the server");
}

#[test]
fn a_damaged_reply_changes_nothing() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let file = world.pack(&mut tablet);
    let reply = world.answer_bundle(&file);
    let cut = tablet.read_bundle_reply(&reply[..reply.len() - 1], NOON, &mut world.rng);
    assert!(cut.is_err());
    let wrong = tablet.read_bundle_reply(&file, NOON, &mut world.rng).expect_err("a bundle is no reply");
    assert!(wrong.to_string().contains("not the reply"), "{wrong}");
    assert_eq!(waiting(&tablet), (1, 2, 0));
}

#[test]
fn a_server_restored_before_the_reply_is_read_gets_everything_again() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    let backup = (world.items.clone(), world.records.clone());
    world.open(&mut tablet);
    world.set(&mut tablet, "staff/employees", 128).expect("saved");
    world.interview(&mut tablet, 0, 3);
    let file = world.pack(&mut tablet);
    let late = world.answer_bundle(&file);
    world.restore(backup.0, backup.1);
    world.sync(&mut tablet);
    world.interview(&mut tablet, 1, 4);
    world.read(&mut tablet, &late);
    assert_eq!(tablet.status().waiting_records, 1, "the reply is of a log that is gone");
    world.sync(&mut tablet);
    world.sync(&mut tablet);
    assert!(world.opened(&world.cards[0]).is_some() && world.opened(&world.cards[1]).is_some());
    let mut other = world.device("T-02");
    world.open(&mut other);
    assert_eq!(numbers(&other, world.response).get("staff/employees"), Some(&128));
}

#[test]
fn a_late_reply_frees_no_copy_that_a_backup_does_not_hold() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    // Packed and answered while backup 1 was the last, read when record 1 was sent after it.
    let early = world.pack(&mut tablet);
    world.items.set_backups(Backups { begun: 1, verified: 1 });
    let early = world.answer_bundle(&early);
    world.items.set_backups(Backups { begun: 2, verified: 1 });
    world.interview(&mut tablet, 0, 3);
    let file = world.pack(&mut tablet);
    let reply = world.answer_bundle(&file);
    world.read(&mut tablet, &reply);
    world.read(&mut tablet, &early);
    world.items.set_backups(Backups { begun: 2, verified: 2 });
    world.sync(&mut tablet);
    assert_eq!(waiting(&tablet), (0, 0, 1), "backup 2 was begun before the record came");
    world.items.set_backups(Backups { begun: 3, verified: 3 });
    world.sync(&mut tablet);
    assert_eq!(waiting(&tablet), (0, 0, 0));
}

#[test]
fn copies_go_by_files_alone_once_a_verified_backup_holds_the_records() {
    let mut world = World::new();
    let mut tablet = world.device("T-01");
    world.items.set_backups(Backups { begun: 3, verified: 3 });
    world.interview(&mut tablet, 0, 3);
    for (verified, kept) in [(3, 1), (4, 0)] {
        world.items.set_backups(Backups { begun: verified, verified });
        let file = world.pack(&mut tablet);
        let reply = world.answer_bundle(&file);
        world.read(&mut tablet, &reply);
        assert_eq!(waiting(&tablet), (0, 0, kept), "backup {verified}");
    }
}

#[test]
fn a_revoked_tablet_learns_it_from_the_reply_and_one_that_was_enrolled_again_does_not() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let file = world.pack(&mut tablet);
    world.down = Some(403);
    let reply = world.answer_bundle(&file);
    world.down = None;
    let copy = tablet.storage().clone();
    world.read(&mut tablet, &reply);
    assert_eq!(tablet.status().problem, "revoked");
    let again = Bundle::decode(&world.pack(&mut tablet)).expect("a bundle");
    assert_eq!(again.len(), 1, "sealed records come from nobody and still go");

    let mut anew = world.enrolled(copy, "T-01");
    world.read(&mut anew, &reply);
    assert_eq!(anew.status().problem, "");
    let file = world.pack(&mut anew);
    let reply = world.answer_bundle(&file);
    assert_eq!(world.read(&mut anew, &reply).changes, 1);
}

#[test]
fn a_device_without_enrolment_or_key_says_so() {
    let mut world = World::new();
    let mut nobody = world.reopen(MemoryStorage::new()).expect("opens");
    assert!(matches!(nobody.pack_bundle(&mut world.rng), Err(DeviceError::NotEnrolled)));
    let mut tablet = world.device("T-01");
    tablet.enrolment.as_mut().expect("enrolled").bundle_key = None;
    assert!(matches!(tablet.pack_bundle(&mut world.rng), Err(DeviceError::NoBundleKey)));
}

#[test]
fn another_tablet_carries_what_it_cannot_read_and_brings_the_answer_back() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let mut carrier = world.device("T-02");
    let file = world.pack(&mut tablet);
    for _ in 0..2 {
        let held = carrier.carry_bundle(&file, &mut world.rng).expect("a bundle");
        assert_eq!(world.read(&mut tablet, &held).on_the_way, 2);
    }
    assert_eq!(carrier.carried_parcels().expect("holds"), 2);
    assert_eq!(carrier.bundles_to_forward().expect("holds"), file);
    let mut carrier = world.reopen(carrier.into_storage()).expect("opens");
    world.sync(&mut carrier);
    assert_eq!(carrier.carried_parcels().expect("holds"), 0, "handed on at its own next exchange");
    assert!(world.opened(&world.cards[0]).is_some() && world.opened(&world.cards[1]).is_some());
    assert_eq!(waiting(&tablet), (1, 2, 0));
    let answers = carrier.carry_bundle(&file, &mut world.rng).expect("a bundle");
    let news = world.read(&mut tablet, &answers);
    assert_eq!((news.changes, news.batches), (1, 1));
    assert_eq!(waiting(&tablet), (0, 0, 2));
    assert_eq!(carrier.carried_parcels().expect("holds"), 0, "what was answered is not carried again");
}

#[test]
fn a_carrier_without_a_network_packs_what_it_carries_with_its_own() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    let mut carrier = world.device("T-02");
    world.interview(&mut carrier, 2, 5);
    let file = world.pack(&mut tablet);
    carrier.carry_bundle(&file, &mut world.rng).expect("a bundle");
    let both = world.pack(&mut carrier);
    let reply = world.answer_bundle(&both);
    let news = world.read(&mut carrier, &reply);
    assert_eq!((news.batches, news.for_others), (1, 2));
    let answers = carrier.carry_bundle(&file, &mut world.rng).expect("a bundle");
    assert_eq!(world.read(&mut tablet, &answers).batches, 1);
}

#[test]
fn a_carrier_that_is_full_takes_no_more_and_says_nothing_of_it() {
    let mut world = World::new();
    let mut carrier = world.device("T-02");
    let server = world.server.public();
    let mut parcel = || {
        let errand = Errand::Records { deposit: vec![0; 3_000_000] };
        Parcel::seal(&server, &errand, &mut world.rng).expect("it fits").0
    };
    let parcels: Vec<Parcel> = (0..12).map(|_| parcel()).collect();
    let file = Bundle::of(parcels).encode().expect("36 MB");
    let reply = carrier.carry_bundle(&file, &mut world.rng).expect("a bundle");
    assert_eq!(BundleReply::decode(&reply).expect("a reply").notices().len(), 11);
    assert_eq!(carrier.carried_parcels().expect("holds"), 11);
}

#[test]
fn the_records_of_a_tablet_stand_in_parcels_of_their_own_and_of_one_size() {
    let mut world = World::new();
    let mut tablet = world.busy_tablet();
    for card in 2..11 {
        world.interview(&mut tablet, card, 1);
    }
    let bundle = Bundle::decode(&world.pack(&mut tablet)).expect("a bundle");
    let mut sizes = Vec::new();
    let mut tokens = 0;
    for (_, parcel) in bundle.parcels() {
        match parcel.open(&world.server).expect("the server's key").0 {
            Errand::Items { .. } => tokens += 1,
            Errand::Records { deposit } => {
                assert!(!deposit.windows(10).any(|part| part == b"tsm_secret"));
                sizes.push(parcel.as_bytes().len());
            }
        }
    }
    assert_eq!((tokens, sizes.len()), (1, 2), "eleven people are two batches of eight");
    assert_eq!(sizes[0], sizes[1]);
}
