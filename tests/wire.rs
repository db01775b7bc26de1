//! The bytes of the wire and of changes, as `docs/PROTOCOL.md` writes them down.
//!
//! The files under `tests/fixtures/wire/v1` were written by version 1, those under `v2` by
//! version 2; they are never written again: what is in the field must still open.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path as File, PathBuf},
};

use tsumugi_core::{
    answers::{Path, Value},
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    response::ResponseDoc,
    sealed::{Bundle, BundleReply, Errand, Fate, ParcelAnswer, SealKey},
    sync::{
        Ask, Backups, Cursor, Entry, Epoch, Found, Probe, ProbeReply, Protocol, Refusal, Reply, Request,
        ShortId, Standing, Summary, SurveyReply,
        reconcile::{KeyedId, symbols},
    },
};

const SURVEY: SurveyId = SurveyId::from_bytes([0x11; 16]);
const RESPONSE: ResponseId = ResponseId::from_bytes([0x22; 16]);
const EPOCH: Epoch = Epoch(0x0807_0605_0403_0201);

fn golden(name: &str) -> Vec<u8> {
    golden_of("v1", name)
}

fn golden_of(version: &str, name: &str) -> Vec<u8> {
    let path = File::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire").join(version).join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn item(number: u8) -> Item {
    Item::of_response(ItemKind::Change, SURVEY, RESPONSE, vec![number; 3])
}

fn quiet_request() -> Request {
    Request {
        protocol: Protocol::V1,
        epoch: Some(EPOCH),
        max_bytes: 1_048_576,
        cursors: vec![Cursor { survey: SURVEY, after: 300 }],
        ..Request::default()
    }
}

fn full_request() -> Request {
    let probe = |upto, ask| Probe { survey: SURVEY, upto, ask };
    Request {
        unconfirmed: vec![ShortId::from(item(1).id())],
        push: vec![item(2), item(3)],
        probes: vec![
            probe(None, Ask::Symbols { start: 0, count: 24 }),
            probe(Some(300), Ask::List { start: 0, count: 8_192 }),
            probe(Some(300), Ask::Items(vec![KeyedId::derive(EPOCH, item(4).id())])),
        ],
        ..quiet_request()
    }
}

fn full_reply() -> Reply {
    let summary = Summary::of([item(1).id(), item(4).id()]);
    let keyed = [item(1), item(4)].map(|item| KeyedId::derive(EPOCH, item.id()));
    let probe = |found| ProbeReply { survey: SURVEY, upto: 300, summary, found };
    Reply {
        protocol: Protocol::V1,
        backups: Backups::default(),
        tag: full_request().tag(),
        epoch: EPOCH,
        retry_after_seconds: 30,
        pushed: vec![None, Some(Refusal::Unsound)],
        unconfirmed: vec![Standing::Refused(Refusal::Closed)],
        surveys: vec![SurveyReply {
            survey: SURVEY,
            next: 302,
            more: true,
            summary,
            entries: vec![Entry::Yours(ShortId::from(item(1).id())), Entry::Item(item(4))],
        }],
        probes: vec![
            probe(Found::Symbols { start: 0, symbols: symbols(keyed, 0, 3) }),
            probe(Found::List { start: 0, ids: keyed.to_vec() }),
            probe(Found::Items(vec![item(4)])),
        ],
    }
}

#[test]
fn requests_have_the_bytes_of_version_1() {
    for (name, request) in [("request-quiet.bin", quiet_request()), ("request-full.bin", full_request())] {
        let bytes = golden(name);
        assert_eq!(Request::decode(&bytes), Ok(request.clone()), "{name}");
        assert_eq!(request.encode(), bytes, "{name}");
    }
}

#[test]
fn replies_have_the_bytes_of_version_1() {
    let bytes = golden("reply-full.bin");
    assert_eq!(Reply::decode(&bytes), Ok(full_reply()));
    assert_eq!(full_reply().encode(), bytes);
}

#[test]
fn version_2_compresses_and_tells_of_backups() {
    let push = (0..40).map(item).collect();
    let request = Request { protocol: Protocol::V2, push, ..full_request() };
    let bytes = golden_of("v2", "request-compressed.bin");
    assert_eq!(Request::decode(&bytes), Ok(request.clone()));
    assert_eq!(Request::decode(&request.encode()), Ok(request));
    let backups = Backups { begun: 301, verified: 300 };
    let reply = Reply { protocol: Protocol::V2, backups, ..full_reply() };
    let bytes = golden_of("v2", "reply-full.bin");
    assert_eq!(Reply::decode(&bytes), Ok(reply));
}

fn errands() -> [Errand; 2] {
    let records = golden("item-change.bin");
    [
        Errand::Items { token: "tsm_golden".to_owned(), request: golden("request-full.bin") },
        Errand::Records { deposit: records },
    ]
}

fn answer() -> ParcelAnswer {
    ParcelAnswer { status: 200, epoch: EPOCH.0, backups_begun: 3, body: golden("reply-full.bin") }
}

#[test]
fn bundles_and_their_replies_have_the_bytes_of_version_1() {
    let server = SealKey::from_secret_bytes(&[9; 32]).expect("32 bytes are a key");
    let bytes = golden_of("bundle-v1", "bundle.bin");
    let bundle = Bundle::decode(&bytes).expect("a bundle of version 1");
    assert_eq!(bundle.encode(), Ok(bytes));
    let bytes = golden_of("bundle-v1", "reply.bin");
    let reply = BundleReply::decode(&bytes).expect("a reply of version 1");
    assert_eq!(reply.encode(), Ok(bytes));
    let mut carried = Vec::new();
    for ((id, parcel), notice) in bundle.parcels().zip(reply.notices()) {
        let (errand, secret) = parcel.open(&server).expect("sealed to this key");
        assert_eq!(notice.parcel, id);
        match notice.fate {
            Fate::Answered(sealed) => assert_eq!(secret.open(id, &sealed), Ok(answer())),
            other => assert_eq!((other, &errand), (Fate::Carried, &errands()[1])),
        }
        carried.push(errand);
    }
    carried.sort_by_key(|errand| matches!(errand, Errand::Records { .. }));
    assert_eq!(carried, errands());
}

#[test]
fn items_have_the_bytes_and_names_of_version_1() {
    let bytes = golden("item-change.bin");
    assert_eq!(Item::decode(&bytes), Ok(item(4)));
    assert_eq!(item(4).id().to_string(), "b8155d36ade76b8d23e13cb9b90f36002ad0bec2e5ff6810efa2e1b7235f7310");
}

#[test]
fn changes_that_version_1_recorded_are_still_admitted() {
    let changes = [
        golden("change-plain.bin"),
        golden("change-deflated.bin"),
        golden("change-chosen.bin"),
        golden("change-deleted.bin"),
    ];
    let doc = ResponseDoc::from_changes(&changes).expect("changes of version 1 are admitted");
    let answers = doc.answers();
    assert_eq!(answers.get(&Path::new("profile/name")), Some(&Value::text("北製作所")));
    assert_eq!(answers.get(&Path::new("telework/rate")), Some(&Value::Decimal(0.4)));
    assert_eq!(answers.get(&Path::new("employees")), Some(&Value::Integer(120)));
    assert_eq!(answers.get(&Path::new("sites/7f3a0001/employees")), None);
    assert_eq!(answers.len(), 44);
    assert!(doc.conflicts().is_empty());
    let heads: Vec<String> = doc.heads().iter().map(ToString::to_string).collect();
    assert_eq!(heads, ["5e38f27747c7436144fc7290a0f52c682f86dd49378c6550e6259c0a9efe9c1a"]);
}

fn rust_files(folder: &File) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.path());
    let nested = |path: PathBuf| if path.is_dir() { rust_files(&path) } else { vec![path] };
    entries.flat_map(nested).filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

/// The codes of problems in the server's sources.
fn problem_codes() -> BTreeSet<String> {
    const PATTERN: &str = r#"(?x)
        (?: AppError::(?:invalid|conflict)\( \s*
          | StatusCode::[A-Z_]+, \s*
          | AppError::(?:Invalid|Conflict)\s\{ \s* code:\s
          | (?:\d+|_)\s=>\s\(
        ) "([a-z]+(?:-[a-z]+)*)"
        | =>\s"([a-z]+-wrong)""#;
    let pattern = regex::Regex::new(PATTERN).expect("a pattern");
    let sources = File::new(env!("CARGO_MANIFEST_DIR")).join("../server/src");
    let mut codes = BTreeSet::new();
    for path in rust_files(&sources) {
        let text = fs::read_to_string(path).expect("a source");
        let found = pattern.captures_iter(&text).filter_map(|found| found.get(1).or_else(|| found.get(2)));
        codes.extend(found.map(|code| code.as_str().to_owned()));
    }
    codes
}

#[test]
fn every_problem_code_of_the_server_stands_in_the_page_and_no_other() {
    let page = File::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROTOCOL.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let (_, table) = page.split_once("## Problem codes").expect("the section is there");
    let cells = table.lines().filter(|line| line.starts_with("| `")).filter_map(|row| row.split('|').nth(1));
    let words = cells.flat_map(|cell| cell.split([',', ' ', '`']));
    let listed: BTreeSet<String> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    assert_eq!(listed, problem_codes());
}
