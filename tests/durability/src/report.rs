//! What a run of proofs came to.

use std::fmt;

/// Counts of a run, and everything that does not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Processes that were killed, images that were opened, or faults that were made.
    pub blows: u64,
    /// What was acknowledged before.
    pub acknowledged: u64,
    /// Not acknowledged, and there all the same: a repeat must not double it.
    pub unsaid: u64,
    /// A sentence for each thing that does not hold.
    pub wrong: Vec<String>,
}

impl Report {
    /// Adds another run.
    pub fn add(&mut self, other: Self) {
        self.blows += other.blows;
        self.acknowledged += other.acknowledged;
        self.unsaid += other.unsaid;
        self.wrong.extend(other.wrong);
    }

    /// Adds another run whose sentences need its name.
    pub fn add_named(&mut self, name: &str, mut other: Self) {
        let wrong = std::mem::take(&mut other.wrong);
        self.add(other);
        self.note(name, wrong);
    }

    /// Notes what does not hold after a blow.
    pub fn note(&mut self, after: &str, wrong: impl IntoIterator<Item = String>) {
        self.wrong.extend(wrong.into_iter().map(|sentence| format!("{after}: {sentence}")));
    }

    /// Ends the test when something does not hold.
    ///
    /// # Panics
    /// With the first twenty sentences.
    pub fn assert_holds(&self) {
        let shown: Vec<&str> = self.wrong.iter().take(20).map(String::as_str).collect();
        assert!(self.wrong.is_empty(), "{self}\n  {}", shown.join("\n  "));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { blows, acknowledged, unsaid, wrong } = self;
        write!(
            f,
            "{blows} blows, {acknowledged} acknowledged, {unsaid} there unsaid, {} do not hold",
            wrong.len()
        )
    }
}
