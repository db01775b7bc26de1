//! From answers to numbers: admission, rows for analysis, closing, counting.
//!
//! Owns the projector (the gate for changes that devices sent, and the row that a response
//! folds into), register rows from CSV, the closing of a survey, the tallies of indicators and
//! the ledgers of what was released. But for the ledgers, everything it writes is a cache of
//! items and sealed records.

mod admission;
mod close;
mod counting;
mod examine;
mod fold;
mod forms;
mod intake;
mod projector;
mod releasing;
mod rows;

pub use admission::{AdmissionError, Admitter, run_worker};
pub use close::close_survey;
pub use counting::{Counting, CountingError};
pub use intake::{Exchanged, Settled, exchange};
pub use projector::Projector;
pub use rows::{RowsReport, take_rows};
