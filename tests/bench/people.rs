//! Four people of one company, fifty answers each without a network, two hundred questions.

use std::fmt::Write as _;

use tsumugi_core::survey::Mode;
use tsumugi_server::demo::{Client, Dice, Tablet, Typed};
use tsumugi_tests::{World, world::now};

use crate::{peers::Peer, report::Report, wire::Wire};

const PEOPLE: usize = 4;
const EDITS: usize = 50;
const QUESTIONS: usize = 200;

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("people") {
        return;
    }
    let world = World::new();
    let survey =
        world.open_form("questions.xml", form().as_bytes(), Mode::Company, 2026, &[("30-99", 1_840)]);
    let letter = world.letter(survey.id, "株式会社みほん", "30-99");
    let wire = Wire::to(world.url().trim_start_matches("http://"));
    let mut people: Vec<Tablet> = (0..PEOPLE)
        .map(|place| {
            let mut person = person(&wire.url(), &letter.code, place);
            person.open(letter.response).expect("the response");
            person
        })
        .collect();
    let before: u64 = people.iter().map(Tablet::bytes).sum();
    let passed = wire.bytes();
    for (place, person) in people.iter_mut().enumerate() {
        for edit in 0..EDITS {
            // Each answers a quarter, and some of a neighbour's.
            let path = format!("q{}", (place * EDITS + edit + edit % 5) % QUESTIONS);
            let answer: Typed = vec![(path, (place * 1_000 + edit + 1).to_string())];
            person.enter(letter.response, &answer).expect("an answer");
        }
    }
    people.iter_mut().for_each(|person| person.sync().expect("a sync"));
    let once: u64 = people.iter().map(Tablet::bytes).sum();
    report.say("people/one-exchange-each", (once - before) as f64, "bytes", None);
    people.iter_mut().for_each(|person| person.sync().expect("a sync"));
    let all: u64 = people.iter().map(Tablet::bytes).sum();
    report.say("people/until-all-have-all", (all - before) as f64, "bytes", Some(10_000.0));
    // With the heads of HTTP, as the frames of the peers count too.
    let passed = (wire.bytes() - passed) as f64;
    for peer in Peer::installed() {
        let Some(theirs) = peer.people() else { continue };
        report.say(&format!("people/beside-{}-wire", peer.name), passed, "bytes", Some(theirs.bytes));
    }
}

/// A person of the company at a device of their own, who reaches the server at `url`.
fn person(url: &str, letter: &str, place: usize) -> Tablet {
    let name = format!("田中{place}");
    let dice = Dice::of(1, &format!("総務 {name}"));
    let mut device = Tablet::new(Client::new(url), dice, now()).expect("a device");
    device.enter_company(url, letter, &name, "総務").expect("the letter's code");
    device.sync().expect("a first sync");
    device
}

/// An XForm of two hundred numbers.
fn form() -> String {
    let (mut primary, mut binds, mut body) = (String::new(), String::new(), String::new());
    for number in 0..QUESTIONS {
        let _ = write!(primary, "<q{number}/>");
        let _ = write!(binds, "<bind nodeset=\"/data/q{number}\" type=\"int\"/>");
        let _ = write!(body, "<input ref=\"/data/q{number}\"><label>Question {number}</label></input>");
    }
    format!(
        "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:head>\
         <h:title>Questions</h:title><model><instance><data id=\"questions\">{primary}</data></instance>{binds}\
         </model></h:head><h:body>{body}</h:body></h:html>"
    )
}
