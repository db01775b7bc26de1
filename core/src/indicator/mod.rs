//! Indicators: what is measured, the number with its interval, and what may be shown of it.
//!
//! Owns the way from a counted row to a tile: [`Definition`] → [`Tally`] (sufficient
//! statistics, mergeable) → estimate → suppression → the ledger → [`Published`] → [`Tile`],
//! [`Trend`] and [`Breakdown`]. An estimate cannot be serialized, and a tile is built of
//! [`Published`] only, so a number that was not checked for small cells has no way out.
//! Does not know where rows are kept, who asks, or how a page looks.

mod build;
mod compare;
mod count;
mod definition;
pub mod disclose;
pub mod estimate;
mod explain;
mod figure;
mod issue;
mod parse;
mod reader;
mod release;
mod request;
pub mod scale;
mod suppress;
mod table;
mod tally;
mod tile;

#[cfg(test)]
mod tests;

pub use count::{CountError, Counter, Row};
pub use definition::{
    Baseline, BaselineWave, Calibration, Comparator, Definition, Design, Direction, Disaggregation,
    IndicatorFile, Level, Margin, Measure, Period, Phrase, Role, Sampling, Sensitivity, Target, TargetKind,
    Unit,
};
pub use explain::{Detectable, Explanation, TableCells};
pub use figure::Wave;
pub use issue::IndicatorIssue;
pub use release::Published;
pub use request::MicroCount;
pub use suppress::Shown;
pub use table::BreakdownError;
pub use tally::{CellKey, Contribution, Moments, Sum, Tally, TallyCell, Unit as CountedUnit};
pub use tile::{
    Breakdown, BreakdownCell, Category, Change, Flag, Interval, Sign, Status, Tile, TileBaseline, TileTarget,
    Trend, TrendPoint,
};
