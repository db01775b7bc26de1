//! Messages of the sync: what is read is written alike, and neither end loses anything.
//!
//! ```text
//! input = how u8 | bytes    how: 0 a request as it is, 1 a reply as it is,
//!                           2 and 3 the content of one in version 1, 4 and 5 in version 2
//! ```

use std::collections::BTreeSet;

use tsumugi_core::{
    id::{ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
    sync::{
        Entry, Epoch, Found, Grant, Insertion, ItemStore, MAX_WINDOW_BYTES, MemoryItems, MemoryReplica,
        Protocol, Replica as _, Reply, Request, Scope, Session, Update, respond,
    },
};

/// The survey of the seeds.
pub(crate) const SURVEY: SurveyId = SurveyId::from_bytes([0x11; 16]);
/// The response that the device of the seeds may see.
pub(crate) const OWN: ResponseId = ResponseId::from_bytes([0x22; 16]);
/// One that it may not.
pub(crate) const FOREIGN: ResponseId = ResponseId::from_bytes([0x33; 16]);
/// The server's log.
pub(crate) const EPOCH: Epoch = Epoch(7);
/// A session that does not come to an end by then does not.
const MOST_EXCHANGES: usize = 40;

/// A change that is none: the sync does not look into items.
pub(crate) fn item(response: ResponseId, number: u8) -> Item {
    Item::of_response(ItemKind::Change, SURVEY, response, vec![number; 200])
}

/// A server with a few changes of two responses.
fn server() -> MemoryItems {
    let mut server = MemoryItems::new();
    server.set_epoch(EPOCH);
    let items: Vec<Item> =
        (0..6).map(|number| item(if number % 2 == 0 { OWN } else { FOREIGN }, number)).collect();
    let Ok(_inserted) = server.insert(&items);
    let Ok(()) = server.admit(&items.iter().map(Item::id).collect::<Vec<_>>());
    server
}

/// A device with items in every state.
fn device() -> MemoryReplica {
    let mut device = MemoryReplica::new();
    (20..24).for_each(|number| device.add(item(OWN, number)));
    let update = Update {
        epoch: Some(EPOCH),
        acknowledged: vec![item(OWN, 20).id()],
        received: vec![item(OWN, 0)],
        ..Update::default()
    };
    let Ok(()) = device.commit(update);
    device
}

/// Any bytes as a message.
///
/// # Panics
/// When the claim does not hold.
pub fn wire(data: &[u8]) {
    let Some((how, bytes)) = data.split_first() else { return };
    let content = |version: u8| [&[version, 0], bytes].concat();
    match how % 6 {
        0 => request(bytes),
        1 => reply(bytes),
        2 => request(&content(1)),
        3 => reply(&content(1)),
        4 => request(&content(2)),
        _ => reply(&content(2)),
    }
}

fn request(bytes: &[u8]) {
    let Ok(request) = Request::decode(bytes) else { return };
    for protocol in [Protocol::V1, Protocol::V2] {
        let request = Request { protocol, ..request.clone() };
        assert_eq!(
            Request::decode(&request.encode()).as_ref(),
            Ok(&request),
            "a request is read as it is written"
        );
    }
    let mut server = server();
    let grant = Grant::of([(SURVEY, Scope::response(OWN))]);
    let Ok(first) = respond(&mut server, &request, &grant, |_| Ok(()));
    assert_eq!(first.pushed.len(), request.push.len(), "each pushed item is answered");
    assert_eq!(first.unconfirmed.len(), request.unconfirmed.len(), "each unconfirmed item is answered");
    for (item, refusal) in request.push.iter().zip(&first.pushed) {
        let held = server.get(&[item.id()]).is_ok_and(|items| items == [item.clone()]);
        assert_eq!(held, refusal.is_none(), "what is acknowledged is held, and nothing else");
        assert!(
            held == (item.response() == Some(OWN)
                && item.survey() == SURVEY
                && item.kind() == ItemKind::Change)
        );
    }
    let shown: usize = items_of(&first)
        .map(|item| {
            assert_eq!(item.response(), Some(OWN), "an item of a response that was not granted");
            item.encoded_len()
        })
        .sum();
    assert!(shown <= MAX_WINDOW_BYTES + 300, "more than the window");
    let Ok(second) = respond(&mut server, &request, &grant, |_| Ok(()));
    assert_eq!(second, first, "the same request again is answered alike");
    assert_eq!(Reply::decode(&first.encode()), Ok(first), "a reply is read as it is written");
}

fn items_of(reply: &Reply) -> impl Iterator<Item = &Item> {
    let entries = reply.surveys.iter().flat_map(|survey| &survey.entries).filter_map(|entry| match entry {
        Entry::Item(item) => Some(item),
        Entry::Yours(_) => None,
    });
    let found = reply.probes.iter().filter_map(|probe| match &probe.found {
        Found::Items(items) => Some(items),
        _ => None,
    });
    entries.chain(found.flatten())
}

fn reply(bytes: &[u8]) {
    let Ok(reply) = Reply::decode(bytes) else { return };
    for protocol in [reply.protocol, Protocol::V2] {
        let reply = Reply { protocol, ..reply.clone() };
        assert_eq!(Reply::decode(&reply.encode()), Ok(reply), "a reply is read as it is written");
    }
    let mut device = device();
    let before: BTreeSet<ItemId> = device.items().map(Item::id).collect();
    let mut session = Session::new();
    // A server that says the same to whatever it is asked: the session takes it, and ends.
    for _ in 0..MOST_EXCHANGES {
        let Ok(Some(asked)) = session.next_request(&device) else { break };
        let asked = Request::decode(&asked).expect("our own request");
        let mut answer = Reply { tag: asked.tag(), ..reply.clone() };
        answer.pushed = asked.push.iter().zip(0..).map(|(_, at)| *cycled(&reply.pushed, at, &None)).collect();
        let pending = tsumugi_core::sync::Standing::Pending;
        answer.unconfirmed = asked
            .unconfirmed
            .iter()
            .zip(0..)
            .map(|(_, at)| *cycled(&reply.unconfirmed, at, &pending))
            .collect();
        session.on_reply(&mut device, &answer.encode()).expect("a reply to this request");
    }
    let refused = device.refused().map(|(item, _)| item.id());
    let after: BTreeSet<ItemId> = device.items().map(Item::id).chain(refused).collect();
    assert!(after.is_superset(&before), "an item of the device is gone");
    let waits: BTreeSet<ItemId> =
        device.outgoing(usize::MAX).into_iter().flatten().map(|item| item.id()).collect();
    let mut honest = server();
    let grant = Grant::of([(SURVEY, Scope::response(OWN))]);
    finish(&mut device, &mut honest, &grant);
    for id in waits {
        let known =
            honest.insert(&device.items().filter(|item| item.id() == id).cloned().collect::<Vec<_>>());
        assert_eq!(known, Ok(vec![Insertion::Known]), "what waits reaches an honest server");
    }
}

fn cycled<'a, T>(list: &'a [T], at: usize, other: &'a T) -> &'a T {
    list.get(at % list.len().max(1)).unwrap_or(other)
}

/// An honest exchange after a hostile one, to its end.
fn finish(device: &mut MemoryReplica, server: &mut MemoryItems, grant: &Grant) {
    let mut session = Session::new();
    for _ in 0..MOST_EXCHANGES {
        let Ok(asked) = session.next_request(device);
        let Some(asked) = asked else { return };
        let asked = Request::decode(&asked).expect("our own request");
        let Ok(reply) = respond(server, &asked, grant, |_| Ok(()));
        session.on_reply(device, &reply.encode()).expect("an honest reply");
    }
    panic!("an honest exchange does not come to an end");
}
