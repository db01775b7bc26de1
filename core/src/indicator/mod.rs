//! Indicators: what is measured, the number with its interval, and what may be shown of it.
//!
//! Owns the way from a counted row to a tile: [`Definition`] → [`Tally`] (sufficient
//! statistics, mergeable) → estimate → suppression → [`Published`] → [`Tile`],
//! [`Trend`] and [`Breakdown`]. An estimate cannot be serialized, and a tile is built of
//! [`Published`] only, so a number that was not checked for small cells has no way out.
//! Does not know where rows are kept, who asks, or how a page looks.

mod definition;
pub mod estimate;
mod tally;
mod tile;

pub use definition::{
    Baseline, BaselineWave, Calibration, Comparator, Definition, Design, Direction, Disaggregation,
    IndicatorFile, Level, Margin, Measure, Period, Phrase, Role, Sampling, Sensitivity, Target, TargetKind,
    Unit,
};
pub use tally::{CellKey, Contribution, Moments, Sum, Tally, TallyCell, Unit as CountedUnit};
pub use tile::{
    Breakdown, BreakdownCell, Category, Change, Flag, Interval, Sign, Status, Tile, TileBaseline, TileTarget,
    Trend, TrendPoint,
};
