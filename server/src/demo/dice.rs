//! A seeded die: the same ward every time.

use chacha20::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// Draws whole numbers, chances and choices from one seed.
#[derive(Debug)]
pub struct Dice(ChaCha20Rng);

impl Dice {
    /// A die of its own for one purpose: adding a purpose changes no other.
    pub fn of(seed: u64, purpose: &str) -> Self {
        let mut key = [0_u8; 32];
        let words = seed.to_le_bytes().into_iter().chain(purpose.bytes());
        for (place, byte) in words.enumerate() {
            if let Some(cell) = key.get_mut(place % 32) {
                *cell = cell.wrapping_mul(31).wrapping_add(byte);
            }
        }
        Self(ChaCha20Rng::from_seed(key))
    }

    /// The generator itself, for what takes one.
    pub(crate) fn into_rng(self) -> ChaCha20Rng {
        self.0
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        // The high half of a 64-bit product: every value nearly equally likely, no modulo.
        let drawn = (u64::from(self.0.next_u32()) * span) >> 32;
        low + u32::try_from(drawn).unwrap_or(0)
    }

    /// True in `percent` of 100 draws.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of `choices` by weight.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[(T, u32)]) -> Option<T> {
        let total: u32 = choices.iter().map(|(_, weight)| weight).sum();
        let mut drawn = self.between(1, total.max(1));
        for (choice, weight) in choices {
            if drawn <= *weight {
                return Some(*choice);
            }
            drawn -= weight;
        }
        None
    }

    /// One code of `choices` by weight; empty when there is none.
    pub(crate) fn code(&mut self, choices: &[(&'static str, u32)]) -> &'static str {
        self.pick(choices).unwrap_or_default()
    }

    /// The codes whose own chance in percent comes true, separated by spaces; `none` when no one does.
    pub(crate) fn codes(&mut self, choices: &[(&'static str, u32)], none: &'static str) -> String {
        let drawn: Vec<&str> =
            choices.iter().filter(|(_, percent)| self.chance(*percent)).map(|(code, _)| *code).collect();
        if drawn.is_empty() { none.to_owned() } else { drawn.join(" ") }
    }

    /// Puts `items` in a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let place = self.between(0, u32::try_from(end).unwrap_or(u32::MAX));
            items.swap(end, usize::try_from(place).unwrap_or(end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn the_same_seed_draws_the_same_numbers() {
        let draw = |purpose| {
            let mut dice = Dice::of(7, purpose);
            (0..20).map(|_| dice.between(1, 6)).collect::<Vec<_>>()
        };
        assert_eq!(draw("companies"), draw("companies"));
        assert_ne!(draw("companies"), draw("residents"));
        assert!(draw("companies").iter().all(|number| (1..=6).contains(number)));
    }
}
