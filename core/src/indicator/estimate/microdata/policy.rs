//! What is done with odd data: each way has a name.

/// What is done with a stratum of one sampling unit, whose variance cannot be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum LonelyPsu {
    /// Nothing is estimated: [`DesignError::LonelyPsu`].
    Fail,
    /// It adds nothing.
    Remove,
    /// It was in the sample for certain, so it adds nothing.
    Certainty,
    /// It is compared with the mean of all units: larger, and never silent zero.
    #[default]
    Adjust,
    /// It adds the mean of the other strata.
    Average,
}

/// What is done with a stratum or class of the population that nobody answered in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum EmptyStratum {
    /// Nothing is estimated: an error names the stratum.
    #[default]
    Fail,
    /// The numbers speak for the other strata only.
    LeaveOut,
}

/// What is done with a row whose weight is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ZeroWeight {
    /// It speaks for nobody, and stays a sampling unit of the design.
    #[default]
    InDesign,
    /// It is an error: [`DesignError::ZeroWeight`].
    Refuse,
}

/// What is done with a row whose answer is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Missing {
    /// The statistic is of those who answered; the row stays a sampling unit of the design.
    #[default]
    Outside,
    /// It stays in the denominator as "no": shares are of all who were asked, as in the
    /// tables of the Japanese government's loneliness survey.
    AsNo,
    /// It is an error: [`DesignError::Missing`].
    Refuse,
}

/// The policies of a design.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Policies {
    /// A stratum of one sampling unit.
    pub lonely_psu: LonelyPsu,
    /// A weight of 0.
    pub zero_weight: ZeroWeight,
    /// A missing answer.
    pub missing: Missing,
}

/// A design that cannot be estimated from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// A column of another length than the data.
    #[error("a column has {got} rows where the data have {expected}")]
    Length {
        /// Rows of the data.
        expected: usize,
        /// Rows of the column.
        got: usize,
    },
    /// A weight that is no weight.
    #[error("the weight of row {row} is negative or not a number")]
    Weight {
        /// Row, from 1.
        row: usize,
    },
    /// A weight of 0 where [`ZeroWeight::Refuse`] is chosen.
    #[error("the weight of row {row} is 0")]
    ZeroWeight {
        /// Row, from 1.
        row: usize,
    },
    /// Neither weights nor populations are given.
    #[error("there are neither weights nor populations to make them from")]
    NoWeights,
    /// A population that is smaller than its sample, or no number.
    #[error("{sampled} units were sampled of a stratum `{stratum}` of {population}")]
    Population {
        /// The stratum.
        stratum: String,
        /// Sampling units there are.
        population: f64,
        /// Sampling units in the data.
        sampled: usize,
    },
    /// A stratum of one unit where [`LonelyPsu::Fail`] is chosen.
    #[error("the stratum `{stratum}` has only one sampling unit at stage {stage}")]
    LonelyPsu {
        /// The stratum.
        stratum: String,
        /// Stage, from 1.
        stage: usize,
    },
    /// A stratum of the population without answers where [`EmptyStratum::Fail`] is chosen.
    #[error("nobody answered in the stratum `{stratum}`")]
    EmptyStratum {
        /// The stratum.
        stratum: String,
    },
    /// A missing answer where [`Missing::Refuse`] is chosen.
    #[error("row {row} has no answer")]
    Missing {
        /// Row, from 1.
        row: usize,
    },
    /// Nobody is in the domain, or the denominator is 0.
    #[error("there is nothing to count")]
    NothingCounted,
    /// A table with fewer than two classes in one direction, or with an empty class.
    #[error("the table has no two filled classes each way")]
    Table,
    /// A regression that has no single solution, or that does not settle.
    #[error("the regression has no single solution")]
    Regression,
}
