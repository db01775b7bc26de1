//! Sealed records with card check, durable, over HTTP on the loopback.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tsumugi_core::{
    answers::{Answers, Path, Value},
    id::SurveyId,
    sealed::{Card, CardCode, Deposit, SealPublic, SealedRecord, seal},
    survey::Mode,
};
use tsumugi_tests::{LONELINESS, World};

use crate::{
    connection::{post, send_all},
    items::say_pushed,
    outside::Server,
    peers::{Meter, Peer, Pushed, Spent},
    report::Report,
    wire::Wire,
};

/// Media type of a deposit.
pub(crate) const MEDIA: &str = "application/x-tsumugi-deposit";
const BATCHES: usize = 100;
const BATCH: usize = 500;
const SINGLES: usize = 10_000;
const CARDS_A_CALL: u32 = 10_000;

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("deposits") {
        return;
    }
    if !report.names("deposits/beside") {
        alone(report);
    }
    beside_peers(report);
}

fn alone(report: &mut Report) {
    let world = World::new();
    let survey = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
    let records = records(&world, survey.id, BATCHES * BATCH + 2 * SINGLES);
    let (batched, single) = records.split_at(BATCHES * BATCH);

    let url = world.url();
    let requests = |records: &[SealedRecord], size: usize| -> Vec<Vec<u8>> {
        let one = |chunk| post(&url, "/v1/deposits", MEDIA, None, &encode(chunk));
        records.chunks(size).map(one).collect()
    };
    // Two tablets in flight, as the protocol allows.
    let spent = send_all(&url, &requests(batched, BATCH), 2);
    let count = (BATCHES * BATCH) as f64;
    report.say("deposits/batches-of-500", count / spent.seconds, "records/s", None);
    report.say("deposits/batches-of-500-processor", spent.processor * 1e6 / count, "us/record", None);
    let (few, many) = single.split_at(SINGLES);
    for (records, connections) in [(few, 8), (many, 64)] {
        let spent = send_all(&url, &requests(records, 1), connections);
        let name = format!("deposits/single-{connections}-connections");
        report.say(&name, SINGLES as f64 / spent.seconds, "records/s", None);
        report.say(&format!("{name}-processor"), spent.processor * 1e6 / SINGLES as f64, "us/record", None);
    }
}

/// Sealed records in batches, and as many bytes in documents of the peers, which seal and check nothing.
fn beside_peers(report: &mut Report) {
    if !report.wants("deposits/beside") {
        return;
    }
    let mut world = World::new();
    let survey = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
    let records = records(&world, survey.id, SINGLES);
    let bodies: Vec<Vec<u8>> = records.chunks(BATCH).map(encode).collect();
    let record = bodies.iter().map(Vec::len).sum::<usize>() / SINGLES;
    let server = Server::in_place_of(&mut world, &[]);
    let wire = Wire::to(server.address());
    let url = wire.url();
    let requests: Vec<Vec<u8>> =
        bodies.iter().map(|body| post(&url, "/v1/deposits", MEDIA, None, body)).collect();
    server.family().processor_at_rest();
    let meter = Meter::of(server.family(), &wire);
    send_all(&url, &requests, 2);
    let push = meter.after(requests.len() as f64 * 2.0);
    let ours = Pushed { push, nothing_new: Spent::default(), memory: server.family().peak_mebibytes() };
    for peer in Peer::installed() {
        let Some(theirs) = peer.push(record) else { continue };
        let name = format!("deposits/beside-{}-{}", peer.name, peer.documents);
        say_pushed(report, &name, (SINGLES, ours), (peer.documents, theirs));
        report.say(&format!("{name}-memory"), ours.memory, "MiB", Some(theirs.memory));
    }
}

pub(crate) fn encode(records: &[SealedRecord]) -> Vec<u8> {
    Deposit { records: records.to_vec() }.encode().expect("a batch within its limits")
}

/// Cards are printed by the server; sealing is the tablets' work and not measured here.
pub(crate) fn records(world: &World, survey: SurveyId, count: usize) -> Vec<SealedRecord> {
    let public = world.seal_key(survey);
    let public: SealPublic = public.parse().expect("a public key");
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let mut codes = Vec::new();
    while codes.len() < count {
        codes.extend(world.office.cards(survey, "30-99", CARDS_A_CALL).expect("cards"));
    }
    let answers: Answers =
        LONELINESS.into_iter().map(|(path, value)| (Path::new(path), Value::text(value))).collect();
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
