//! Slows down guessing: after some wrong tries an address must wait.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Addresses remembered; past that, those that may try again are forgotten.
const MOST_ADDRESSES: usize = 100_000;

/// Wrong tries by address. Only in memory, and never asked on the anonymous route.
pub struct Limiter {
    allowed: u32,
    wait: Duration,
    wrong: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

impl Limiter {
    /// After `allowed` wrong tries an address must wait for `wait`.
    pub fn new(allowed: u32, wait: Duration) -> Self {
        Self { allowed: allowed.max(1), wait, wrong: Mutex::new(HashMap::new()) }
    }

    /// How many seconds `address` must still wait; `None` when it may try.
    pub fn must_wait(&self, address: IpAddr) -> Option<u64> {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last) = *wrong.get(&address)?;
        let left = self.wait.saturating_sub(last.elapsed());
        if left.is_zero() {
            wrong.remove(&address);
            return None;
        }
        (count >= self.allowed).then_some(left.as_secs() + 1)
    }

    /// Notes a wrong try.
    pub fn note_wrong(&self, address: IpAddr) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= MOST_ADDRESSES {
            wrong.retain(|_, (_, last)| last.elapsed() < self.wait);
        }
        let entry = wrong.entry(address).or_insert((0, Instant::now()));
        *entry = (entry.0 + 1, Instant::now());
    }

    /// Forgets the wrong tries of `address` after a right one.
    pub fn forgive(&self, address: IpAddr) {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, time::Duration};

    use super::Limiter;

    #[test]
    fn five_wrong_codes_must_wait_and_others_need_not() {
        let limiter = Limiter::new(5, Duration::from_secs(900));
        let guesser = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..5 {
            assert_eq!(limiter.must_wait(guesser), None);
            limiter.note_wrong(guesser);
        }
        assert!(limiter.must_wait(guesser).is_some_and(|seconds| seconds > 800));
        assert_eq!(limiter.must_wait(IpAddr::from([192, 0, 2, 2])), None);
    }
}
