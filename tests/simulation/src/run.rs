//! Many seeds, on all cores, and what they came to.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::{counts::Counts, defect::Defect, world::World};

/// Every so many seeds one has the real server.
pub const REAL_EVERY: u64 = 100;

/// A seed that does not hold.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What does not hold.
    pub sentence: String,
    /// What happened before.
    pub trace: Vec<String>,
}

/// What one seed came to.
#[derive(Debug, Clone)]
pub struct Lived {
    /// What happened.
    pub counts: Counts,
    /// In words.
    pub trace: Vec<String>,
    /// What does not hold.
    pub sentence: Option<String>,
}

/// What many seeds came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Seeds that were lived.
    pub seeds: u64,
    /// What happened.
    pub counts: Counts,
    /// Those that do not hold, by seed.
    pub failures: Vec<Failure>,
}

/// Lives one seed. A panic is something that does not hold.
pub fn live(seed: u64, real: bool, defect: Option<Defect>) -> Lived {
    let lived = catch_unwind(AssertUnwindSafe(|| match World::begin(seed, real, defect) {
        Ok(mut world) => {
            let sentence = catch_unwind(AssertUnwindSafe(|| world.live().err()));
            let sentence = sentence.unwrap_or_else(|panic| Some(words_of(&*panic)));
            let mut counts = world.counts;
            counts.more("storage calls", world.tablets.iter().map(|tablet| tablet.disk().calls()).sum());
            counts.more("simulated seconds", u64::try_from(world.now_ms / 1000 - 1_795_000_000).unwrap_or(0));
            Lived { counts, trace: world.trace, sentence }
        }
        Err(sentence) => Lived { counts: Counts::default(), trace: Vec::new(), sentence: Some(sentence) },
    }));
    lived.unwrap_or_else(|panic| Lived {
        counts: Counts::default(),
        trace: Vec::new(),
        sentence: Some(words_of(&*panic)),
    })
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("somebody panicked: {}", words.unwrap_or("without a word"))
}

/// True when a seed has the real server.
pub const fn is_real(seed: u64) -> bool {
    seed.is_multiple_of(REAL_EVERY)
}

/// Lives `seeds` seeds from `first` on, on so many threads, and tells of each that is done.
pub fn live_all(
    first: u64,
    seeds: u64,
    threads: usize,
    defect: Option<Defect>,
    done: &(dyn Fn(u64, &Report) + Sync),
) -> Report {
    let next = AtomicU64::new(0);
    let report = Mutex::new(Report::default());
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= seeds {
                        break;
                    }
                    let seed = first + number;
                    let lived = live(seed, defect.is_none() && is_real(seed), defect);
                    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                    report.seeds += 1;
                    report.counts.add(&lived.counts);
                    if let Some(sentence) = lived.sentence {
                        report.failures.push(Failure { seed, sentence, trace: lived.trace });
                    }
                    done(report.seeds, &report);
                }
            });
        }
    });
    let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.failures.sort_by_key(|failure| failure.seed);
    report
}
