//! What is wrong in a workbook: where, what, and how to put it right.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{form::Severity, text::Localized};

/// One thing that is wrong in a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether a form can be published with it.
    pub severity: Severity,
    /// Stable name of the kind of problem (`reference-unknown`).
    pub code: String,
    /// Name of the sheet; empty when the whole file is meant.
    pub sheet: String,
    /// Cell in the notation of spreadsheets (`B14`); a bare row number (`14`) when a row is meant.
    pub cell: String,
    /// Heading of the column, as written.
    pub column: String,
    /// What is wrong, in Japanese and English.
    pub what: Localized,
    /// How to put it right, in Japanese and English.
    pub remedy: Localized,
}

impl Finding {
    /// True when the form cannot be published with it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A place in a workbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct At {
    pub(super) sheet: String,
    pub(super) row: Option<u32>,
    pub(super) column: Option<usize>,
    pub(super) header: String,
}

impl At {
    /// The workbook itself.
    pub(super) fn file() -> Self {
        Self::default()
    }

    /// A whole sheet.
    pub(super) fn sheet(sheet: &str) -> Self {
        Self { sheet: sheet.to_owned(), ..Self::default() }
    }

    /// A whole row.
    pub(super) fn row(sheet: &str, row: u32) -> Self {
        Self { sheet: sheet.to_owned(), row: Some(row), ..Self::default() }
    }

    /// The name of the cell, or of the row, as people read it in a spreadsheet.
    fn cell(&self) -> String {
        let column = self.column.map(column_letters).unwrap_or_default();
        let row = self.row.map(|row| row.to_string()).unwrap_or_default();
        format!("{column}{row}")
    }
}

/// Letters of a column counted from zero: `A`, `Z`, `AA`.
pub(super) fn column_letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Collects findings, so that all of them are reported at once.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
    /// Places of the findings of a cell, so that none is told twice.
    by_cell: HashMap<(String, String), Vec<usize>>,
}

impl Report {
    /// Adds an error: `what` and `remedy` are pairs of Japanese and English.
    pub(super) fn error(&mut self, code: &str, at: &At, what: [&str; 2], remedy: [&str; 2]) {
        self.add(Severity::Error, code, at, what, remedy);
    }

    /// Adds a warning: `what` and `remedy` are pairs of Japanese and English.
    pub(super) fn warn(&mut self, code: &str, at: &At, what: [&str; 2], remedy: [&str; 2]) {
        self.add(Severity::Warning, code, at, what, remedy);
    }

    fn add(&mut self, severity: Severity, code: &str, at: &At, what: [&str; 2], remedy: [&str; 2]) {
        let pair = |[ja, en]: [&str; 2]| Localized::of([("ja", ja), ("en", en)]);
        let finding = Finding {
            severity,
            code: code.to_owned(),
            sheet: at.sheet.clone(),
            cell: at.cell(),
            column: at.header.clone(),
            what: pair(what),
            remedy: pair(remedy),
        };
        let of_cell = self.by_cell.entry((finding.sheet.clone(), finding.cell.clone())).or_default();
        if !of_cell.iter().any(|place| self.findings.get(*place) == Some(&finding)) {
            of_cell.push(self.findings.len());
            self.findings.push(finding);
        }
    }

    /// Adds a finding as it is.
    pub(super) fn push(
        &mut self,
        severity: Severity,
        code: &str,
        at: &At,
        what: Localized,
        remedy: Localized,
    ) {
        self.findings.push(Finding {
            severity,
            code: code.to_owned(),
            sheet: at.sheet.clone(),
            cell: at.cell(),
            column: at.header.clone(),
            what,
            remedy,
        });
    }

    /// True when something forbids publishing.
    pub(super) fn has_errors(&self) -> bool {
        self.findings.iter().any(Finding::is_error)
    }

    /// How many findings there are.
    pub(super) fn count(&self) -> usize {
        self.findings.len()
    }

    /// Gives the findings back, errors first, then by sheet and row as found.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| finding.severity);
        self.findings
    }
}

#[cfg(test)]
mod tests {
    use super::column_letters;

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        assert_eq!(column_letters(0), "A");
        assert_eq!(column_letters(25), "Z");
        assert_eq!(column_letters(26), "AA");
        assert_eq!(column_letters(701), "ZZ");
        assert_eq!(column_letters(702), "AAA");
    }
}
