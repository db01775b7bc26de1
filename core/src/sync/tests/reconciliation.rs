//! Differences are found exactly, and at the price that was promised.

use std::collections::BTreeSet;

use chacha20::ChaCha20Rng;
use proptest::prelude::*;
use rand_core::{Rng, SeedableRng};

use crate::sync::reconcile::{CodedSymbol, Decoder, KeyedId, symbols};

fn random_ids(rng: &mut ChaCha20Rng, count: usize) -> BTreeSet<KeyedId> {
    let mut ids = BTreeSet::new();
    while ids.len() < count {
        ids.insert(KeyedId(rng.next_u64()));
    }
    ids
}

/// The symbols that were needed, and the decoder that has read the difference.
fn read_difference(remote: &BTreeSet<KeyedId>, local: &BTreeSet<KeyedId>) -> Decoder {
    let mut decoder = Decoder::new(local.iter().copied());
    let mut count = 32;
    loop {
        let start = decoder.taken();
        for symbol in symbols(remote.iter().copied(), start, count) {
            decoder.take(symbol);
            if decoder.is_complete() {
                return decoder;
            }
        }
        count *= 2;
        assert!(count < 1 << 20, "the difference is never read");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_differences_are_found_exactly(
        seed in any::<u64>(), both in 0_usize..2_000, there in 0_usize..150, here in 0_usize..150,
    ) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let ids: Vec<KeyedId> = random_ids(&mut rng, both + there + here).into_iter().collect();
        let (shared, rest) = ids.split_at(both);
        let (only_there, only_here) = rest.split_at(there);
        let remote: BTreeSet<_> = shared.iter().chain(only_there).copied().collect();
        let local: BTreeSet<_> = shared.iter().chain(only_here).copied().collect();
        let decoder = read_difference(&remote, &local);
        prop_assert_eq!(decoder.remote_only(), &only_there.iter().copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(decoder.local_only(), &only_here.iter().copied().collect::<BTreeSet<_>>());
    }

    #[test]
    fn symbols_of_nobody_knows_what_never_panic(raw in prop::collection::vec(any::<(u64, u32, i8)>(), 0..200)) {
        let mut decoder = Decoder::new([KeyedId(1), KeyedId(2)]);
        for (sum, check, count) in raw {
            decoder.take(CodedSymbol { sum, check, count: i64::from(count) });
        }
    }
}

#[test]
fn ten_differences_among_a_hundred_thousand_take_about_twenty_symbols() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let ids: Vec<KeyedId> = random_ids(&mut rng, 100_005).into_iter().collect();
    let mut taken = 0;
    let rounds = 3;
    for round in 0..rounds {
        let differs = |index: usize, offset: usize| (index + round * 31) % 20_001 == offset;
        let side = |offset: usize| -> BTreeSet<KeyedId> {
            ids.iter().enumerate().filter(|(index, _)| !differs(*index, offset)).map(|(_, id)| *id).collect()
        };
        let decoder = read_difference(&side(1), &side(2));
        assert!((9..=10).contains(&(decoder.remote_only().len() + decoder.local_only().len())));
        taken += decoder.taken();
    }
    // 432 bytes at 14 bytes a symbol are 30 symbols.
    assert!(taken / (rounds as u64) <= 30, "{taken} symbols in {rounds} rounds");
}

#[test]
fn equal_sets_are_known_after_one_symbol() {
    let ids = random_ids(&mut ChaCha20Rng::seed_from_u64(1), 500);
    assert_eq!(read_difference(&ids, &ids).taken(), 1);
}

#[test]
fn the_symbols_of_a_set_are_the_same_on_every_platform() {
    let ids = [KeyedId(1), KeyedId(0x0123_4567_89ab_cdef), KeyedId(u64::MAX)];
    let counts: Vec<i64> = symbols(ids, 0, 12).iter().map(|symbol| symbol.count).collect();
    // Computed apart from this code, with the paper's formula in Python's floats.
    assert_eq!(counts, [3, 2, 2, 2, 1, 0, 2, 0, 1, 0, 0, 1]);
}
