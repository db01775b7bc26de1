//! Cases of calibrated weights, and of odd weights.

use std::collections::BTreeMap;

use serde_json::Value;
use tsumugi_core::indicator::{
    CellKey,
    estimate::{Frame, Line as Part, LonelyPsu, PopulationMargin, Sample, calibrate, weighting::Raking},
};

use super::{
    computed::{Computed, all, group, mean},
    data::{Data, Line, Plan},
};

pub(super) type Totals = BTreeMap<String, f64>;

pub(super) fn totals(value: &Value) -> Totals {
    let number = |(key, value): (&String, &Value)| Some((key.clone(), value.as_f64()?));
    value.as_object().into_iter().flatten().filter_map(number).collect()
}

/// Population by the joined classes of a list of rows.
pub(super) fn population(rows: &Value, keys: &[&str]) -> Totals {
    let total = |row: &Value| {
        let class: Vec<&str> = keys.iter().filter_map(|key| row[key].as_str()).collect();
        Some((class.join("|"), row["Freq"].as_f64()?))
    };
    rows.as_array().into_iter().flatten().filter_map(total).collect()
}

fn named(name: &str, totals: Totals) -> PopulationMargin {
    PopulationMargin { name: name.to_owned(), totals }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Notes raking and post-stratification of the data set `rake`.
pub(crate) fn rake(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("rake")?;
    let weight = |line: &Line| line.known("d");
    let margins = ["sex", "agegrp", "area"];
    let classes = |line: &Line| margins.map(|margin| line.text(margin).to_owned()).to_vec();
    let value = |line: &Line| line.number("wlb_sat").map(|y| (1.0, y));
    let plan = Plan { classes: &classes, weight: &weight, ..Plan::SIMPLE };
    let tally = plan.count(&lines, &value);
    let margin = |name: &&str| named(name, totals(&reference["rake"]["margins"][name]));
    let known: Vec<PopulationMargin> = margins.iter().map(margin).collect();
    let df = lines.len() as f64 - 1.0;
    let factors = calibrate(&tally, &|_| 1.0, &known, Raking::default()).map_err(words)?;
    let weights: Vec<f64> = lines.iter().map(|line| line.known("d") * factors.of(&classes(line))).collect();
    out.list("rake.w_first20", weights.iter().copied().take(20));
    out.put("rake.sum_w", weights.iter().sum());
    for (index, cell) in reference["rake"]["cell_factors"].as_array().into_iter().flatten().enumerate() {
        let class = margins.map(|margin| cell[margin].as_str().unwrap_or_default().to_owned());
        out.put(&format!("rake.cell_factors.{index}.rake_g"), factors.of(&class));
        let n: u64 = tally.cells().filter(|(key, _)| key.classes == class).map(|(_, cell)| cell.rows).sum();
        out.put(&format!("rake.cell_factors.{index}.n"), n as f64);
    }
    let base = Sample::new(&tally, Frame::default());
    out.estimate("rake.base", &mean(&base, &all)?, df);
    let raked = base.calibrated(&known).map_err(words)?;
    let share = mean(&raked, &all)?;
    out.estimate("rake.calibrate_raking", &share, df);
    out.put("rake.raked.est", share.value);
    out.put("rake.raked_total.est", raked.total(&all, Part::Y).value);
    let joined = |line: &Line| vec![format!("{}|{}", line.text("sex"), line.text("agegrp"))];
    let sexes = |line: &Line| vec![line.text("sex").to_owned()];
    let plan = Plan { classes: &joined, groups: &sexes, weight: &weight, ..Plan::SIMPLE };
    let tally = plan.count(&lines, &value);
    let known =
        [named("sex*agegrp", population(&reference["rake"]["poststrat_sex_age"]["pop"], &["sex", "agegrp"]))];
    let sample = Sample::new(&tally, Frame::default()).calibrated(&known).map_err(words)?;
    out.estimate("rake.poststrat_sex_age.mean", &mean(&sample, &all)?, df);
    out.estimate("rake.poststrat_sex_age.total", &sample.total(&all, Part::Y), df);
    let sexes = [mean(&sample, &group("F"))?, mean(&sample, &group("M"))?];
    out.list("rake.poststrat_sex_age.by_sex.est", sexes.iter().map(|e| e.value));
    out.list("rake.poststrat_sex_age.by_sex.se", sexes.iter().map(|e| e.standard_error()));
    let plain = Plan::SIMPLE.count(&lines, &value);
    out.put("rake.unweighted_mean", mean(&Sample::new(&plain, Frame::default()), &all)?.value);
    Ok(())
}

/// Notes post-stratification of the stratified companies by industry.
pub(crate) fn industry(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("strat")?;
    let size = |line: &Line| line.text("size").to_owned();
    let industry = |line: &Line| vec![line.text("industry").to_owned()];
    let weight = |line: &Line| line.known("w");
    let plan = Plan { stratum: &size, classes: &industry, weight: &weight, ..Plan::SIMPLE };
    let tally = plan.count(&lines, &|line| line.number("tele_intro").map(|y| (1.0, y)));
    let known =
        [named("industry", population(&reference["strat"]["poststrat_industry"]["pop"], &["industry"]))];
    let factors = calibrate(&tally, &|_| 1.0, &known, Raking::default()).map_err(words)?;
    let weights = lines.iter().take(10).map(|line| line.known("w") * factors.of(&industry(line)));
    out.list("strat.poststrat_industry.w_first10", weights);
    let sample = Sample::new(&tally, Frame { stratified: true, ..Frame::default() })
        .calibrated(&known)
        .map_err(words)?;
    let share = mean(&sample, &all)?;
    out.estimate("strat.poststrat_industry.tele_mean", &share, share.df);
    out.estimate("strat.poststrat_industry.tele_total", &sample.total(&all, Part::Y), share.df);
    Ok(())
}

/// Notes the odd weights and the lone units of the data set `edge`.
pub(crate) fn edge(data: &Data<'_>, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("edge")?;
    let stratum = |line: &Line| line.text("stratum").to_owned();
    let domain = |line: &Line| vec![line.text("dom").to_owned()];
    let weight = |line: &Line| line.known("w");
    let plan = Plan { stratum: &stratum, groups: &domain, weight: &weight, ..Plan::SIMPLE };
    let count = |column: &'static str| plan.count(&lines, &|line| line.number(column).map(|y| (1.0, y)));
    let y = count("y");
    for (key, lonely) in [
        ("remove", LonelyPsu::Remove),
        ("certainty", LonelyPsu::Remove),
        ("adjust", LonelyPsu::Adjust),
        ("average", LonelyPsu::Average),
    ] {
        let frame = Frame { stratified: true, lonely, ..Frame::default() };
        let share = mean(&Sample::new(&y, frame), &all)?;
        out.put(&format!("edge.lonely_psu.{key}.est"), share.value);
        out.put(&format!("edge.lonely_psu.{key}.se"), share.standard_error());
    }
    let units = |domain: &dyn Fn(&Line) -> bool| {
        lines.iter().filter(|line| domain(line) && line.known("w") > 0.0).count() as f64
    };
    let sample = Sample::new(&y, Frame::default());
    out.estimate("edge.no_strata", &mean(&sample, &all)?, units(&|_| true) - 1.0);
    let q = |key: &CellKey| key.groups.first().is_some_and(|group| group == "q");
    out.estimate("edge.domain_q", &mean(&sample, &q)?, units(&|line| line.text("dom") == "q") - 1.0);
    for column in ["ones", "zeros"] {
        let tally = count(column);
        let sample = Sample::new(&tally, Frame::default());
        out.estimate(&format!("edge.{column}"), &mean(&sample, &all)?, units(&|_| true) - 1.0);
    }
    out.put("edge.sum_w", Sample::new(&count("ones"), Frame::default()).total(&all, Part::Y).value);
    Ok(())
}
