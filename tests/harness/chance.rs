//! Randomness of a run, all of it from one seed.

use chacha20::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// A seeded generator that draws what these proofs need.
#[derive(Debug)]
pub struct Chance(ChaCha20Rng);

impl Chance {
    /// The generator of one seed.
    pub fn of(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    /// A whole number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        // The high half of the product: no modulo, nearly equal chances.
        u64::try_from((u128::from(self.0.next_u64()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// A place in a list of `length`.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// True in `percent` of 100 draws.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A seed for something of its own.
    pub fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// The generator itself, for what takes one.
    pub const fn rng(&mut self) -> &mut ChaCha20Rng {
        &mut self.0
    }
}
