//! What is wrong with a form, told to the person who wrote it.

use serde::{Deserialize, Serialize};

use crate::{answers::Path, text::Localized};

/// Whether a form can be published with an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The form cannot be used.
    Error,
    /// The form works; the author should look.
    Warning,
}

/// One thing that is wrong with a form: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormIssue {
    /// The element, without repeat instances; empty for the form itself.
    pub path: Path,
    /// The XLSForm column whose text is wrong (`relevant`, `calculation`, `choice_filter`, `label`, …).
    pub column: String,
    /// A stable code (`unknown-name`, `cycle`, `expression`, …).
    pub code: String,
    /// What is wrong.
    pub what: Localized,
    /// What to do.
    pub remedy: Localized,
    /// Whether the form can be used all the same.
    pub severity: Severity,
}
