//! A thousand tablets come back after an outage, and an analyst works meanwhile.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use rand_core::Rng as _;
use tsumugi_core::{
    id::SurveyId,
    survey::Mode,
    sync::{Reply, Request},
};
use tsumugi_tests::World;

use crate::{
    connection::{Connection, post},
    deposits, items,
    outside::Server,
    report::{Report, percentile},
};

const TABLETS: usize = 1_000;
/// Half of a tablet's fifty responses are sealed records, half are rows of a register.
const HALF: usize = 25;
const WITHIN_MS: u64 = 10_000;

/// What one tablet sends.
struct Tablet {
    records: Vec<u8>,
    changes: Vec<u8>,
    starts_ms: u64,
}

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("herd") {
        return;
    }
    let mut world = World::new();
    let anonymous = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]).id;
    let register = world.open("company-telework", Mode::Company, 2026, &[("30-99", 1_840)]).id;
    let tablets = tablets(&world, anonymous, register);
    let server = Server::in_place_of(&mut world, &[]);

    let (began, ended) = (Instant::now(), AtomicBool::new(false));
    let (statuses, last, waits) = thread::scope(|scope| {
        let analyst = scope.spawn(|| look_on(&world, &ended));
        let url = server.url.as_str();
        let work = |tablet| scope.spawn(move || send(url, tablet, began));
        // A stack for each of a thousand threads: they hold a socket and a buffer.
        let all: Vec<_> = tablets.iter().map(work).collect();
        let done: Vec<_> = all.into_iter().map(|one| one.join().expect("a tablet")).collect();
        ended.store(true, Ordering::Relaxed);
        let last = done.iter().map(|(_, at)| *at).max().unwrap_or_default();
        let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
        done.iter().flat_map(|(seen, _)| seen).for_each(|status| *statuses.entry(*status).or_default() += 1);
        (statuses, last, analyst.join().expect("the analyst"))
    });
    report.say("herd/all-acknowledged", last.as_secs_f64(), "s", Some(120.0));
    if let Some(peak) = server.peak_mebibytes() {
        report.say("herd/memory-peak", peak, "MiB", Some(512.0));
    }
    let responses = (TABLETS * HALF * 2) as f64;
    report.say("herd/processor", server.processor_seconds() * 1e6 / responses, "us/response", None);
    report.say("herd/analyst-p99", percentile(&waits, 0.99), "ms", Some(2_000.0));
    let asked_to_wait: u64 =
        statuses.iter().filter(|(status, _)| matches!(status, 429 | 503)).map(|(_, count)| count).sum();
    report.say("herd/asked-to-wait", asked_to_wait as f64, "requests", None);
    let failed: u64 = statuses
        .iter()
        .filter(|(status, _)| **status >= 500 && **status != 503)
        .map(|(_, count)| count)
        .sum();
    report.say("herd/other-5xx", failed as f64, "requests", Some(0.0));

    drop(server);
    world.start();
    let held = world.store().contents().expect("the store");
    assert_eq!(held.records, (TABLETS * HALF) as u64, "every acknowledged record is there, once");
    let rows = world.office.close(anonymous).expect("the survey closes").rows;
    assert_eq!(rows, (TABLETS * HALF) as u64, "and is counted");
}

fn tablets(world: &World, anonymous: SurveyId, register: SurveyId) -> Vec<Tablet> {
    let url = world.url();
    let records = deposits::records(world, anonymous, TABLETS * HALF);
    let changes = items::items(register, TABLETS * HALF, 5);
    let token = |number| {
        let mut tablet = world.tablet(&format!("T-{number}"), &[register]);
        tablet.device().enrolment().expect("enrolled").token.clone()
    };
    // Enrolling is another day's work: a few stand for all.
    let tokens: Vec<String> = (0..20).map(token).collect();
    let mut rng = items::rng(6);
    let both = records.chunks(HALF).zip(changes.chunks(HALF)).enumerate();
    both.map(|(number, (records, changes))| {
        let push = Request { push: changes.to_vec(), ..Request::default() };
        let token = tokens.get(number % tokens.len()).map(String::as_str);
        Tablet {
            records: post(&url, "/v1/deposits", deposits::MEDIA, None, &deposits::encode(records)),
            changes: post(&url, "/v1/sync", items::MEDIA, token, &push.encode()),
            starts_ms: rng.next_u64() % WITHIN_MS,
        }
    })
    .collect()
}

/// Sends both until each is acknowledged, as a device does; every status, and when it had ended.
fn send(url: &str, tablet: &Tablet, began: Instant) -> (Vec<u16>, Duration) {
    thread::sleep(Duration::from_millis(tablet.starts_ms).saturating_sub(began.elapsed()));
    let mut statuses = Vec::new();
    for request in [&tablet.records, &tablet.changes] {
        let mut wait = 500;
        loop {
            let (status, body) = Connection::try_open(url)
                .and_then(|mut connection| connection.try_exchange(request))
                .unwrap_or_default();
            statuses.push(status);
            let is_sync = std::ptr::eq(request, &tablet.changes);
            if status == 200 && (!is_sync || all_held(&body)) {
                break;
            }
            thread::sleep(Duration::from_millis(wait + tablet.starts_ms % wait));
            wait = (wait * 2).min(30_000);
        }
    }
    (statuses, began.elapsed())
}

fn all_held(body: &[u8]) -> bool {
    Reply::decode(body).is_ok_and(|reply| reply.pushed == vec![None; HALF])
}

/// The dashboard, ten times a second; how long each answer took, in ms.
fn look_on(world: &World, ended: &AtomicBool) -> Vec<f64> {
    let mut waits = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let tiles: Vec<serde_json::Value> = world.analyst.get("/v1/indicators").expect("the tiles");
        assert_eq!(tiles.len(), 16);
        waits.push(asked.elapsed().as_secs_f64() * 1e3);
        thread::sleep(Duration::from_millis(100));
    }
    waits
}
