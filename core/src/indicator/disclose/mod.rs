//! Disclosure control: what may leave, so that nobody can be found behind a number.
//!
//! Owns declared tables with hierarchies, the attacker (exact elimination and exact linear
//! programs), complementary suppression, the ledger of what was released, and noise for open data.
//! Does not know what a number is about, and estimates nothing.

mod attacker;
mod boxes;
mod counts;
mod cube;
mod exchange;
mod fewest;
mod ledger;
mod noise;
mod protect;
mod ratio;
mod span;

#[cfg(test)]
mod tests;

pub use attacker::Bounds;
pub use counts::{CountTable, Hidden};
pub use cube::{Cube, CubeError, Dimension};
pub use ledger::{Decision, Ledger, Line, MicroTable, Request};
pub use noise::{Epsilon, noisy_count};
