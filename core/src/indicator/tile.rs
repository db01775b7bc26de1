//! What is drawn: tiles (A1), trends (A2) and breakdowns (A3), as JSON.

use serde::Serialize;

use super::definition::{Comparator, Direction, Level, Role, TargetKind};
use crate::text::Localized;

/// Two ends in the unit of the value; written as `[low, high]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

impl Serialize for Interval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.low, self.high].serialize(serializer)
    }
}

/// Where the indicator stands against its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The target is met, by the whole interval where there is one.
    Reached,
    /// Better than the baseline, and the difference is more than chance.
    OnTheWay,
    /// Short of the target and not better than the baseline.
    NotYet,
    /// The data cannot tell.
    CannotTell,
}

/// Signs of Japanese official statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Sign {
    /// Hidden for confidentiality (秘匿).
    #[serde(rename = "x")]
    Suppressed,
    /// Nothing was counted (皆無).
    #[serde(rename = "-")]
    None,
    /// Not known or not asked (不詳).
    #[serde(rename = "…")]
    Unknown,
}

/// A remark on a shown number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Flag {
    /// Provisional (速報値).
    #[serde(rename = "p")]
    Provisional,
    /// Revised (訂正値).
    #[serde(rename = "r")]
    Revised,
    /// A fall, written before the number (△).
    #[serde(rename = "△")]
    Negative,
    /// Fewer than 30 respondents: for reference only.
    #[serde(rename = "*")]
    Reference,
}

/// A difference from the baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// `relative-change` (percent of the baseline) or `points`.
    pub kind: TargetKind,
    /// The change.
    pub value: f64,
    /// 95 % interval; `null` with a reason.
    pub interval: Option<Interval>,
    /// Why there is no interval.
    pub reason: Option<Localized>,
    /// Two-sided p value with at most two digits; absent where all units are counted.
    pub p: Option<f64>,
    /// The interval excludes 0 on the better side.
    pub improved: bool,
    /// The interval excludes 0 on the worse side.
    pub worsened: bool,
    /// Signs before the number.
    pub flags: Vec<Flag>,
}

/// What the value is compared with, and where that comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TileBaseline {
    /// `wave`, `value`, `phrase` or `before`: which of the known baselines is used.
    pub kind: String,
    /// The level; `null` when hidden.
    pub value: Option<f64>,
    /// Interval of a measured level, or the range of a phrase.
    pub interval: Option<Interval>,
    /// Fiscal year of a measured level.
    pub fiscal_year: Option<i32>,
    /// The words of the plan.
    pub text: Localized,
}

/// The target, and the level that it comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TileTarget {
    /// How the target is said.
    pub kind: TargetKind,
    /// The number of the plan (signed where it is a change).
    pub value: f64,
    /// The level that results; `null` while a change has no baseline.
    pub level: Option<f64>,
    /// At least or at most.
    pub comparator: Comparator,
}

/// One indicator as it stands on the dashboard.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tile {
    /// Stable name.
    pub id: String,
    /// KGI, KSI or KPI.
    pub level: Level,
    /// Outcome or output, for a KPI.
    pub role: Option<Role>,
    /// Name for people.
    pub names: Localized,
    /// Policy.
    pub policy: Localized,
    /// The sentence of the plan, word for word.
    pub quote_ja: String,
    /// The number now, in `unit`; `null` when hidden or not yet counted.
    pub value: Option<f64>,
    /// Digits after the point that may be shown.
    pub decimals: u8,
    /// `<` or `>` where all gave the same answer and only a bound is shown.
    pub bound: Option<String>,
    /// Sign in place of the number.
    pub sign: Option<Sign>,
    /// Remarks.
    pub flags: Vec<Flag>,
    /// Stable word of the unit.
    pub unit: String,
    /// What people read after the number.
    pub unit_label: Localized,
    /// 95 % interval; `null` with a reason.
    pub interval: Option<Interval>,
    /// Why there is no value or no interval.
    pub reason: Option<Localized>,
    /// How the interval was made.
    pub interval_method: Option<Localized>,
    /// Respondents with a valid answer, unweighted; rounded where the data are of persons.
    pub n: Option<u64>,
    /// In the population, but without a valid answer; rounded alike.
    pub missing: Option<u64>,
    /// What it is compared with.
    pub baseline: Option<TileBaseline>,
    /// What is to be reached.
    pub target: TileTarget,
    /// Which way is better.
    pub direction: Direction,
    /// Where it stands.
    pub status: Status,
    /// What the status rests on, in words.
    pub status_text: Localized,
    /// Share of the way from baseline (or 0) to target, in percent; may exceed 100 or be negative.
    pub progress: Option<f64>,
    /// Difference from the baseline.
    pub change: Option<Change>,
    /// The number is hidden for confidentiality.
    pub suppressed: bool,
    /// How it is computed.
    pub method: Localized,
    /// Which reading of an ambiguous source is taken.
    pub reading: Localized,
    /// Forms that it comes from.
    pub source_forms: Vec<String>,
    /// Fiscal year of the number.
    pub fiscal_year: Option<i32>,
    /// What the number covers, in words.
    pub period: Localized,
    /// Breakdowns that may be asked for.
    pub breakdowns: Vec<Category>,
    /// Second sources and second readings, never pooled.
    pub companions: Vec<Tile>,
    /// The line that stands under every dashboard.
    pub caution: Localized,
}

/// A class or a breakdown, by code and name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Category {
    /// Stable word.
    pub id: String,
    /// Name for people.
    pub label: Localized,
}

/// One wave in a trend.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrendPoint {
    /// Fiscal year.
    pub fiscal_year: i32,
    /// The number; `null` with a sign.
    pub value: Option<f64>,
    /// `<` or `>` where only a bound is shown.
    pub bound: Option<String>,
    /// 95 % interval.
    pub interval: Option<Interval>,
    /// Respondents.
    pub n: Option<u64>,
    /// Sign in place of the number.
    pub sign: Option<Sign>,
    /// Remarks.
    pub flags: Vec<Flag>,
    /// The method differs from that of the wave before: draw the line dashed.
    pub method_changed: bool,
    /// This wave is the baseline.
    pub baseline: bool,
}

/// One indicator over its waves.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trend {
    /// Stable name of the indicator.
    pub id: String,
    /// Unit word.
    pub unit: String,
    /// What people read after the number.
    pub unit_label: Localized,
    /// Digits after the point.
    pub decimals: u8,
    /// Waves in order.
    pub points: Vec<TrendPoint>,
    /// Level of the target line.
    pub target: Option<f64>,
}

/// One cell of a breakdown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakdownCell {
    /// The number; `null` with a sign.
    pub value: Option<f64>,
    /// `<` or `>` where only a bound is shown.
    pub bound: Option<String>,
    /// 95 % interval.
    pub interval: Option<Interval>,
    /// Respondents.
    pub n: Option<u64>,
    /// Sign in place of the number.
    pub sign: Option<Sign>,
    /// Hidden only so that another cell cannot be found by subtraction.
    pub complementary: bool,
    /// Remarks.
    pub flags: Vec<Flag>,
}

/// A table by one or two breakdowns, with its totals last.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Breakdown {
    /// Stable name of the indicator.
    pub id: String,
    /// What the rows are.
    pub rows_by: Category,
    /// What the columns are; `null` for a table of one dimension.
    pub columns_by: Option<Category>,
    /// Rows in order; the last is the total.
    pub rows: Vec<Category>,
    /// Columns in order; the last is the total. One column, the total, in a table of one dimension.
    pub columns: Vec<Category>,
    /// Cells by row, then column.
    pub cells: Vec<Vec<BreakdownCell>>,
    /// Unit word.
    pub unit: String,
    /// What people read after the number.
    pub unit_label: Localized,
    /// Digits after the point.
    pub decimals: u8,
    /// Fiscal year of the wave.
    pub fiscal_year: Option<i32>,
    /// What the signs in the table mean.
    pub legend: Vec<Category>,
}
