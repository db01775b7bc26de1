//! The resident survey: raking, calibration, post-stratification and trimming.

use serde_json::Value;
use tsumugi_core::indicator::estimate::{
    Estimate,
    microdata::{Codes, EmptyStratum, Microdata},
    weighting::{KnownMargin, Negative, Raking, Trimming, calibrate_linear, post_stratify, rake, trim},
};

use super::{microdata, words};
use crate::statistics::{
    computed::{Computed, ordered},
    data::{Data, Line, codes, column, levels},
    weights::{Totals, population, totals},
};

const MARGINS: [&str; 3] = ["sex", "agegrp", "area"];

/// Notes what the data set gives.
pub(super) fn note(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("rake")?;
    let base = microdata(&lines, Some("d"), &[])?;
    let df = base.degrees_of_freedom();
    let satisfied = column(&lines, |line| line.number("wlb_sat"));
    out.measured("rake.base", "wlb_sat", &base.all().mean(&satisfied).map_err(words)?, df);
    out.put("rake.unweighted_mean", satisfied.iter().sum::<f64>() / satisfied.len() as f64);
    let classes = MARGINS.map(|margin| codes(&lines, margin));
    let known: Vec<Totals> =
        MARGINS.iter().map(|margin| totals(&reference["rake"]["margins"][margin])).collect();
    let margins: Vec<KnownMargin<'_>> = MARGINS
        .iter()
        .zip(&classes)
        .zip(&known)
        .map(|((name, classes), totals)| KnownMargin { name, classes, totals })
        .collect();
    let raked = rake(base.weights(), &margins, EmptyStratum::Fail, Raking::default()).map_err(words)?;
    let linear = calibrate_linear(base.weights(), &margins, &[], Negative::Allow).map_err(words)?;
    out.list("rake.w_first20", raked.weights.iter().copied().take(20));
    out.put("rake.sum_w", raked.weights.iter().sum());
    factors(&lines, base.weights(), &raked.weights, &linear.weights, out);
    trimmed(&raked.weights, &satisfied, out)?;
    for (path, adjusted) in [("rake.calibrate_raking", &raked), ("rake.calibrate_linear", &linear)] {
        let design =
            base.clone().calibrated(adjusted.weights.clone(), adjusted.auxiliary.clone()).map_err(words)?;
        out.measured(path, "wlb_sat", &design.all().mean(&satisfied).map_err(words)?, df);
    }
    let design = base.clone().calibrated(raked.weights, raked.auxiliary).map_err(words)?;
    out.put("rake.kish_deff", design.weighting_effect());
    let (mean, total) =
        (design.all().mean(&satisfied).map_err(words)?, design.all().total(&satisfied).map_err(words)?);
    for (path, measured) in [("rake.raked", mean), ("rake.raked_total", total)] {
        let mut estimate = measured.estimate;
        estimate.variance = by_iterated_means(&base, design.weights(), &classes, &measured.influence)?;
        out.estimate(path, &estimate, df);
        out.words(&format!("{path}.name"), ["wlb_sat"]);
    }
    by_sex_and_age(&lines, base, reference, &satisfied, out)
}

/// The variance of R's `rake`: ten times over the margins, the plain means of the classes are
/// taken off; core takes the regression on all margins, as R's `calibrate` does.
pub(super) fn by_iterated_means(
    base: &Microdata,
    weights: &[f64],
    margins: &[Codes],
    influence: &[f64],
) -> Result<f64, String> {
    let mut rest: Vec<f64> =
        influence.iter().zip(weights).map(|(influence, weight)| influence / weight).collect();
    for _ in 0..10 {
        for margin in margins {
            let mut sums = vec![(0.0, 0.0); margin.classes()];
            for (rest, class) in rest.iter().zip(&margin.of_row) {
                let (sum, count) = &mut sums[*class as usize];
                *sum += rest;
                *count += 1.0;
            }
            for (rest, class) in rest.iter_mut().zip(&margin.of_row) {
                let (sum, count) = sums[*class as usize];
                *rest -= sum / count;
            }
        }
    }
    let rest: Vec<f64> = rest.iter().zip(weights).map(|(rest, weight)| rest * weight).collect();
    base.variance_of(&rest).map_err(words)
}

/// What each combination of classes is multiplied by, in the order of the classes.
fn factors(lines: &[Line], before: &[f64], raked: &[f64], linear: &[f64], out: &mut Computed) {
    let class = |line: &Line| MARGINS.map(|margin| line.text(margin).to_owned());
    let cells: std::collections::BTreeSet<[String; 3]> = lines.iter().map(class).collect();
    for (index, cell) in cells.iter().enumerate() {
        let path = |key: &str| format!("rake.cell_factors.{index}.{key}");
        let inside: Vec<usize> = (0..lines.len()).filter(|row| class(&lines[*row]) == *cell).collect();
        for (margin, name) in MARGINS.iter().zip(cell) {
            out.words(&path(margin), [name.as_str()]);
        }
        out.put(&path("n"), inside.len() as f64);
        if let Some(first) = inside.first() {
            out.put(&path("rake_g"), raked[*first] / before[*first]);
            out.put(&path("linear_g"), linear[*first] / before[*first]);
        }
    }
}

fn trimmed(raked: &[f64], satisfied: &[f64], out: &mut Computed) -> Result<(), String> {
    let path = "rake.trimmed_lo300_hi520";
    let weights = trim(raked, 300.0, 520.0, Trimming::Once).map_err(words)?;
    let sum: f64 = weights.iter().sum();
    out.put(&format!("{path}.sum_w"), sum);
    out.put(&format!("{path}.min"), weights.iter().copied().fold(f64::INFINITY, f64::min));
    out.put(&format!("{path}.max"), weights.iter().copied().fold(0.0, f64::max));
    out.list(&format!("{path}.w_first20"), weights.iter().copied().take(20));
    out.put(
        &format!("{path}.mean"),
        weights.iter().zip(satisfied).map(|(weight, y)| weight * y).sum::<f64>() / sum,
    );
    Ok(())
}

fn by_sex_and_age(
    lines: &[Line],
    base: Microdata,
    reference: &Value,
    satisfied: &[f64],
    out: &mut Computed,
) -> Result<(), String> {
    let path = "rake.poststrat_sex_age";
    let totals = population(&reference["rake"]["poststrat_sex_age"]["pop"], &["sex", "agegrp"]);
    let classes = Codes::of(lines.iter().map(|line| format!("{}|{}", line.text("sex"), line.text("agegrp"))));
    let margin = KnownMargin { name: "sex*agegrp", classes: &classes, totals: &totals };
    let adjusted = post_stratify(base.weights(), margin, EmptyStratum::Fail).map_err(words)?;
    let design = base.calibrated(adjusted.weights, adjusted.auxiliary).map_err(words)?;
    let df = design.degrees_of_freedom();
    out.measured(&format!("{path}.mean"), "wlb_sat", &design.all().mean(satisfied).map_err(words)?, df);
    out.measured(&format!("{path}.total"), "wlb_sat", &design.all().total(satisfied).map_err(words)?, df);
    let sexes = ordered(reference, &format!("{path}.by_sex.sex"), levels(lines, "sex"));
    let of =
        |sex: &String| design.domain(|row| lines[row].text("sex") == sex).mean(satisfied).map(|m| m.estimate);
    let by_sex: Vec<Estimate> = sexes.iter().map(of).collect::<Result<_, _>>().map_err(words)?;
    out.by(&format!("{path}.by_sex"), "sex", &sexes, &by_sex);
    Ok(())
}
