//! The contracts of [`ItemStore`] and [`Replica`], for whoever implements one.
//!
//! `item_store_contract!(SqliteItems::in_memory());` and
//! `replica_contract!(DeviceItems::new(), |replica, item| replica.add(item));` each write one
//! test for every sentence below. The first expression makes an empty store; the closure adds
//! an item that was made on the device.

use super::{
    Cursor, Epoch, Insertion, ItemStore, Refusal, Replica, Scope, ShortId, Standing, Summary, Update,
};
use crate::{
    id::{ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
};

/// Writes the functions and, beside them, the macro that calls each as a test.
macro_rules! contract {
    ($(#[$doc:meta])* item_store; $($(#[$case:meta])* fn $name:ident($store:ident) $body:block)*) => {
        $($(#[$case])* pub fn $name<S: ItemStore>(mut $store: S) $body)*

        $(#[$doc])*
        #[macro_export]
        macro_rules! item_store_contract {
            ($make:expr) => {
                $(#[test] fn $name() { $crate::sync::contract::$name($make); })*
            };
        }
    };
    ($(#[$doc:meta])* replica; $($(#[$case:meta])* fn $name:ident($replica:ident, $add:ident) $body:block)*) => {
        $($(#[$case])* pub fn $name<R: Replica>(mut $replica: R, $add: impl Fn(&mut R, Item)) $body)*

        $(#[$doc])*
        #[macro_export]
        macro_rules! replica_contract {
            ($make:expr, $adder:expr) => {
                $(#[test] fn $name() { $crate::sync::contract::$name($make, $adder); })*
            };
        }
    };
}

const SURVEY: SurveyId = SurveyId::from_bytes([1; 16]);
const OTHER_SURVEY: SurveyId = SurveyId::from_bytes([2; 16]);
const KITA: ResponseId = ResponseId::from_bytes([3; 16]);
const MINAMI: ResponseId = ResponseId::from_bytes([4; 16]);
const ALL: usize = 1 << 30;

fn ok<T, E: std::error::Error>(result: Result<T, E>) -> T {
    result.expect("the store under test does not fail")
}

fn change(response: ResponseId, number: u8) -> Item {
    Item::of_response(ItemKind::Change, SURVEY, response, vec![number; 100])
}

fn names(items: &[Item]) -> Vec<ItemId> {
    items.iter().map(Item::id).collect()
}

fn short(item: &Item) -> ShortId {
    ShortId::from(item.id())
}

fn admitted<S: ItemStore>(store: &mut S, items: &[Item]) {
    ok(store.insert(items));
    ok(store.admit(&names(items)));
}

contract! {
    /// Tests an [`ItemStore`](crate::sync::ItemStore): `item_store_contract!(an empty store)`.
    item_store;

    /// Inserting is keeping, not delivering.
    fn an_inserted_item_is_pending_and_no_device_receives_it(store) {
        let item = change(KITA, 1);
        assert_eq!(ok(store.insert(std::slice::from_ref(&item))), [Insertion::Inserted]);
        assert!(ok(store.after(SURVEY, &Scope::Whole, 0, ALL)).items.is_empty());
        assert_eq!(ok(store.summary(SURVEY, &Scope::Whole)), Summary::default());
        assert!(ok(store.ids(SURVEY, &Scope::Whole, None)).ids.is_empty());
        assert_eq!(ok(store.pending(None, ALL)), std::slice::from_ref(&item));
        assert_eq!(ok(store.get(&[item.id()])), [item]);
    }

    /// The same bytes are the same item.
    fn an_item_is_held_once(store) {
        let item = change(KITA, 1);
        let twice = [item.clone(), item.clone()];
        assert_eq!(ok(store.insert(&twice)), [Insertion::Inserted, Insertion::Known]);
        ok(store.admit(&[item.id(), item.id()]));
        assert_eq!(ok(store.insert(std::slice::from_ref(&item))), [Insertion::Known]);
        ok(store.admit(&[item.id()]));
        assert_eq!(ok(store.after(SURVEY, &Scope::Whole, 0, ALL)).items, [item]);
        assert!(ok(store.pending(None, ALL)).is_empty());
    }

    /// The log's order is that of admission.
    fn admitted_items_follow_in_the_order_of_their_admission(store) {
        let (one, two, three) = (change(KITA, 1), change(KITA, 2), change(MINAMI, 3));
        ok(store.insert(&[one.clone(), two.clone(), three.clone()]));
        ok(store.admit(&[three.id(), ItemId::from_bytes([9; 32]), one.id()]));
        let page = ok(store.after(SURVEY, &Scope::Whole, 0, ALL));
        assert_eq!((page.items, page.more), (vec![three, one], false));
        ok(store.admit(&[two.id()]));
        let rest = ok(store.after(SURVEY, &Scope::Whole, page.next, ALL));
        assert_eq!((rest.items, rest.more), (vec![two], false));
        assert!(rest.next > page.next);
        let end = ok(store.after(SURVEY, &Scope::Whole, rest.next, ALL));
        assert_eq!((end.items.len(), end.next, end.more), (0, rest.next, false));
    }

    /// A cursor of one survey says nothing about another.
    fn each_survey_has_a_log_of_its_own(store) {
        let here = change(KITA, 1);
        let there = Item::of_response(ItemKind::Change, OTHER_SURVEY, KITA, vec![1; 100]);
        admitted(&mut store, &[here.clone(), there.clone()]);
        assert_eq!(ok(store.after(SURVEY, &Scope::Whole, 0, ALL)).items, std::slice::from_ref(&here));
        assert_eq!(ok(store.after(OTHER_SURVEY, &Scope::Whole, 0, ALL)).items, [there]);
        assert_eq!(ok(store.summary(SURVEY, &Scope::Whole)), Summary::of([here.id()]));
    }

    /// Any window makes progress, and pages leave nothing out.
    fn a_window_cuts_a_page_but_never_to_nothing(store) {
        let items: Vec<Item> = (0..10).map(|number| change(KITA, number)).collect();
        admitted(&mut store, &items);
        for window in [0, 1, 150, 300, ALL] {
            let (mut read, mut cursor) = (Vec::new(), 0);
            loop {
                let page = ok(store.after(SURVEY, &Scope::Whole, cursor, window));
                let bytes: usize = page.items.iter().map(Item::encoded_len).sum();
                assert!(page.items.len() == 1 || bytes <= window);
                cursor = page.next;
                read.extend(page.items);
                if !page.more {
                    break;
                }
            }
            assert_eq!(read, items);
        }
    }

    /// A company sees its own response only.
    fn a_scope_shows_the_survey_its_form_and_its_responses(store) {
        let of_survey = |kind| Item::of_survey(kind, SURVEY, vec![kind as u8]);
        let (survey, form, cards) =
            (of_survey(ItemKind::Survey), of_survey(ItemKind::Form), of_survey(ItemKind::Cards));
        let assignment = Item::of_response(ItemKind::Assignment, SURVEY, KITA, vec![7]);
        let (mine, theirs) = (change(KITA, 1), change(MINAMI, 1));
        let all = [survey.clone(), cards, theirs.clone(), form.clone(), assignment.clone(), mine.clone(), theirs];
        admitted(&mut store, &all);
        let scope = Scope::response(KITA);
        let page = ok(store.after(SURVEY, &scope, 0, ALL));
        assert_eq!(page.items, [survey, form, assignment, mine]);
        assert_eq!(ok(store.summary(SURVEY, &scope)), Summary::of(names(&page.items)));
        assert_eq!(ok(store.ids(SURVEY, &scope, None)).ids.len(), 4);
        let hidden = ok(store.after(SURVEY, &Scope::response(ResponseId::from_bytes([9; 16])), page.next, 1));
        assert_eq!((hidden.items.len(), hidden.more), (0, false));
    }

    /// Items that a scope hides do not make a page end early.
    fn hidden_items_at_the_end_do_not_promise_more(store) {
        admitted(&mut store, &[change(KITA, 1), change(MINAMI, 2), change(MINAMI, 3)]);
        let page = ok(store.after(SURVEY, &Scope::response(KITA), 0, 1));
        assert_eq!((page.items.len(), page.more), (1, false));
        assert_eq!(page.next, ok(store.after(SURVEY, &Scope::Whole, 0, ALL)).next);
    }

    /// What is compared does not move while it is compared.
    fn ids_up_to_a_place_stay_as_they_are(store) {
        admitted(&mut store, &[change(KITA, 1), change(KITA, 2)]);
        let before = ok(store.ids(SURVEY, &Scope::Whole, None));
        assert_eq!(before.upto, ok(store.after(SURVEY, &Scope::Whole, 0, ALL)).next);
        admitted(&mut store, &[change(KITA, 3)]);
        let mut again = ok(store.ids(SURVEY, &Scope::Whole, Some(before.upto))).ids;
        let mut ids = before.ids;
        ids.sort_unstable();
        again.sort_unstable();
        assert_eq!(again, ids);
        assert_eq!(ok(store.ids(SURVEY, &Scope::Whole, None)).ids.len(), 3);
    }

    /// The office can still look at what was refused.
    fn a_refused_item_is_kept_aside_and_stays_refused(store) {
        let item = change(KITA, 1);
        ok(store.insert(std::slice::from_ref(&item)));
        ok(store.refuse(item.id(), Refusal::Unsound));
        assert_eq!(ok(store.insert(std::slice::from_ref(&item))), [Insertion::Refused(Refusal::Unsound)]);
        ok(store.admit(&[item.id()]));
        assert!(ok(store.after(SURVEY, &Scope::Whole, 0, ALL)).items.is_empty());
        assert!(ok(store.pending(None, ALL)).is_empty());
        assert_eq!(ok(store.get(&[item.id()])), [item]);
    }

    /// An admitted item stays admitted.
    fn what_is_admitted_can_not_be_refused(store) {
        let item = change(KITA, 1);
        admitted(&mut store, std::slice::from_ref(&item));
        ok(store.refuse(item.id(), Refusal::Unsound));
        assert_eq!(ok(store.standing(&[short(&item)])), [Standing::Admitted]);
    }

    /// A device learns what became of its items.
    fn standing_tells_what_became_of_each_item(store) {
        let (waiting, good, bad, lost) = (change(KITA, 1), change(KITA, 2), change(KITA, 3), change(KITA, 4));
        ok(store.insert(&[waiting.clone(), good.clone(), bad.clone()]));
        ok(store.admit(&[good.id()]));
        ok(store.refuse(bad.id(), Refusal::DuplicateSequence));
        assert_eq!(
            ok(store.standing(&[short(&lost), short(&bad), short(&good), short(&waiting)])),
            [
                Standing::Unknown,
                Standing::Refused(Refusal::DuplicateSequence),
                Standing::Admitted,
                Standing::Pending,
            ]
        );
    }

    /// The projector takes one response at a time, in the order of arrival.
    fn pending_items_come_in_the_order_of_their_arrival(store) {
        let items = [change(KITA, 9), change(MINAMI, 5), change(KITA, 1)];
        ok(store.insert(&items));
        let [one, two, three] = items;
        assert_eq!(ok(store.pending(Some((SURVEY, KITA)), ALL)), [one.clone(), three.clone()]);
        assert_eq!(ok(store.pending(Some((SURVEY, KITA)), 1)), std::slice::from_ref(&one));
        assert_eq!(ok(store.pending(Some((OTHER_SURVEY, KITA)), ALL)), []);
        assert_eq!(ok(store.pending(None, ALL)), [one, two, three]);
    }

    /// An epoch is a life of the log, not a moment.
    fn the_epoch_stays_while_items_come(store) {
        let before = ok(store.epoch());
        admitted(&mut store, &[change(KITA, 1)]);
        assert_eq!(ok(store.epoch()), before);
        assert_ne!(before, Epoch(0));
    }
}

fn in_epoch(epoch: u64) -> Update {
    Update { epoch: Some(Epoch(epoch)), ..Update::default() }
}

contract! {
    /// Tests a [`Replica`](crate::sync::Replica): `replica_contract!(an empty replica, |replica, item| …)`.
    replica;

    /// Nothing is forgotten before the server has it.
    fn an_own_item_is_outgoing_until_it_is_acknowledged(replica, add) {
        let item = change(KITA, 1);
        add(&mut replica, item.clone());
        assert_eq!(ok(replica.outgoing(ALL)), std::slice::from_ref(&item));
        assert_eq!(ok(replica.ids(SURVEY)), [item.id()]);
        assert_eq!(ok(replica.summary(SURVEY)), Summary::default());
        ok(replica.commit(Update { acknowledged: vec![item.id()], ..in_epoch(1) }));
        assert!(ok(replica.outgoing(ALL)).is_empty());
        assert_eq!(ok(replica.unconfirmed(9)), [item.id()]);
        ok(replica.commit(Update { confirmed: vec![item.id()], ..in_epoch(1) }));
        assert!(ok(replica.unconfirmed(9)).is_empty());
        assert_eq!(ok(replica.summary(SURVEY)), Summary::of([item.id()]));
    }

    /// A change is sent before those that build on it.
    fn outgoing_items_keep_their_order_and_fit_a_window(replica, add) {
        let items = [change(KITA, 9), change(KITA, 1), change(KITA, 5)];
        for item in &items {
            add(&mut replica, item.clone());
        }
        assert_eq!(ok(replica.outgoing(ALL)), items);
        let [one, two, _] = items;
        assert_eq!(ok(replica.outgoing(0)), std::slice::from_ref(&one));
        assert_eq!(ok(replica.outgoing(2 * one.encoded_len())), [one, two]);
    }

    /// A received item is in the log.
    fn a_received_item_is_confirmed_and_not_sent(replica, _add) {
        let item = change(KITA, 1);
        let cursors = vec![Cursor { survey: SURVEY, after: 7 }];
        let update = Update { received: vec![item.clone()], cursors: cursors.clone(), ..in_epoch(1) };
        ok(replica.commit(update.clone()));
        ok(replica.commit(update));
        assert!(ok(replica.outgoing(ALL)).is_empty() && ok(replica.unconfirmed(9)).is_empty());
        assert_eq!(ok(replica.summary(SURVEY)), Summary::of([item.id()]));
        assert_eq!((ok(replica.epoch()), ok(replica.cursors())), (Some(Epoch(1)), cursors));
        assert!(ok(replica.ids(OTHER_SURVEY)).is_empty());
    }

    /// An own item that comes back in full is the same item.
    fn an_own_item_that_is_received_is_confirmed(replica, add) {
        let item = change(KITA, 1);
        add(&mut replica, item.clone());
        ok(replica.commit(Update { received: vec![item.clone()], ..in_epoch(1) }));
        assert!(ok(replica.outgoing(ALL)).is_empty());
        assert_eq!(ok(replica.ids(SURVEY)), [item.id()]);
    }

    /// A cursor moves; there is one for each survey.
    fn a_cursor_replaces_the_one_before(replica, _add) {
        for after in [3, 9] {
            let cursors = vec![Cursor { survey: SURVEY, after }];
            ok(replica.commit(Update { cursors, ..in_epoch(1) }));
        }
        assert_eq!(ok(replica.cursors()), [Cursor { survey: SURVEY, after: 9 }]);
    }

    /// A restored server may have forgotten anything.
    fn another_epoch_forgets_cursors_and_confirmations(replica, add) {
        let (mine, theirs, unsent) = (change(KITA, 1), change(MINAMI, 2), change(KITA, 3));
        add(&mut replica, mine.clone());
        add(&mut replica, unsent.clone());
        let cursors = vec![Cursor { survey: SURVEY, after: 2 }];
        ok(replica.commit(Update {
            acknowledged: vec![mine.id()],
            received: vec![theirs.clone()],
            confirmed: vec![mine.id()],
            cursors,
            ..in_epoch(1)
        }));
        ok(replica.commit(in_epoch(2)));
        assert_eq!(ok(replica.epoch()), Some(Epoch(2)));
        assert!(ok(replica.cursors()).is_empty());
        assert_eq!(ok(replica.summary(SURVEY)), Summary::default());
        assert_eq!(ok(replica.outgoing(ALL)), [unsent]);
        let mut waiting = ok(replica.unconfirmed(9));
        waiting.sort_unstable();
        let mut expected = vec![mine.id(), theirs.id()];
        expected.sort_unstable();
        assert_eq!(waiting, expected);
        assert_eq!(ok(replica.ids(SURVEY)).len(), 3);
    }

    /// What the server has lost is sent again, whoever made it.
    fn what_the_server_does_not_hold_is_outgoing_again(replica, _add) {
        let theirs = change(MINAMI, 2);
        ok(replica.commit(Update { received: vec![theirs.clone()], ..in_epoch(1) }));
        ok(replica.commit(Update { resend: vec![theirs.id()], ..in_epoch(2) }));
        assert_eq!(ok(replica.outgoing(ALL)), [theirs]);
    }

    /// A refused item is no part of the set, and is not sent.
    fn a_refused_item_is_out_of_the_way(replica, add) {
        let item = change(KITA, 1);
        add(&mut replica, item.clone());
        ok(replica.commit(Update { refused: vec![(item.id(), Refusal::Closed)], ..in_epoch(1) }));
        assert!(ok(replica.outgoing(ALL)).is_empty() && ok(replica.unconfirmed(9)).is_empty());
        assert!(ok(replica.ids(SURVEY)).is_empty());
        ok(replica.commit(in_epoch(2)));
        assert!(ok(replica.ids(SURVEY)).is_empty());
    }
}
