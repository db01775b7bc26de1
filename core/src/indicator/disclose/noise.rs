//! Noise for open data: counts that are differentially private.
//!
//! Discrete Laplace noise, sampled exactly: no logarithm and no floating point, so nothing of a
//! count can be read from the last bits of a noisy one (Mironov 2012). Algorithms 1 and 2 of
//! Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy, NeurIPS 2020.
//! For counts of a whole ward only: 40 cells that share ε = 1 have a standard deviation of 57.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

/// A privacy loss ε, in thousandths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epsilon(pub u32);

/// A count with noise: P(count + z) ∝ exp(−ε·|z|). One person more or less changes each
/// probability by a factor of at most exp(ε). `None` for ε = 0, which would tell nothing.
pub fn noisy_count(count: u64, epsilon: Epsilon, rng: &mut impl CryptoRng) -> Option<i64> {
    let noise = discrete_laplace(u64::from(epsilon.0), 1_000, rng)?;
    i64::try_from(count).ok()?.checked_add(noise)
}

/// z with P(z) ∝ exp(−|z|·`s`/`t`) (Algorithm 2).
fn discrete_laplace(s: u64, t: u64, rng: &mut impl CryptoRng) -> Option<i64> {
    if s == 0 {
        return None;
    }
    loop {
        let rest = below(t, rng);
        if !happens_exp(rest, t, rng) {
            continue;
        }
        let mut whole = 0_u64;
        while happens_exp(1, 1, rng) {
            whole += 1;
        }
        let size = i64::try_from((rest + t * whole) / s).ok()?;
        let is_negative = below(2, rng) == 1;
        // Zero would come twice as often otherwise.
        if !(is_negative && size == 0) {
            return Some(if is_negative { -size } else { size });
        }
    }
}

/// True with probability exp(−`top`/`bottom`), for fractions up to 1 (Algorithm 1).
fn happens_exp(top: u64, bottom: u64, rng: &mut impl CryptoRng) -> bool {
    let mut k = 1;
    while below(bottom * k, rng) < top {
        k += 1;
    }
    k % 2 == 1
}

/// A number below `end`, each as likely as the others.
fn below(end: u64, rng: &mut impl CryptoRng) -> u64 {
    // Numbers of the last, incomplete round are thrown again.
    let limit = u64::MAX - u64::MAX % end;
    loop {
        let number = rng.next_u64();
        if number < limit {
            return number % end;
        }
    }
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    /// Var = 2·e^(−ε) / (1 − e^(−ε))²; for ε = 0.5: 7.84.
    #[test]
    fn noise_has_the_variance_of_the_discrete_laplace_distribution() {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let draws: Vec<f64> =
            (0..40_000).map(|_| noisy_count(100, Epsilon(500), &mut rng).expect("noise") as f64).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        assert!((mean - 100.0).abs() < 0.06, "{mean}");
        assert!((variance - 7.84).abs() < 0.35, "{variance}");
        let zeros = draws.iter().filter(|draw| **draw == 100.0).count() as f64 / draws.len() as f64;
        // P(0) = (1 − e^(−ε)) / (1 + e^(−ε)) = 0.2449.
        assert!((zeros - 0.2449).abs() < 0.01, "{zeros}");
        assert_eq!(noisy_count(100, Epsilon(0), &mut rng), None);
    }
}
