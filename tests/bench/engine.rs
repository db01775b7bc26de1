//! The form engine beside its peer, `@getodk/xforms-engine`, on the same forms in the same run.
//!
//! Each scenario runs alone in a process of its own, once with our engine (`bench --native
//! FILE`) and once with the peer's in Node.js (`peer/engine.mjs FILE`); both read the same file
//! and print the same line of JSON. What both read from the form must be equal.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;

use crate::{
    engine_forms as forms,
    engine_scenarios::{Scenario, cascading, opening, repeating, setting},
    report::Report,
};

/// What a runner prints of a scenario.
#[derive(Debug, Deserialize)]
struct Figures {
    median_ms: f64,
    samples: usize,
    warm: usize,
    seen: Vec<Vec<String>>,
    peak_mib: Option<f64>,
}

/// A form of the reference cases, which lie beside a checkout and are not part of it.
const SURVEY: &str = "web-forms__packages__common__src__fixtures__preview-service__xlsforms__socio-economic-survey-v20240515.xlsx.xform.xml";
/// The largest form of the recorded fillings.
const TAPE: &str = "f5946396f26";

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("engine") {
        return;
    }
    let folder = target().join("bench/engine");
    fs::create_dir_all(&folder).expect("a folder below target");
    let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peer");
    if !peer.join("node_modules").is_dir() {
        eprintln!("the peer is not installed (npm ci in {}): only our engine is measured", peer.display());
    }
    for scenario in scenarios(&folder) {
        let bench = format!("engine/{}", scenario.scenario);
        if !report.wants(&bench) {
            continue;
        }
        let file = folder.join(format!("{}.json", scenario.scenario));
        fs::write(&file, serde_json::json!({ "scenarios": [scenario] }).to_string()).expect("a file");
        let program = std::env::current_exe().expect("the path of this program");
        let ours = figures(Command::new(program).arg("--native").arg(&file));
        let peer = peer.join("node_modules").is_dir().then(|| {
            // A hundred thousand choices want more than the heap that Node takes by itself.
            figures(
                Command::new("node").arg("--max-old-space-size=8192").arg(peer.join("engine.mjs")).arg(&file),
            )
        });
        let peer = peer.flatten();
        let module = target().join("tapes/tapes.js");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tapes/node/bench.mjs");
        let wasm = module
            .is_file()
            .then(|| figures(Command::new("node").arg(script).arg(&module).arg(&file)))
            .flatten();
        if let Some(wasm) = wasm {
            report.say(
                &format!("{bench}-wasm"),
                wasm.median_ms,
                "ms",
                peer.as_ref().map(|peer| peer.median_ms),
            );
        }
        say(report, &bench, ours, peer);
    }
}

fn say(report: &mut Report, bench: &str, ours: Option<Figures>, peer: Option<Figures>) {
    let Some(ours) = ours else { return };
    report.say(bench, ours.median_ms, "ms", peer.as_ref().map(|peer| peer.median_ms));
    if bench.ends_with("cascade")
        && let Some(peak) = ours.peak_mib
    {
        report.say(&format!("{bench}-peak"), peak, "MiB", peer.as_ref().and_then(|peer| peer.peak_mib));
    }
    if let Some(peer) = peer {
        let Figures { warm, samples, .. } = peer;
        eprintln!(
            "  {bench}: peer {samples} samples after {warm}, ours {} after {}",
            ours.samples, ours.warm
        );
        if peer.seen != ours.seen {
            eprintln!("  {bench}: NOT EQUAL: ours {:?}, peer {:?}", ours.seen, peer.seen);
        }
    }
}

/// Runs a runner on its file; what went wrong is on standard error.
fn figures(command: &mut Command) -> Option<Figures> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

/// Writes the forms into `folder`, and says what is measured on each.
fn scenarios(folder: &Path) -> Vec<Scenario> {
    let write = |name: &str, xml: &str| {
        let file = format!("{name}.xml");
        fs::write(folder.join(&file), xml).expect("a file below target");
        file
    };
    let mut all = autopsy(&write("autopsy-shaped", &forms::autopsy_shaped()));
    if let Some(xml) = recorded() {
        let file = write("recorded", &xml);
        let at = |name: &str| format!("/jr-choice-name/{name}");
        all.extend(opening("recorded", &file));
        let (set, reads) = (at("select_one_outside"), at("select_one_name_outside"));
        all.push(setting("recorded", &file, &[], (&set, ["choice1", "choice2"]), &reads));
    }
    if let Ok(xml) = fs::read_to_string(reference().join("forms/xlsforms").join(SURVEY)) {
        let file = write("survey", &xml);
        all.extend(opening("survey", &file));
        let head = "/data/headOfHousehold";
        let (set, reads) = (format!("{head}/householdIncome"), format!("{head}/SEClass"));
        all.push(setting("survey", &file, &[], (&set, ["1", "2"]), &reads));
    }
    let last = format!("/data/c{}", forms::CALCULATIONS - 1);
    for (name, xml) in [("fan-1000", forms::fan()), ("chain-1000", forms::chain())] {
        let file = write(name, &xml);
        all.push(setting(name, &file, &[], ("/data/number", ["1", "2"]), &last));
    }
    let repeat = write("repeat", &forms::repeat());
    all.extend([10, 1_000].map(|place| repeating(place, &repeat)));
    let cascade = write("cascade", &forms::cascade());
    all.extend(opening("cascade", &cascade).pop());
    all.push(cascading(&cascade));
    all
}

fn autopsy(file: &str) -> Vec<Scenario> {
    let at = "/data/deceased";
    let (born, died, years) = (format!("{at}/born"), format!("{at}/died"), format!("{at}/years"));
    let answered = [(born.as_str(), "1950-02-03"), (died.as_str(), "2024-05-06")];
    let mut all = opening("autopsy-shaped", file);
    // Another year of death is another age; the date of another child opens other sections.
    all.push(setting("autopsy-shaped-date", file, &answered, (&died, ["2024-05-06", "2025-05-06"]), &years));
    all.push(setting("autopsy-shaped-age", file, &answered, (&died, ["2024-05-06", "1950-02-09"]), &years));
    let screen = "/data/s2/g0/q0";
    all.push(setting("autopsy-shaped-yes", file, &answered, (screen, ["yes", "no"]), screen));
    all
}

/// The largest form of the recorded fillings.
fn recorded() -> Option<String> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/forms");
    let packed = fs::File::open(fixtures.join("form_tapes.json.gz")).ok()?;
    let cases: serde_json::Value = serde_json::from_reader(flate2::read::GzDecoder::new(packed)).ok()?;
    cases["forms"][TAPE].as_str().map(str::to_owned)
}

fn reference() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/reference");
    std::env::var_os("TSUMUGI_REFERENCE").map_or_else(|| beside.into(), PathBuf::from)
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
