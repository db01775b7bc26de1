//! The simple random sample.

use serde_json::Value;
use tsumugi_core::indicator::estimate::{
    Estimate, correlation,
    microdata::{Domain, Measured},
    normal_quantile,
};

use super::{classes, independence, microdata, words};
use crate::statistics::{
    computed::{Computed, ordered},
    data::{Data, Line, column, levels, stage, yes},
};

const UCLA: [&str; 3] = ["ucla_a", "ucla_b", "ucla_c"];

fn ucla(line: &Line) -> Option<f64> {
    UCLA.iter().try_fold(0.0, |sum, item| Some(sum + line.number(item)?))
}

/// Notes what the data set gives.
pub(super) fn note(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("srs")?;
    let design = microdata(&lines, Some("w"), &[])?;
    let finite = microdata(&lines, Some("w"), &[stage(&lines, None, None, Some("N"))])?;
    let df = design.degrees_of_freedom();
    let telework = column(&lines, |line| line.number("telework"));
    let score = column(&lines, ucla);
    let direct = column(&lines, |line| line.number("direct5"));
    let any: Vec<f64> = column(&lines, |line| line.number("direct5").map(|code| yes(code >= 3.0)));
    let strong: Vec<f64> = column(&lines, |line| line.number("direct5").map(|code| yes(code == 5.0)));
    for (path, design) in [("srs.no_fpc", &design), ("srs.fpc", &finite)] {
        let all = design.all();
        out.measured(&format!("{path}.telework_mean"), "telework", &all.mean(&telework).map_err(words)?, df);
        out.measured(
            &format!("{path}.telework_total"),
            "telework",
            &all.total(&telework).map_err(words)?,
            df,
        );
        out.measured(&format!("{path}.ucla_mean"), "ucla", &all.mean(&score).map_err(words)?, df);
    }
    let all = design.all();
    out.share("srs.no_fpc.lonely_any", &all, &any)?;
    out.share("srs.no_fpc.lonely_strong", &all, &strong)?;
    shares(&lines, &all, "direct5", "srs.no_fpc.direct5_levels", df, out)?;
    let teleworkers = design.domain(|row| telework[row] == 1.0);
    shares(&lines, &teleworkers, "freq", "srs.freq_dist_among_teleworkers", df, out)?;
    let ages = ordered(reference, "srs.by_age.age", levels(&lines, "age"));
    let of_age =
        |age: &String| design.domain(|row| lines[row].text("age") == age).mean(&any).map(|m| m.estimate);
    let by_age: Vec<Estimate> = ages.iter().map(of_age).collect::<Result<_, _>>().map_err(words)?;
    out.by("srs.by_age", "age", &ages, &by_age);
    let elders = design.domain(|row| lines[row].text("age") == "65+");
    out.measured(
        "srs.domain_65",
        "lonely_any",
        &elders.mean(&any).map_err(words)?,
        elders.degrees_of_freedom(),
    );
    let ratio = all.ratio(&score, &direct).map_err(words)?.estimate;
    out.put("srs.ratio.est", ratio.value);
    out.put("srs.ratio.se", ratio.standard_error());
    let half = normal_quantile(0.975) * ratio.standard_error();
    out.list("srs.ratio.ci", [ratio.value - half, ratio.value + half]);
    spread(&all, &score, out)?;
    quantiles(&all, &score, out)?;
    let lonely: Vec<Option<u32>> =
        any.iter().map(|any| any.is_finite().then_some(u32::from(*any == 1.0))).collect();
    independence(
        "srs.chisq",
        &reference["srs"]["chisq"],
        &all,
        [&classes(&lines, "telework"), &lonely],
        out,
    )?;
    let both: Vec<(f64, f64)> = score
        .iter()
        .copied()
        .zip(direct.iter().copied())
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .collect();
    let (scores, directs): (Vec<f64>, Vec<f64>) = both.into_iter().unzip();
    out.put("srs.cor", correlation(&scores, &directs));
    Ok(())
}

/// Shares of the levels that a column has in a domain.
fn shares(
    lines: &[Line],
    domain: &Domain<'_>,
    name: &str,
    path: &str,
    df: f64,
    out: &mut Computed,
) -> Result<(), String> {
    let inside = lines.iter().enumerate().filter(|(row, _)| domain.holds(*row));
    let found = levels(inside.map(|(_, line)| line), name);
    let share = |level: &String| {
        let is = |line: &Line| (!line.text(name).is_empty()).then(|| yes(line.text(name) == level));
        domain.mean(&column(lines, is))
    };
    let measured: Vec<Measured> = found.iter().map(share).collect::<Result<_, _>>().map_err(words)?;
    let names: Vec<String> = found.iter().map(|level| format!("factor({name}){level}")).collect();
    out.several(path, &names, &measured, df);
    Ok(())
}

fn spread(all: &Domain<'_>, score: &[f64], out: &mut Computed) -> Result<(), String> {
    let measured = all.variance(score).map_err(words)?.estimate;
    // R counts the rows without an answer into n / (n − 1) too; core does not.
    let (answers, rows) = (measured.n as f64, score.len() as f64);
    let factor = (answers - 1.0) / answers * rows / (rows - 1.0);
    out.put("srs.var_ucla.est", measured.value * factor);
    out.put("srs.var_ucla.se", measured.standard_error() * factor);
    Ok(())
}

fn quantiles(all: &Domain<'_>, score: &[f64], out: &mut Computed) -> Result<(), String> {
    let found: Vec<_> = [0.25, 0.5, 0.75]
        .map(|share| all.quantile(score, share))
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(words)?;
    let or_none = |number: Option<f64>| number.unwrap_or(f64::NAN);
    out.list("srs.quantile_ucla.q", found.iter().map(|quantile| quantile.value));
    out.list("srs.quantile_ucla.lo", found.iter().map(|quantile| or_none(quantile.low)));
    out.list("srs.quantile_ucla.hi", found.iter().map(|quantile| or_none(quantile.high)));
    out.list("srs.quantile_ucla.se", found.iter().map(|quantile| or_none(quantile.standard_error)));
    Ok(())
}
