//! What came of a suite.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The figures of a suite.
#[derive(Debug)]
pub(crate) struct Report {
    suite: &'static str,
    passed: usize,
    skipped: BTreeMap<&'static str, usize>,
    /// What a suite measures beside passing.
    pub(crate) figures: Vec<Value>,
    /// A line for each case that failed.
    pub(crate) failures: Vec<Value>,
}

/// What came of one case.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// As expected.
    Passed,
    /// Passed over, for a named reason.
    Skipped(&'static str),
    /// Otherwise than expected: what came instead.
    Failed(Value),
}

impl Report {
    /// An empty report.
    pub(crate) fn new(suite: &'static str) -> Self {
        Self { suite, passed: 0, skipped: BTreeMap::new(), figures: Vec::new(), failures: Vec::new() }
    }

    /// Counts one case. `case` tells a reader which one it is.
    pub(crate) fn count(&mut self, outcome: Outcome, case: impl FnOnce() -> Value) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Skipped(reason) => *self.skipped.entry(reason).or_default() += 1,
            Outcome::Failed(got) => {
                let mut line = case();
                line["got"] = got;
                self.failures.push(line);
            }
        }
    }

    /// Takes the cases of another report in.
    pub(crate) fn merge(&mut self, other: Self) {
        self.passed += other.passed;
        self.figures.extend(other.figures);
        self.failures.extend(other.failures);
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
    }

    /// One line with the figures.
    pub(crate) fn summary(&self) -> Value {
        let total = self.passed + self.failures.len() + self.skipped.values().sum::<usize>();
        let mut summary =
            json!({ "suite": self.suite, "total": total, "passed": self.passed, "skipped": self.skipped });
        if !self.figures.is_empty() {
            summary["figures"] = json!(self.figures);
        }
        summary
    }
}
