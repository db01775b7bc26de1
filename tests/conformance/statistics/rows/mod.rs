//! The data sets row by row: every number of the reference that is of data.

mod api;
mod cluster;
mod edge;
mod rake;
mod srs;
mod strat;
mod waves;

use serde_json::Value;
use tsumugi_core::indicator::estimate::microdata::{
    Codes, Domain, Independence, Microdata, Policies, Stage, rao_scott, wald,
};

use super::{
    computed::Computed,
    data::{Data, Line, column},
};

/// What came of a data set.
type Noted = (&'static str, Result<(), String>);

/// Notes what every data set gives.
pub(crate) fn all(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Vec<Noted> {
    vec![
        ("rows srs", srs::note(data, reference, out)),
        ("rows strat", strat::note(data, reference, out)),
        ("rows cluster", cluster::note(data, reference, out)),
        ("rows waves", waves::note(data, reference, out)),
        ("rows rake", rake::note(data, reference, out)),
        ("rows edge", edge::note(data, out)),
        ("rows api", api::note(data, reference, out)),
    ]
}

/// The data of lines, weighted by a column or by their populations.
fn microdata(lines: &[Line], weight: Option<&str>, stages: &[Stage]) -> Result<Microdata, String> {
    let weights = weight.map(|name| column(lines, |line| line.number(name)));
    Microdata::new(lines.len(), weights, stages, Policies::default()).map_err(words)
}

/// An error in words.
fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Class of each line, where it is known.
fn classes(lines: &[Line], name: &str) -> Vec<Option<u32>> {
    let codes = Codes::of(lines.iter().map(|line| line.text(name)));
    let code = |code: &u32| (!codes.names[*code as usize].is_empty()).then_some(*code);
    codes.of_row.iter().map(code).collect()
}

/// Notes the tests of independence that the reference has at a path, each by its type.
fn independence(
    path: &str,
    tests: &Value,
    domain: &Domain<'_>,
    columns: [&[Option<u32>]; 2],
    out: &mut Computed,
) -> Result<(), String> {
    let [first, second] = columns;
    for (index, test) in tests.as_array().into_iter().flatten().enumerate() {
        let kind = test["type"].as_str().unwrap_or_default();
        let path = format!("{path}.{index}");
        out.independence(&path, &one_test(kind, domain, first, second)?);
        out.words(&format!("{path}.type"), [kind]);
    }
    Ok(())
}

fn one_test(
    kind: &str,
    domain: &Domain<'_>,
    first: &[Option<u32>],
    second: &[Option<u32>],
) -> Result<Independence, String> {
    match kind {
        "F" => rao_scott(domain, first, second).map(|tests| tests.second_order),
        "Chisq" => rao_scott(domain, first, second).map(|tests| tests.first_order),
        "Wald" => wald(domain, first, second, false),
        "adjWald" => wald(domain, first, second, true),
        other => return Err(format!("there is no test `{other}`")),
    }
    .map_err(words)
}
