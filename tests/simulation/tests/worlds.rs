//! A bounded run of the simulated world; `cargo xtask simulate` runs as many seeds as one likes.

use tsumugi_simulation::run::{Report, live, live_all};

const SEEDS: u64 = 200;

fn assert_holds(report: &Report) {
    let told: Vec<String> = report
        .failures
        .iter()
        .map(|failure| {
            format!("seed {}: {}\n  {}", failure.seed, failure.sentence, failure.trace.join("\n  "))
        })
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn whatever_befalls_them_people_lose_nothing_and_are_counted_once() {
    let report = live_all(1, SEEDS, 2, None, &|_, _| {});
    assert_holds(&report);
    for what in
        ["crashes", "clones", "tablets put back", "servers restored", "changes condensed", "form upgrades"]
    {
        assert!(report.counts.of(what) > 0, "nothing happened of: {what}");
    }
}

#[test]
fn the_real_server_loses_nothing_either() {
    for seed in 1..=4 {
        let lived = live(seed, true, None);
        assert_eq!(lived.sentence, None, "seed {seed}\n  {}", lived.trace.join("\n  "));
    }
}

#[test]
fn a_seed_tells_the_same_story_twice() {
    for (seed, real) in [(3, false), (8, false), (3, true)] {
        let (first, second) = (live(seed, real, None), live(seed, real, None));
        assert_eq!(first.trace, second.trace);
        assert_eq!(first.counts, second.counts);
    }
}
