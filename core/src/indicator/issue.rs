//! What is wrong with an indicator file.

use std::fmt;

use crate::text::Localized;

/// One thing to repair in an indicator file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct IndicatorIssue {
    /// Line of the file, from 1, where known.
    pub line: Option<usize>,
    /// Id of the indicator, or empty outside of one.
    pub indicator: String,
    /// The key (`target.kind`).
    pub field: String,
    /// What is wrong and what to write instead.
    pub what: Localized,
}

impl fmt::Display for IndicatorIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.indicator.is_empty() {
            write!(f, "{}: ", self.indicator)?;
        }
        write!(f, "`{}`: {}", self.field, self.what.get("en"))
    }
}
