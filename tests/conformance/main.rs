//! Checks core against recorded cases of other implementations.
//!
//! `conformance SUITE PATH` prints one line of JSON with the figures of a suite;
//! `--failures` adds a line for each case that fails. A case that is passed over has a
//! named reason, which is counted.

mod cases;
mod report;
mod roundtrip;
mod statistics;
mod tapes;
mod xlsform;
mod xpath;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use report::Report;

/// A suite: its name on the command line and what runs its file or folder.
type Suite = (&'static str, fn(&Path) -> Result<Report, String>);

const SUITES: [Suite; 8] = [
    ("xpath", |path| xpath::run(&bytes(path)?)),
    ("xlsform", |path| xlsform::run(&bytes(path)?)),
    ("tapes", |path| tapes::run(&bytes(path)?)),
    ("tapes-rewritten", |path| roundtrip::run_tapes(&bytes(path)?)),
    ("workbooks", xlsform::run_workbooks),
    ("statistics", statistics::run),
    ("disclosure", statistics::run_disclosure),
    ("scales", |path| statistics::run_scales(&bytes(&within(path, "scale_vectors.json"))?)),
];

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("it cannot be read: {error}"))
}

/// The file itself, or the one of that name in a folder.
fn within(path: &Path, name: &str) -> PathBuf {
    if path.is_dir() { path.join(name) } else { path.to_owned() }
}

fn main() -> ExitCode {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    let failures = names.iter().position(|name| name == "--failures").map(|at| names.remove(at)).is_some();
    let (suite, file) = match names.as_slice() {
        [suite, file] => (suite, file),
        _ => return refuse("usage: conformance SUITE PATH [--failures]"),
    };
    let Some((_, run)) = SUITES.iter().find(|(name, _)| name == suite) else {
        let known: Vec<&str> = SUITES.iter().map(|(name, _)| *name).collect();
        return refuse(&format!("there is no suite `{suite}`; there are: {}", known.join(", ")));
    };
    match run(Path::new(file)) {
        Ok(report) => print(&report, failures),
        Err(error) => refuse(&format!("{file}: {error}")),
    }
}

fn refuse(reason: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{reason}");
    ExitCode::from(2)
}

fn print(report: &Report, failures: bool) -> ExitCode {
    let mut out = std::io::stdout().lock();
    if failures {
        for failure in &report.failures {
            let _ = writeln!(out, "{failure}");
        }
    }
    let written = writeln!(out, "{}", report.summary());
    if written.is_ok() && report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
