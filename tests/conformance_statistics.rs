//! Statistics, suppression and scales against references made by other programs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Where the cases lie beside a checkout; they are not part of the repository.
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/reference");

/// The figures of a suite; `None`, said aloud, where the cases are not there.
fn summary(suite: &str, cases: &str) -> Option<Value> {
    let folder = std::env::var_os("TSUMUGI_REFERENCE").map_or_else(|| REFERENCE.into(), PathBuf::from);
    let path = folder.join(cases);
    if !Path::new(&path).exists() {
        eprintln!("NOT CHECKED: {} is not there", path.display());
        return None;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .args([suite.as_ref(), path.as_os_str()])
        .output()
        .expect("the conformance binary runs");
    Some(serde_json::from_slice(&output.stdout).expect("one line of JSON"))
}

/// Total, passed and passed over.
fn figures(summary: &Value) -> (u64, u64, u64) {
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let skipped = summary["skipped"].as_object().into_iter().flatten().map(|(_, n)| count(n)).sum();
    (count(&summary["total"]), count(&summary["passed"]), skipped)
}

#[test]
fn estimates_agree_with_the_survey_package_of_r() {
    let Some(summary) = summary("statistics", "statistics") else { return };
    let (total, passed, skipped) = figures(&summary);
    assert!(passed > 900, "{summary}");
    assert_eq!(total, passed + skipped, "{summary}");
}

#[test]
fn an_attacker_with_linear_programs_finds_no_hidden_cell() {
    let Some(summary) = summary("disclosure", "disclosure/sdc_reference.json") else { return };
    let (total, passed, skipped) = figures(&summary);
    assert!(total >= 20, "{summary}");
    assert_eq!(total, passed + skipped, "{summary}");
}

#[test]
fn scales_score_as_their_authors_say() {
    let Some(summary) = summary("scales", "instruments/scale_vectors.json") else { return };
    let (total, passed, _) = figures(&summary);
    assert!(total >= 40, "{summary}");
    assert_eq!(total, passed, "{summary}");
}
