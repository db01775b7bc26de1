//! The attacker: who sees all shown counts and solves linear programs.
//!
//! Whatever the attacker can still imagine is a point of a polytope: micro counts of at least 0
//! that add up to every shown count. How far a hidden count can lie from the truth is a linear
//! program over it, solved here by the simplex method with Bland's rule, in exact fractions.
//! The true counts are a point of the polytope, so the search starts there and each step is a
//! table that the attacker must think possible.

use super::ratio::Ratio;

/// Steps after which a search is given up: whoever asked must hide.
const MOST_STEPS: usize = 600;
/// Numbers in the tableau above which a search is given up.
const MOST_ENTRIES: usize = 60_000;

/// Micro cells in order, each with its factor.
type Sparse = Vec<(usize, Ratio)>;

/// The smallest and the largest count that an attacker must think possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// At least this many; rounded up to a whole person.
    pub low: u64,
    /// At most this many, rounded down; `None` where nothing limits the count.
    pub high: Option<u64>,
}

/// The polytope of counts that agree with everything shown.
#[derive(Debug, Clone)]
pub(super) struct Attacker {
    /// A table that the attacker must think possible.
    point: Vec<Ratio>,
    /// Equations, solved for one micro cell each.
    rows: Vec<(usize, Sparse)>,
    entries: usize,
}

/// How a search ended.
enum Found {
    /// At the goal, or as far as it goes.
    Value(Ratio),
    /// Nothing limits it.
    Unlimited,
}

impl Attacker {
    /// Knows the sum of the micro cells of each of `shown`. `None` when a count does not fit.
    pub(super) fn new<'s>(counts: &[u64], shown: impl Iterator<Item = &'s [usize]>) -> Option<Self> {
        let point = counts.iter().map(|count| Ratio::count(*count)).collect::<Option<Vec<_>>>()?;
        let mut attacker = Self { point, rows: Vec::new(), entries: 0 };
        for cells in shown {
            attacker.learn(cells)?;
        }
        Some(attacker)
    }

    /// Solves a new equation for its first micro cell, and puts it into the others.
    fn learn(&mut self, cells: &[usize]) -> Option<()> {
        let mut row: Sparse = cells.iter().map(|cell| (*cell, Ratio::ONE)).collect();
        row = self.over_free_cells(row)?;
        let Some((pivot, factor)) = row.first().copied() else { return Some(()) };
        for (_, times) in &mut row {
            *times = times.over(factor)?;
        }
        self.put_in(pivot, &row)?;
        self.rows.push((pivot, row));
        Some(())
    }

    /// Says a sum by micro cells that no equation is solved for.
    fn over_free_cells(&self, mut sum: Sparse) -> Option<Sparse> {
        for (basic, row) in &self.rows {
            if let Ok(at) = sum.binary_search_by_key(basic, |(cell, _)| *cell) {
                let factor = sum[at].1.negated()?;
                sum = plus(&sum, factor, row)?;
            }
        }
        Some(sum)
    }

    /// Takes `pivot` out of every equation by means of `row`.
    fn put_in(&mut self, pivot: usize, row: &Sparse) -> Option<()> {
        let mut entries = row.len();
        for (_, other) in &mut self.rows {
            if let Ok(at) = other.binary_search_by_key(&pivot, |(cell, _)| *cell) {
                let factor = other[at].1.negated()?;
                *other = plus(other, factor, row)?;
            }
            entries += other.len();
        }
        self.entries = entries;
        (entries <= MOST_ENTRIES).then_some(())
    }

    fn value(&self, cells: &[usize]) -> Option<Ratio> {
        cells.iter().try_fold(Ratio::ZERO, |sum, cell| sum.plus(self.point[*cell]))
    }

    /// The bounds of a sum of micro cells. `None` when the search is too long or leaves 64 bits.
    pub(super) fn bounds(&mut self, cells: &[usize]) -> Option<Bounds> {
        let low = match self.push(cells, false, None)? {
            Found::Value(low) => low.ceiling(),
            Found::Unlimited => 0,
        };
        let high = match self.push(cells, true, None)? {
            Found::Value(high) => Some(high.floor()),
            Found::Unlimited => None,
        };
        Some(Bounds { low, high })
    }

    /// True when a hidden count of `own` can be thought to be `width` wide, and 0 or less than it is.
    /// `None` when that cannot be told.
    pub(super) fn is_wide(&mut self, cells: &[usize], width: u64, own: u64) -> Option<bool> {
        let (width, own) = (Ratio::count(width)?, Ratio::count(own)?);
        // Down first: a count that cannot fall is narrow whatever it can rise to.
        let under = if own.is_zero() { own } else { own.minus(Ratio::ONE)? };
        let low = match self.push(cells, false, Some(under))? {
            Found::Value(low) if low.is_zero() || low < own => low,
            _ => return Some(false),
        };
        let enough = low.plus(width)?;
        let high = match self.push(cells, true, Some(enough))? {
            Found::Unlimited => return Some(true),
            Found::Value(high) if high >= enough => return Some(true),
            Found::Value(high) => high,
        };
        let enough = high.minus(width)?;
        Some(
            enough.sign() >= 0
                && matches!(self.push(cells, false, Some(enough))?, Found::Value(low) if low <= enough),
        )
    }

    /// Moves the point until the sum is at `goal` or cannot go further.
    fn push(&mut self, cells: &[usize], up: bool, goal: Option<Ratio>) -> Option<Found> {
        let mut prices = self.over_free_cells(cells.iter().map(|cell| (*cell, Ratio::ONE)).collect())?;
        for _ in 0..MOST_STEPS {
            let value = self.value(cells)?;
            if goal.is_some_and(|goal| if up { value >= goal } else { value <= goal }) {
                return Some(Found::Value(value));
            }
            // Bland: the first cell that helps enters, the first of those that stop it leaves.
            let helps = |cell: usize, price: Ratio| {
                let rises = (price.sign() > 0) == up;
                (rises || self.point[cell].sign() > 0).then_some((cell, rises))
            };
            let Some((cell, rises)) = prices.iter().find_map(|(cell, price)| helps(*cell, *price)) else {
                return Some(Found::Value(value));
            };
            let Some((step, leaving)) = self.longest_step(cell, rises)? else {
                return Some(Found::Unlimited);
            };
            self.step(cell, if rises { step } else { step.negated()? })?;
            if let Some(leaving) = leaving {
                let row = self.pivot(leaving, cell)?;
                if let Ok(at) = prices.binary_search_by_key(&cell, |(cell, _)| *cell) {
                    let factor = prices[at].1.negated()?;
                    prices = plus(&prices, factor, &row)?;
                }
            }
        }
        None
    }

    /// How far a free cell can go until it, or a solved cell, is at 0; and the row of that one.
    /// The inner `None` says that nothing stops it.
    fn longest_step(&self, cell: usize, rises: bool) -> Option<Option<(Ratio, Option<usize>)>> {
        let mut best: Option<(Ratio, usize, Option<usize>)> =
            (!rises).then(|| (self.point[cell], cell, None));
        for (index, (basic, row)) in self.rows.iter().enumerate() {
            let Ok(at) = row.binary_search_by_key(&cell, |(cell, _)| *cell) else { continue };
            let factor = row[at].1;
            if (factor.sign() > 0) != rises {
                continue;
            }
            let size = if rises { factor } else { factor.negated()? };
            let step = self.point[*basic].over(size)?;
            if best.is_none_or(|(least, first, _)| step < least || (step == least && *basic < first)) {
                best = Some((step, *basic, Some(index)));
            }
        }
        Some(best.map(|(step, _, row)| (step, row)))
    }

    fn step(&mut self, cell: usize, step: Ratio) -> Option<()> {
        if step.is_zero() {
            return Some(());
        }
        self.point[cell] = self.point[cell].plus(step)?;
        for (basic, row) in &self.rows {
            if let Ok(at) = row.binary_search_by_key(&cell, |(cell, _)| *cell) {
                self.point[*basic] = self.point[*basic].minus(row[at].1.times(step)?)?;
            }
        }
        Some(())
    }

    /// Solves a row for another cell.
    fn pivot(&mut self, row: usize, cell: usize) -> Option<Sparse> {
        let (_, mut solved) = self.rows.swap_remove(row);
        let at = solved.binary_search_by_key(&cell, |(cell, _)| *cell).ok()?;
        let factor = solved[at].1;
        for (_, times) in &mut solved {
            *times = times.over(factor)?;
        }
        self.put_in(cell, &solved)?;
        self.rows.push((cell, solved.clone()));
        Some(solved)
    }
}

/// `a` + `factor` · `b`.
fn plus(a: &Sparse, factor: Ratio, b: &Sparse) -> Option<Sparse> {
    let mut sum = Sparse::with_capacity(a.len() + b.len());
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let entry = match (left.peek(), right.peek()) {
            (Some((x, number)), Some((y, _))) if x < y => {
                left.next();
                (*x, *number)
            }
            (Some((x, number)), Some((y, times))) if x == y => {
                left.next();
                right.next();
                (*x, number.plus(factor.times(*times)?)?)
            }
            (_, Some((y, times))) => {
                right.next();
                (*y, factor.times(*times)?)
            }
            (Some((x, number)), None) => {
                left.next();
                (*x, *number)
            }
            (None, None) => return Some(sum),
        };
        if !entry.1.is_zero() {
            sum.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows and two columns of 3, 7, 8, 2; all four hidden, all totals shown (HiGHS: 1..10, 0..9).
    #[test]
    fn bounds_agree_with_linear_programming() {
        let shown: [&[usize]; 4] = [&[0, 1], &[2, 3], &[0, 2], &[1, 3]];
        let mut attacker = Attacker::new(&[3, 7, 8, 2], shown.into_iter()).expect("small");
        let mut bounds = |cell| attacker.bounds(&[cell]).map(|bounds| (bounds.low, bounds.high));
        let found = [0, 1, 2, 3].map(&mut bounds);
        assert_eq!(found, [(1, 10), (0, 9), (1, 10), (0, 9)].map(|(low, high)| Some((low, Some(high)))));
        assert_eq!(attacker.is_wide(&[0], 9, 3), Some(true));
        assert_eq!(attacker.is_wide(&[0], 10, 3), Some(false));
    }

    #[test]
    fn a_count_that_nothing_limits_is_wide_and_a_shown_one_is_not() {
        let mut attacker = Attacker::new(&[3, 20], [[1_usize].as_slice()].into_iter()).expect("small");
        assert_eq!(attacker.bounds(&[0]), Some(Bounds { low: 0, high: None }));
        assert_eq!(attacker.is_wide(&[0], 10, 3), Some(true));
        assert_eq!(attacker.is_wide(&[1], 10, 20), Some(false));
    }
}
