//! Every number of a closed anonymous wave that any answer of the server holds was released.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tsumugi_core::{
    indicator::{
        Definition, IndicatorFile, MicroCount, Row,
        disclose::{Ledger, Line, MicroTable},
    },
    survey::Mode,
};
use tsumugi_server::demo::Typed;
use tsumugi_tests::World;

/// Numbers of the work itself, by the field that holds them: what a plan, a form or an operator
/// says, and counts that are told rounded down. None is counted from answers.
const OPERATIONAL: &[&str] = &[
    "decimals",
    // Of the published interval, and of the cells that are hidden.
    "detectable",
    "tables",
    "fiscalYear",
    "issued",
    "level",
    "opens",
    "population",
    "quarantined",
    "received",
    "recordBytes",
    "records",
    "revision",
    "target",
    "version",
];

fn answers(place: usize) -> Typed {
    let direct = if place < 23 { "4" } else { "2" };
    let gender = match place {
        0..6 => "other",
        6..37 => "male",
        _ => "female",
    };
    let age = if place.is_multiple_of(3) { "30s" } else { "40s" };
    let days = if place < 61 { "2" } else { "0" };
    [
        ("work/telework_days", days),
        ("feelings/ucla_companionship", "2"),
        ("feelings/ucla_left_out", "3"),
        ("feelings/ucla_isolated", "1"),
        ("feelings/loneliness_direct", direct),
        ("about_you/age_band", age),
        ("about_you/gender", gender),
        ("about_you/company_size", "30-99"),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect()
}

/// A closed wave of 67 people, 23 of them lonely, 6 of another gender.
fn world() -> World {
    let world = World::new();
    let survey = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
    let cards = world.office.cards(survey.id, "30-99", 67).expect("cards");
    let mut tablet = world.tablet("T-1", &[survey.id]);
    for (place, card) in cards.iter().enumerate() {
        tablet.kiosk(survey.id, card, &answers(place)).expect("an answer");
    }
    tablet.sync().expect("a delivery");
    world.office.close(survey.id).expect("the survey closes");
    world
}

/// What the released lines tell: counts as they are shown, and shares.
struct Released {
    counts: BTreeSet<u64>,
    shares: BTreeSet<u64>,
}

fn file() -> IndicatorFile {
    IndicatorFile::parse(include_str!("../forms/indicators.toml")).unwrap_or_else(|_| panic!("a sound file"))
}

fn released(world: &World) -> Released {
    let store = world.store();
    let mut released = Released { counts: BTreeSet::new(), shares: BTreeSet::from([5, 95]) };
    let file = file();
    for stored in store.ledgers().expect("the ledgers") {
        let book: Value = serde_json::from_str(&stored.ledger).expect("a ledger");
        let ledger: Ledger = serde_json::from_value(book["ledger"].clone()).expect("its lines");
        let shown: Vec<Line> = serde_json::from_value(book["ledger"]["shown"].clone()).expect("its lines");
        let of_form: Vec<&Definition> = file
            .all()
            .filter(|definition| definition.form == "loneliness" && definition.rows.is_none())
            .collect();
        let mut count = MicroCount::new(of_form).expect("the shipped file compiles");
        let mut add = |row: tsumugi_server::store::AnalysisRow| {
            count.add(&Row { stratum: &row.stratum, values: &row.outputs });
        };
        store.each_row(stored.survey, &mut add).expect("the rows");
        let micro: MicroTable = count.table();
        let counts: BTreeMap<&Line, u64> = shown.iter().map(|line| (line, micro.count(line))).collect();
        assert!(counts.keys().all(|line| ledger.shows(line) && !ledger.hides(line)));
        released.counts.extend(counts.values().map(|count| (count + 2) / 5 * 5));
        for part in counts.values() {
            let all = counts.values().filter(|all| **all >= *part && **all > 0);
            released.shares.extend(all.map(|all| (200 * part + all) / (2 * all)));
        }
        for (line, count) in counts.iter().filter(|(line, _)| !line.answer) {
            assert!(*count >= 10, "{line:?} is released and counts {count}");
        }
    }
    released
}

/// Every number of an answer, with the fields that lead to it.
fn numbers(value: &Value, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, f64)>) {
    match value {
        Value::Number(number) => found.push((path.clone(), number.as_f64().unwrap_or(f64::NAN))),
        Value::Array(list) => list.iter().for_each(|inner| numbers(inner, path, found)),
        Value::Object(fields) => {
            for (name, inner) in fields {
                path.push(name.clone());
                numbers(inner, path, found);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

struct Reader {
    agent: ureq::Agent,
    url: String,
    cookie: String,
}

impl Reader {
    fn sign_in(world: &World, account: &str) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let password = format!("{account} {account} {account}");
        let body = serde_json::json!({ "account": account, "password": password });
        let reply = agent.post(format!("{}/v1/session", world.url())).send_json(body).expect("an answer");
        let cookie = reply.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).expect("a session").to_owned();
        Self { agent, url: world.url(), cookie }
    }

    fn get(&self, path: &str) -> (u16, String, String) {
        let call = self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie).call();
        let mut reply = call.expect("an answer");
        let media =
            reply.headers().get("content-type").and_then(|media| media.to_str().ok()).unwrap_or_default();
        let (status, media) = (reply.status().as_u16(), media.to_owned());
        (status, media, reply.body_mut().read_to_string().expect("text"))
    }
}

fn is_released(path: &[String], number: f64, released: &Released) -> bool {
    let name = path.last().map(String::as_str).unwrap_or_default();
    if path.iter().any(|field| OPERATIONAL.contains(&field.as_str())) {
        return true;
    }
    let is_whole = number.fract() == 0.0 && number >= 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is no whole number is no count"
    )]
    let whole = number.abs() as u64;
    match name {
        "n" | "missing" => is_whole && (whole == 0 || released.counts.contains(&whole)),
        "value" => is_whole && released.shares.contains(&whole),
        // The place of a stratum in its survey.
        "id" => path.iter().any(|field| field == "strata"),
        // Limits stand beside a released value, on its grid.
        "interval" => is_whole && whole <= 100,
        // The level of a plan.
        _ => path.iter().any(|field| field == "baseline" || field == "companions" && name == "progress"),
    }
}

/// A row for each cell: two codes, value, bound, two limits, n, sign and flags.
fn assert_csv(path: &str, text: &str, released: &Released) {
    let mut signs = 0;
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        for (place, name) in [(2, "value"), (4, "interval"), (5, "interval"), (6, "n")] {
            if let Ok(number) = cells[place].parse::<f64>() {
                assert!(is_released(&[name.to_owned()], number, released), "{path}: {line}");
            }
        }
        signs += usize::from(cells[7] == "x");
        assert!(cells[7].is_empty() || cells[2].is_empty(), "a sign stands in place of a value: {line}");
    }
    assert!(signs > 0, "six people are hidden: {text}");
}

#[test]
fn every_number_of_every_answer_is_in_the_released_set() {
    let world = world();
    let (analyst, manager, admin) = (
        Reader::sign_in(&world, "analyst"),
        Reader::sign_in(&world, "manager"),
        Reader::sign_in(&world, "admin"),
    );
    let survey = world.store().surveys().expect("the surveys").first().expect("one").id;
    let mut asked: Vec<(&Reader, String)> = Vec::new();
    for definition in file().indicators.iter().filter(|definition| definition.form == "loneliness") {
        let by: Vec<&str> = definition.disaggregations.iter().map(|by| by.id.as_str()).collect();
        asked.push((&analyst, format!("/v1/indicators/{}", definition.id)));
        asked.push((&analyst, format!("/v1/indicators/{}/explanation", definition.id)));
        for (place, one) in by.iter().enumerate() {
            asked.push((&analyst, format!("/v1/indicators/{}/breakdown?by={one}", definition.id)));
            for other in by.iter().skip(place + 1) {
                asked
                    .push((&analyst, format!("/v1/indicators/{}/breakdown?by={one},{other}", definition.id)));
            }
        }
    }
    asked.push((&analyst, "/v1/indicators/S2-KPI-O1/breakdown.csv?by=gender".to_owned()));
    for path in ["/v1/indicators", "/v1/surveys", "/v1/session", "/v1/server"] {
        asked.push((&analyst, path.to_owned()));
    }
    asked.push((&manager, format!("/v1/surveys/{survey}/fieldwork")));
    let answers: Vec<(String, u16, String, String)> = asked
        .into_iter()
        .map(|(reader, path)| {
            let (status, media, text) = reader.get(&path);
            (path, status, media, text)
        })
        .collect();
    let released = released(&world);
    let (mut tables, mut refused, mut hidden) = (0, 0, 0);
    for (path, status, media, text) in &answers {
        if media.starts_with("text/csv") {
            assert_csv(path, text, &released);
            continue;
        }
        let value: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{path} is JSON: {media}"));
        if *status != 200 {
            assert_eq!((value["code"].as_str(), *status), (Some("release-refused"), 409), "{path}: {text}");
            refused += 1;
            continue;
        }
        tables += usize::from(path.contains("breakdown"));
        hidden += text.matches("\"x\"").count();
        let mut found = Vec::new();
        numbers(&value, &mut Vec::new(), &mut found);
        for (fields, number) in found {
            assert!(is_released(&fields, number, &released), "{path}: {number} at {}", fields.join("."));
        }
    }
    assert!(tables > 0 && hidden > 0, "{tables} tables, {refused} refused, {hidden} hidden cells");
    eprintln!("{} answers: {tables} tables, {refused} refused, {hidden} hidden cells", answers.len());
    // Pages, documents and files hold nothing of the wave: no exact count stands in them.
    for (reader, path) in [
        (&analyst, format!("/v1/surveys/{survey}/export.csv")),
        (&analyst, format!("/v1/surveys/{survey}/export.zip")),
        (&analyst, "/".to_owned()),
        (&admin, "/v1/audit".to_owned()),
    ] {
        let (status, _, text) = reader.get(&path);
        assert!(status == 200 || status == 422, "{path}: {status}");
        assert!(!path.contains("export") || status == 422, "rows leave with the passphrase only: {path}");
        let words: BTreeSet<&str> = text.split(|letter: char| !letter.is_ascii_digit()).collect();
        assert!(path == "/v1/audit" || !words.contains("23"), "{path} tells how many are lonely");
    }
    // The description of the interface has made-up examples only: it is the same before any wave.
    let empty = World::new();
    let before = Reader::sign_in(&empty, "analyst").get("/v1/openapi.json").2;
    assert_eq!(analyst.get("/v1/openapi.json").2, before);
}
