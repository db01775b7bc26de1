//! Runs the cases: a form must be refused, or give the same XForm.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use serde_json::{Value, json};
use tsumugi_core::{
    xform,
    xlsform::{Import, Naming, Workbook, import, import_workbook},
};

use super::canonical::{difference, lines};
use crate::{
    cases,
    report::{Outcome, Report},
};

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

/// A workbook as Markdown tables or as rows, and what must come of it.
#[derive(Deserialize)]
struct Case {
    id: String,
    test: String,
    #[serde(default)]
    form_name: Option<String>,
    #[serde(default)]
    md: Option<String>,
    #[serde(default)]
    workbook: BTreeMap<String, Value>,
    errored: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    xform: Option<String>,
}

/// Runs the recorded cases.
pub(crate) fn run(bytes: &[u8]) -> Result<Report, String> {
    let file: File = cases::read(bytes)?;
    let mut report = Report::new("xlsform");
    for case in file.cases {
        let root = case.form_name.clone().unwrap_or_else(|| "data".to_owned());
        let names = Naming { root, form_id: "data".to_owned() };
        let import = import_workbook(&book(&case), &names);
        let outcome = judge(&import, case.errored, case.xform.as_deref());
        report.count(outcome, || json!({ "id": case.id, "test": case.test, "error": case.error }));
    }
    Ok(report)
}

fn book(case: &Case) -> Workbook {
    if let Some(md) = &case.md {
        return Workbook::from_markdown(md);
    }
    let records = |rows: &Value| -> Vec<BTreeMap<String, String>> {
        let row = |row: &Value| {
            let cells = row.as_object().into_iter().flatten();
            cells.map(|(name, value)| (name.clone(), text(value))).collect()
        };
        rows.as_array().into_iter().flatten().map(row).collect()
    };
    let sheets: Vec<_> = case.workbook.iter().map(|(name, rows)| (name.clone(), records(rows))).collect();
    Workbook::from_records(&sheets, &[])
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Runs real workbooks: each has the XForm that must come of it beside it, or must be refused.
pub(crate) fn run_workbooks(folder: &Path) -> Result<Report, String> {
    let mut report = Report::new("workbooks");
    let entries = std::fs::read_dir(folder).map_err(|error| format!("it cannot be read: {error}"))?;
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    let kinds = ["xlsx", "xls", "xlsm", "ods"];
    let is_book = |path: &Path| {
        path.extension().and_then(|kind| kind.to_str()).is_some_and(|kind| kinds.contains(&kind))
    };
    for path in paths.iter().filter(|path| is_book(path)) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = std::fs::read(path).map_err(|error| format!("{name}: {error}"))?;
        let expected = std::fs::read_to_string(path.with_file_name(format!("{name}.xform.xml"))).ok();
        let outcome = judge(&import(&bytes, &name), expected.is_none(), expected.as_deref());
        report.count(outcome, || json!({ "id": name }));
    }
    Ok(report)
}

fn judge(import: &Import, must_fail: bool, expected: Option<&str>) -> Outcome {
    let errors: Vec<&str> = import
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| finding.what.get("en"))
        .collect();
    match (&import.definition, must_fail) {
        (None, true) => Outcome::Passed,
        (Some(_), true) => Outcome::Failed(json!({ "accepted": true })),
        (None, false) => Outcome::Failed(json!({ "refused": errors })),
        (Some(form), false) => match expected {
            None => Outcome::Passed,
            Some(expected) => compare(&xform::write(form), expected),
        },
    }
}

fn compare(ours: &str, theirs: &str) -> Outcome {
    match (lines(ours), lines(theirs)) {
        (Ok(ours), Ok(theirs)) => match difference(&ours, &theirs) {
            None => Outcome::Passed,
            Some((ours, theirs)) => Outcome::Failed(json!({ "ours": ours, "theirs": theirs })),
        },
        (Err(error), _) => Outcome::Failed(json!({ "unreadable": error })),
        (_, Err(error)) => Outcome::Failed(json!({ "case": error })),
    }
}
