//! Anonymous surveys, from the card to the count.

use std::thread;

use serde_json::{Value, json};
use tsumugi_core::{
    answers::Path,
    id::SurveyId,
    sealed::{Deposit, DepositReply, SealedRecord},
};

use crate::common::{Answer, PASSPHRASE, World, device::Tablet};

const QUESTIONS: [(&str, &str); 9] = [
    ("work/telework_days", "2"),
    ("feelings/ucla_companionship", "1"),
    ("feelings/ucla_left_out", "1"),
    ("feelings/ucla_isolated", "2"),
    ("feelings/loneliness_direct", "2"),
    ("about_you/age_band", "30s"),
    ("about_you/gender", "female"),
    ("about_you/company_size", "30-99"),
    ("", ""),
];

fn answer(tablet: &mut Tablet, survey: SurveyId, card: &str) {
    let start = tablet.start();
    tablet.device.open_anonymous(survey, card, &start).unwrap();
    for (path, text) in QUESTIONS.into_iter().filter(|(path, _)| !path.is_empty()) {
        tablet.device.anonymous_set_text(&Path::new(path), text).unwrap();
    }
    tablet.device.finish_anonymous(&mut tablet.rng).unwrap();
}

fn deposit(world: &World, body: &[u8]) -> Answer {
    world.send("POST", "/v1/deposits", &[("content-type", "application/x-tsumugi-deposit")], body)
}

/// Answers of `count` people on one tablet, as the deposit that it would send.
fn collected(world: &World, survey: SurveyId, count: usize) -> (Tablet, Vec<u8>) {
    let cards = world.cards(survey, "30-99", count);
    let mut tablet = Tablet::enrolled(world, 5, &[survey]);
    tablet.sync(world);
    for card in &cards {
        answer(&mut tablet, survey, card);
    }
    tablet.now.unix_ms += 60_000;
    loop {
        let request = tablet.device.next_request(tablet.now, &mut tablet.rng).unwrap().unwrap();
        if request.path == "/v1/deposits" {
            return (tablet, request.body);
        }
        let answer = tablet.send(world, &request);
        tablet
            .device
            .on_reply(request.id, answer.status, None, &answer.body, tablet.now, &mut tablet.rng)
            .unwrap();
        tablet.now.unix_ms += 60_000;
    }
}

/// One person's answer, without the repeats that pad a small batch.
fn collected_one(world: &World, survey: SurveyId) -> Vec<u8> {
    let (_, body) = collected(world, survey, 1);
    Deposit { records: vec![Deposit::decode(&body).unwrap().records.remove(0)] }.encode().unwrap()
}

fn counts(world: &World, survey: SurveyId) -> Value {
    world.local("GET", &format!("/v1/surveys/{survey}/fieldwork"), b"").ok().json()["strata"][0].clone()
}

#[test]
fn sealed_answers_are_opened_once_and_counted_once() {
    let world = World::start();
    let survey = world.open("loneliness", "anonymous", &["30-99"]);
    let cards = world.cards(survey, "30-99", 14);
    let mut tablet = Tablet::enrolled(&world, 1, &[survey]);
    tablet.sync(&world);
    for card in cards.iter().take(12) {
        answer(&mut tablet, survey, card);
    }
    tablet.sync(&world);
    assert_eq!(tablet.device.status().waiting_records, 0);
    let told = counts(&world, survey);
    assert_eq!(
        (told["issued"].as_u64(), told["received"].as_u64()),
        (Some(14), Some(10)),
        "rounded down to 5"
    );

    let wrong = world.close(survey, "not the passphrase");
    assert_eq!((wrong.status, wrong.code().as_str()), (403, "passphrase-wrong"));
    assert_eq!(
        world.local("GET", "/v1/surveys", b"").json()[0]["state"],
        "open",
        "a wrong passphrase closes nothing"
    );

    let report = world.close(survey, PASSPHRASE).ok().json();
    assert_eq!((report["rows"].as_u64(), report["refused"].as_u64()), (Some(12), Some(0)));
    let again = world.close(survey, PASSPHRASE);
    assert_eq!((again.status, again.code().as_str()), (409, "survey-closed"));

    let path = format!("/v1/surveys/{survey}/export.csv");
    assert_eq!(world.local("GET", &path, b"").code(), "passphrase-missing");
    let bearer = format!("Bearer {}", world.handle().app().local_token());
    let headers = [("authorization", bearer.as_str()), ("x-tsumugi-passphrase", PASSPHRASE)];
    let csv = world.send("GET", &path, &headers, b"").ok().text();
    assert_eq!(csv.lines().count(), 13, "{csv}");
    let heading: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let sum = heading.iter().position(|name| *name == "feelings/ucla_sum").unwrap();
    assert_eq!(csv.lines().nth(1).unwrap().split(',').nth(sum), Some("4"));
}

#[test]
fn sixty_four_concurrent_deposits_of_one_record_count_once() {
    let world = World::start();
    let survey = world.open("loneliness", "anonymous", &["30-99"]);
    let only = collected_one(&world, survey);
    thread::scope(|scope| {
        let senders: Vec<_> = (0..64).map(|_| scope.spawn(|| deposit(&world, &only))).collect();
        for sender in senders {
            let answer = sender.join().unwrap();
            assert_eq!(
                (answer.status, DepositReply::decode(&answer.body)),
                (200, Some(DepositReply::Accepted))
            );
        }
    });
    assert_eq!(world.close(survey, PASSPHRASE).ok().json()["rows"].as_u64(), Some(1));
}

#[test]
fn a_batch_that_comes_cut_doubled_and_in_another_order_is_counted_once() {
    let world = World::start();
    let survey = world.open("loneliness", "anonymous", &["30-99"]);
    let (_, body) = collected(&world, survey, 3);
    for end in (0..body.len()).step_by(61) {
        let cut = deposit(&world, &body[..end]);
        assert_eq!((cut.status, cut.code().as_str()), (400, "bytes-invalid"), "cut after {end} bytes");
    }
    let longer = [body.as_slice(), &[0]].concat();
    assert_eq!(deposit(&world, &longer).status, 400, "a byte is left over");

    let mut turned = Deposit::decode(&body).unwrap();
    turned.records.reverse();
    for bytes in [&body, &turned.encode().unwrap(), &body] {
        let answer = deposit(&world, bytes);
        assert_eq!(DepositReply::decode(&answer.body), Some(DepositReply::Accepted));
    }
    let report = world.close(survey, PASSPHRASE).ok().json();
    assert_eq!((report["rows"].as_u64(), report["conflicts"].as_u64()), (Some(3), Some(0)));
}

#[test]
fn a_survey_that_is_closed_twice_at_once_counts_each_answer_once() {
    let world = World::start();
    let survey = world.open("loneliness", "anonymous", &["30-99"]);
    let (_, body) = collected(&world, survey, 8);
    assert_eq!(DepositReply::decode(&deposit(&world, &body).body), Some(DepositReply::Accepted));
    let mut statuses = thread::scope(|scope| {
        let closers = [(); 8].map(|()| scope.spawn(|| world.close(survey, PASSPHRASE).status));
        closers.map(|closer| closer.join().unwrap())
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    let bearer = format!("Bearer {}", world.handle().app().local_token());
    let headers = [("authorization", bearer.as_str()), ("x-tsumugi-passphrase", PASSPHRASE)];
    let csv = world.send("GET", &format!("/v1/surveys/{survey}/export.csv"), &headers, b"").ok().text();
    assert_eq!(csv.lines().count(), 9, "a heading and eight answers");
}

#[test]
fn a_used_card_a_new_card_and_a_made_up_card_are_answered_alike() {
    let world = World::start();
    let survey = world.open("loneliness", "anonymous", &["30-99", "100-299"]);
    let (_, body) = collected(&world, survey, 1);
    let (new, used) = (deposit(&world, &body), deposit(&world, &body));
    // A record of another survey with the same key is unknown here: it carries no valid card.
    let mut made_up = body.clone();
    let place = made_up.len() / 2;
    made_up[place] ^= 1;
    assert_eq!((new.status, &new.body), (used.status, &used.body));
    let changed = deposit(&world, &made_up);
    assert_eq!((changed.status, &changed.body), (new.status, &new.body));
    // Either of the two again, as after a lost reply, is no other conflict.
    for again in [&made_up, &body, &made_up] {
        assert_eq!(deposit(&world, again).status, 200);
    }
    let report = world.close(survey, PASSPHRASE).ok().json();
    assert_eq!(report["conflicts"].as_u64(), Some(1), "other bytes under one card are one conflict");
}

#[test]
fn one_card_with_records_without_end_fills_nothing() {
    let world = World::start();
    let survey = world.open("loneliness", "anonymous", &["30-99"]);
    let (_, body) = collected(&world, survey, 1);
    let record = Deposit::decode(&body).unwrap().records.remove(0).encode();
    let forged = |number: usize| {
        let mut bytes = record.clone();
        let last = bytes.len() - 4;
        bytes[last..].copy_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
        SealedRecord::decode(&bytes).unwrap()
    };
    for batch in 0..4 {
        let records = (batch * 100..(batch + 1) * 100).map(forged).collect();
        assert_eq!(deposit(&world, &Deposit { records }.encode().unwrap()).status, 200);
    }
    let database = rusqlite::Connection::open(world.config.database()).unwrap();
    let rows = |table: &str| -> u64 {
        database.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((rows("sealed"), rows("sealed_beside")), (1, 16));
}

#[test]
fn a_closed_survey_takes_no_record_and_says_so() {
    let world = World::start();
    let survey = world.open("loneliness", "anonymous", &["30-99"]);
    let (_, body) = collected(&world, survey, 1);
    world.close(survey, PASSPHRASE).ok();
    let late = deposit(&world, &body);
    assert_eq!(DepositReply::decode(&late.body), Some(DepositReply::Closed));
}

#[test]
fn a_record_that_comes_with_a_name_is_refused() {
    let world = World::start();
    for header in [("cookie", "tsumugi=1"), ("authorization", "Bearer x")] {
        let answer = world.send("POST", "/v1/deposits", &[header], b"anything");
        assert_eq!((answer.status, answer.code().as_str()), (400, "credentials-sent"));
    }
}

#[test]
fn cards_are_printed_as_a_page_without_anything_from_elsewhere() {
    let world = World::start();
    let survey = world.open("loneliness", "anonymous", &["30-99"]);
    let bearer = format!("Bearer {}", world.handle().app().local_token());
    let headers =
        [("authorization", bearer.as_str()), ("accept", "text/html"), ("content-type", "application/json")];
    let body = json!({ "stratum": "30-99", "count": 3 }).to_string();
    let page =
        world.send("POST", &format!("/v1/surveys/{survey}/cards"), &headers, body.as_bytes()).ok().text();
    assert_eq!(page.matches("class=\"card\"").count(), 3);
    assert!(!page.contains("<script") && !page.contains("src="), "nothing is loaded");
}
