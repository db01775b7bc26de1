//! The fewest complementary cells of a small table, by trying them all.

use super::{
    counts::{CountTable, Hidden},
    protect::Pattern,
};

/// Micro cells of a small table: a set of them is one number.
const MOST_MICRO: usize = 128;
/// Sets of one size that are looked at, and those of them that are tried in full.
const MOST_SETS: u64 = 250_000;
const MOST_TRIALS: usize = 1_500;

/// Looks for a smaller set of complementary cells than a pattern has, inner cells only. Where there
/// are too many sets for that, the pattern stays.
pub(super) fn improve(table: &CountTable<'_>, start: &[Hidden], hidden: Vec<Hidden>) -> Vec<Hidden> {
    if table.cube.micro_cells() > MOST_MICRO {
        return hidden;
    }
    let extra = hidden.iter().zip(start).filter(|(hidden, start)| hidden != start).count();
    let mut search = Search::new(table, start);
    for size in 0..extra {
        if sets_of(search.candidates.len() as u64, size as u64) > MOST_SETS || search.trials >= MOST_TRIALS {
            break;
        }
        let unseen = search.unseen;
        search.try_sets(&mut start.to_vec(), unseen, 0, size, 0);
        if let Some((_, better)) = search.best {
            return better;
        }
    }
    hidden
}

/// How many sets of a size there are.
fn sets_of(many: u64, size: u64) -> u64 {
    (0..size).fold(1_u64, |sets, at| sets.saturating_mul(many.saturating_sub(at)) / (at + 1))
}

struct Search<'t> {
    table: &'t CountTable<'t>,
    /// Cells that may be hidden, with the bit of their micro cell.
    candidates: Vec<(usize, u128)>,
    /// Bits of the micro cells that are hidden for themselves.
    unseen: u128,
    /// Bits of the micro cells of each shown sum.
    sums: Vec<u128>,
    trials: usize,
    best: Option<(u64, Vec<Hidden>)>,
}

impl<'t> Search<'t> {
    fn new(table: &'t CountTable<'t>, start: &[Hidden]) -> Self {
        let bits = |micro: &[usize]| micro.iter().fold(0, |bits, micro| bits | 1_u128 << micro);
        let everything = vec![true; table.cube.micro_cells()];
        let free = table.free(start);
        let candidates = (0..free.len())
            .filter(|micro| !free[*micro] && table.micro_counts[*micro] > 0)
            .map(|micro| (table.cube.cell_of_micro(micro), 1 << micro))
            .filter(|(cell, _)| !table.published[*cell])
            .collect();
        let unseen: Vec<usize> = (0..free.len()).filter(|micro| free[*micro]).collect();
        let sums = table.known_sums(start, &everything).iter().map(|micro| bits(micro)).collect();
        Self { table, candidates, unseen: bits(&unseen), sums, trials: 0, best: None }
    }

    /// Tries every set of `left` more cells from the candidate at `from` on.
    fn try_sets(&mut self, hidden: &mut Vec<Hidden>, unseen: u128, from: usize, left: usize, price: u64) {
        if self.trials >= MOST_TRIALS || self.best.as_ref().is_some_and(|(best, _)| price >= *best) {
            return;
        }
        if left == 0 {
            // A shown sum of one unseen micro cell tells it.
            if self.sums.iter().all(|sum| (sum & unseen).count_ones() != 1) {
                self.trials += 1;
                let mut pattern = Pattern::new(self.table, hidden.clone());
                if pattern.hidden_cells().into_iter().all(|cell| pattern.is_wide(cell)) {
                    self.best = Some((price, hidden.clone()));
                }
            }
            return;
        }
        for at in from..(self.candidates.len() + 1).saturating_sub(left) {
            let (cell, bit) = self.candidates[at];
            hidden[cell] = Hidden::Complement;
            self.try_sets(hidden, unseen | bit, at + 1, left - 1, price + self.table.count(cell));
            hidden[cell] = Hidden::No;
        }
    }
}
