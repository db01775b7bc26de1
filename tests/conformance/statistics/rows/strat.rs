//! The stratified sample of companies.

use serde_json::Value;
use tsumugi_core::indicator::estimate::{
    Estimate, mean_t,
    microdata::{Domain, EmptyStratum, Measured, Microdata},
    weighting::{KnownMargin, post_stratify},
};

use super::{microdata, words};
use crate::statistics::{
    computed::{Computed, ordered},
    data::{Data, Line, codes, column, levels, stage},
    weights::population,
};

/// Notes what the data set gives.
pub(super) fn note(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("strat")?;
    let finite = microdata(&lines, Some("w"), &[stage(&lines, Some("size"), None, Some("Nh"))])?;
    let plain = microdata(&lines, Some("w"), &[stage(&lines, Some("size"), None, None)])?;
    let df = finite.degrees_of_freedom();
    let introduced = column(&lines, |line| line.number("tele_intro"));
    let employees = column(&lines, |line| line.number("employees"));
    out.put("strat.degf", df);
    for (path, design) in [("strat.fpc", &finite), ("strat.no_fpc", &plain)] {
        let all = design.all();
        let share = all.mean(&introduced).map_err(words)?;
        out.measured(&format!("{path}.tele_mean"), "tele_intro", &share, df);
        out.measured(
            &format!("{path}.tele_total"),
            "tele_intro",
            &all.total(&introduced).map_err(words)?,
            df,
        );
        out.measured(&format!("{path}.emp_mean"), "employees", &all.mean(&employees).map_err(words)?, df);
        out.measured(&format!("{path}.emp_total"), "employees", &all.total(&employees).map_err(words)?, df);
        out.share(&format!("{path}.prop"), &all, &introduced)?;
    }
    let share = finite.all().mean(&introduced).map_err(words)?;
    out.estimate("strat.deff_replace", &share.estimate, df);
    out.words("strat.deff_replace.name", ["tele_intro"]);
    out.put("strat.deff_replace.deff", share.effect.with_replacement);
    by_class(&lines, &finite, reference, &introduced, out)?;
    let of_size = |holds: &dyn Fn(&str) -> bool| finite.domain(|row| holds(lines[row].text("size")));
    out.share("strat.kgi_30_299", &of_size(&|size| size == "30-99" || size == "100-299"), &introduced)?;
    out.share("strat.only_300", &of_size(&|size| size == "300+"), &introduced)?;
    let large = of_size(&|size| size == "300+").mean(&introduced).map_err(words)?;
    let small = of_size(&|size| size == "30-99").mean(&introduced).map_err(words)?;
    let apart = finite.contrast(&[(1.0, &large), (-1.0, &small)]).map_err(words)?;
    out.put("strat.contrast_300_minus_30.est", apart.value);
    out.put("strat.contrast_300_minus_30.se", apart.standard_error());
    let workers = column(&lines, |line| line.number("tele_workers"));
    let workers = finite.all().ratio(&workers, &employees).map_err(words)?.estimate;
    out.put("strat.worker_ratio.est", workers.value);
    out.put("strat.worker_ratio.se", workers.standard_error());
    out.interval("strat.worker_ratio.ci_t", mean_t(workers.value, workers.variance, df));
    jackknife(&plain, &introduced, "tele_intro", "strat.jkn", out)?;
    industry(&lines, plain, reference, &introduced, out)
}

fn by_class(
    lines: &[Line],
    design: &Microdata,
    reference: &Value,
    introduced: &[f64],
    out: &mut Computed,
) -> Result<(), String> {
    let sizes = ordered(reference, "strat.by_size.size", levels(lines, "size"));
    let share = |size: &String| design.domain(|row| lines[row].text("size") == size).mean(introduced);
    let shares: Vec<Measured> = sizes.iter().map(share).collect::<Result<_, _>>().map_err(words)?;
    let estimates: Vec<Estimate> = shares.iter().map(|share| share.estimate).collect();
    out.by("strat.by_size", "size", &sizes, &estimates);
    out.list("strat.by_size.deff", shares.iter().map(|share| share.effect.without_replacement));
    let industries = ordered(reference, "strat.by_industry_totals.industry", levels(lines, "industry"));
    let total = |industry: &String| {
        let domain: Domain<'_> = design.domain(|row| lines[row].text("industry") == industry);
        domain.total(introduced).map(|total| total.estimate)
    };
    let totals: Vec<Estimate> = industries.iter().map(total).collect::<Result<_, _>>().map_err(words)?;
    out.by("strat.by_industry_totals", "industry", &industries, &totals);
    Ok(())
}

/// Notes the mean of a column by the jackknife.
pub(super) fn jackknife(
    data: &Microdata,
    y: &[f64],
    name: &str,
    path: &str,
    out: &mut Computed,
) -> Result<(), String> {
    let mean = |weights: &[f64]| {
        let sum: f64 = weights.iter().zip(y).map(|(weight, y)| weight * y).sum();
        sum / weights.iter().sum::<f64>()
    };
    let estimate = data.jackknife().map_err(words)?.estimate(data, mean);
    out.estimate(path, &estimate, estimate.df);
    out.words(&format!("{path}.name"), [name]);
    Ok(())
}

fn industry(
    lines: &[Line],
    design: Microdata,
    reference: &Value,
    introduced: &[f64],
    out: &mut Computed,
) -> Result<(), String> {
    let totals = population(&reference["strat"]["poststrat_industry"]["pop"], &["industry"]);
    let classes = codes(lines, "industry");
    let margin = KnownMargin { name: "industry", classes: &classes, totals: &totals };
    let adjusted = post_stratify(design.weights(), margin, EmptyStratum::Fail).map_err(words)?;
    out.list("strat.poststrat_industry.w_first10", adjusted.weights.iter().copied().take(10));
    let adjusted = design.calibrated(adjusted.weights, adjusted.auxiliary).map_err(words)?;
    let df = adjusted.degrees_of_freedom();
    let path = "strat.poststrat_industry";
    out.measured(
        &format!("{path}.tele_mean"),
        "tele_intro",
        &adjusted.all().mean(introduced).map_err(words)?,
        df,
    );
    out.measured(
        &format!("{path}.tele_total"),
        "tele_intro",
        &adjusted.all().total(introduced).map_err(words)?,
        df,
    );
    Ok(())
}
