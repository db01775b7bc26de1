//! Walks over every number of the reference and holds it against what core computes.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};

use super::{
    api,
    computed::{Computed, Leaf},
    data::Data,
    plain, rows, samples, weights,
};
use crate::report::{Outcome, Report};

/// Where core does not follow R, by path; docs/INDICATORS.md tells the analyst.
const NOT_FOLLOWED: [(&str, &str); 1] = [(
    "rake.max_abs_diff_rake_vs_calibrate_raking",
    "the rest between two iterations that both converged: rounding, and R's is of its own stopping rule",
)];

/// Given, not computed: what the other numbers are made of. `*` is any key or index.
const INPUT: [&str; 15] = [
    "meta.R",
    "meta.survey",
    "meta.note",
    "binomial.*.k",
    "binomial.*.n",
    "two_proportions.*.k1",
    "two_proportions.*.n1",
    "two_proportions.*.k2",
    "two_proportions.*.n2",
    "trend.k",
    "trend.n",
    "trend.x",
    "rake.margins.*.*",
    "rake.poststrat_sex_age.pop.*.*",
    "strat.poststrat_industry.pop.*.*",
];

/// Runs a folder with `stat_reference.json` and `data/*.csv`.
pub(crate) fn run(folder: &Path) -> Result<Report, String> {
    let path = folder.join("stat_reference.json");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let reference: Value =
        serde_json::from_str(&text).map_err(|error| format!("not a file of cases: {error}"))?;
    let data = Data(folder);
    let mut computed = Computed::default();
    let troubles = note_all(&data, &reference, &mut computed);
    let mut expected = BTreeMap::new();
    flatten("", &reference, &mut expected);
    let mut report = Report::new("statistics");
    for (path, leaf) in expected.iter().filter(|(path, _)| !is_input(path)) {
        // A proportion's `p` is an estimate; that of a test is not.
        let is_share =
            path.ends_with(".p") && expected.contains_key(&format!("{}se", path.trim_end_matches('p')));
        let outcome = compare(path, is_share, leaf, computed.0.get(path));
        report.count(outcome, || json!({ "path": path, "expected": leaf.shown() }));
    }
    for trouble in troubles {
        report.count(Outcome::Failed(Value::Null), || json!({ "trouble": trouble }));
    }
    Ok(report)
}

/// Notes what each data set gives, from rows and from sums per cell. One that cannot be computed
/// is a failure of its own, and leaves the others as they are.
fn note_all(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Vec<String> {
    plain::counts(reference, out);
    let mut outcomes = rows::all(data, reference, out);
    outcomes.extend([
        ("plain srs", plain::srs(data, reference, out)),
        ("plain panel", plain::panel(data, out)),
        ("cells strat", samples::strat(data, reference, out)),
        ("cells cluster", samples::cluster(data, out)),
        ("cells waves", samples::waves(data, out)),
        ("cells rake", weights::rake(data, reference, out)),
        ("cells industry", weights::industry(data, reference, out)),
        ("cells edge", weights::edge(data, out)),
        ("cells api", api::api(data, out)),
    ]);
    let failed = |(name, outcome): (&str, Result<(), String>)| Some(format!("{name}: {}", outcome.err()?));
    outcomes.into_iter().filter_map(failed).collect()
}

fn is_input(path: &str) -> bool {
    let fits = |pattern: &&str| {
        let (keys, wanted): (Vec<&str>, Vec<&str>) =
            (path.split('.').collect(), pattern.split('.').collect());
        keys.len() == wanted.len()
            && keys.iter().zip(&wanted).all(|(key, wanted)| *wanted == "*" || key == wanted)
    };
    INPUT.iter().any(fits)
}

/// What the reference has at a path.
enum Expected {
    /// Numbers; `None` is one that R could not compute.
    Numbers(Vec<Option<f64>>),
    Words(Vec<String>),
}

impl Expected {
    fn shown(&self) -> Value {
        match self {
            Self::Numbers(numbers) => json!(numbers),
            Self::Words(words) => json!(words),
        }
    }
}

/// Every number or word, or list of them, by its path. Nothing of the file is left out.
fn flatten(path: &str, value: &Value, found: &mut BTreeMap<String, Expected>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let leaf = match value {
        Value::Object(fields) => {
            return fields.iter().for_each(|(key, value)| flatten(&below(key), value, found));
        }
        Value::Array(items) if items.iter().any(has_fields) => {
            return items
                .iter()
                .enumerate()
                .for_each(|(at, item)| flatten(&below(&at.to_string()), item, found));
        }
        Value::Array(items) => {
            numbers(items).map_or_else(|| Expected::Words(words(items)), Expected::Numbers)
        }
        Value::Number(number) => Expected::Numbers(vec![number.as_f64()]),
        Value::Null => Expected::Numbers(vec![None]),
        word => Expected::Words(words(std::slice::from_ref(word))),
    };
    found.insert(path.to_owned(), leaf);
}

fn has_fields(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().any(has_fields),
        _ => false,
    }
}

/// Numbers of a list or of a matrix row by row; `None` where there is a word.
fn numbers(items: &[Value]) -> Option<Vec<Option<f64>>> {
    let mut found = Vec::new();
    for item in items {
        match item {
            Value::Number(number) => found.push(number.as_f64()),
            Value::Null => found.push(None),
            Value::Array(inner) => found.extend(numbers(inner)?),
            _ => return None,
        }
    }
    Some(found)
}

fn words(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
}

/// Keys of point estimates: they agree to nine digits, what passes through quantiles to six.
const ESTIMATES: [&str; 22] = [
    "est",
    "before",
    "after",
    "diff",
    "slope",
    "rel_change",
    "rake_g",
    "linear_g",
    "sum_w",
    "mean",
    "min",
    "max",
    "coef",
    "q",
    "cor",
    "cronbach_alpha",
    "item_total",
    "unweighted_mean",
    "log_ratio",
    "kish_deff",
    "w_first10",
    "w_first20",
];

fn compare(path: &str, is_share: bool, expected: &Expected, got: Option<&Vec<Leaf>>) -> Outcome {
    if let Some((_, reason)) = NOT_FOLLOWED.iter().find(|(skipped, _)| *skipped == path) {
        return Outcome::Skipped(reason);
    }
    let Some(got) = got.filter(|got| !got.is_empty()) else { return Outcome::Failed(Value::Null) };
    let is_estimate = is_share || ESTIMATES.iter().any(|key| path.rsplit('.').next() == Some(key));
    let tolerance = if is_estimate { 1e-9 } else { 1e-6 };
    match got.iter().find(|leaf| !agrees(leaf, expected, tolerance)) {
        None => Outcome::Passed,
        Some(Leaf::Numbers(numbers)) => Outcome::Failed(json!(numbers)),
        Some(Leaf::Words(words)) => Outcome::Failed(json!(words)),
    }
}

fn agrees(got: &Leaf, expected: &Expected, tolerance: f64) -> bool {
    match (got, expected) {
        (Leaf::Words(got), Expected::Words(expected)) => got == expected,
        (Leaf::Numbers(got), Expected::Numbers(expected)) => {
            let close = |(got, expected): (&f64, &Option<f64>)| match expected {
                Some(expected) => (got - expected).abs() <= tolerance * expected.abs() + 1e-12,
                None => !got.is_finite(),
            };
            got.len() == expected.len() && got.iter().zip(expected).all(close)
        }
        _ => false,
    }
}
