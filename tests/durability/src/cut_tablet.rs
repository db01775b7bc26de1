//! Power cuts under a tablet.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use tsumugi_tests::Chance;

use crate::{
    cut::{Moment, Opened, Recorded, replay},
    deed::Told,
    disk::{Disk, Syncs},
    life::Plan,
    lived::Lived,
    report::Report,
    season::scratch,
    shim::Shim,
    tablet, trace,
    ward::Ward,
};

/// Deeds of one recorded life: enough for several checkpoints.
const DEEDS: u64 = 250;
/// Cuts of one recorded life; more would be the same moments again.
const MOST_MOMENTS: u64 = 2_000;

/// Cuts tablets at `moments` moments, three images each; `program` is the binary `durability`.
///
/// # Panics
/// When a life cannot be recorded.
pub fn cut_tablets(program: &Path, moments: u64, syncs: Syncs, seed: u64) -> Report {
    let (shim, mut chance) = (Shim::compile(), Chance::of(seed));
    let (mut report, mut left) = (Report::default(), moments);
    while left > 0 {
        let some = left.min(MOST_MOMENTS).min((moments / 4).max(1));
        left -= some;
        let course = if chance.percent(50) { "busy" } else { "offline" };
        // A ward of its own: what an earlier tablet sent must not come down to this one.
        let ward = Ward::with(3, 200);
        let plan = ward.plan();
        let folder = scratch();
        ward.tablet_on(folder.path());
        let life = Life { course, deeds: DEEDS, seed: chance.seed() };
        let run = record(program, &shim, folder.path(), &plan, &life, syncs);
        let places = run.some_moments(some, &mut chance);
        report.add(replay(&run, places, &mut chance, |moment| open(moment, &plan)));
    }
    report
}

/// Cuts the first opening of a tablet at every moment: its file is made under the cuts.
///
/// # Panics
/// When it cannot be recorded.
pub fn cut_first_opening(program: &Path, seed: u64) -> Report {
    let folder = scratch();
    let plan = Plan { url: String::new(), survey: String::new(), responses: Vec::new(), cards: Vec::new() };
    let life = Life { course: "offline", deeds: 0, seed };
    let run = record(program, &Shim::compile(), folder.path(), &plan, &life, Syncs::Believed);
    replay(&run, run.every_moment(), &mut Chance::of(seed), |moment| open(moment, &plan))
}

/// What a recorded child does.
struct Life {
    course: &'static str,
    deeds: u64,
    seed: u64,
}

fn record(program: &Path, shim: &Shim, folder: &Path, plan: &Plan, life: &Life, syncs: Syncs) -> Recorded {
    let outside = scratch();
    fs::write(folder.join("plan.json"), plan.encode()).expect("the plan");
    let before = Disk::of(folder, syncs).expect("the disk before");
    let file = outside.path().join("trace");
    let status = Command::new(program)
        .arg("tablet")
        .arg(folder)
        .args([&life.seed.to_string(), life.course, &life.deeds.to_string()])
        .envs(shim.environment(folder, Some(&file), None))
        .stdout(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success(), "a life ended with {status}");
    let run = Recorded { before, events: trace::read(&file).expect("a trace") };
    if syncs == Syncs::Believed {
        assert_complete(&run, folder);
    }
    run
}

/// The replayed disk is the real one: nothing escaped the shim.
///
/// # Panics
/// When a file differs.
pub fn assert_complete(run: &Recorded, folder: &Path) {
    let mut disk = run.before.clone();
    run.events.iter().for_each(|event| disk.take(event));
    let replayed = disk.after_cut(crate::disk::Loss::Kept, &mut Chance::of(0));
    for entry in fs::read_dir(folder).expect("the folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let real = fs::read(entry.path()).expect("a file");
        let same = replayed.get(&name).is_some_and(|bytes| *bytes == real);
        assert!(same || name.ends_with("-shm"), "{name} is not what was recorded");
    }
}

fn open(moment: &Moment<'_>, plan: &Plan) -> Opened {
    let told = match Told::read(&moment.said()) {
        Ok(told) => told,
        Err(line) => return Opened { wrong: vec![format!("{line:?}")], ..Opened::default() },
    };
    let mut lived = Lived::default();
    lived.hear(&told);
    let compared = tablet::open(moment.folder).and_then(|tablet| lived.compare(&tablet, plan));
    let wrong = compared.unwrap_or_else(|error| vec![format!("the tablet does not open: {error}")]);
    Opened { acknowledged: told.done() as u64, unsaid: 0, wrong }
}
