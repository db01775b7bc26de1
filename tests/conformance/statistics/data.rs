//! Reading the data sets, and counting them.

use std::{collections::BTreeMap, path::Path};

use tsumugi_core::indicator::{Contribution, CountedUnit, Tally};

/// One line of a CSV file, by column.
pub(crate) struct Line(BTreeMap<String, String>);

impl Line {
    /// The text of a column; empty where missing.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    /// The number of a column; `None` where missing.
    pub(crate) fn number(&self, column: &str) -> Option<f64> {
        self.text(column).parse().ok()
    }

    /// The number of a column that every line has.
    pub(crate) fn known(&self, column: &str) -> f64 {
        self.number(column).unwrap_or(f64::NAN)
    }
}

/// The data sets of a folder.
pub(crate) struct Data<'p>(pub(crate) &'p Path);

impl Data<'_> {
    /// Reads `name.csv`. The files have no quotes.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<Line>, String> {
        let path = self.0.join("data").join(format!("{name}.csv"));
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut lines = text.lines();
        let header: Vec<String> = lines.next().unwrap_or_default().split(',').map(clean).collect();
        Ok(lines.map(|line| Line(header.iter().cloned().zip(line.split(',').map(clean)).collect())).collect())
    }
}

fn clean(text: &str) -> String {
    let text = text.trim_matches('"');
    if text == "NA" { String::new() } else { text.to_owned() }
}

/// How a line is counted.
pub(crate) struct Plan<'f> {
    pub(crate) stratum: &'f dyn Fn(&Line) -> String,
    pub(crate) cluster: Option<&'f dyn Fn(&Line) -> String>,
    pub(crate) classes: &'f dyn Fn(&Line) -> Vec<String>,
    pub(crate) groups: &'f dyn Fn(&Line) -> Vec<String>,
    pub(crate) weight: &'f dyn Fn(&Line) -> f64,
}

impl Plan<'_> {
    /// One stratum, no clusters, equal weights.
    pub(crate) const SIMPLE: Plan<'static> = Plan {
        stratum: &|_| String::new(),
        cluster: None,
        classes: &|_| Vec::new(),
        groups: &|_| Vec::new(),
        weight: &|_| 1.0,
    };

    /// Counts lines; `value` gives x and y, or nothing outside of the population.
    pub(crate) fn count(&self, lines: &[Line], value: &dyn Fn(&Line) -> Option<(f64, f64)>) -> Tally {
        let mut tally = Tally::new();
        for line in lines {
            tally.add(&CountedUnit {
                stratum: (self.stratum)(line),
                cluster: self.cluster.map(|cluster| cluster(line)),
                classes: (self.classes)(line),
                groups: (self.groups)(line),
                weight: (self.weight)(line),
                value: value(line).map(|(x, y)| Contribution { x, y, key: None }),
                ..CountedUnit::default()
            });
        }
        tally
    }
}
