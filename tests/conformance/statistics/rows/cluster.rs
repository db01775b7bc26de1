//! The clustered sample of employees within companies.

use serde_json::Value;
use tsumugi_core::indicator::estimate::microdata::{Family, Microdata, Tightness, regress};

use super::{classes, independence, microdata, strat::jackknife, words};
use crate::statistics::{
    computed::{Computed, ordered},
    data::{Data, Line, column, levels, stage, yes},
};

/// Notes what the data set gives.
pub(super) fn note(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("cluster")?;
    let design = |strata, population| {
        microdata(&lines, Some("w"), &[stage(&lines, strata, Some("company"), population)])
    };
    let stratified = design(Some("stratum"), None)?;
    let finite = design(Some("stratum"), Some("M_psu"))?;
    let flat = design(None, None)?;
    let lonely = column(&lines, |line| line.number("lonely"));
    let score = column(&lines, |line| line.number("score"));
    for (path, design) in [("strata", &stratified), ("strata_fpc", &finite), ("no_strata", &flat)] {
        let (path, df) = (format!("cluster.{path}"), design.degrees_of_freedom());
        out.share(&format!("{path}.lonely"), &design.all(), &lonely)?;
        out.measured(&format!("{path}.score"), "score", &design.all().mean(&score).map_err(words)?, df);
        out.measured(&format!("{path}.total"), "lonely", &design.all().total(&lonely).map_err(words)?, df);
        out.put(&format!("{path}.degf"), df);
    }
    by_telework(&lines, &stratified, reference, [&lonely, &score], out)?;
    let elders = stratified.domain(|row| lines[row].text("agegrp") == "65+");
    out.share("cluster.domain_65", &elders, &lonely)?;
    let tables = [classes(&lines, "lonely"), classes(&lines, "agegrp")];
    independence(
        "cluster.chisq",
        &reference["cluster"]["chisq"],
        &stratified.all(),
        [&tables[0], &tables[1]],
        out,
    )?;
    logistic(&lines, &stratified, &lonely, out)?;
    jackknife(&stratified, &lonely, "lonely", "cluster.jkn", out)?;
    out.put("cluster.kish_deff", stratified.weighting_effect());
    out.put("cluster.unweighted.mean", lonely.iter().sum::<f64>() / lonely.len() as f64);
    out.put("cluster.unweighted.n", lonely.len() as f64);
    Ok(())
}

fn by_telework(
    lines: &[Line],
    design: &Microdata,
    reference: &Value,
    [lonely, score]: [&[f64]; 2],
    out: &mut Computed,
) -> Result<(), String> {
    let sides = ordered(reference, "cluster.by_telework.telework", levels(lines, "telework"));
    let of = |side: &String, y: &[f64]| {
        design.domain(|row| lines[row].text("telework") == side).mean(y).map_err(words)
    };
    let shares = sides.iter().map(|side| of(side, lonely)).collect::<Result<Vec<_>, _>>()?;
    let estimates: Vec<_> = shares.iter().map(|share| share.estimate).collect();
    out.by("cluster.by_telework", "telework", &sides, &estimates);
    let covariance = design.covariance_of(&shares.iter().collect::<Vec<_>>()).map_err(words)?;
    let places = (0..sides.len()).flat_map(|row| (0..sides.len()).map(move |column| (row, column)));
    out.list("cluster.by_telework.cov", places.map(|(row, column)| covariance.at(row, column)));
    // R's test takes one degree of freedom less than the design has.
    let df = design.degrees_of_freedom() - 1.0;
    for (path, y) in
        [("cluster.ttest_lonely_by_telework", lonely), ("cluster.ttest_score_by_telework", score)]
    {
        let (before, after) = (of(&"0".to_owned(), y)?, of(&"1".to_owned(), y)?);
        out.t_test(path, &design.contrast(&[(-1.0, &before), (1.0, &after)]).map_err(words)?, df);
    }
    Ok(())
}

fn logistic(lines: &[Line], design: &Microdata, lonely: &[f64], out: &mut Computed) -> Result<(), String> {
    let ones = vec![1.0; lines.len()];
    let telework = column(lines, |line| line.number("telework"));
    let sexes = levels(lines, "sex");
    let (_, others) = sexes.split_first().ok_or("there is no sex")?;
    let indicator = |sex: &String| column(lines, |line| Some(yes(line.text("sex") == sex)));
    let indicators: Vec<Vec<f64>> = others.iter().map(indicator).collect();
    let columns: Vec<&[f64]> = [ones.as_slice(), telework.as_slice()]
        .into_iter()
        .chain(indicators.iter().map(Vec::as_slice))
        .collect();
    // R's glm stops at this change of the deviance; core's own is tighter.
    let as_r = Tightness { relative_deviance: 1e-8, ..Tightness::default() };
    let fit = regress(&design.all(), lonely, &columns, Family::Logistic, as_r).map_err(words)?;
    let names = others.iter().map(|sex| format!("sex{sex}"));
    out.words(
        "cluster.glm_logit.names",
        ["(Intercept)".to_owned(), "telework".to_owned()].into_iter().chain(names),
    );
    out.list("cluster.glm_logit.se", fit.standard_errors());
    out.put("cluster.glm_logit.df", fit.df);
    out.list("cluster.glm_logit.coef", fit.coefficients);
    Ok(())
}
