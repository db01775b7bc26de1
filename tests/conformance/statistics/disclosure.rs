//! Suppression of tables against an attacker who solves linear programs.

use std::path::Path;

use serde_json::{Value, json};
use tsumugi_core::indicator::disclose::{CountTable, Cube, Dimension, Hidden};

use crate::report::{Outcome, Report};

fn numbers(value: &Value) -> Option<Vec<usize>> {
    value.as_array()?.iter().map(|number| usize::try_from(number.as_u64()?).ok()).collect()
}

/// The numbers of cells that a case names by their places.
fn cells(cube: &Cube, value: &Value) -> Vec<usize> {
    let places = value.as_array().into_iter().flatten().filter_map(numbers);
    places.map(|place| cube.cell(&place)).collect()
}

/// Runs a file of cases, or every such file of a folder.
pub(crate) fn run(path: &Path) -> Result<Report, String> {
    let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        files = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
        files.sort();
    }
    let mut report = Report::new("disclosure");
    for file in files {
        report.merge(run_file(&std::fs::read(file).map_err(unreadable)?)?);
    }
    Ok(report)
}

/// Runs tables, and numbers that give each other away.
fn run_file(bytes: &[u8]) -> Result<Report, String> {
    let file: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("not a file of cases: {error}"))?;
    let mut report = Report::new("disclosure");
    for case in file["cases"].as_array().ok_or("there are no cases")? {
        let (outcomes, figures) = outcomes(case);
        report.figures.extend(figures);
        for (what, outcome) in outcomes {
            report.count(outcome, || json!({ "name": case["name"], "what": what }));
        }
    }
    for case in file["differencing"].as_array().into_iter().flatten() {
        if let Some(outcome) = super::differencing::outcome(case) {
            report.count(outcome, || json!({ "name": case["name"], "what": "the leak is closed" }));
        }
    }
    Ok(report)
}

/// The counts of a table by their places, and how long each side is.
fn flatten(table: &Value, counts: &mut Vec<u64>, sides: &mut Vec<usize>, depth: usize) {
    let Some(list) = table.as_array() else {
        counts.extend(table.as_u64());
        return;
    };
    if sides.len() <= depth {
        sides.push(list.len());
    }
    list.iter().for_each(|inner| flatten(inner, counts, sides, depth + 1));
}

/// What comes of a table, and how many complements it has.
fn outcomes(case: &Value) -> (Vec<(&'static str, Outcome)>, Option<Value>) {
    let (mut counts, mut sides) = (Vec::new(), Vec::new());
    flatten(&case["table"], &mut counts, &mut sides, 0);
    let classes = |many: &usize| (0..*many).map(|code| code.to_string()).collect::<Vec<_>>();
    let sides = sides.iter().enumerate();
    let sides = sides.map(|(side, many)| Dimension::of_classes(&side.to_string(), &classes(many))).collect();
    let width = case["required_width"].as_u64().unwrap_or_default();
    let unreadable =
        |error: &dyn ToString| (vec![("the table", Outcome::Failed(json!(error.to_string())))], None);
    let cube = match Cube::new(sides) {
        Ok(cube) => cube,
        Err(error) => return unreadable(&error),
    };
    let table = match CountTable::new(&cube, vec![counts], width) {
        Ok(table) => table,
        Err(error) => return unreadable(&error),
    };
    let primary = cells(&cube, &case["primary"]);
    let mut start = vec![Hidden::No; cube.cells()];
    primary.iter().for_each(|cell| start[*cell] = Hidden::Primary);
    let mut outcomes =
        vec![("bounds of primary cells alone", bounds(&table, &cube, &start, &case["primary_only_bounds"]))];
    let best = cells(&cube, &case["optimal_complement"]);
    if !best.is_empty() {
        let mut with_best = start.clone();
        best.iter().for_each(|cell| with_best[*cell] = Hidden::Complement);
        let found = bounds(&table, &cube, &with_best, &case["optimal_bounds"]);
        outcomes.push(("bounds under the fewest complements", found));
    }
    let hidden = table.protect(&start);
    let open: Vec<_> = (0..cube.cells())
        .filter(|cell| hidden[*cell] != Hidden::No && !table.is_safe(&hidden, *cell))
        .chain(table.found_exactly(&hidden))
        .chain(primary.into_iter().filter(|cell| hidden[*cell] == Hidden::No && table.count(*cell) > 0))
        .collect();
    let safe = if open.is_empty() { Outcome::Passed } else { Outcome::Failed(json!({ "open": open })) };
    outcomes.push(("every hidden cell is protected", safe));
    let extra = hidden.iter().filter(|hidden| **hidden == Hidden::Complement).count();
    let fewest = case["optimal_complement"].is_array().then_some(best.len());
    outcomes.push(("hardly more complements than needed", few(extra, fewest)));
    (outcomes, Some(json!({ "name": case["name"], "complements": extra, "fewest": fewest })))
}

/// At most 1.3 times the fewest. Where no complement inside the table can help, a total has to go.
fn few(extra: usize, fewest: Option<usize>) -> Outcome {
    match fewest {
        Some(fewest) if extra * 10 > fewest * 13 => {
            Outcome::Failed(json!({ "extra": extra, "fewest": fewest }))
        }
        _ => Outcome::Passed,
    }
}

fn bounds(table: &CountTable<'_>, cube: &Cube, hidden: &[Hidden], expected: &Value) -> Outcome {
    for entry in expected.as_array().into_iter().flatten() {
        let (Some(place), Some(ends)) = (numbers(&entry[0]), numbers(&entry[1])) else { continue };
        let got = table.bounds(hidden, cube.cell(&place));
        let agrees = got.is_some_and(|got| {
            ends == [got.low, got.high.unwrap_or(u64::MAX)]
                .map(|end| usize::try_from(end).unwrap_or(usize::MAX))
        });
        if !agrees {
            let got = got.map(|got| (got.low, got.high));
            return Outcome::Failed(json!({ "cell": place, "got": got, "expected": ends }));
        }
    }
    Outcome::Passed
}
