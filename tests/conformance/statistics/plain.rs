//! Cases of simple random samples, from counts and from data.

use serde_json::Value;
use tsumugi_core::indicator::estimate::{
    Estimate, Frame, Line as Part, Sample, StratumFrame, agresti_coull, clopper_pearson, cochran_armitage,
    corrected_p, cronbach_alpha, fisher_exact, item_total, jeffreys, newcombe, paired_points,
    paired_relative, signed_ranks, two_proportions, weighted_trend, welch, wilson, wilson_corrected,
};

use super::{
    computed::{Computed, all, group, mean, ordered, ratio},
    data::{Data, Line, Plan, column, levels},
};

const UCLA: [&str; 3] = ["ucla_a", "ucla_b", "ucla_c"];

fn ucla(line: &Line) -> Option<f64> {
    UCLA.iter().try_fold(0.0, |sum, item| Some(sum + line.number(item)?))
}

fn lonely(line: &Line, from: f64) -> Option<(f64, f64)> {
    line.number("direct5").map(|code| (1.0, f64::from(code >= from)))
}

/// Notes what the data set `srs` gives.
pub(crate) fn srs(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("srs")?;
    let weight = |line: &Line| line.known("w");
    let ages = |line: &Line| vec![line.text("age").to_owned(), line.text("telework").to_owned()];
    let plan = Plan { weight: &weight, groups: &ages, ..Plan::SIMPLE };
    let rows = lines.len() as f64;
    let population = lines.first().map_or(f64::NAN, |line| line.known("N"));
    let known = StratumFrame { units: None, sampling_units: Some(population) };
    let finite = Frame { strata: [(String::new(), known)].into(), ..Frame::default() };
    let telework = plan.count(&lines, &|line| line.number("telework").map(|y| (1.0, y)));
    let score = plan.count(&lines, &|line| ucla(line).map(|y| (1.0, y)));
    for (path, frame) in [("srs.no_fpc", Frame::default()), ("srs.fpc", finite)] {
        let sample = Sample::new(&telework, frame.clone());
        out.estimate(&format!("{path}.telework_mean"), &mean(&sample, &all)?, rows - 1.0);
        out.estimate(&format!("{path}.telework_total"), &sample.total(&all, Part::Y), rows - 1.0);
        out.estimate(&format!("{path}.ucla_mean"), &mean(&Sample::new(&score, frame), &all)?, rows - 1.0);
    }
    let any = plan.count(&lines, &|line| lonely(line, 3.0));
    let strong = plan.count(&lines, &|line| lonely(line, 5.0));
    out.proportion("srs.no_fpc.lonely_any", &mean(&Sample::new(&any, Frame::default()), &all)?);
    out.proportion("srs.no_fpc.lonely_strong", &mean(&Sample::new(&strong, Frame::default()), &all)?);
    let any = Sample::new(&any, Frame::default());
    let ages = ordered(reference, "srs.by_age.age", levels(&lines, "age"));
    let by_age: Vec<Estimate> = ages.iter().map(|age| mean(&any, &group(age))).collect::<Result<_, _>>()?;
    out.by("srs.by_age", "age", &ages, &by_age);
    let elders = lines.iter().filter(|line| line.text("age") == "65+").count() as f64;
    out.estimate("srs.domain_65", &mean(&any, &group("65+"))?, elders - 1.0);
    shares(&plan, &lines, out)?;
    let both = plan.count(&lines, &|line| Some((line.number("direct5")?, ucla(line)?)));
    let both = ratio(&Sample::new(&both, Frame::default()))?;
    out.put("srs.ratio.est", both.value);
    out.put("srs.ratio.se", both.standard_error());
    let z = tsumugi_core::indicator::estimate::normal_quantile(0.975) * both.standard_error();
    out.list("srs.ratio.ci", [both.value - z, both.value + z]);
    let items: Vec<Vec<f64>> =
        lines.iter().filter_map(|line| UCLA.iter().map(|item| line.number(item)).collect()).collect();
    out.put("reliability.n", items.len() as f64);
    out.put("reliability.cronbach_alpha", cronbach_alpha(&items));
    out.list("reliability.item_total", item_total(&items));
    Ok(())
}

/// Shares of each level of a question.
fn shares(plan: &Plan<'_>, lines: &[Line], out: &mut Computed) -> Result<(), String> {
    let rows = lines.len() as f64;
    let mut direct = Vec::new();
    let mut days = Vec::new();
    for level in levels(lines, "direct5").iter().filter_map(|level| level.parse::<f64>().ok()) {
        let tally =
            plan.count(lines, &|line| line.number("direct5").map(|code| (1.0, f64::from(code == level))));
        direct.push(mean(&Sample::new(&tally, Frame::default()), &all)?);
    }
    let teleworkers = lines.iter().filter(|line| line.number("telework") == Some(1.0));
    for level in levels(teleworkers, "freq").iter().filter_map(|level| level.parse::<f64>().ok()) {
        let tally = plan.count(lines, &|line| {
            (line.number("telework") == Some(1.0))
                .then(|| (1.0, f64::from(line.number("freq") == Some(level))))
        });
        days.push(mean(&Sample::new(&tally, Frame::default()), &all)?);
    }
    out.vector("srs.no_fpc.direct5_levels", &direct, rows - 1.0);
    out.vector("srs.freq_dist_among_teleworkers", &days, rows - 1.0);
    Ok(())
}

/// Notes intervals and tests of counts that the reference itself carries.
pub(crate) fn counts(reference: &Value, out: &mut Computed) {
    let number = |value: &Value, key: &str| value[key].as_f64().unwrap_or(f64::NAN);
    for (index, case) in reference["binomial"].as_array().into_iter().flatten().enumerate() {
        let (k, n) = (number(case, "k"), number(case, "n"));
        let mut put = |key: &str, interval| out.interval(&format!("binomial.{index}.{key}"), interval);
        put("wilson", wilson(k / n, n));
        put("wilson_cc", wilson_corrected(k, n));
        put("clopper_pearson", clopper_pearson(k, n));
        put("jeffreys", jeffreys(k, n));
        put("agresti_coull", agresti_coull(k, n));
    }
    for (index, case) in reference["two_proportions"].as_array().into_iter().flatten().enumerate() {
        let [k1, n1, k2, n2] = ["k1", "n1", "k2", "n2"].map(|key| number(case, key));
        let two = two_proportions(k1, n1, k2, n2);
        let path = |key: &str| format!("two_proportions.{index}.{key}");
        for (key, value) in [
            ("diff", two.difference),
            ("se_unpooled", two.standard_error),
            ("z_pooled", two.z_pooled),
            ("p_pooled", two.p_pooled),
            ("z_unpooled", two.z_unpooled),
            ("rel_change_se_log", two.log_standard_error),
            ("rel_change", two.relative.0),
        ] {
            out.put(&path(key), value);
        }
        out.interval(&path("newcombe"), newcombe(k1, n1, k2, n2));
        let [c1, m1, c2, m2] = ["k1", "n1", "k2", "n2"].map(|key| case[key].as_u64().unwrap_or_default());
        out.put(&path("fisher_p"), fisher_exact(c1, m1, c2, m2));
        out.put(&path("chisq_cc_p"), corrected_p(k1, n1, k2, n2));
        out.interval(&path("rel_change_ci"), two.relative.1);
    }
    let given = |key: &str| -> Vec<f64> {
        reference["trend"][key].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    };
    let (k, n, x) = (given("k"), given("n"), given("x"));
    let groups: Vec<_> = x.iter().zip(&k).zip(&n).map(|((x, k), n)| (*x, *k, *n)).collect();
    let (chi_squared, p) = cochran_armitage(&groups);
    out.put("trend.cochran_armitage.chisq", chi_squared);
    out.put("trend.cochran_armitage.p", p);
    let points: Vec<_> = groups.iter().map(|(x, k, n)| (*x, k / n, k / n * (1.0 - k / n) / n)).collect();
    let line = weighted_trend(&points);
    out.put("trend.wls.slope", line.slope);
    out.put("trend.wls.se_known_var", line.standard_error);
    out.put("trend.wls.z", line.slope / line.standard_error);
    out.put("trend.wls.p", line.p);
    out.put("trend.wls.homogeneity_q", line.heterogeneity);
}

/// Notes the paired comparison of the data set `panel`.
pub(crate) fn panel(data: &Data<'_>, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("panel")?;
    let tally = Plan::SIMPLE.count(&lines, &|line| Some((line.number("before")?, line.number("after")?)));
    let sample = Sample::new(&tally, Frame::default());
    let points = paired_points(&sample, &all).ok_or("no pairs")?;
    let relative = paired_relative(&sample, &all).ok_or("no pairs")?;
    let before = sample.ratio(&all, Part::X, Part::ONE).ok_or("no pairs")?;
    for (key, value) in [
        ("n", before.n as f64),
        ("before", before.value),
        ("after", mean(&sample, &all)?.value),
        ("diff", points.value),
        ("t", points.value / points.standard_error),
        ("df", points.df),
        ("p", points.p),
        ("rel_change", relative.value),
        ("rel_change_se_delta", relative.standard_error * (1.0 + relative.value)),
    ] {
        out.put(&format!("panel.{key}"), value);
    }
    out.interval("panel.ci", points.interval);
    let (was, is) =
        (column(&lines, |line| line.number("before")), column(&lines, |line| line.number("after")));
    let unpaired = welch(&is, &was);
    out.put("panel.welch_if_unpaired.t", unpaired.t);
    out.put("panel.welch_if_unpaired.df", unpaired.df);
    out.put("panel.welch_if_unpaired.p", unpaired.p);
    let ranks = signed_ranks(&was, &is).ok_or("no pair differs")?;
    out.put("panel.wilcoxon_v", ranks.statistic);
    out.put("panel.wilcoxon_p", ranks.p);
    Ok(())
}
