//! When to ask again: back-off with jitter after failures, a calm rhythm otherwise.

use rand_core::CryptoRng;

use crate::moment::Moment;

/// Between two exchanges when nothing waits.
const POLL_MS: u64 = 60_000;
/// After the first failure; doubled after each further one.
const FIRST_MS: u64 = 1_000;
/// The longest wait of our own.
const LONGEST_MS: u64 = 5 * 60_000;
/// The longest wait that a server may ask for.
const LONGEST_ASKED_MS: u64 = 60 * 60_000;

/// The next moment at which asking is worth it. Lost when the device is closed: a restart asks.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    failures: u32,
    /// By the clock that the host tells; `None` asks at once.
    not_before: Option<(Moment, u64)>,
    /// Asks although nothing waits.
    poll: Option<(Moment, u64)>,
}

impl Pace {
    /// Milliseconds until the device may ask; 0 for now.
    pub fn wait_ms(&self, now: Moment) -> u64 {
        remaining(self.not_before, now)
    }

    /// True when it is time to ask for news although nothing waits.
    pub fn poll_is_due(&self, now: Moment) -> bool {
        remaining(self.poll, now) == 0
    }

    /// Milliseconds until it is time to ask for news.
    pub fn poll_ms(&self, now: Moment) -> u64 {
        remaining(self.poll, now).max(self.wait_ms(now))
    }

    /// Forgets every wait.
    pub fn ask_soon(&mut self) {
        *self = Self::default();
    }

    /// Asks for news at once, but not before a failure's or the server's wait has ended.
    pub(super) fn poll_soon(&mut self) {
        self.poll = None;
    }

    /// An exchange ended well; `asked_ms` is what the server asked for, 0 for nothing.
    pub fn succeeded(&mut self, now: Moment, asked_ms: u64, rng: &mut impl CryptoRng) {
        self.failures = 0;
        let asked = asked_ms.min(LONGEST_ASKED_MS);
        self.not_before = (asked > 0).then(|| (now, jittered(asked, asked / 2, rng)));
        self.poll = Some((now, jittered(POLL_MS, POLL_MS / 4, rng)));
    }

    /// An exchange failed; `asked_ms` is the server's `Retry-After`, 0 for none.
    pub fn failed(&mut self, now: Moment, asked_ms: u64, rng: &mut impl CryptoRng) {
        let own = (FIRST_MS << self.failures.min(16)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        let wait = if asked_ms > 0 {
            // Never before the moment asked for; a thousand tablets come back over half as much again.
            let asked = asked_ms.min(LONGEST_ASKED_MS);
            jittered(asked, asked / 2, rng)
        } else {
            jittered(own / 2, own / 2, rng)
        };
        self.not_before = Some((now, wait));
    }
}

/// What is left of a wait. A clock that was set back by less than the wait makes it begin again at
/// most once; one that was set back further ends it, since the old moment may be years away.
fn remaining(wait: Option<(Moment, u64)>, now: Moment) -> u64 {
    let Some((since, wait_ms)) = wait else { return 0 };
    let passed = now.unix_ms.saturating_sub(since.unix_ms);
    if passed.unsigned_abs() >= wait_ms { 0 } else { wait_ms - u64::try_from(passed).unwrap_or(0) }
}

fn jittered(least_ms: u64, spread_ms: u64, rng: &mut impl CryptoRng) -> u64 {
    least_ms + rng.next_u64() % (spread_ms + 1)
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    const NOON: Moment = Moment::tokyo(1_795_316_400_000);

    #[test]
    fn waits_grow_with_failures_up_to_five_minutes_and_end_with_success() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut pace = Pace::default();
        assert_eq!(pace.wait_ms(NOON), 0);
        let mut waits = Vec::new();
        for _ in 0..20 {
            pace.failed(NOON, 0, &mut rng);
            waits.push(pace.wait_ms(NOON));
        }
        assert!((500..=1_000).contains(&waits[0]), "{waits:?}");
        assert!((150_000..=300_000).contains(&waits[19]), "{waits:?}");
        pace.succeeded(NOON, 0, &mut rng);
        assert_eq!(pace.wait_ms(NOON), 0);
        assert!(!pace.poll_is_due(NOON));
        assert!(pace.poll_is_due(Moment::tokyo(NOON.unix_ms + 75_000)));
    }

    #[test]
    fn a_wait_that_the_server_asks_for_is_kept_and_spread() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let mut waits: Vec<u64> = Vec::new();
        for _ in 0..50 {
            let mut pace = Pace::default();
            pace.failed(NOON, 10_000, &mut rng);
            waits.push(pace.wait_ms(NOON));
        }
        waits.sort_unstable();
        assert!(waits.iter().all(|wait| (10_000..=15_000).contains(wait)), "{waits:?}");
        assert!(waits[40] - waits[10] > 1_000, "{waits:?}");
    }

    #[test]
    fn a_clock_that_was_set_back_years_delays_no_more_than_the_wait() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let mut pace = Pace::default();
        pace.failed(NOON, 0, &mut rng);
        assert_eq!(pace.wait_ms(Moment::tokyo(0)), 0);
        pace.failed(NOON, 10_000, &mut rng);
        assert!(
            pace.wait_ms(Moment::tokyo(NOON.unix_ms - 1_000)) >= 10_000,
            "a second is no reason to ask early"
        );
    }
}
