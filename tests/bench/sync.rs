//! A tablet with 50 companies of 200 changes each: the first sync, and one with nothing new.

use std::time::Instant;

use tsumugi_core::survey::Mode;
use tsumugi_server::demo::{Tablet, corporate_number};
use tsumugi_tests::World;

use crate::report::Report;

const COMPANIES: usize = 50;
const CHANGES: usize = 200;

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("sync") {
        return;
    }
    let world = World::new();
    let survey = world.open("company-telework", Mode::Company, 2026, &[("30-99", 1_840)]);
    let names: Vec<(String, String)> =
        (0..COMPANIES).map(|place| (format!("株式会社{place}"), corporate_number(place))).collect();
    let rows: Vec<(&str, &str, &str)> =
        names.iter().map(|(name, number)| (name.as_str(), "30-99", number.as_str())).collect();
    let letters = world.office.letters(survey.id, &rows).expect("letters");
    for letter in &letters {
        let mut person = world.person(letter, "総務", "田中");
        person.open(letter.response).expect("the response");
        for change in 0..CHANGES {
            let typed = vec![(format!("costs/{}", COSTS[change % COSTS.len()]), (change + 1).to_string())];
            person.enter(letter.response, &typed).expect("an answer");
        }
        person.sync().expect("a sync");
    }
    world.office.settle().expect("the projector");

    let code = world.office.device_code("T-01", &[survey.id]).expect("a code");
    let mut tablet = world.unenrolled("T-01");
    tablet.enrol(&world.url(), &code, "T-01").expect("an enrolment");
    let first = one(&mut tablet);
    let nothing = one(&mut tablet);
    report.say("sync/first-50x200-bytes", first.0, "bytes", None);
    report.say("sync/first-50x200-ms", first.1, "ms", None);
    report.say("sync/nothing-new-bytes", nothing.0, "bytes", None);
    report.say("sync/nothing-new-ms", nothing.1, "ms", None);
}

const COSTS: [&str; 7] =
    ["equipment", "software", "communication", "security", "satellite", "training", "allowance"];

/// Bytes both ways and milliseconds of one sync.
fn one(tablet: &mut Tablet) -> (f64, f64) {
    let before = tablet.bytes();
    let began = Instant::now();
    tablet.sync().expect("a sync");
    ((tablet.bytes() - before) as f64, began.elapsed().as_secs_f64() * 1_000.0)
}
