//! The published samples of Californian schools, two stages of sampling among them.

use serde_json::Value;
use tsumugi_core::indicator::estimate::{
    Estimate,
    microdata::{EmptyStratum, Family, Measured, Microdata, Tightness, rao_scott, regress},
    t_two_sided,
    weighting::{KnownMargin, Raking, rake},
};

use super::{classes, microdata, rake::by_iterated_means, words};
use crate::statistics::{
    computed::{Computed, ordered},
    data::{Data, Line, codes, column, levels, stage, yes},
};

/// Notes what the samples give.
pub(super) fn note(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("apisrs")?;
    // Weights are made of the population, not of the rounded column.
    let design = microdata(&lines, None, &[stage(&lines, None, None, Some("fpc"))])?;
    block("api.srs", &lines, &design, out)?;
    let lines = data.read("apistrat")?;
    let design = microdata(&lines, Some("pw"), &[stage(&lines, Some("stype"), None, Some("fpc"))])?;
    block("api.strat", &lines, &design, out)?;
    linear(&lines, &design, out)?;
    let lines = data.read("apiclus2")?;
    let stages =
        [stage(&lines, None, Some("dnum"), Some("fpc1")), stage(&lines, None, Some("snum"), Some("fpc2"))];
    block("api.clus2", &lines, &microdata(&lines, None, &stages)?, out)?;
    let lines = data.read("apiclus1")?;
    let design = microdata(&lines, Some("pw"), &[stage(&lines, None, Some("dnum"), Some("fpc"))])?;
    block("api.clus1", &lines, &design, out)?;
    clustered(&lines, &design, reference, out)?;
    raked(&lines, &design, out)
}

fn block(path: &str, lines: &[Line], design: &Microdata, out: &mut Computed) -> Result<(), String> {
    let (all, df) = (design.all(), design.degrees_of_freedom());
    let number = |name: &str| column(lines, |line| line.number(name));
    let api00 = number("api00");
    out.measured(&format!("{path}.api00"), "api00", &all.mean(&api00).map_err(words)?, df);
    out.measured(
        &format!("{path}.enroll_total"),
        "enroll",
        &all.total(&number("enroll")).map_err(words)?,
        df,
    );
    let types = levels(lines, "stype");
    let total = |stype: &String| all.total(&column(lines, |line| Some(yes(line.text("stype") == stype))));
    let totals: Vec<Measured> = types.iter().map(total).collect::<Result<_, _>>().map_err(words)?;
    let names: Vec<String> = types.iter().map(|stype| format!("stype{stype}")).collect();
    out.several(&format!("{path}.stype"), &names, &totals, df);
    let ratio = all.ratio(&api00, &number("api99")).map_err(words)?.estimate;
    out.put(&format!("{path}.ratio.est"), ratio.value);
    out.put(&format!("{path}.ratio.se"), ratio.standard_error());
    let wide =
        all.mean(&column(lines, |line| Some(yes(line.text("sch_wide") == "Yes")))).map_err(words)?.estimate;
    out.schools(&format!("{path}.schwide"), &wide, df);
    out.put(&format!("{path}.degf"), df);
    Ok(())
}

fn linear(lines: &[Line], design: &Microdata, out: &mut Computed) -> Result<(), String> {
    let number = |name: &str| column(lines, |line| line.number(name));
    let (ones, ell, meals) = (vec![1.0; lines.len()], number("ell"), number("meals"));
    let columns = [ones.as_slice(), &ell, &meals];
    let fit = regress(&design.all(), &number("api00"), &columns, Family::Linear, Tightness::default())
        .map_err(words)?;
    out.words("api.strat_glm.names", ["(Intercept)", "ell", "meals"]);
    out.list("api.strat_glm.se", fit.standard_errors());
    out.list("api.strat_glm.coef", fit.coefficients);
    Ok(())
}

fn clustered(
    lines: &[Line],
    design: &Microdata,
    reference: &Value,
    out: &mut Computed,
) -> Result<(), String> {
    let number = |name: &str| column(lines, |line| line.number(name));
    let of = |holds: &dyn Fn(&Line) -> bool| design.domain(|row| holds(&lines[row]));
    let high = of(&|line| line.text("stype") == "H");
    out.measured(
        "api.clus1_domain_H",
        "api00",
        &high.mean(&number("api00")).map_err(words)?,
        high.degrees_of_freedom(),
    );
    let types = ordered(reference, "api.clus1_by.stype", levels(lines, "stype"));
    let api99 = number("api99");
    let by = |stype: &String| of(&|line| line.text("stype") == stype).mean(&api99).map(|m| m.estimate);
    let by: Vec<Estimate> = types.iter().map(by).collect::<Result<_, _>>().map_err(words)?;
    out.by("api.clus1_by", "stype", &types, &by);
    let enroll = number("enroll");
    let wide = |yes: &str| of(&|line| line.text("sch_wide") == yes).mean(&enroll).map_err(words);
    let (yes, no) = (wide("Yes")?, wide("No")?);
    let apart = design.contrast(&[(1.0, &yes), (-1.0, &no)]).map_err(words)?;
    // R's test takes one degree of freedom less than the design has.
    let (t, df) = (apart.value / apart.standard_error(), design.degrees_of_freedom() - 1.0);
    out.put("api.clus1_ttest.t", t);
    out.put("api.clus1_ttest.df", df);
    out.put("api.clus1_ttest.p", t_two_sided(t, df));
    out.put("api.clus1_ttest.diff", apart.value);
    let tests =
        rao_scott(&design.all(), &classes(lines, "sch_wide"), &classes(lines, "stype")).map_err(words)?;
    out.independence("api.clus1_chisq", &tests.second_order);
    Ok(())
}

fn raked(lines: &[Line], design: &Microdata, out: &mut Computed) -> Result<(), String> {
    let known =
        |pairs: &[(&str, f64)]| pairs.iter().map(|(class, total)| ((*class).to_owned(), *total)).collect();
    let types = known(&[("E", 4421.0), ("H", 755.0), ("M", 1018.0)]);
    let wide = known(&[("No", 1072.0), ("Yes", 5122.0)]);
    let margins = [codes(lines, "stype"), codes(lines, "sch_wide")];
    let known = [
        KnownMargin { name: "stype", classes: &margins[0], totals: &types },
        KnownMargin { name: "sch_wide", classes: &margins[1], totals: &wide },
    ];
    let adjusted = rake(design.weights(), &known, EmptyStratum::Fail, Raking::default()).map_err(words)?;
    let raked = design.clone().calibrated(adjusted.weights, adjusted.auxiliary).map_err(words)?;
    let measured = raked.all().mean(&column(lines, |line| line.number("api00"))).map_err(words)?;
    let mut estimate = measured.estimate;
    estimate.variance = by_iterated_means(design, raked.weights(), &margins, &measured.influence)?;
    out.estimate("api.clus1_rake", &estimate, raked.degrees_of_freedom());
    out.words("api.clus1_rake.name", ["api00"]);
    Ok(())
}
