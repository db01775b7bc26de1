//! What follows from released counts by adding and subtracting them.
//!
//! A released count is a row of zeros and ones over micro cells. Whatever an attacker can find
//! exactly is a combination of such rows: the row space. Elimination is done modulo a prime of
//! 61 bits, where nothing is rounded and nothing overflows. A combination over the rational
//! numbers is one modulo every prime that does not divide its denominators; a second prime is
//! asked so that a division by the first one hides nothing.

use std::collections::BTreeMap;

/// A row: micro cells in order, each with its factor.
pub(super) type Sparse = Vec<(usize, u64)>;

/// 2⁶¹ − 1 and the next prime below it.
const PRIMES: [u64; 2] = [2_305_843_009_213_693_951, 2_305_843_009_213_693_921];

/// The row space of counts.
#[derive(Debug, Clone)]
pub(super) struct Span {
    echelons: [Echelon; 2],
}

impl Span {
    /// Nothing was released.
    pub(super) fn new() -> Self {
        Self { echelons: PRIMES.map(|prime| Echelon { prime, rows: BTreeMap::new() }) }
    }

    /// Takes a count of micro cells in. False when it follows from the others already.
    pub(super) fn insert(&mut self, cells: &[usize]) -> bool {
        let fresh = self.echelons.each_mut().map(|echelon| echelon.insert(cells));
        fresh.contains(&true)
    }

    /// True when the count of these micro cells follows, modulo one prime or the other.
    pub(super) fn contains(&self, cells: &[usize]) -> bool {
        self.echelons.iter().any(|echelon| echelon.reduce(row(cells)).is_empty())
    }
}

/// A set as a row.
fn row(cells: &[usize]) -> BTreeMap<usize, u64> {
    cells.iter().map(|cell| (*cell, 1)).collect()
}

/// Rows by their leading micro cell, whose factor is 1.
#[derive(Debug, Clone)]
struct Echelon {
    prime: u64,
    rows: BTreeMap<usize, Sparse>,
}

impl Echelon {
    /// What is left of a row after the known ones were taken off.
    fn reduce(&self, mut row: BTreeMap<usize, u64>) -> Sparse {
        let mut rest = Sparse::new();
        while let Some((lead, factor)) = row.pop_first() {
            let Some(known) = self.rows.get(&lead) else {
                rest.push((lead, factor));
                continue;
            };
            for (cell, times) in known.iter().filter(|(cell, _)| *cell != lead) {
                let taken = self.times(factor, *times);
                let left = row.entry(*cell).or_insert(0);
                *left = if *left >= taken { *left - taken } else { self.prime - taken + *left };
                if *left == 0 {
                    row.remove(cell);
                }
            }
        }
        rest
    }

    fn insert(&mut self, cells: &[usize]) -> bool {
        let mut rest = self.reduce(row(cells));
        let Some((lead, factor)) = rest.first().copied() else { return false };
        let inverse = self.inverse(factor);
        for (_, times) in &mut rest {
            *times = self.times(*times, inverse);
        }
        self.rows.insert(lead, rest);
        true
    }

    fn times(&self, a: u64, b: u64) -> u64 {
        if a == 1 || b == 1 {
            return a * b;
        }
        let rest = u128::from(a) * u128::from(b) % u128::from(self.prime);
        u64::try_from(rest).unwrap_or_default()
    }

    /// a^(p − 2), by Fermat.
    fn inverse(&self, number: u64) -> u64 {
        let (mut power, mut base, mut left) = (1, number, self.prime - 2);
        while left > 0 {
            if left & 1 == 1 {
                power = self.times(power, base);
            }
            base = self.times(base, base);
            left >>= 1;
        }
        power
    }
}

/// Whatever follows about the last cells alone: those of few people.
///
/// A group of fewer people than a limit lies in such cells only. It is one of the combinations
/// below where every cell has the factor 1, and it is the sum of exactly those reduced rows whose
/// leading cells it holds: as each holds somebody, there are not many to try.
#[derive(Debug)]
pub(super) struct Confined {
    echelon: Echelon,
    /// Reduced rows: no leading cell stands in another row.
    rows: Vec<Sparse>,
}

/// Sums of rows after which the search is given up: what was not found then is in doubt.
const MOST_SUMS: usize = 20_000;

impl Confined {
    /// Eliminates the cells before `first` from the rows.
    pub(super) fn new(rows: &[Vec<usize>], first: usize) -> Self {
        let [mut echelon, _] = Span::new().echelons;
        for row in rows {
            echelon.insert(row);
        }
        echelon.rows = echelon.rows.split_off(&first);
        // From the last on, each row is rid of the leading cells of those after it.
        let leads: Vec<usize> = echelon.rows.keys().rev().copied().collect();
        for lead in leads {
            let Some(row) = echelon.rows.remove(&lead) else { continue };
            let reduced = echelon.reduce(row.into_iter().collect());
            echelon.rows.insert(lead, reduced);
        }
        let rows = echelon.rows.values().cloned().collect();
        Self { echelon, rows }
    }

    /// True when a group of fewer than `smallest` follows, or when that cannot be told.
    pub(super) fn has_a_group(&self, counts: &[u64], smallest: u64) -> bool {
        self.search(&BTreeMap::new(), 0, (0, counts, smallest), &mut 0)
    }

    fn search(
        &self,
        sum: &BTreeMap<usize, u64>,
        from: usize,
        (held, counts, smallest): (u64, &[u64], u64),
        sums: &mut usize,
    ) -> bool {
        for (place, row) in self.rows.iter().enumerate().skip(from) {
            let Some((lead, _)) = row.first() else { continue };
            let holds = held + counts[*lead];
            if holds >= smallest {
                continue;
            }
            *sums += 1;
            let mut next = sum.clone();
            for (cell, factor) in row {
                let total = next.entry(*cell).or_insert(0);
                *total = (*total + factor) % self.echelon.prime;
                if *total == 0 {
                    next.remove(cell);
                }
            }
            let is_group = next.values().all(|factor| *factor == 1);
            let people: u64 = next.keys().map(|cell| counts[*cell]).sum();
            if *sums > MOST_SUMS
                || (is_group && people < smallest)
                || self.search(&next, place + 1, (holds, counts, smallest), sums)
            {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_two_released_groups_follows_and_an_overlap_does_not() {
        let mut span = Span::new();
        assert!(span.insert(&[0, 1, 2, 3]));
        assert!(span.insert(&[0, 1]));
        assert!(span.insert(&[1, 2]));
        assert!(!span.insert(&[2, 3]), "the rest of the whole follows");
        assert!(span.contains(&[2, 3]) && span.contains(&[0, 3]));
        assert!(!span.contains(&[1]) && !span.contains(&[0, 2]));
    }

    #[test]
    fn a_small_rest_of_several_groups_is_found_in_whatever_parts_it_stands() {
        // Cells 0 and 1 are many; 2 and 3 are the men and women of a rest of five.
        let rows = [vec![0, 1, 2, 3], vec![0], vec![1]];
        assert!(Confined::new(&rows, 2).has_a_group(&[50, 45, 3, 2], 10));
        assert!(!Confined::new(&rows, 2).has_a_group(&[50, 45, 6, 7], 10));
        assert!(!Confined::new(&rows[..2], 2).has_a_group(&[50, 45, 3, 2], 10));
    }

    #[test]
    fn both_moduli_are_primes() {
        // Miller and Rabin with the first twelve primes decide below 2⁶⁴ (Sorenson, Webster 2015).
        for prime in PRIMES {
            let echelon = Echelon { prime, rows: BTreeMap::new() };
            let twos = (prime - 1).trailing_zeros();
            for base in [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37] {
                let (mut power, mut left, mut square) = (1, (prime - 1) >> twos, base);
                while left > 0 {
                    if left & 1 == 1 {
                        power = echelon.times(power, square);
                    }
                    square = echelon.times(square, square);
                    left >>= 1;
                }
                let mut ends = power == 1 || power == prime - 1;
                for _ in 1..twos {
                    power = echelon.times(power, power);
                    ends |= power == prime - 1;
                }
                assert!(ends, "{prime} to the base of {base}");
            }
        }
    }
}
