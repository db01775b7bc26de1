//! Export: rows as tables, a table for each repeat, and the codebook beside them.
//!
//! Owns the layout of tables, released ones among them, and the CSV and ZIP files made of them. Does not know who
//! asks; what may leave is decided before.

mod breakdown;
mod codebook;
mod csv_file;
mod layout;
mod table;

pub use breakdown::breakdown_rows;
pub use codebook::codebook;
pub use csv_file::{CsvOptions, archive, write_csv};
pub use layout::{Column, Layout, Table, layout};
pub use table::{Cell, TableRows, table_rows};
