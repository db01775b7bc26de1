//! Why weights cannot be brought to the totals.

/// Weights that cannot be brought to the totals.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WeightingError {
    /// Somebody answered in a class that has no total.
    #[error("the class `{class}` of the margin `{margin}` has answers and no total")]
    UnknownClass {
        /// Name of the margin.
        margin: String,
        /// Name of the class.
        class: String,
    },
    /// A class of the population that nobody answered in, or whose answers have no weight.
    #[error("nobody answered in the class `{class}` of the margin `{margin}`")]
    EmptyClass {
        /// Name of the margin.
        margin: String,
        /// Name of the class.
        class: String,
    },
    /// A total below 0, or not a number; or a margin without any.
    #[error("the total of the class `{class}` of the margin `{margin}` is no number of units")]
    Total {
        /// Name of the margin.
        margin: String,
        /// Name of the class.
        class: String,
    },
    /// Two margins that add up to different populations: no weights meet both.
    #[error("the margin `{margin}` adds up to {sum}, `{other}` to {other_sum}")]
    TotalsDisagree {
        /// Name of the margin.
        margin: String,
        /// Its sum.
        sum: f64,
        /// Name of the first margin.
        other: String,
        /// Its sum.
        other_sum: f64,
    },
    /// The rounds are over and a margin is still off.
    #[error(
        "after {rounds} rounds the class `{class}` of the margin `{margin}` is off by {off:e} of its total"
    )]
    NotConverged {
        /// Name of the margin.
        margin: String,
        /// Its class that is farthest off.
        class: String,
        /// How far, as a share of the total.
        off: f64,
        /// Rounds done.
        rounds: u32,
    },
    /// A weight below 0 where [`Negative::Refuse`] is chosen.
    #[error("the weight of row {row} would be below 0")]
    Negative {
        /// Row, from 1.
        row: usize,
    },
    /// Bounds that leave no room for the sum of the weights.
    #[error("no weights between {lower} and {upper} have the same sum")]
    Bounds {
        /// Smallest weight allowed.
        lower: f64,
        /// Largest weight allowed.
        upper: f64,
    },
    /// A column of another length than the weights.
    #[error("a column has {got} rows where there are {expected} weights")]
    Length {
        /// Weights.
        expected: usize,
        /// Rows of the column.
        got: usize,
    },
}
