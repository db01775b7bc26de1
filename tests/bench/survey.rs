//! A stratified, clustered, weighted proportion over 1,000,000 rows, beside R's `survey` package on
//! the same data in the same run, where R and the package are there.

use std::{fmt::Write as _, path::Path, process::Command, time::Instant};

use chacha20::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tsumugi_core::indicator::{
    Contribution, CountedUnit, Tally,
    estimate::{
        Estimate, Frame, Line, Sample,
        microdata::{Codes, Microdata, Policies, Stage},
    },
};

use crate::report::{Report, median_ms};

const ROWS: usize = 1_000_000;
const STRATA: u32 = 50;
const CLUSTERS: u32 = 100;

/// Reads the rows, and prints estimate, standard error, and the seconds of the design and of the mean.
const SCRIPT: &str = r#"
suppressPackageStartupMessages(library(survey))
x <- read.csv(commandArgs(TRUE)[1])
a <- system.time(d <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~w, data = x))[["elapsed"]]
b <- min(sapply(1:3, function(i) system.time(m <<- svymean(~y, d))[["elapsed"]]))
cat(sprintf("%.15g %.15g %.6f %.6f\n", coef(m), SE(m), a, b))
"#;

struct Rows {
    stratum: Vec<u32>,
    cluster: Vec<u32>,
    weight: Vec<f64>,
    y: Vec<f64>,
}

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("survey") {
        return;
    }
    let rows = rows();
    let peer = of_r(&rows);
    let began = Instant::now();
    let data = design(&rows);
    report.say(
        "survey/design-1m",
        began.elapsed().as_secs_f64() * 1e3,
        "ms",
        peer.as_ref().map(|peer| peer[2] * 1e3),
    );
    let estimate = data.all().mean(&rows.y).expect("a million answers").estimate;
    let time = median_ms(5, || drop(data.all().mean(&rows.y)));
    report.say("survey/proportion-1m", time, "ms", peer.as_ref().map(|peer| peer[3] * 1e3));
    if let Some(peer) = &peer {
        agree(&estimate, peer);
    }
    let began = Instant::now();
    let tally = tally(&rows);
    report.say("survey/count-1m", began.elapsed().as_secs_f64() * 1e3, "ms", None);
    let frame = Frame { stratified: true, clustered: true, ..Frame::default() };
    let of_sums =
        || Sample::new(&tally, frame.clone()).ratio(&|_| true, Line::Y, Line::ONE).expect("answers");
    agree(&of_sums(), &[estimate.value, estimate.standard_error()]);
    report.say(
        "survey/proportion-from-sums",
        median_ms(5, || {
            of_sums();
        }),
        "ms",
        None,
    );
}

fn rows() -> Rows {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut rows = Rows { stratum: Vec::new(), cluster: Vec::new(), weight: Vec::new(), y: Vec::new() };
    for _ in 0..ROWS {
        let stratum = rng.next_u32() % STRATA;
        let cluster = stratum * CLUSTERS + rng.next_u32() % CLUSTERS;
        rows.stratum.push(stratum);
        rows.cluster.push(cluster);
        rows.weight.push(f64::from(1 + rng.next_u32() % 8) / 2.0);
        // Clusters differ: between a fifth and four fifths say yes.
        rows.y.push(f64::from(u8::from(rng.next_u32() % 100 < 20 + cluster * 7 % 61)));
    }
    rows
}

fn design(rows: &Rows) -> Microdata {
    let codes = |column: &[u32]| Codes::of(column.iter().map(u32::to_string));
    let stage =
        Stage { strata: Some(codes(&rows.stratum)), units: Some(codes(&rows.cluster)), population: None };
    Microdata::new(ROWS, Some(rows.weight.clone()), &[stage], Policies::default()).expect("a design")
}

fn tally(rows: &Rows) -> Tally {
    let mut tally = Tally::new();
    for row in 0..ROWS {
        tally.add(&CountedUnit {
            stratum: rows.stratum[row].to_string(),
            cluster: Some(rows.cluster[row].to_string()),
            weight: rows.weight[row],
            value: Some(Contribution { x: 1.0, y: rows.y[row], key: None }),
            ..CountedUnit::default()
        });
    }
    tally
}

/// Figures of two programs that do not compute the same say nothing.
fn agree(estimate: &Estimate, peer: &[f64]) {
    for (got, expected) in [estimate.value, estimate.standard_error()].into_iter().zip(peer) {
        assert!((got / expected - 1.0).abs() < 1e-9, "{got} is not {expected}");
    }
}

/// Estimate, standard error and seconds of R; `None`, said aloud, where it cannot be asked.
fn of_r(rows: &Rows) -> Option<Vec<f64>> {
    let folder = tempfile::tempdir().expect("a folder");
    let (table, script) = (folder.path().join("rows.csv"), folder.path().join("peer.R"));
    let mut text = String::from("stratum,cluster,w,y\n");
    for row in 0..ROWS {
        let _ = writeln!(
            text,
            "{},{},{},{}",
            rows.stratum[row], rows.cluster[row], rows.weight[row], rows.y[row]
        );
    }
    std::fs::write(&table, text).expect("the rows are written");
    std::fs::write(&script, SCRIPT).expect("the script is written");
    let said = ask(&script, &table);
    if said.is_none() {
        eprintln!("survey: no peer, since Rscript with the package survey is not there");
    }
    said
}

fn ask(script: &Path, table: &Path) -> Option<Vec<f64>> {
    let output = Command::new("Rscript")
        .arg(script)
        .arg(table)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let said: Vec<f64> = String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    (said.len() == 4).then_some(said)
}
