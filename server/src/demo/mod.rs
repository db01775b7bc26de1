//! A made-up ward, through the real path: staff sign in, forms are imported, tablets and
//! companies fill, sync and merge, surveys are closed and counted.
//!
//! Owns what the made-up people answer and the order of a year. Does not write to the store:
//! everything goes over HTTP as from outside, so a demo that stands is a journey that passed.

mod client;
mod company;
mod dice;
mod facts;
mod field;
mod fill;
#[cfg(test)]
mod fits;
mod office;
mod people;
mod registers;
mod run;
mod tablet;
mod ward;
mod waves;

pub use client::{Client, Reply};
pub use company::Typed;
pub use dice::Dice;
pub use facts::Facts;
pub use office::{Office, WORKBOOKS};
pub use run::{DemoError, DemoOptions, run};
pub use tablet::Tablet;
pub use ward::corporate_number;
