//! XPath against the recorded cases of other engines.

use std::{path::Path, process::Command};

use serde_json::Value;

/// Where the cases lie beside a checkout; they are not part of the repository.
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/reference/forms/xpath_cases.json.gz");

fn summary(cases: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .args(["xpath".as_ref(), cases.as_os_str()])
        .output()
        .expect("the conformance binary runs");
    serde_json::from_slice(&output.stdout).expect("one line of JSON")
}

#[test]
fn expressions_give_what_other_engines_recorded() {
    let cases =
        std::env::var_os("TSUMUGI_XPATH_CASES").map_or_else(|| CASES.into(), std::path::PathBuf::from);
    if !cases.exists() {
        eprintln!("NOT CHECKED: {} is not there", cases.display());
        return;
    }
    let summary = summary(&cases);
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let (total, passed) = (count(&summary["total"]), count(&summary["passed"]));
    let skipped: u64 = summary["skipped"].as_object().into_iter().flatten().map(|(_, n)| count(n)).sum();
    assert!(total > 1_000, "{summary}");
    assert!(skipped * 50 <= total, "more than 2 % passed over: {summary}");
    assert!((total - skipped - passed) * 200 <= total, "more than 0.5 % differ: {summary}");
}
