//! Suppression of tables against an attacker who solves linear programs.

use serde_json::{Value, json};
use tsumugi_core::indicator::{CountTable, Hidden};

use crate::report::{Outcome, Report};

type Cell = (usize, usize);

fn cell(value: &Value) -> Option<Cell> {
    let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
    Some((number(&value[0])?, number(&value[1])?))
}

fn cells(value: &Value) -> Vec<Cell> {
    value.as_array().into_iter().flatten().filter_map(cell).collect()
}

/// Runs a file of tables.
pub(crate) fn run(bytes: &[u8]) -> Result<Report, String> {
    let file: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("not a file of cases: {error}"))?;
    let mut report = Report::new("disclosure");
    for case in file["cases"].as_array().ok_or("there are no cases")? {
        for (what, outcome) in outcomes(case) {
            report.count(outcome, || json!({ "name": case["name"], "what": what }));
        }
    }
    Ok(report)
}

fn outcomes(case: &Value) -> Vec<(&'static str, Outcome)> {
    let inner: Vec<Vec<u64>> = serde_json::from_value(case["table"].clone()).unwrap_or_default();
    let width = case["required_width"].as_u64().unwrap_or_default();
    let primary = cells(&case["primary"]);
    let table = CountTable::of(&inner);
    let columns = inner.first().map_or(0, Vec::len) + 1;
    let mut hidden = vec![vec![Hidden::No; columns]; inner.len() + 1];
    for (row, column) in &primary {
        hidden[*row][*column] = Hidden::Primary;
    }
    let mut outcomes =
        vec![("bounds of primary cells alone", bounds(&table, &hidden, &case["primary_only_bounds"]))];
    let best = cells(&case["optimal_complement"]);
    if !best.is_empty() {
        let mut with_best = hidden.clone();
        for (row, column) in &best {
            with_best[*row][*column] = Hidden::Complement;
        }
        outcomes.push((
            "bounds under the fewest complements",
            bounds(&table, &with_best, &case["optimal_bounds"]),
        ));
    }
    table.protect(&mut hidden, width);
    let open: Vec<_> = primary.iter().filter(|cell| !table.is_safe(&hidden, **cell, width)).collect();
    let safe = if open.is_empty() { Outcome::Passed } else { Outcome::Failed(json!({ "open": open })) };
    outcomes.push(("every primary cell is protected", safe));
    let extra = hidden.iter().flatten().filter(|hidden| **hidden == Hidden::Complement).count();
    // Where no complement inside the table can help, a total has to go.
    let fewest =
        if best.is_empty() && case["optimal_complement"].is_null() { usize::MAX } else { best.len() };
    let few = if extra <= fewest {
        Outcome::Passed
    } else {
        Outcome::Failed(json!({ "extra": extra, "fewest": fewest }))
    };
    outcomes.push(("no more complements than needed", few));
    outcomes
}

fn bounds(table: &CountTable, hidden: &[Vec<Hidden>], expected: &Value) -> Outcome {
    for entry in expected.as_array().into_iter().flatten() {
        let (Some(place), Some((low, high))) = (cell(&entry[0]), cell(&entry[1])) else { continue };
        let got = table.bounds(hidden, place);
        if got != (low as u64, high as u64) {
            return Outcome::Failed(json!({ "cell": place, "got": got, "expected": [low, high] }));
        }
    }
    Outcome::Passed
}
