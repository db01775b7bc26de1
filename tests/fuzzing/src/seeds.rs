//! The seeds of the targets `gate`, `wire` and `record`, written by our own code.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tsumugi_core::{
    answers::{Path, Value},
    response::{Author, ResponseDoc},
    sealed::{Deposit, DepositReply},
    sync::{
        Ask, Backups, Cursor, Entry, Found, Probe, ProbeReply, Protocol, Refusal, Reply, Request, ShortId,
        Standing, Summary, SurveyReply,
        reconcile::{KeyedId, symbols},
    },
};

use crate::{
    bombs::Stored,
    gate::{framed, honest},
    record,
    wire::{EPOCH, FOREIGN, OWN, SURVEY, item},
};

/// All of them: below `tests/fuzz/corpus`.
pub fn seeds() -> Vec<Stored> {
    [gate_seeds(), wire_seeds(), record_seeds()].concat()
}

fn seed(target: &'static str, name: &'static str, bytes: Vec<u8>) -> Stored {
    Stored { target, name, bytes }
}

/// As bodies, so that what is changed in them is framed anew.
fn bodies(changes: &[Vec<u8>]) -> Vec<u8> {
    let body = |chunk: &Vec<u8>| {
        let how = if chunk.get(8) == Some(&2) { 2 } else { 1 };
        Some((how, crate::change::body_of(chunk)?))
    };
    framed(&changes.iter().filter_map(body).collect::<Vec<_>>())
}

fn gate_seeds() -> Vec<Stored> {
    let mut rng = ChaCha20Rng::seed_from_u64(21);
    let mut record = |doc: &mut ResponseDoc, entries: &[(&str, Option<Value>)]| {
        let entries: Vec<_> = entries.iter().map(|(path, value)| (Path::new(path), value.clone())).collect();
        doc.record_all(&entries, &mut rng).expect("recordable")
    };
    let mut one = honest().doc.clone();
    one.set_author(Some(Author {
        by: "経理 佐藤".to_owned(), at: "2026-11-22T09:12:00+09:00".to_owned()
    }));
    let mut other = honest().doc.clone();
    let edits = [
        record(&mut one, &[("shared", Some(Value::Integer(99)))]),
        record(&mut one, &[("own/1/3", None), ("share", Some(Value::Decimal(0.5)))]),
        record(&mut one, &[("own/1/3", Some(Value::text("また"))), ("shared", None)]),
    ];
    let rivals = [
        record(
            &mut other,
            &[("shared", Some(Value::Integer(-7))), ("members/7f3a/age", Some(Value::Integer(41)))],
        ),
        record(&mut other, &[("members/7f3a", None), ("note", Some(Value::text("長い文。".repeat(200))))]),
    ];
    let many: Vec<(String, Option<Value>)> =
        (0..60).map(|at| (format!("sites/{at:04x}/employees"), Some(Value::Integer(at)))).collect();
    let many: Vec<_> = many.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    let mut first = ResponseDoc::new();
    let first =
        record(&mut first, &[("shared", Some(Value::Integer(5))), ("own/0/3", Some(Value::text("北")))]);
    vec![
        seed("gate", "three-people", bodies(&honest().changes)),
        seed("gate", "edits-of-one", bodies(&edits.concat())),
        seed("gate", "edits-of-another", bodies(&rivals.concat())),
        seed("gate", "sixty-answers", bodies(&record(&mut one.clone(), &many))),
        seed("gate", "begun-apart", bodies(&first)),
        seed("gate", "as-it-is", [vec![0], edits.concat().concat()].concat()),
    ]
}

fn wire_seeds() -> Vec<Stored> {
    let probe = |upto, ask| Probe { survey: SURVEY, upto, ask };
    let wanted = KeyedId::derive(EPOCH, item(OWN, 2).id());
    let request = Request {
        protocol: Protocol::V1,
        epoch: Some(EPOCH),
        max_bytes: 1 << 20,
        cursors: vec![Cursor { survey: SURVEY, after: 2 }],
        unconfirmed: vec![ShortId::from(item(OWN, 20).id())],
        push: vec![item(OWN, 21), item(FOREIGN, 22)],
        probes: vec![
            probe(None, Ask::Symbols { start: 0, count: 24 }),
            probe(Some(3), Ask::List { start: 0, count: 8_192 }),
            probe(Some(3), Ask::Items(vec![wanted])),
        ],
    };
    let summary = Summary::of([item(OWN, 0).id(), item(OWN, 2).id()]);
    let found = |found| ProbeReply { survey: SURVEY, upto: 6, summary, found };
    let keyed = [0, 2].map(|number| KeyedId::derive(EPOCH, item(OWN, number).id()));
    let reply = Reply {
        protocol: Protocol::V1,
        tag: [0; 8],
        epoch: EPOCH,
        retry_after_seconds: 0,
        backups: Backups::default(),
        pushed: vec![None, Some(Refusal::Unsound), None],
        unconfirmed: vec![Standing::Admitted, Standing::Unknown, Standing::Refused(Refusal::Closed)],
        surveys: vec![SurveyReply {
            survey: SURVEY,
            next: 6,
            more: false,
            summary,
            entries: vec![Entry::Yours(ShortId::from(item(OWN, 21).id())), Entry::Item(item(OWN, 2))],
        }],
        probes: vec![
            found(Found::Symbols { start: 0, symbols: symbols(keyed, 0, 6) }),
            found(Found::List { start: 0, ids: keyed.to_vec() }),
            found(Found::Items(vec![item(OWN, 2)])),
        ],
    };
    let newest = Request {
        protocol: Protocol::V2,
        push: (21..60).map(|number| item(OWN, number)).collect(),
        ..request.clone()
    };
    let restored =
        Reply { protocol: Protocol::V2, backups: Backups { begun: 3, verified: 2 }, ..reply.clone() };
    let content = |how: u8, bytes: Vec<u8>| [&[how], bytes.get(2..).unwrap_or_default()].concat();
    let whole = |how: u8, bytes: Vec<u8>| [vec![how], bytes].concat();
    vec![
        seed("wire", "request", content(2, request.encode())),
        seed("wire", "request-compressed", whole(0, newest.encode())),
        seed("wire", "reply", content(3, reply.encode())),
        seed(
            "wire",
            "reply-of-a-restored-log",
            content(5, Reply { protocol: Protocol::V1, ..restored.clone() }.encode()),
        ),
        seed("wire", "reply-compressed", whole(1, restored.encode())),
    ]
}

fn record_seeds() -> Vec<Stored> {
    let (_, ours) = record::honest();
    let deposit = Deposit { records: vec![ours.clone(); 3] }.encode().expect("a batch");
    vec![
        seed("record", "deposit", [vec![0], deposit].concat()),
        seed("record", "one", [vec![1], ours.encode()].concat()),
        seed("record", "reply", [vec![2], DepositReply::Closed.encode().to_vec()].concat()),
        seed("record", "turned-bits", [3, 0, 200, 1, 0, 4, 255].to_vec()),
    ]
}
