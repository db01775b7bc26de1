//! Our engine on the scenarios of a file: `bench --native FILE`.
//!
//! Reads, times and prints as `peer/engine.mjs` does; what is timed is in `engine_scenarios`.

use std::{fs, hint::black_box, path::Path, time::Instant};

use serde::Deserialize;
use tsumugi_core::form::Form;

use crate::engine_scenarios::{Filled, Measure, Operation, Scenario, parse};

const WARM_SECONDS: f64 = 0.5;
const MOST_SECONDS: f64 = 20.0;
const LEAST_SAMPLES: usize = 5;
const MOST_SAMPLES: usize = 201;

#[derive(Deserialize)]
struct File {
    scenarios: Vec<Scenario>,
}

/// Runs the scenarios of `file` and prints a line of JSON for each.
///
/// # Errors
/// What cannot be read or is refused, in words.
#[expect(clippy::print_stdout, reason = "the figures are what this program prints")]
pub(crate) fn run(file: &Path) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let File { scenarios } = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    for scenario in scenarios {
        let xml =
            fs::read_to_string(file.with_file_name(&scenario.form)).map_err(|error| error.to_string())?;
        let figures = match scenario.measure {
            Measure::Operations => operations(&scenario, &xml)?,
            measure => opening(measure, &xml)?,
        };
        println!("{}", figures.line(&scenario.scenario));
    }
    Ok(())
}

struct Figures {
    times: Vec<f64>,
    warm: usize,
    seen: Vec<Vec<String>>,
}

impl Figures {
    fn line(mut self, scenario: &str) -> serde_json::Value {
        self.times.sort_by(f64::total_cmp);
        serde_json::json!({
            "scenario": scenario,
            "median_ms": self.times.get(self.times.len() / 2),
            "samples": self.times.len(),
            "warm": self.warm,
            "seen": self.seen,
            "peak_mib": peak_mebibytes(),
        })
    }
}

fn opening(measure: Measure, xml: &str) -> Result<Figures, String> {
    let ready = if measure == Measure::Create { Some(parse(xml)?) } else { None };
    let (times, warm) = measured(|| {
        let began = Instant::now();
        let form: Form = ready.clone().map_or_else(|| parse(xml), Ok)?;
        if measure == Measure::Parse {
            black_box(form);
        } else {
            black_box(Filled::new(form));
        }
        Ok(began.elapsed().as_secs_f64())
    })?;
    Ok(Figures { times, warm, seen: Vec::new() })
}

fn operations(scenario: &Scenario, xml: &str) -> Result<Figures, String> {
    let mut filled = Filled::new(parse(xml)?);
    let mut perform = |operations: &[Operation]| -> Result<Vec<String>, String> {
        let read: Result<Vec<_>, _> = operations.iter().map(|one| filled.perform(one)).collect();
        Ok(read?.into_iter().flatten().collect())
    };
    perform(&scenario.before)?;
    let turns = scenario.timed.len().max(1);
    let mut seen = vec![Vec::new(); turns];
    let mut runs = 0;
    let (times, warm) = measured(|| {
        let turn = runs % turns;
        runs += 1;
        let began = Instant::now();
        seen[turn] = perform(&scenario.timed[turn])?;
        let time = began.elapsed().as_secs_f64();
        perform(&scenario.after)?;
        Ok(time)
    })?;
    Ok(Figures { times, warm, seen })
}

/// Milliseconds of each sample, and how many runs went before them.
fn measured(mut run: impl FnMut() -> Result<f64, String>) -> Result<(Vec<f64>, usize), String> {
    let began = Instant::now();
    let seconds = || began.elapsed().as_secs_f64();
    let mut warm = 0;
    while seconds() < WARM_SECONDS {
        run()?;
        warm += 1;
    }
    let mut times = Vec::new();
    while times.len() < LEAST_SAMPLES || (times.len() < MOST_SAMPLES && seconds() < MOST_SECONDS) {
        times.push(run()? * 1_000.0);
    }
    Ok((times, warm))
}

/// The most memory that this process ever held; nothing where the system does not tell.
fn peak_mebibytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<f64>().ok().map(|kilobytes| kilobytes / 1_024.0)
}
