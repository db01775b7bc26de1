//! Cases of stratified and clustered samples, and of two waves.

use std::collections::BTreeMap;

use serde_json::Value;
use tsumugi_core::indicator::{
    CellKey, Tally,
    estimate::{Estimate, Frame, Line as Part, Sample, StratumFrame, difference, mean_t, relative_change},
};

use super::{
    computed::{Computed, all, group, mean, ordered, ratio},
    data::{Data, Line, Plan, levels},
};

/// Population of each stratum, from a column.
fn finite(lines: &[Line], stratum: &str, population: &str) -> BTreeMap<String, StratumFrame> {
    let frame = |line: &Line| StratumFrame { units: None, sampling_units: line.number(population) };
    lines.iter().map(|line| (line.text(stratum).to_owned(), frame(line))).collect()
}

/// Notes what the data set `strat` gives.
pub(crate) fn strat(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("strat")?;
    let size = |line: &Line| line.text("size").to_owned();
    let groups = |line: &Line| vec![line.text("size").to_owned(), line.text("industry").to_owned()];
    let weight = |line: &Line| line.known("w");
    let plan = Plan { stratum: &size, groups: &groups, weight: &weight, ..Plan::SIMPLE };
    let count = |column: &'static str| plan.count(&lines, &|line| line.number(column).map(|y| (1.0, y)));
    let (telework, employees) = (count("tele_intro"), count("employees"));
    let corrected = Frame { strata: finite(&lines, "size", "Nh"), stratified: true, ..Frame::default() };
    let uncorrected = Frame { stratified: true, ..Frame::default() };
    let df = lines.len() as f64 - corrected.strata.len() as f64;
    out.put("strat.degf", df);
    for (path, frame) in [("strat.fpc", &corrected), ("strat.no_fpc", &uncorrected)] {
        let sample = Sample::new(&telework, frame.clone());
        let share = mean(&sample, &all)?;
        out.estimate(&format!("{path}.tele_mean"), &share, df);
        out.estimate(&format!("{path}.tele_total"), &sample.total(&all, Part::Y), df);
        out.proportion(&format!("{path}.prop"), &share);
        let sample = Sample::new(&employees, frame.clone());
        out.estimate(&format!("{path}.emp_mean"), &mean(&sample, &all)?, df);
        out.estimate(&format!("{path}.emp_total"), &sample.total(&all, Part::Y), df);
    }
    let sample = Sample::new(&telework, corrected.clone());
    out.estimate("strat.deff_replace", &mean(&sample, &all)?, df);
    let sizes = ordered(reference, "strat.by_size.size", levels(&lines, "size"));
    let shares: Vec<Estimate> =
        sizes.iter().map(|size| mean(&sample, &group(size))).collect::<Result<_, _>>()?;
    out.by("strat.by_size", "size", &sizes, &shares);
    out.proportion("strat.kgi_30_299", &mean(&sample, &|key: &CellKey| key.stratum != "300+")?);
    out.proportion("strat.only_300", &mean(&sample, &group("300+"))?);
    let industries = ordered(reference, "strat.by_industry_totals.industry", levels(&lines, "industry"));
    let of = |industry: &String| {
        sample.total(&|key: &CellKey| key.groups.get(1).is_some_and(|group| group == industry), Part::Y)
    };
    out.by(
        "strat.by_industry_totals",
        "industry",
        &industries,
        &industries.iter().map(of).collect::<Vec<_>>(),
    );
    let contrast = sample.ratio_difference(&group("30-99"), &group("300+"), Part::Y, Part::ONE);
    let contrast = contrast.ok_or("a size class is empty")?;
    out.put("strat.contrast_300_minus_30.est", contrast.value);
    out.put("strat.contrast_300_minus_30.se", contrast.standard_error());
    let workers = plan.count(&lines, &|line| Some((line.number("employees")?, line.number("tele_workers")?)));
    let workers = ratio(&Sample::new(&workers, corrected))?;
    out.put("strat.worker_ratio.est", workers.value);
    out.put("strat.worker_ratio.se", workers.standard_error());
    out.interval("strat.worker_ratio.ci_t", mean_t(workers.value, workers.variance, df));
    Ok(())
}

/// Notes what the data set `cluster` gives.
pub(crate) fn cluster(data: &Data<'_>, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("cluster")?;
    let stratum = |line: &Line| line.text("stratum").to_owned();
    let company = |line: &Line| line.text("company").to_owned();
    let groups = |line: &Line| vec![line.text("telework").to_owned(), line.text("agegrp").to_owned()];
    let weight = |line: &Line| line.known("w");
    let plan =
        Plan { stratum: &stratum, cluster: Some(&company), groups: &groups, weight: &weight, ..Plan::SIMPLE };
    let count = |column: &'static str| plan.count(&lines, &|line| line.number(column).map(|y| (1.0, y)));
    let (lonely, score) = (count("lonely"), count("score"));
    let clustered = |stratified, strata| Frame { stratified, clustered: true, strata, ..Frame::default() };
    for (path, frame) in [
        ("cluster.strata", clustered(true, BTreeMap::new())),
        ("cluster.strata_fpc", clustered(true, finite(&lines, "stratum", "M_psu"))),
        ("cluster.no_strata", clustered(false, BTreeMap::new())),
    ] {
        let sample = Sample::new(&lonely, frame.clone());
        let share = mean(&sample, &all)?;
        out.proportion(&format!("{path}.lonely"), &share);
        out.estimate(&format!("{path}.score"), &mean(&Sample::new(&score, frame), &all)?, share.df);
        out.estimate(&format!("{path}.total"), &sample.total(&all, Part::Y), share.df);
        out.put(&format!("{path}.degf"), share.df);
    }
    let frame = clustered(true, BTreeMap::new());
    let sample = Sample::new(&lonely, frame.clone());
    let sides = [mean(&sample, &group("0"))?, mean(&sample, &group("1"))?];
    out.list("cluster.by_telework.est", sides.iter().map(|e| e.value));
    out.list("cluster.by_telework.se", sides.iter().map(|e| e.standard_error()));
    let difference = |tally: &Tally| {
        let sample = Sample::new(tally, frame.clone());
        sample.ratio_difference(&group("0"), &group("1"), Part::Y, Part::ONE).ok_or("a side is empty")
    };
    let apart = difference(&lonely)?;
    let [a, b] = sides.map(|side| side.variance);
    let shared = (a + b - apart.variance) / 2.0;
    out.list("cluster.by_telework.cov", [a, shared, shared, b]);
    let df = mean(&sample, &all)?.df - 1.0;
    out.t_test("cluster.ttest_lonely_by_telework", &apart, df);
    out.t_test("cluster.ttest_score_by_telework", &difference(&score)?, df);
    let elders = |key: &CellKey| key.groups.get(1).is_some_and(|age| age == "65+");
    out.proportion("cluster.domain_65", &mean(&sample, &elders)?);
    let plain = Plan::SIMPLE.count(&lines, &|line| line.number("lonely").map(|y| (1.0, y)));
    let plain = mean(&Sample::new(&plain, Frame::default()), &all)?;
    out.put("cluster.unweighted.mean", plain.value);
    out.put("cluster.unweighted.n", plain.n as f64);
    Ok(())
}

/// Notes the change between the two waves of the data set `waves`.
pub(crate) fn waves(data: &Data<'_>, out: &mut Computed) -> Result<(), String> {
    let stratum = |line: &Line| line.text("stratum").to_owned();
    let weight = |line: &Line| line.known("w");
    let plan = Plan { stratum: &stratum, weight: &weight, ..Plan::SIMPLE };
    let of = |wave: &'static str, column: &'static str| {
        let lines: Vec<Line> =
            data.read("waves")?.into_iter().filter(|line| line.text("wave") == wave).collect();
        let tally = plan.count(&lines, &|line| line.number(column).map(|y| (1.0, y)));
        mean(&Sample::new(&tally, Frame { stratified: true, ..Frame::default() }), &all)
    };
    let (before, after) = (of("0", "lonely")?, of("1", "lonely")?);
    out.list("waves.by_wave.est", [before.value, after.value]);
    out.list("waves.by_wave.se", [before.standard_error(), after.standard_error()]);
    out.list("waves.by_wave.cov", [before.variance, 0.0, 0.0, after.variance]);
    let points = difference(&before, &after).ok_or("no variance")?;
    out.put("waves.diff.est", points.value);
    out.put("waves.diff.se", points.standard_error);
    out.put("waves.diff.df", points.df);
    out.interval("waves.diff.ci_t", points.interval);
    let relative = relative_change(&before, &after).ok_or("no variance")?;
    out.put("waves.rel_change.est", relative.value);
    out.put("waves.rel_change.log_ratio", relative.value.ln_1p());
    out.put("waves.rel_change.log_se", relative.standard_error);
    out.put("waves.rel_change.se_delta", relative.standard_error * (1.0 + relative.value));
    out.interval("waves.rel_change.ci_log_t", relative.interval);
    // R's test takes one degree of freedom less than the design has.
    let df = points.df - 1.0;
    let mut apart = after;
    (apart.value, apart.variance) = (points.value, before.variance + after.variance);
    out.t_test("waves.ttest_lonely", &apart, df);
    let (before, after) = (of("0", "score")?, of("1", "score")?);
    apart.value = after.value - before.value;
    apart.variance = before.variance + after.variance;
    out.t_test("waves.ttest_score", &apart, df);
    Ok(())
}
