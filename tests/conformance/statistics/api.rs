//! Cases of the published samples of Californian schools.

use std::collections::BTreeMap;

use tsumugi_core::indicator::{
    Tally,
    estimate::{Frame, Line as Part, Sample, StratumFrame, t_two_sided},
};

use super::{
    computed::{Computed, all, group, mean, ratio},
    data::{Data, Line, Plan},
};

const TYPES: [&str; 3] = ["E", "H", "M"];

/// Notes what the samples give.
pub(crate) fn api(data: &Data<'_>, out: &mut Computed) -> Result<(), String> {
    let of = |lines: &[Line], column: &str| -> BTreeMap<String, StratumFrame> {
        let known = |line: &Line| StratumFrame { units: None, sampling_units: line.number("fpc") };
        lines.iter().map(|line| (line.text(column).to_owned(), known(line))).collect()
    };
    let weight = |line: &Line| line.known("pw");
    let types = |line: &Line| vec![line.text("stype").to_owned(), line.text("sch_wide").to_owned()];
    let plan = Plan { weight: &weight, groups: &types, ..Plan::SIMPLE };
    let lines = data.read("apisrs")?;
    let whole = Frame { strata: of(&lines, ""), ..Frame::default() };
    let n = lines.len() as f64;
    // The simple sample has its weights from the population, not from the rounded column.
    let even = |line: &Line| line.known("fpc") / n;
    block("api.srs", &Plan { weight: &even, ..plan }, &lines, &whole, n - 1.0, out)?;
    let lines = data.read("apistrat")?;
    let stype = |line: &Line| line.text("stype").to_owned();
    let plan = Plan { weight: &weight, groups: &types, stratum: &stype, ..Plan::SIMPLE };
    let frame = Frame { strata: of(&lines, "stype"), stratified: true, ..Frame::default() };
    block("api.strat", &plan, &lines, &frame, lines.len() as f64 - 3.0, out)?;
    let lines = data.read("apiclus1")?;
    let district = |line: &Line| line.text("dnum").to_owned();
    let plan = Plan { weight: &weight, groups: &types, cluster: Some(&district), ..Plan::SIMPLE };
    let frame = Frame { strata: of(&lines, ""), clustered: true, ..Frame::default() };
    let districts = lines.iter().map(district).collect::<std::collections::BTreeSet<_>>().len() as f64;
    block("api.clus1", &plan, &lines, &frame, districts - 1.0, out)?;
    let count = |column: &'static str| plan.count(&lines, &|line| line.number(column).map(|y| (1.0, y)));
    clustered(&count("api00"), &count("api99"), &count("enroll"), &frame, districts - 1.0, out)
}

fn clustered(
    api00: &Tally,
    api99: &Tally,
    enroll: &Tally,
    frame: &Frame,
    df: f64,
    out: &mut Computed,
) -> Result<(), String> {
    let high = mean(&Sample::new(api00, frame.clone()), &group("H"))?;
    out.estimate("api.clus1_domain_H", &high, high.df);
    let sample = Sample::new(api99, frame.clone());
    let types = TYPES.map(|stype| mean(&sample, &group(stype))).into_iter().collect::<Result<Vec<_>, _>>()?;
    out.list("api.clus1_by.est", types.iter().map(|e| e.value));
    out.list("api.clus1_by.se", types.iter().map(|e| e.standard_error()));
    let wide = |yes: &'static str| {
        move |key: &tsumugi_core::indicator::CellKey| key.groups.get(1).is_some_and(|group| group == yes)
    };
    let sample = Sample::new(enroll, frame.clone());
    let apart =
        sample.ratio_difference(&wide("No"), &wide("Yes"), Part::Y, Part::ONE).ok_or("a side is empty")?;
    let t = apart.value / apart.standard_error();
    out.put("api.clus1_ttest.t", t);
    out.put("api.clus1_ttest.df", df - 1.0);
    out.put("api.clus1_ttest.p", t_two_sided(t, df - 1.0));
    out.put("api.clus1_ttest.diff", apart.value);
    Ok(())
}

fn block(
    path: &str,
    plan: &Plan<'_>,
    lines: &[Line],
    frame: &Frame,
    df: f64,
    out: &mut Computed,
) -> Result<(), String> {
    let count = |column: &'static str| plan.count(lines, &|line| line.number(column).map(|y| (1.0, y)));
    let (api00, enroll) = (count("api00"), count("enroll"));
    out.estimate(&format!("{path}.api00"), &mean(&Sample::new(&api00, frame.clone()), &all)?, df);
    let enroll = Sample::new(&enroll, frame.clone()).total(&all, Part::Y);
    out.estimate(&format!("{path}.enroll_total"), &enroll, df);
    let totals: Vec<_> = TYPES
        .iter()
        .map(|stype| {
            let tally = plan.count(lines, &|line| Some((1.0, f64::from(line.text("stype") == *stype))));
            Sample::new(&tally, frame.clone()).total(&all, Part::Y)
        })
        .collect();
    out.vector(&format!("{path}.stype"), &totals, df);
    let both = plan.count(lines, &|line| Some((line.number("api99")?, line.number("api00")?)));
    let both = ratio(&Sample::new(&both, frame.clone()))?;
    out.put(&format!("{path}.ratio.est"), both.value);
    out.put(&format!("{path}.ratio.se"), both.standard_error());
    let wide = plan.count(lines, &|line| Some((1.0, f64::from(line.text("sch_wide") == "Yes"))));
    let wide = mean(&Sample::new(&wide, frame.clone()), &all)?;
    out.schools(&format!("{path}.schwide"), &wide, df);
    out.put(&format!("{path}.degf"), df);
    Ok(())
}
