//! Walks over every number of the reference and holds it against what core computes.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};

use super::{api, computed::Computed, data::Data, plain, samples, weights};
use crate::report::{Outcome, Report};

/// What the reference holds and core does not offer, by the end or the beginning of the path.
const NOT_OFFERED: [(&str, &str); 30] = [
    (".deff", "design effect"),
    ("kish_deff", "design effect"),
    (".ci_likelihood", "interval by likelihood or arcsine"),
    (".ci_asin", "interval by likelihood or arcsine"),
    ("srs.quantile_ucla", "quantile"),
    ("srs.var_ucla", "variance of the population"),
    ("srs.chisq", "test of independence"),
    ("cluster.chisq", "test of independence"),
    ("waves.chisq_F", "test of independence"),
    ("api.clus1_chisq", "test of independence"),
    ("srs.cor", "correlation"),
    (".fisher_p", "test of independence"),
    (".chisq_cc_p", "test of independence"),
    ("strat.jkn", "jackknife"),
    ("cluster.jkn", "jackknife"),
    ("cluster.glm_logit", "regression"),
    ("api.strat_glm", "regression"),
    ("panel.welch_if_unpaired", "tests for other data"),
    ("panel.wilcoxon_v", "tests for other data"),
    ("panel.wilcoxon_p", "tests for other data"),
    ("waves.diff.ci_z", "interval by the normal distribution"),
    (".linear_g", "linear calibration"),
    ("rake.calibrate_linear", "linear calibration"),
    ("rake.raked", "variance of iterated post-stratification (calibration's is used)"),
    ("api.clus1_rake", "variance of iterated post-stratification (calibration's is used)"),
    (
        "rake.max_abs_diff_rake_vs_calibrate_raking",
        "variance of iterated post-stratification (calibration's is used)",
    ),
    ("rake.trimmed_lo300_hi520", "trimming of weights"),
    ("api.clus2", "second stage of sampling"),
    ("reliability.item_total", "correlation"),
    ("strat.by_size.deff", "design effect"),
];

/// Given, not computed.
const INPUT: [&str; 15] = [
    "meta",
    "rake.margins",
    ".name",
    ".pop",
    ".age",
    ".size",
    ".industry",
    ".k",
    ".n1",
    ".n2",
    ".k1",
    ".k2",
    ".x",
    ".telework",
    ".wave",
];

/// Runs a folder with `stat_reference.json` and `data/*.csv`.
pub(crate) fn run(folder: &Path) -> Result<Report, String> {
    let path = folder.join("stat_reference.json");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let reference: Value =
        serde_json::from_str(&text).map_err(|error| format!("not a file of cases: {error}"))?;
    let data = Data(folder);
    let mut computed = Computed::default();
    plain::srs(&data, &mut computed)?;
    plain::counts(&reference, &mut computed);
    plain::panel(&data, &mut computed)?;
    samples::strat(&data, &mut computed)?;
    samples::cluster(&data, &mut computed)?;
    samples::waves(&data, &mut computed)?;
    weights::rake(&data, &reference, &mut computed)?;
    weights::industry(&data, &reference, &mut computed)?;
    weights::edge(&data, &mut computed)?;
    api::api(&data, &mut computed)?;
    let mut expected = BTreeMap::new();
    flatten("", &reference, &mut expected);
    let mut report = Report::new("statistics");
    for (path, numbers) in expected.iter().filter(|(path, _)| !is_input(path)) {
        let outcome = compare(path, numbers, computed.0.get(path));
        report.count(outcome, || json!({ "path": path, "expected": numbers }));
    }
    Ok(report)
}

fn is_input(path: &str) -> bool {
    let is = |word: &&str| {
        if word.starts_with('.') {
            path.ends_with(*word) || path.contains(&format!("{word}."))
        } else {
            path.starts_with(*word)
        }
    };
    // The sizes of the proportions are computed; those of the counts are given.
    INPUT.iter().any(is) || (path.starts_with("binomial") && path.ends_with(".n")) || path == "trend.n"
}

/// Every number, or list of numbers, by its path.
fn flatten(path: &str, value: &Value, found: &mut BTreeMap<String, Vec<f64>>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Number(number) => drop(found.insert(path.to_owned(), number.as_f64().into_iter().collect())),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| flatten(&below(key), value, found)),
        Value::Array(items) => {
            if let Some(numbers) = numbers(items) {
                found.insert(path.to_owned(), numbers);
            } else {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, item)| flatten(&below(&index.to_string()), item, found));
            }
        }
        _ => {}
    }
}

fn numbers(items: &[Value]) -> Option<Vec<f64>> {
    let mut found = Vec::new();
    for item in items {
        match item {
            Value::Number(number) => found.push(number.as_f64()?),
            Value::Array(inner) => found.extend(numbers(inner)?),
            _ => return None,
        }
    }
    Some(found)
}

fn compare(path: &str, expected: &[f64], got: Option<&Vec<f64>>) -> Outcome {
    let Some(got) = got else {
        let reason = NOT_OFFERED.iter().find(|(word, _)| {
            if word.starts_with('.') {
                path.ends_with(word)
            } else {
                path.starts_with(word) || path.ends_with(word)
            }
        });
        return match reason {
            Some((_, reason)) => Outcome::Skipped(reason),
            None => Outcome::Failed(Value::Null),
        };
    };
    // Point estimates agree to nine digits; what passes through quantiles to six.
    let is_estimate = ["est", "p", "before", "after", "diff", "slope", "rel_change", "rake_g", "sum_w"]
        .iter()
        .any(|key| path.rsplit('.').next() == Some(key));
    let tolerance = if is_estimate && !path.contains("test") { 1e-9 } else { 1e-6 };
    let close = |(got, expected): (&f64, &f64)| (got - expected).abs() <= tolerance * expected.abs() + 1e-12;
    if got.len() == expected.len() && got.iter().zip(expected).all(close) {
        return Outcome::Passed;
    }
    Outcome::Failed(json!(got))
}
