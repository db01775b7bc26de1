//! Messages read what they write, and bytes of nobody knows what are refused in words.

use proptest::prelude::*;

use crate::{
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    sync::{
        Ask, Backups, Cursor, Entry, Epoch, Found, Probe, ProbeReply, Protocol, Refusal, Reply, Request,
        ShortId, Standing, Summary, SurveyReply, WireError,
        reconcile::{CodedSymbol, KeyedId},
    },
};

const SURVEY: SurveyId = SurveyId::from_bytes([0x11; 16]);

fn item(number: u8) -> Item {
    Item::of_response(ItemKind::Change, SURVEY, ResponseId::from_bytes([0x22; 16]), vec![number; 3])
}

fn request() -> Request {
    let probe = |ask| Probe { survey: SURVEY, upto: Some(300), ask };
    Request {
        protocol: Protocol::V2,
        epoch: Some(Epoch(0x0102_0304_0506_0708)),
        max_bytes: 1_048_576,
        cursors: vec![Cursor { survey: SURVEY, after: 300 }],
        unconfirmed: vec![ShortId::from(item(1).id())],
        push: vec![item(2), item(3)],
        probes: vec![
            probe(Ask::Symbols { start: 24, count: 24 }),
            probe(Ask::List { start: 0, count: 8_192 }),
            Probe { survey: SURVEY, upto: None, ask: Ask::Items(vec![KeyedId(u64::MAX)]) },
        ],
    }
}

fn reply() -> Reply {
    let summary = Summary { count: 5, fingerprint: u128::MAX - 1 };
    let probe = |found| ProbeReply { survey: SURVEY, upto: 300, summary, found };
    let symbols = vec![
        CodedSymbol { sum: 1, check: 2, count: 5 },
        CodedSymbol { sum: u64::MAX, check: u32::MAX, count: -5 },
        CodedSymbol { sum: 0, check: 0, count: i64::MIN },
    ];
    Reply {
        protocol: Protocol::V2,
        backups: Backups { begun: 301, verified: 300 },
        tag: request().tag(),
        epoch: Epoch(0x0102_0304_0506_0708),
        retry_after_seconds: 30,
        pushed: vec![None, Some(Refusal::Unsound)],
        unconfirmed: vec![
            Standing::Pending,
            Standing::Unknown,
            Standing::Refused(Refusal::Closed),
            Standing::Admitted,
        ],
        surveys: vec![SurveyReply {
            survey: SURVEY,
            next: 302,
            more: true,
            summary,
            entries: vec![Entry::Yours(ShortId::from(item(1).id())), Entry::Item(item(4))],
        }],
        probes: vec![
            probe(Found::Symbols { start: 24, symbols }),
            probe(Found::List { start: 0, ids: vec![KeyedId(7)] }),
            probe(Found::Items(vec![item(5)])),
        ],
    }
}

#[test]
fn messages_read_what_they_wrote() {
    assert_eq!(Request::decode(&request().encode()), Ok(request()));
    assert_eq!(Reply::decode(&reply().encode()), Ok(reply()));
    let older = Request { protocol: Protocol::V1, ..request() };
    assert_eq!(Request::decode(&older.encode()), Ok(older.clone()));
    assert_ne!(older.tag(), request().tag());
    let older = Reply { protocol: Protocol::V1, backups: Backups::default(), ..reply() };
    assert_eq!(Reply::decode(&older.encode()), Ok(older));
}

#[test]
fn a_request_with_nothing_new_is_small() {
    let cursor = |n: u8| Cursor { survey: SurveyId::from_bytes([n; 16]), after: 1_000 };
    let request = Request {
        epoch: Some(Epoch(7)),
        max_bytes: 1_048_576,
        cursors: (0..3).map(cursor).collect(),
        ..Request::default()
    };
    assert_eq!(request.encode().len(), 71);
}

#[test]
fn a_message_that_is_cut_anywhere_is_refused() {
    for (whole, read) in [
        (
            request().encode(),
            (|bytes| Request::decode(bytes).map(drop)) as fn(&[u8]) -> Result<(), WireError>,
        ),
        (reply().encode(), |bytes| Reply::decode(bytes).map(drop)),
    ] {
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "cut at {length}");
        }
        let longer = [whole.as_slice(), &[0]].concat();
        assert_eq!(read(&longer), Err(WireError::Trailing { extra: 1 }));
    }
}

#[test]
fn another_version_is_named() {
    let mut bytes = request().encode();
    bytes[0] = 3;
    let error = Request::decode(&bytes).expect_err("not known yet");
    assert_eq!(error, WireError::Version { version: 3, flags: 0 });
    assert!(error.to_string().contains("speaks 1 to 2"), "{error}");
}

#[test]
fn a_list_that_promises_too_much_costs_nothing() {
    let mut bytes = vec![1, 0];
    bytes.extend([0; 8]);
    bytes.push(0);
    bytes.extend([0xff, 0xff, 0xff, 0xff, 0x0f]);
    let promised = WireError::OverLimit { what: "cursors", got: 4_294_967_295, limit: 1_024 };
    assert_eq!(Request::decode(&bytes), Err(promised));
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let versioned = [&[1, 0], bytes.as_slice()].concat();
        for bytes in [&bytes, &versioned] {
            if let Ok(request) = Request::decode(bytes) {
                prop_assert_eq!(&request.encode(), bytes);
            }
            if let Ok(reply) = Reply::decode(bytes) {
                prop_assert_eq!(&reply.encode(), bytes);
            }
        }
    }

    #[test]
    fn changed_messages_never_panic(at in any::<prop::sample::Index>(), to in any::<u8>(), which in any::<bool>()) {
        let mut bytes = if which { request().encode() } else { reply().encode() };
        let at = at.index(bytes.len());
        bytes[at] = to;
        if which {
            Request::decode(&bytes).map(|request| request.encode()).ok();
        } else {
            Reply::decode(&bytes).map(|reply| reply.encode()).ok();
        }
    }
}
