//! The variance of totals and ratios under the sampling design, by Taylor linearisation.
//!
//! A statistic is turned into a total of z = w (a + b x + c y) whose variance is known:
//! Σ_h (1 − f_h) n_h / (n_h − 1) Σ (z − z̄)² over the primary sampling units of each stratum.
//! Units outside of a domain stay in the design with z = 0. Cochran, Sampling Techniques,
//! 5A and 6; Särndal, Swensson and Wretman, 5.5 and 7.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    calibrate::{Factors, calibrate, project},
    margins::PopulationMargin,
    microdata::{DesignError, EmptyStratum, LonelyPsu},
    weighting::{Raking, WeightingError},
};
use crate::indicator::tally::{CellKey, Tally, TallyCell};

/// A number with its variance. Not serializable: it has not been checked for small cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its variance; 0 where all units are counted.
    pub variance: f64,
    /// Degrees of freedom: sampling units of the domain minus its strata.
    pub df: f64,
    /// Respondents of the domain with a valid answer, unweighted.
    pub n: u64,
}

impl Estimate {
    /// The standard error.
    pub fn standard_error(&self) -> f64 {
        self.variance.sqrt()
    }

    /// The estimate times a fixed number (100 for percent).
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        self.value *= factor;
        self.variance *= factor * factor;
        self
    }
}

/// What is known of a stratum of the population.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StratumFrame {
    /// Units that the weights are scaled up to.
    pub units: Option<f64>,
    /// Sampling units there are, for the finite population correction.
    pub sampling_units: Option<f64>,
}

/// The population behind a tally.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame {
    /// By stratum code; strata that are not named have weights as given and no correction.
    pub strata: BTreeMap<String, StratumFrame>,
    /// False: the strata only name rows and are taken together.
    pub stratified: bool,
    /// The key `cluster` names the primary sampling units.
    pub clustered: bool,
    /// What is done with a stratum of one unit.
    pub lonely: LonelyPsu,
    /// What is done with a stratum of known size without a row.
    pub empty: EmptyStratum,
}

/// The row's part in a total: one + x·x + y·y.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Line {
    /// Constant.
    pub one: f64,
    /// Coefficient of x.
    pub x: f64,
    /// Coefficient of y.
    pub y: f64,
}

impl Line {
    /// Every counted row once.
    pub const ONE: Self = Self { one: 1.0, x: 0.0, y: 0.0 };
    /// The denominators.
    pub const X: Self = Self { one: 0.0, x: 1.0, y: 0.0 };
    /// The numerators.
    pub const Y: Self = Self { one: 0.0, x: 0.0, y: 1.0 };

    /// This line plus `factor` times the other.
    #[must_use]
    pub fn plus(self, factor: f64, other: Self) -> Self {
        Self {
            one: self.one + factor * other.one,
            x: self.x + factor * other.x,
            y: self.y + factor * other.y,
        }
    }

    /// This line times `factor`.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self::default().plus(factor, self)
    }

    fn sum(self, cell: &TallyCell) -> f64 {
        let m = &cell.moments;
        self.one * m.w.value() + self.x * m.wx.value() + self.y * m.wy.value()
    }

    fn sum_of_squares(self, cell: &TallyCell) -> f64 {
        let (m, Self { one, x, y }) = (&cell.moments, self);
        one * one * m.ww.value()
            + x * x * m.wwxx.value()
            + y * y * m.wwyy.value()
            + 2.0 * (one * x * m.wwx.value() + one * y * m.wwy.value() + x * y * m.wwxy.value())
    }
}

/// Why a sample gives no numbers.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Trouble {
    /// A policy of the design is to fail.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// The weights cannot be brought to the totals.
    #[error(transparent)]
    Weighting(#[from] WeightingError),
}

/// A tally seen as a sample of a population.
#[derive(Debug, Clone)]
pub struct Sample<'a> {
    tally: &'a Tally,
    frame: Frame,
    scale: BTreeMap<&'a str, f64>,
    factors: Factors,
    trouble: Option<Trouble>,
}

/// First and second moments of z over the sampling units of a stratum.
#[derive(Debug, Clone, Default)]
struct StratumSums<'a> {
    units: f64,
    sum: f64,
    squares: f64,
    clusters: BTreeMap<&'a str, f64>,
}

impl<'a> Sample<'a> {
    /// Puts a tally into its design.
    pub fn new(tally: &'a Tally, frame: Frame) -> Self {
        let scale = stratum_scale(tally, &frame);
        Self { tally, frame, scale, factors: Factors::none(), trouble: None }
    }

    /// Adjusts the weights to the known totals of each margin, in the order of the classes of a unit.
    ///
    /// # Errors
    /// As [`calibrate`].
    pub fn calibrated(mut self, margins: &[PopulationMargin]) -> Result<Self, WeightingError> {
        self.factors = calibrate(self.tally, &|key| self.scale_of(key), margins, Raking::default())?;
        Ok(self)
    }

    /// Looks for what the policies of the frame do not allow.
    ///
    /// # Errors
    /// [`DesignError::LonelyPsu`] or [`DesignError::EmptyStratum`], where the policy is to fail.
    pub fn check(&self) -> Result<(), DesignError> {
        let lone = self.lone_strata().into_iter().next().filter(|_| self.frame.lonely == LonelyPsu::Fail);
        if let Some(stratum) = lone {
            return Err(DesignError::LonelyPsu { stratum: stratum.to_owned(), stage: 1 });
        }
        let empty = self.empty_strata().into_iter().next().filter(|_| self.frame.empty == EmptyStratum::Fail);
        empty.map_or(Ok(()), |stratum| Err(DesignError::EmptyStratum { stratum: stratum.to_owned() }))
    }

    /// The sample, marked as one that gives no numbers.
    #[must_use]
    pub fn in_trouble(mut self, trouble: impl Into<Trouble>) -> Self {
        self.trouble = Some(trouble.into());
        self
    }

    /// Why the sample gives no numbers, where it gives none.
    pub const fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Strata of known size that have no row.
    pub fn empty_strata(&self) -> Vec<&str> {
        let there: BTreeSet<&str> = self.tally.cells().map(|(key, _)| key.stratum.as_str()).collect();
        let has_units = |frame: &StratumFrame| frame.units.is_some_and(|units| units > 0.0);
        let empty = self
            .frame
            .strata
            .iter()
            .filter(|(code, frame)| has_units(frame) && !there.contains(code.as_str()));
        empty.map(|(code, _)| code.as_str()).collect()
    }

    /// The design effect to assume where the answers show no variance (all said the same): Kish's
    /// factor of unequal weights, times the rows in a sampling unit.
    pub fn assumed_effect(&self, domain: &dyn Fn(&CellKey) -> bool) -> f64 {
        let (mut n, mut w, mut ww) = (0.0, 0.0, 0.0);
        let mut units = BTreeSet::new();
        for (key, cell) in self.tally.cells().filter(|(key, cell)| cell.counted > 0 && domain(key)) {
            let weight = self.weight(key);
            n += cell.counted as f64;
            w += weight * cell.moments.w.value();
            ww += weight * weight * cell.moments.ww.value();
            units.insert((self.stratum(key), key.cluster.as_str()));
        }
        let rows_of_unit = if self.frame.clustered { n / units.len() as f64 } else { 1.0 };
        (n * ww / (w * w) * rows_of_unit).max(1.0)
    }

    /// True when rows are weighted by strata.
    pub fn is_stratified(&self) -> bool {
        self.frame.stratified
    }

    /// The counts behind it.
    pub fn tally(&self) -> &'a Tally {
        self.tally
    }

    /// True when every row of the domain has the same weight, and stands alone: a simple random sample.
    pub fn is_simple(&self, domain: &dyn Fn(&CellKey) -> bool) -> bool {
        let (mut n, mut w, mut ww) = (0.0, 0.0, 0.0);
        for (key, cell) in self.tally.cells().filter(|(key, _)| domain(key)) {
            let weight = self.weight(key);
            n += cell.counted as f64;
            w += weight * cell.moments.w.value();
            ww += weight * weight * cell.moments.ww.value();
        }
        !self.frame.stratified
            && !self.frame.clustered
            && self.factors == Factors::none()
            && self.whole_frame().is_none()
            && (n * ww / (w * w) - 1.0).abs() < 1e-9
    }

    /// The weight that all rows of a cell are multiplied by.
    fn weight(&self, key: &CellKey) -> f64 {
        self.scale.get(key.stratum.as_str()).copied().unwrap_or(1.0) * self.factors.of(&key.classes)
    }

    fn sum(&self, domain: &dyn Fn(&CellKey) -> bool, line: Line) -> f64 {
        self.tally
            .cells()
            .filter(|(key, _)| domain(key))
            .map(|(key, cell)| self.weight(key) * line.sum(cell))
            .sum()
    }

    /// The total of `line` over a domain.
    pub fn total(&self, domain: &dyn Fn(&CellKey) -> bool, line: Line) -> Estimate {
        let value = self.sum(domain, line);
        self.estimate(domain, value, &|key| domain(key).then_some(line))
    }

    /// The ratio of two totals over a domain; `None` where the denominator is 0.
    pub fn ratio(&self, domain: &dyn Fn(&CellKey) -> bool, top: Line, bottom: Line) -> Option<Estimate> {
        let (value, line) = self.linearise(domain, top, bottom)?;
        Some(self.estimate(domain, value, &|key| domain(key).then_some(line)))
    }

    /// The difference of one ratio between two domains of the same sample, covariance included.
    pub fn ratio_difference(
        &self,
        first: &dyn Fn(&CellKey) -> bool,
        second: &dyn Fn(&CellKey) -> bool,
        top: Line,
        bottom: Line,
    ) -> Option<Estimate> {
        let (a, line_a) = self.linearise(first, top, bottom)?;
        let (b, line_b) = self.linearise(second, top, bottom)?;
        let either = |key: &CellKey| first(key) || second(key);
        Some(self.estimate(&either, b - a, &|key| {
            let mut line = Line::default();
            if first(key) {
                line = line.plus(-1.0, line_a);
            }
            if second(key) {
                line = line.plus(1.0, line_b);
            }
            Some(line)
        }))
    }

    fn linearise(&self, domain: &dyn Fn(&CellKey) -> bool, top: Line, bottom: Line) -> Option<(f64, Line)> {
        let below = self.sum(domain, bottom);
        if below == 0.0 {
            return None;
        }
        let value = self.sum(domain, top) / below;
        Some((value, top.plus(-value, bottom).times(1.0 / below)))
    }

    fn estimate(
        &self,
        domain: &dyn Fn(&CellKey) -> bool,
        value: f64,
        line: &dyn Fn(&CellKey) -> Option<Line>,
    ) -> Estimate {
        let n = self.tally.cells().filter(|(key, _)| domain(key)).map(|(_, cell)| cell.counted).sum();
        Estimate { value, variance: self.variance(line), df: self.degrees_of_freedom(domain), n }
    }

    /// Sampling units of the domain minus strata of the domain.
    pub fn degrees_of_freedom(&self, domain: &dyn Fn(&CellKey) -> bool) -> f64 {
        let mut strata = BTreeSet::new();
        let mut clusters = BTreeSet::new();
        let mut rows = 0;
        for (key, cell) in self.tally.cells().filter(|(key, cell)| cell.counted > 0 && domain(key)) {
            strata.insert(self.stratum(key));
            clusters.insert((self.stratum(key), key.cluster.as_str()));
            rows += cell.counted;
        }
        let units = if self.frame.clustered { clusters.len() as f64 } else { rows as f64 };
        units - strata.len() as f64
    }

    fn stratum<'k>(&self, key: &'k CellKey) -> &'k str {
        if self.frame.stratified { &key.stratum } else { "" }
    }

    fn variance(&self, line: &dyn Fn(&CellKey) -> Option<Line>) -> f64 {
        let offsets = project(self.tally, &self.factors, &|key| self.scale_of(key), line);
        let mut strata: BTreeMap<&str, StratumSums<'_>> = BTreeMap::new();
        for (key, cell) in self.tally.cells() {
            let (weight, offset) = (self.weight(key), offsets.of(&key.classes));
            let rest = Line::ONE.times(-offset);
            let line = line(key).unwrap_or_default().plus(1.0, rest);
            let sum = weight * (line.sum(cell) - offset * cell.outside_w.value());
            let squares =
                weight * weight * (line.sum_of_squares(cell) + offset * offset * cell.outside_ww.value());
            let sums = strata.entry(self.stratum(key)).or_default();
            sums.units += cell.rows as f64;
            sums.sum += sum;
            sums.squares += squares;
            if self.frame.clustered {
                *sums.clusters.entry(key.cluster.as_str()).or_default() += sum;
            }
        }
        self.pool(strata)
    }

    fn scale_of(&self, key: &CellKey) -> f64 {
        self.scale.get(key.stratum.as_str()).copied().unwrap_or(1.0)
    }

    /// Adds the variances of the strata up.
    fn pool(&self, mut strata: BTreeMap<&str, StratumSums<'_>>) -> f64 {
        if self.frame.clustered {
            for sums in strata.values_mut() {
                sums.units = sums.clusters.len() as f64;
                sums.squares = sums.clusters.values().map(|sum| sum * sum).sum();
            }
        }
        let all_units: f64 = strata.values().map(|sums| sums.units).sum();
        let grand_mean = strata.values().map(|sums| sums.sum).sum::<f64>() / all_units;
        let (mut variance, mut seen) = (0.0, 0.0);
        for (code, sums) in &strata {
            let known = if self.frame.stratified { self.frame.strata.get(*code) } else { self.whole_frame() };
            let left = known
                .and_then(|frame| frame.sampling_units)
                .map_or(1.0, |there_are| ((there_are - sums.units) / there_are).max(0.0));
            if sums.units > 1.0 {
                let spread = sums.squares - sums.sum * sums.sum / sums.units;
                // What is left of equal numbers after subtraction is rounding, not variance.
                let spread = if spread > 1e-14 * sums.squares { spread } else { 0.0 };
                variance += left * sums.units / (sums.units - 1.0) * spread;
                seen += 1.0;
            } else if self.frame.lonely == LonelyPsu::Adjust {
                variance += left * (sums.sum - grand_mean).powi(2);
            }
        }
        let strata = strata.len() as f64;
        if self.frame.lonely == LonelyPsu::Average && seen > 0.0 {
            variance * strata / seen
        } else {
            variance
        }
    }

    /// The frame of an unstratified sample stands under the empty code.
    fn whole_frame(&self) -> Option<&StratumFrame> {
        self.frame.strata.get("")
    }

    /// True when a stratum holds one sampling unit only.
    pub fn has_lonely_unit(&self) -> bool {
        !self.lone_strata().is_empty()
    }

    /// Strata that hold one sampling unit only.
    pub fn lone_strata(&self) -> Vec<&str> {
        let mut units: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
        for (key, cell) in self.tally.cells() {
            units.entry(self.stratum(key)).or_default().insert(&key.cluster);
            *rows.entry(self.stratum(key)).or_default() += cell.rows;
        }
        let is_lone = |stratum: &&str| {
            if self.frame.clustered {
                units.get(stratum).is_some_and(|units| units.len() == 1)
            } else {
                rows.get(stratum) == Some(&1)
            }
        };
        units.keys().copied().filter(is_lone).collect()
    }
}

/// Scales the weights of each stratum up to its population.
fn stratum_scale<'a>(tally: &'a Tally, frame: &Frame) -> BTreeMap<&'a str, f64> {
    let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
    for (key, cell) in tally.cells() {
        *weights.entry(&key.stratum).or_default() += cell.moments.w.value() + cell.outside_w.value();
    }
    weights
        .into_iter()
        .map(|(code, sum)| {
            let units = frame.strata.get(code).and_then(|stratum| stratum.units);
            (code, units.filter(|_| sum > 0.0).map_or(1.0, |units| units / sum))
        })
        .collect()
}
