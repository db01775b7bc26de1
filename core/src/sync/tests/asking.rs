//! What is cheap to ask for is cheap to answer.

use crate::{
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    sync::{
        Ask, Epoch, Found, Grant, ItemStore, MemoryItems, Probe, Reply, Request, Scope, deliver,
        reconcile::KeyedId,
    },
};

const SURVEY: SurveyId = SurveyId::from_bytes([0x11; 16]);

fn items() -> Vec<Item> {
    let response = ResponseId::from_bytes([0x22; 16]);
    (0..9).map(|number| Item::of_response(ItemKind::Change, SURVEY, response, vec![number; 1_000])).collect()
}

fn ask(max_bytes: u64, probes: Vec<Ask>) -> Reply {
    let mut server = MemoryItems::new();
    let Ok(_) = server.insert(&items());
    let Ok(()) = server.admit(&items().iter().map(Item::id).collect::<Vec<_>>());
    let probes = probes.into_iter().map(|ask| Probe { survey: SURVEY, upto: None, ask }).collect();
    let request = Request { max_bytes, probes, ..Request::default() };
    let Ok(reply) = deliver(&server, &request, &Grant::of([(SURVEY, Scope::Whole)]), Vec::new());
    reply
}

fn found(reply: &Reply) -> Vec<&Item> {
    match reply.probes.as_slice() {
        [probe] => match &probe.found {
            Found::Items(items) => items.iter().collect(),
            other => panic!("{other:?}"),
        },
        other => panic!("{} answers", other.len()),
    }
}

#[test]
fn an_item_that_is_asked_for_a_thousand_times_comes_once() {
    let key = KeyedId::derive(Epoch(1), items()[3].id());
    // The page of the survey's log takes what the window holds first.
    let reply = ask(100_000, vec![Ask::Items(vec![key; 8_000])]);
    assert_eq!(found(&reply), [&items()[3]]);
}

#[test]
fn no_more_items_come_than_the_window_holds_and_one_at_least() {
    let all: Vec<KeyedId> = items().iter().map(|item| KeyedId::derive(Epoch(1), item.id())).collect();
    assert_eq!(found(&ask(0, vec![Ask::Items(all.clone())])).len(), 1);
    let after_the_page = 9 * 1_040;
    assert_eq!(found(&ask(after_the_page + 3_200, vec![Ask::Items(all)])).len(), 3);
}

#[test]
fn a_survey_that_is_asked_about_sixteen_times_is_listed_once() {
    let reply = ask(0, (0..16).map(|_| Ask::Symbols { start: 60_000, count: 4_096 }).collect());
    assert_eq!(reply.probes.len(), 1);
}
