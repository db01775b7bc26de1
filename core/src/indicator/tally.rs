//! Counting: sufficient statistics of an indicator, by stratum, calibration class and breakdown.
//!
//! Every statistic of this room is a function of the second moments of (1, x, y) by cell, or
//! of first moments by primary sampling unit, so a tile costs the same over ten thousand and
//! over ten million responses. Two tallies of disjoint rows merge into the tally of all rows.
//! Sums carry their rounding error along, so the order of rows does not show in a result.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A sum that keeps the rounding error of its parts (double-double).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Sum(f64, f64);

impl Sum {
    /// Adds one number.
    pub fn add(&mut self, number: f64) {
        let total = self.0 + number;
        let part = total - self.0;
        let error = (self.0 - (total - part)) + (number - part);
        let low = self.1 + error;
        self.0 = total + low;
        self.1 = low - (self.0 - total);
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: Self) {
        self.add(other.0);
        self.add(other.1);
    }

    /// The sum, rounded once.
    pub fn value(self) -> f64 {
        self.0 + self.1
    }
}

/// One counted unit: a row, or an instance of a repeat.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unit {
    /// Stratum code.
    pub stratum: String,
    /// Class of each calibration margin.
    pub classes: Vec<String>,
    /// Class of each disaggregation.
    pub groups: Vec<String>,
    /// Primary sampling unit, where the design has clusters.
    pub cluster: Option<String>,
    /// Company that the row is about.
    pub contributor: Option<String>,
    /// Weight before stratum weighting.
    pub weight: f64,
    /// What the row says; `None` outside of the population and where no valid answer was given.
    pub value: Option<Contribution>,
    /// In the population, but without a valid answer.
    pub missing: bool,
}

/// What a row adds: the statistic is a ratio of sums `y / x`, or the sum `y`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contribution {
    /// Denominator: 1 for proportions, means and counts.
    pub x: f64,
    /// Numerator.
    pub y: f64,
    /// Key of a distinct count.
    pub key: Option<String>,
}

/// Weighted first and second moments of (1, x, y) over counted rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Σw
    pub w: Sum,
    /// Σwx
    pub wx: Sum,
    /// Σwy
    pub wy: Sum,
    /// Σw²
    pub ww: Sum,
    /// Σw²x
    pub wwx: Sum,
    /// Σw²y
    pub wwy: Sum,
    /// Σw²x²
    pub wwxx: Sum,
    /// Σw²xy
    pub wwxy: Sum,
    /// Σw²y²
    pub wwyy: Sum,
}

impl Moments {
    fn add(&mut self, w: f64, x: f64, y: f64) {
        let (wx, wy) = (w * x, w * y);
        self.w.add(w);
        self.wx.add(wx);
        self.wy.add(wy);
        self.ww.add(w * w);
        self.wwx.add(w * wx);
        self.wwy.add(w * wy);
        self.wwxx.add(wx * wx);
        self.wwxy.add(wx * wy);
        self.wwyy.add(wy * wy);
    }

    fn merge(&mut self, other: &Self) {
        self.w.merge(other.w);
        self.wx.merge(other.wx);
        self.wy.merge(other.wy);
        self.ww.merge(other.ww);
        self.wwx.merge(other.wwx);
        self.wwy.merge(other.wwy);
        self.wwxx.merge(other.wwxx);
        self.wwxy.merge(other.wwxy);
        self.wwyy.merge(other.wwyy);
    }
}

/// Where rows are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CellKey {
    /// Stratum code.
    pub stratum: String,
    /// Class of each calibration margin.
    pub classes: Vec<String>,
    /// Class of each disaggregation.
    pub groups: Vec<String>,
    /// Primary sampling unit; empty where rows are their own.
    pub cluster: String,
}

/// Sufficient statistics of the rows of one cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TallyCell {
    /// Rows, those outside of the population included: the size of the sample.
    pub rows: u64,
    /// Rows with a weight above 0.
    pub weighted: u64,
    /// Rows in the population with a valid answer and a weight above 0: the unweighted n of suppression.
    pub counted: u64,
    /// Rows in the population without a valid answer.
    pub missing: u64,
    /// Counted rows with y ≠ 0.
    pub nonzero: u64,
    /// Moments over counted rows.
    pub moments: Moments,
    /// Σw over the other rows.
    pub outside_w: Sum,
    /// Σw² over the other rows.
    pub outside_ww: Sum,
    /// Rows and unweighted |y| of each company.
    pub contributors: BTreeMap<String, (u64, Sum)>,
    /// Keys of a distinct count.
    pub keys: BTreeSet<String>,
}

impl TallyCell {
    fn add(&mut self, unit: &Unit) {
        let weighted = unit.weight > 0.0;
        self.rows += 1;
        self.weighted += u64::from(weighted);
        self.missing += u64::from(unit.missing && weighted);
        let Some(value) = unit.value.as_ref().filter(|_| weighted) else {
            self.outside_w.add(unit.weight);
            self.outside_ww.add(unit.weight * unit.weight);
            return;
        };
        self.moments.add(unit.weight, value.x, value.y);
        self.counted += 1;
        self.nonzero += u64::from(value.y != 0.0);
        if let Some(key) = value.key.as_ref().filter(|key| !key.is_empty()) {
            self.keys.insert(key.clone());
        }
        if let Some(company) = unit.contributor.as_ref().filter(|company| !company.is_empty()) {
            let (rows, sum) = self.contributors.entry(company.clone()).or_default();
            *rows += 1;
            sum.add(value.y.abs());
        }
    }

    /// Takes the rows of another cell in.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.weighted += other.weighted;
        self.counted += other.counted;
        self.missing += other.missing;
        self.nonzero += other.nonzero;
        self.moments.merge(&other.moments);
        self.outside_w.merge(other.outside_w);
        self.outside_ww.merge(other.outside_ww);
        for (company, (rows, sum)) in &other.contributors {
            let mine = self.contributors.entry(company.clone()).or_default();
            mine.0 += rows;
            mine.1.merge(*sum);
        }
        self.keys.extend(other.keys.iter().cloned());
    }
}

/// The sufficient statistics of one indicator over one wave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Tally {
    cells: BTreeMap<CellKey, TallyCell>,
}

/// JSON knows no objects with structured keys.
#[derive(Serialize, Deserialize)]
struct Stored(Vec<(CellKey, TallyCell)>);

impl From<Stored> for Tally {
    fn from(stored: Stored) -> Self {
        Self { cells: stored.0.into_iter().collect() }
    }
}

impl From<Tally> for Stored {
    fn from(tally: Tally) -> Self {
        Self(tally.cells.into_iter().collect())
    }
}

impl Tally {
    /// An empty tally.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one unit.
    pub fn add(&mut self, unit: &Unit) {
        let key = CellKey {
            stratum: unit.stratum.clone(),
            classes: unit.classes.clone(),
            groups: unit.groups.clone(),
            cluster: unit.cluster.clone().unwrap_or_default(),
        };
        self.cells.entry(key).or_default().add(unit);
    }

    /// Takes the rows of another tally of the same definition in.
    pub fn merge(&mut self, other: &Self) {
        for (key, cell) in &other.cells {
            self.cells.entry(key.clone()).or_default().merge(cell);
        }
    }

    /// The cells in key order.
    pub fn cells(&self) -> impl Iterator<Item = (&CellKey, &TallyCell)> {
        self.cells.iter()
    }

    /// How many rows were counted, those outside of the population included.
    pub fn rows(&self) -> u64 {
        self.cells.values().map(|cell| cell.rows).sum()
    }
}
