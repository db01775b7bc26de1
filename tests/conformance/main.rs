//! Checks core against recorded cases of other implementations.
//!
//! `conformance SUITE FILE.json.gz` prints one line of JSON with the figures of a suite;
//! `--failures` adds a line for each case that fails. A case that is passed over has a
//! named reason, which is counted.

mod cases;
mod report;
mod xpath;

use std::{io::Write as _, process::ExitCode};

use report::Report;

/// A suite: its name on the command line and what runs its file.
type Suite = (&'static str, fn(&[u8]) -> Result<Report, String>);

const SUITES: [Suite; 1] = [("xpath", xpath::run)];

fn main() -> ExitCode {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    let failures = names.iter().position(|name| name == "--failures").map(|at| names.remove(at)).is_some();
    let (suite, file) = match names.as_slice() {
        [suite, file] => (suite, file),
        _ => return refuse("usage: conformance SUITE FILE.json.gz [--failures]"),
    };
    let Some((_, run)) = SUITES.iter().find(|(name, _)| name == suite) else {
        let known: Vec<&str> = SUITES.iter().map(|(name, _)| *name).collect();
        return refuse(&format!("there is no suite `{suite}`; there are: {}", known.join(", ")));
    };
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => return refuse(&format!("{file} cannot be read: {error}")),
    };
    match run(&bytes) {
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
