//! Random orders that come out the same on every OpenRosa client.

use sha2::{Digest, Sha256};

/// 2^31 - 1, the modulus of the generator.
const MODULUS: f64 = 2_147_483_647.0;

/// The "minimal standard" generator of Park and Miller (1988), in whole doubles.
pub(super) struct ParkMiller {
    state: f64,
}

impl ParkMiller {
    /// A generator for a seed. A seed that is no number is hashed, unless it is empty.
    pub(super) fn seeded(number: f64, text: &str) -> Self {
        let state = if number.is_nan() {
            if text.is_empty() { 0.0 } else { hashed(text) }
        } else if number.is_infinite() {
            // What a Java client makes of it: the largest or smallest 64-bit number.
            remainder(if number > 0.0 { i64::MAX } else { i64::MIN })
        } else {
            number.trunc() % MODULUS
        };
        Self { state: if state <= 0.0 { state + MODULUS - 1.0 } else { state } }
    }

    /// The next number from 0 up to but not including 1.
    pub(super) fn random(&mut self) -> f64 {
        self.state = (self.state * 16_807.0) % MODULUS;
        (self.state - 1.0) / (MODULUS - 1.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "the remainder is below 2^31")]
fn remainder(seed: i64) -> f64 {
    (seed % 2_147_483_647) as f64
}

/// The first 64 bits of SHA-256, read as a signed number.
fn hashed(text: &str) -> f64 {
    let digest = Sha256::digest(text.as_bytes());
    let seed = digest.iter().take(8).fold(0_i64, |seed, byte| (seed << 8) | i64::from(*byte));
    remainder(seed)
}

/// Shuffles by the inside-out method of Fisher and Yates.
pub(super) fn shuffled<T: Copy, E>(
    items: &[T],
    mut random: impl FnMut() -> Result<f64, E>,
) -> Result<Vec<T>, E> {
    let mut order: Vec<T> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = place_below(random()?, index + 1);
        order.push(*item);
        order.swap(index, place);
    }
    Ok(order)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 up to the count")]
#[expect(clippy::cast_precision_loss, reason = "a tree has fewer than 2^32 nodes")]
fn place_below(random: f64, count: usize) -> usize {
    ((random * count as f64).floor() as usize).min(count - 1)
}
