//! Power cuts under a server.

use std::{ffi::OsStr, path::Path};

use tsumugi_server::{Config, store::SqliteStore};
use tsumugi_tests::Chance;

use crate::{
    client::{Company, Urn},
    cut::{Moment, Opened, Recorded, replay},
    cut_tablet::assert_complete,
    disk::{Disk, Syncs},
    held,
    report::Report,
    season::scratch,
    sent::Sent,
    served::Served,
    shim::Shim,
    siege::copy_folder,
    tablet::Carrier,
    trace::{self, Event},
    ward::Ward,
};

/// Turns of one recorded run; in each a company sends, and records are deposited.
const TURNS: usize = 120;
const CARDS: u32 = 1_200;
/// Cuts of one recorded run; more would be the same moments again.
const MOST_MOMENTS: u64 = 2_000;

/// A run, and what had been acknowledged by each of its marks.
struct Run {
    recorded: Recorded,
    marks: Vec<Mark>,
    all: Sent,
}

struct Mark {
    /// The event by which it was acknowledged: the reply left the server then.
    event: usize,
    sent: Sent,
}

/// Cuts servers at `moments` moments, three images each; `program` is `durability-server`.
///
/// # Panics
/// When a run cannot be recorded.
pub fn cut_servers(program: &Path, moments: u64, syncs: Syncs, seed: u64) -> Report {
    let (shim, mut chance) = (Shim::compile(), Chance::of(seed));
    let (mut report, mut left) = (Report::default(), moments);
    while left > 0 {
        let some = left.min(MOST_MOMENTS);
        left -= some;
        let run = record(program, &shim, syncs, &mut chance);
        let mut dice = Chance::of(chance.seed());
        let places = run.recorded.some_moments(some, &mut chance);
        report.add(replay(&run.recorded, places, &mut chance, |moment| open(moment, &run, dice.percent(5))));
    }
    report
}

/// Cuts the first start of a server at every moment: its migrations run under the cuts.
///
/// # Panics
/// When it cannot be recorded.
pub fn cut_first_start(program: &Path, seed: u64) -> Report {
    let (shim, folder, outside) = (Shim::compile(), scratch(), scratch());
    let before = Disk::of(folder.path(), Syncs::Believed).expect("the disk before");
    let file = outside.path().join("trace");
    let mut served = start_recorded(program, &shim, folder.path(), &file);
    assert_eq!(served.kill(), None, "the recorded server panicked");
    let recorded = Recorded { before, events: trace::read(&file).expect("a trace") };
    assert_complete(&recorded, folder.path());
    let run = Run { recorded, marks: Vec::new(), all: Sent::default() };
    replay(&run.recorded, run.recorded.every_moment(), &mut Chance::of(seed), |moment| {
        open(moment, &run, true)
    })
}

fn start_recorded(program: &Path, shim: &Shim, folder: &Path, trace: &Path) -> Served {
    let environment = shim.environment(folder, Some(trace), None);
    let environment = environment.iter().map(|(name, value)| (*name, value.as_os_str()));
    let environment: Vec<(&str, &OsStr)> = environment.collect();
    Served::start(program, folder, environment).expect("a server")
}

fn record(program: &Path, shim: &Shim, syncs: Syncs, chance: &mut Chance) -> Run {
    let mut ward = Ward::with(1, CARDS);
    let letter = ward.letters.first().expect("a letter");
    let mut company = Company::of(&ward, letter, chance.seed());
    let mut urn = Urn::of(&ward, 0, CARDS as usize, chance.seed());
    ward.world.stop();
    let (folder, outside) = (scratch(), scratch());
    copy_folder(ward.world.data(), folder.path());
    let before = Disk::of(folder.path(), syncs).expect("the disk before");
    let file = outside.path().join("trace");
    let mut served = start_recorded(program, shim, folder.path(), &file);
    let carrier = Carrier::to(&served.url);
    let (mut sent, mut marks) = (Sent::default(), Vec::new());
    for turn in 0..TURNS {
        company.answer();
        assert!(company.exchange(&carrier, &mut sent), "the server answers");
        assert!(urn.deposit(&carrier, &mut sent, chance), "the server answers");
        trace::say(&file, &format!("{turn}\n")).expect("a mark");
        marks.push(Mark { event: 0, sent: sent.clone() });
    }
    assert_eq!(served.kill(), None, "the recorded server panicked");
    let events = trace::read(&file).expect("a trace");
    date_marks(&mut marks, &events);
    let recorded = Recorded { before, events };
    if syncs == Syncs::Believed {
        assert_complete(&recorded, folder.path());
    }
    Run { recorded, marks, all: sent }
}

/// A mark stands after the last reply that left before a client noted it.
fn date_marks(marks: &mut [Mark], events: &[Event]) {
    let (mut last_sent, mut marks) = (0, marks.iter_mut());
    for (place, event) in events.iter().enumerate() {
        match event {
            Event::Sent => last_sent = place,
            // The server itself says its address, as JSON.
            Event::Said(words) if words.first().is_some_and(u8::is_ascii_digit) => {
                if let Some(mark) = marks.next() {
                    mark.event = last_sent;
                }
            }
            _ => {}
        }
    }
}

fn open(moment: &Moment<'_>, run: &Run, whole: bool) -> Opened {
    // Whatever was sent at all may be there; what was acknowledged by now must be.
    let mut sent = Sent::tried(&run.all);
    let passed = run.marks.iter().take_while(|mark| mark.event < moment.happened);
    let acknowledged = passed.last().map(|mark| mark.sent.clone()).unwrap_or_default();
    let count = acknowledged.acknowledged() as u64;
    sent.add(acknowledged);
    let mut wrong = Vec::new();
    let file = moment.folder.join("tsumugi.db");
    if let Err(error) = SqliteStore::open(&file, 1, 0) {
        wrong.push(format!("the database does not open: {error}"));
    }
    let found = held::compare(&file, &sent);
    wrong.extend(found.wrong);
    if whole {
        wrong.extend(start(moment.folder));
    }
    Opened { acknowledged: count, unsaid: found.unsaid, wrong }
}

/// Starts a whole server on what is left.
fn start(folder: &Path) -> Option<String> {
    let config = Config {
        data: folder.to_owned(),
        listen: ([127, 0, 0, 1], 0).into(),
        log: "off".to_owned(),
        backup_hours: 0,
        ..Config::default()
    };
    tsumugi_server::run(config).err().map(|error| format!("the server does not start: {error}"))
}
