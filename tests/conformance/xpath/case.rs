//! The cases as recorded.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A file of cases.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub(super) documents: BTreeMap<String, String>,
    pub(super) cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) test: String,
    pub(super) expression: String,
    pub(super) kind: String,
    pub(super) expected: Value,
    pub(super) doc: Option<String>,
    pub(super) context: Option<String>,
    pub(super) root: Option<String>,
    pub(super) namespaces: Option<BTreeMap<String, String>>,
    pub(super) language: Option<String>,
    pub(super) now: Option<String>,
    #[serde(default, rename = "contextOutside")]
    pub(super) context_outside: bool,
    #[serde(default)]
    pub(super) suite_expects_failure: bool,
    #[serde(rename = "roundFactor")]
    pub(super) round_factor: Option<f64>,
    pub(super) suite: Option<String>,
    pub(super) flags: Option<String>,
}

impl Case {
    /// True when the case comes from JavaRosa.
    pub(super) fn is_javarosa(&self) -> bool {
        self.suite.as_deref() == Some("javarosa")
    }
}
