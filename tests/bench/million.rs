//! `GET /v1/indicators` after 1,000,000 loneliness responses that came as sealed records and
//! were opened at closing. Takes minutes and some gigabytes: only when asked for by name.

use std::time::Instant;

use chacha20::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tsumugi_core::{
    answers::{Answers, Path, Value},
    sealed::{Card, CardCode, SealPublic, seal},
    survey::Mode,
};
use tsumugi_tests::World;

use crate::{
    connection::{Connection, post},
    deposits,
    report::{Report, median_ms},
};

const RESPONSES: usize = 1_000_000;
const CARDS_A_CALL: u32 = 10_000;
const BATCH: usize = 500;

const AGES: [&str; 3] = ["under30", "30s", "40s"];
const GENDERS: [&str; 2] = ["female", "male"];
const DAYS: [&str; 3] = ["0", "2", "5"];

pub(crate) fn measure(report: &mut Report) {
    if !report.names("million") {
        return;
    }
    let world = World::new();
    let survey = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 10_000_000)]);
    let public: SealPublic = world.seal_key(survey.id).parse().expect("a public key");
    let stratum = world.stratum(survey.id);
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let mut connection = Connection::open(&world.url());
    let began = Instant::now();
    let mut sent = 0;
    while sent < RESPONSES {
        let codes = world.office.cards(survey.id, "30-99", CARDS_A_CALL).expect("cards");
        for batch in codes.chunks(BATCH) {
            let records = batch.iter().map(|code| {
                let code: CardCode = code.parse().expect("a card");
                let card = Card { survey: survey.id, stratum, code };
                seal(&public, survey.id, stratum, card.nullifier(), &answers(&mut rng), 2_048, &mut rng)
                    .expect("a record")
            });
            let body = deposits::encode(&records.collect::<Vec<_>>());
            let request = post(&world.url(), "/v1/deposits", deposits::MEDIA, None, &body);
            assert_eq!(connection.exchange(&request).0, 200);
            sent += batch.len();
        }
    }
    report.say("million/seal-and-deliver", began.elapsed().as_secs_f64(), "s", None);
    let began = Instant::now();
    let closed = world.office.close(survey.id).expect("the survey closes");
    report.say("million/close-open-count", began.elapsed().as_secs_f64(), "s", None);
    assert_eq!(closed.rows, RESPONSES as u64, "each answer is counted once");
    let get = || {
        let tiles: Vec<serde_json::Value> = world.analyst.get("/v1/indicators").expect("the tiles");
        assert_eq!(tiles.len(), 16);
    };
    report.say("million/get-indicators-first", median_ms(1, get), "ms", None);
    report.say("million/get-indicators", median_ms(51, get), "ms", None);
}

fn answers(rng: &mut ChaCha20Rng) -> Answers {
    let mut one_of = |choices: &[&str]| Value::text(choices[rng.next_u32() as usize % choices.len()]);
    let scale = ["1", "2", "3", "4"];
    [
        ("work/telework_days", one_of(&DAYS)),
        ("feelings/ucla_companionship", one_of(&scale)),
        ("feelings/ucla_left_out", one_of(&scale)),
        ("feelings/ucla_isolated", one_of(&scale)),
        ("feelings/loneliness_direct", one_of(&scale)),
        ("about_you/age_band", one_of(&AGES)),
        ("about_you/gender", one_of(&GENDERS)),
        ("about_you/company_size", Value::text("30-99")),
    ]
    .into_iter()
    .map(|(path, value)| (Path::new(path), value))
    .collect()
}
