//! Reading the data sets, and counting them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use tsumugi_core::indicator::{
    Contribution, CountedUnit, Tally,
    estimate::microdata::{Codes, Stage},
};

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
    /// Reads `name.csv`.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<Line>, String> {
        let path = self.file(name);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let header = fields(lines.next().unwrap_or_default());
        Ok(lines.map(|line| Line(header.iter().cloned().zip(fields(line)).collect())).collect())
    }

    /// The script that makes a folder writes `stat_data`; the reference has it as `data`.
    fn file(&self, name: &str) -> PathBuf {
        let name = format!("{name}.csv");
        let written = self.0.join("stat_data").join(&name);
        if written.exists() { written } else { self.0.join("data").join(name) }
    }
}

/// The fields of a line; quotation marks are taken off, `NA` is missing.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for sign in line.trim_end_matches('\r').chars() {
        match sign {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            sign => field.push(sign),
        }
    }
    fields.push(field);
    fields.into_iter().map(|field| if field == "NA" { String::new() } else { field }).collect()
}

/// A column of numbers; missing ones are no number.
pub(crate) fn column(lines: &[Line], number: impl Fn(&Line) -> Option<f64>) -> Vec<f64> {
    lines.iter().map(|line| number(line).unwrap_or(f64::NAN)).collect()
}

/// 1 where `holds`.
pub(crate) fn yes(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// The classes of a column.
pub(crate) fn codes(lines: &[Line], column: &str) -> Codes {
    Codes::of(lines.iter().map(|line| line.text(column)))
}

/// The different texts of a column in byte order, missing ones left out.
pub(crate) fn levels<'l>(lines: impl IntoIterator<Item = &'l Line>, column: &str) -> Vec<String> {
    let texts: std::collections::BTreeSet<&str> = lines.into_iter().map(|line| line.text(column)).collect();
    texts.into_iter().filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// A stage of sampling from columns.
pub(crate) fn stage(
    lines: &[Line],
    strata: Option<&str>,
    units: Option<&str>,
    population: Option<&str>,
) -> Stage {
    Stage {
        strata: strata.map(|name| codes(lines, name)),
        units: units.map(|name| codes(lines, name)),
        population: population.map(|name| column(lines, |line| line.number(name))),
    }
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
