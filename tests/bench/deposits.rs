//! Sealed records with card check, durable, over HTTP on the loopback.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tsumugi_core::{
    answers::{Answers, Path, Value},
    device::HttpRequest,
    id::SurveyId,
    sealed::{Card, CardCode, Deposit, SealPublic, SealedRecord, seal},
    survey::Mode,
};
use tsumugi_server::demo::Client;
use tsumugi_tests::World;

use crate::report::Report;

const BATCHES: usize = 100;
const BATCH: usize = 500;
const SINGLES: usize = 10_000;
const CONNECTIONS: usize = 64;
const CARDS_A_CALL: u32 = 10_000;

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("deposits") {
        return;
    }
    let world = World::new();
    let survey = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
    let records = records(&world, survey.id, BATCHES * BATCH + SINGLES);
    let (batched, single) = records.split_at(BATCHES * BATCH);

    let bodies: Vec<Vec<u8>> = batched.chunks(BATCH).map(encode).collect();
    // Two tablets in flight, as the protocol allows.
    let seconds = send_all(&world, &bodies, 2);
    report.say("deposits/batches-of-500", (BATCHES * BATCH) as f64 / seconds, "records/s", None);

    let bodies: Vec<Vec<u8>> = single.chunks(1).map(encode).collect();
    let seconds = send_all(&world, &bodies, CONNECTIONS);
    report.say("deposits/single-64-connections", SINGLES as f64 / seconds, "records/s", None);
}

/// The request that a tablet sends: without an account, without a device.
pub(crate) fn request(body: Vec<u8>) -> HttpRequest {
    HttpRequest {
        id: 0,
        method: "POST".to_owned(),
        path: "/v1/deposits".to_owned(),
        content_type: "application/x-tsumugi-deposit".to_owned(),
        authorization: None,
        body,
    }
}

pub(crate) fn encode(records: &[SealedRecord]) -> Vec<u8> {
    Deposit { records: records.to_vec() }.encode().expect("a batch within its limits")
}

/// Cards are printed by the server; sealing is the tablets' work and not measured here.
fn records(world: &World, survey: SurveyId, count: usize) -> Vec<SealedRecord> {
    let public = world.seal_key(survey);
    let public: SealPublic = public.parse().expect("a public key");
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let mut codes = Vec::new();
    while codes.len() < count {
        codes.extend(world.office.cards(survey, "30-99", CARDS_A_CALL).expect("cards"));
    }
    let answers: Answers =
        [(Path::new("feelings/loneliness_direct"), Value::text("3"))].into_iter().collect();
    codes
        .into_iter()
        .take(count)
        .map(|code| {
            let code: CardCode = code.parse().expect("a card");
            let card = Card { survey, stratum: world.stratum(survey), code };
            seal(&public, survey, card.stratum, card.nullifier(), &answers, 2_048, &mut rng)
                .expect("a record")
        })
        .collect()
}

/// Sends every body once over `connections` and gives the seconds that it took.
fn send_all(world: &World, bodies: &[Vec<u8>], connections: usize) -> f64 {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let client = Client::new(&world.url());
                while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match client.exchange(&request(body.clone())) {
                        Ok(reply) if reply.status == 200 => {}
                        Ok(reply) => {
                            failures.lock().expect("no panic").push(format!("status {}", reply.status))
                        }
                        Err(error) => failures.lock().expect("no panic").push(error.to_string()),
                    }
                }
            });
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    let failures = failures.into_inner().expect("no panic");
    assert!(failures.is_empty(), "{} requests failed: {:?}", failures.len(), failures.first());
    seconds
}
