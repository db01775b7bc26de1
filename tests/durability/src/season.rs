//! Kill loop of the tablet: children are killed with SIGKILL at any moment, then everything that
//! they acknowledged is looked for.
//!
//! A season is one ward and one tablet that dies many times. At its end the tablet sends
//! everything, and the server is asked what it holds: once each.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;
use tsumugi_server::app::free_bytes;
use tsumugi_tests::Chance;

use crate::{
    deed::{Deed, Ending, Told},
    life::Course,
    lived::{Lived, value_at},
    report::Report,
    tablet::{self, Carrier},
    ward::Ward,
};

/// Deaths of one tablet: its file grows to what a tablet holds after some weeks.
const DEATHS: u64 = 25;
/// Lines after which a child is killed, at most.
const MOST_LINES: u64 = 80;

/// Free bytes that a folder in memory must have to be used.
const ROOM: u64 = 512 * 1024 * 1024;

/// A folder in memory where there is room: a kill leaves the page cache, so the disk adds nothing.
///
/// # Panics
/// When no folder can be made.
pub fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let mut builder = tempfile::Builder::new();
    builder.prefix("tsumugi-");
    let roomy = free_bytes(memory).is_some_and(|free| free > ROOM);
    if roomy && let Ok(folder) = builder.tempdir_in(memory) {
        return folder;
    }
    builder.tempdir().expect("a folder")
}

/// Kills a tablet `kills` times; `program` is the binary `durability`.
///
/// # Panics
/// When the ward around the tablet does not do what its own stories prove.
pub fn kill_tablets(program: &Path, kills: u64, seed: u64) -> Report {
    let mut chance = Chance::of(seed);
    let mut report = Report::default();
    while report.blows < kills {
        let deaths = DEATHS.min(kills - report.blows);
        let name = format!("seed {seed}, season from kill {}", report.blows);
        let season = one_season(program, deaths, &mut chance);
        report.add_named(&name, season);
    }
    report
}

fn one_season(program: &Path, deaths: u64, chance: &mut Chance) -> Report {
    let ward = Ward::with(3, 200);
    let folder = scratch();
    ward.tablet_on(folder.path());
    let plan_file = folder.path().join("plan.json");
    let plan = ward.plan();
    fs::write(&plan_file, plan.encode()).expect("the plan");
    let mut lived = Lived::default();
    let mut report = Report::default();
    for death in 0..deaths {
        let course = if chance.percent(50) { Course::Busy } else { Course::Offline };
        let told = one_life(program, folder.path(), course, chance);
        report.blows += 1;
        report.acknowledged += told.done() as u64;
        let after = format!("death {death}");
        report.note(&after, told.failures().map(|(deed, words)| format!("{deed} failed: {words}")));
        lived.hear(&told);
        let compared = tablet::open(folder.path()).and_then(|tablet| lived.compare(&tablet, &plan));
        match compared {
            Ok(wrong) => report.note(&after, wrong),
            Err(error) => report.note(&after, [format!("the tablet does not open: {error}")]),
        }
        report.unsaid += u64::from(happened_unsaid(&told, &lived));
    }
    let end = bring_home(&ward, folder.path(), &lived);
    report.note("at the end of the season", end);
    report
}

fn one_life(program: &Path, folder: &Path, course: Course, chance: &mut Chance) -> Told {
    let seed = chance.seed().to_string();
    let course = if course == Course::Busy { "busy" } else { "offline" };
    let child = Command::new(program)
        .arg("tablet")
        .arg(folder)
        .args([&seed, course, "1000"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Some are killed while the file is opened, most while people work.
    let lines = if chance.percent(15) { 0 } else { chance.below(MOST_LINES) };
    let pause = Duration::from_micros(if lines == 0 { chance.below(20_000) } else { chance.below(4_000) });
    kill_after(child, lines, pause)
}

/// Reads so many lines, waits, kills, and gives everything that was told.
fn kill_after(mut child: Child, lines: u64, pause: Duration) -> Told {
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut text = String::new();
    for _ in 0..lines {
        if out.read_line(&mut text).expect("its output") == 0 {
            break;
        }
    }
    thread::sleep(pause);
    child.kill().expect("a kill");
    child.wait().expect("its end");
    out.read_to_string(&mut text).expect("the rest of its output");
    Told::read(&text).expect("lines of deeds")
}

/// True when the deed that was cut by the kill is there.
fn happened_unsaid(told: &Told, lived: &Lived) -> bool {
    match told.deeds.last() {
        Some((Deed::Answer { response, path, text }, Ending::Cut)) => {
            lived.answers().any(|answer| answer == (response, path, Some(text)))
        }
        _ => false,
    }
}

/// Sends everything, and compares what the server holds with what the tablet held.
fn bring_home(ward: &Ward, folder: &Path, lived: &Lived) -> Vec<String> {
    let mut wrong = Vec::new();
    let tablet = match tablet::open(folder) {
        Ok(tablet) => tablet,
        Err(error) => return vec![format!("the tablet does not open: {error}")],
    };
    if let Err(error) = Carrier::to(&ward.world.url()).sync(&tablet) {
        wrong.push(format!("the tablet does not sync: {error}"));
    }
    ward.world.office.settle().expect("the projector");
    for letter in &ward.letters {
        let mut reader = ward.reader(letter);
        let screen = reader.device().screen(letter.response, "ja").expect("an open response");
        let screen = serde_json::to_value(&screen).expect("a screen is JSON");
        let id = letter.response.to_string();
        for (_, path, text) in lived.answers().filter(|(response, ..)| *response == id) {
            let found = value_at(&screen, path);
            if found.as_deref() != text {
                wrong.push(format!("the server shows {found:?} at {path}, the tablet {text:?}"));
            }
        }
    }
    let counted = ward.world.office.close(ward.anonymous.id).expect("the survey closes");
    let spent = lived.spent() as u64;
    if (counted.rows, counted.refused, counted.conflicts) != (spent, 0, 0) {
        wrong.push(format!(
            "{spent} entries were sealed; counted are {}, refused {}, under one card twice {}",
            counted.rows, counted.refused, counted.conflicts
        ));
    }
    wrong
}
