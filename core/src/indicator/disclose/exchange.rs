//! Exchanges: two units trade a trait, and no shown count changes.
//!
//! A man of 40 and a woman of 50 for a man of 50 and a woman of 40: tables by sex and by age
//! look the same. Where two pairs of micro cells stand in the same shown lines, any number of
//! units can pass from one pair to the other. Such exchanges prove without a linear program that
//! a hidden count is wide, and that a unit stands in no small group that could be found.

use std::collections::HashSet;

use super::boxes::Reach;

/// Pairs that are looked at from one micro cell before the search is given up, and the cells of a
/// group that are looked at.
const MOST_PAIRS: usize = 20_000;
const MOST_CELLS: usize = 200;

/// Micro cells by the lines that they stand in.
pub(super) struct Exchanges<'m> {
    marks: &'m [Vec<usize>],
    /// A number for each micro cell that adds up like its lines: equal for equal pairs.
    sums: Vec<u64>,
    /// The same with their places, in order.
    places: Vec<(u64, usize)>,
}

/// Two micro cells that lose what two others gain: `from` of the first, `to` of the second.
#[derive(Debug, Clone, Copy)]
struct Exchange {
    from: [usize; 2],
    to: [usize; 2],
}

/// A number that looks random (SplitMix64). Pairs that agree in it are compared line by line.
const fn scatter(place: usize) -> u64 {
    let mut z = (place as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl<'m> Exchanges<'m> {
    /// Takes the lines of each micro cell, in order.
    pub(super) fn new(marks: &'m [Vec<usize>]) -> Self {
        let sum = |marks: &Vec<usize>| marks.iter().map(|place| scatter(*place)).fold(0, u64::wrapping_add);
        let sums: Vec<u64> = marks.iter().map(sum).collect();
        let mut places: Vec<(u64, usize)> = sums.iter().enumerate().map(|(cell, sum)| (*sum, cell)).collect();
        places.sort_unstable();
        Self { marks, sums, places }
    }

    /// Exchanges in which a micro cell takes part, as far as the limit of pairs goes. Those with a
    /// cell that differs least come first: with them most others can trade.
    fn of(&self, cell: usize) -> impl Iterator<Item = Exchange> + '_ {
        let many = self.sums.len();
        let mut near: Vec<usize> = (0..many).filter(|other| *other != cell).collect();
        near.sort_by_cached_key(|other| std::cmp::Reverse(self.in_common(cell, *other)));
        let pairs = near.into_iter().flat_map(move |gains| (0..many).map(move |with| (gains, with)));
        let differ = move |(gains, with): &(usize, usize)| *with != cell && gains != with;
        pairs.take(MOST_PAIRS).filter(differ).flat_map(move |(gains, with)| {
            let wanted = self.sums[cell].wrapping_add(self.sums[with]).wrapping_sub(self.sums[gains]);
            let from = self.places.partition_point(|(sum, _)| *sum < wanted);
            let fourth = self.places.iter().skip(from).take_while(move |(sum, _)| *sum == wanted);
            let fourth = fourth.map(|(_, place)| *place).filter(move |at| ![cell, with, gains].contains(at));
            let exchange = move |fourth| Exchange { from: [cell, with], to: [gains, fourth] };
            fourth.map(exchange).filter(|exchange| self.lines(exchange.from) == self.lines(exchange.to))
        })
    }

    /// How many lines two micro cells share.
    fn in_common(&self, a: usize, b: usize) -> usize {
        let other = &self.marks[b];
        self.marks[a].iter().filter(|line| other.binary_search(line).is_ok()).count()
    }

    /// The lines of two micro cells together, in order.
    fn lines(&self, pair: [usize; 2]) -> Vec<usize> {
        let mut lines: Vec<usize> = pair.iter().flat_map(|cell| &self.marks[*cell]).copied().collect();
        lines.sort_unstable();
        lines
    }

    /// True when a micro cell is in so many exchanges, without another cell in common, that every
    /// group that follows from shown ones and holds it has at least `smallest` units. Such a group
    /// holds as many of those who lose as of those who gain, so one more of each exchange.
    pub(super) fn is_in_a_crowd(&self, cell: usize, own: u64, smallest: u64) -> bool {
        let (mut used, mut units) = (HashSet::new(), own);
        for Exchange { from: [_, with], to: [gains, fourth] } in self.of(cell) {
            if units >= smallest {
                break;
            }
            let others = [with, gains, fourth];
            if others.iter().all(|other| !used.contains(other)) {
                used.extend(others);
                units += 1;
            }
        }
        units >= smallest
    }

    /// How far the count of some micro cells can fall and rise by exchanges, up to what is needed.
    pub(super) fn reach(&self, counts: &[u64], cells: &[usize], need: u64) -> Reach {
        let inside: HashSet<usize> = cells.iter().copied().collect();
        let held = |pair: [usize; 2]| pair.iter().filter(|cell| inside.contains(cell)).count() as u64;
        let own: u64 = cells.iter().map(|cell| counts[*cell]).sum();
        let mut reach = Reach::default();
        for up in [false, true] {
            let mut point = counts.to_vec();
            let wanted = if up { need.saturating_sub(reach.down) } else { need.min(own) };
            let mut so_far = 0;
            'walk: for cell in cells.iter().take(MOST_CELLS) {
                for exchange in self.of(*cell) {
                    if so_far >= wanted {
                        break 'walk;
                    }
                    let (lose, gain) =
                        if up { (exchange.to, exchange.from) } else { (exchange.from, exchange.to) };
                    let each = if up {
                        held(gain).saturating_sub(held(lose))
                    } else {
                        held(lose).saturating_sub(held(gain))
                    };
                    let step = lose.iter().map(|cell| point[*cell]).min().unwrap_or(0);
                    if each > 0 && step > 0 {
                        lose.iter().for_each(|cell| point[*cell] -= step);
                        gain.iter().for_each(|cell| point[*cell] += step);
                        so_far += each * step;
                    }
                }
            }
            *(if up { &mut reach.up } else { &mut reach.down }) = so_far;
        }
        reach
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines: men 0, women 1, of forty 2, of fifty 3.
    #[test]
    fn a_man_of_forty_and_a_woman_of_fifty_change_places() {
        let marks = [vec![0, 2], vec![0, 3], vec![1, 2], vec![1, 3]];
        let exchanges = Exchanges::new(&marks);
        let reach = exchanges.reach(&[4, 9, 7, 20], &[0], 10);
        assert_eq!((reach.down, reach.up), (4, 7), "as few men of fifty as women of forty can move");
        assert!(exchanges.is_in_a_crowd(0, 4, 5) && !exchanges.is_in_a_crowd(0, 4, 6));
    }
}
