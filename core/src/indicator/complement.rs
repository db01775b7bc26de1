//! Complementary suppression: what must be hidden so that a hidden cell cannot be found by subtraction.
//!
//! A table of one or two dimensions with its totals is a network: rows and columns are
//! nodes, cells are edges, and whatever an attacker can still imagine is a circulation over
//! the hidden cells. How far a hidden cell can move is therefore a maximum flow, exact in
//! whole numbers (Cox 1995). Cells are added along cheapest paths until every primary cell
//! can move widely enough, then those that are not needed are shown again.

use std::collections::VecDeque;

/// Counts with the total row last and the total column last. A table of one dimension has
/// one column, the total, and its last row is the total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountTable {
    counts: Vec<Vec<u64>>,
}

/// Why a cell is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hidden {
    /// It is shown.
    #[default]
    No,
    /// It is too small or dominated by one company.
    Primary,
    /// It would give another cell away.
    Complement,
}

/// An edge of the network: how far the attacker can imagine a cell to rise and to fall.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from: usize,
    to: usize,
    rise: u64,
    fall: u64,
    cost: u64,
}

/// Wide enough for any count of people.
const UNBOUNDED: u64 = 1 << 40;
/// Few complementary cells come before small ones, and totals are given up last.
const A_CELL: u64 = 1 << 32;
const A_TOTAL: u64 = 1 << 42;

impl CountTable {
    /// Takes a table of one dimension and adds its total.
    pub fn of_classes(inner: &[u64]) -> Self {
        let mut counts: Vec<Vec<u64>> = inner.iter().map(|count| vec![*count]).collect();
        counts.push(vec![inner.iter().sum()]);
        Self { counts }
    }

    /// Takes inner counts by row and adds the totals of rows and columns.
    pub fn of(inner: &[Vec<u64>]) -> Self {
        let mut counts: Vec<Vec<u64>> = inner.to_vec();
        for row in &mut counts {
            row.push(row.iter().sum());
        }
        let width = counts.first().map_or(0, Vec::len);
        counts.push((0..width).map(|column| counts.iter().filter_map(|row| row.get(column)).sum()).collect());
        Self { counts }
    }

    fn count(&self, (row, column): (usize, usize)) -> u64 {
        self.counts.get(row).and_then(|cells| cells.get(column)).copied().unwrap_or(0)
    }

    fn rows(&self) -> usize {
        self.counts.len()
    }

    fn columns(&self) -> usize {
        self.counts.first().map_or(0, Vec::len)
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let columns = self.columns();
        (0..self.rows()).flat_map(move |row| (0..columns).map(move |column| (row, column)))
    }

    /// A total enters the sums with the other sign.
    fn is_total(&self, (row, column): (usize, usize)) -> bool {
        (row + 1 == self.rows()) != (self.columns() > 1 && column + 1 == self.columns())
    }

    fn is_margin(&self, (row, column): (usize, usize)) -> bool {
        row + 1 == self.rows() || (self.columns() > 1 && column + 1 == self.columns())
    }

    fn edge(&self, cell: (usize, usize)) -> Edge {
        let count = self.count(cell);
        let (rise, fall) = if self.is_total(cell) { (count, UNBOUNDED) } else { (UNBOUNDED, count) };
        // A table of one dimension has sums along its column only: all rows are one node.
        let from = if self.columns() > 1 { cell.0 } else { 0 };
        let cost = if self.is_margin(cell) { A_TOTAL } else { A_CELL } + count;
        Edge { from, to: self.rows() + cell.1, rise, fall, cost }
    }

    /// The smallest and the largest count that an attacker who sees all shown cells must
    /// think possible for a hidden cell.
    pub fn bounds(&self, hidden: &[Vec<Hidden>], cell: (usize, usize)) -> (u64, u64) {
        let count = self.count(cell);
        let (up, down) = (self.slack(hidden, cell, true), self.slack(hidden, cell, false));
        (count.saturating_sub(down), count.saturating_add(up))
    }

    /// How far a hidden cell can rise or fall.
    fn slack(&self, hidden: &[Vec<Hidden>], cell: (usize, usize), rise: bool) -> u64 {
        let edge = self.edge(cell);
        let rises = rise != self.is_total(cell);
        let limit = if rises { edge.rise } else { edge.fall };
        let (start, end) = if rises { (edge.to, edge.from) } else { (edge.from, edge.to) };
        let mut network = Network::of(self, hidden, cell, false);
        network.push_all(start, end, limit)
    }

    /// Hides complementary cells until every primary cell can be thought to be at least `width`
    /// wide, and not certainly as large as it is.
    pub fn protect(&self, hidden: &mut [Vec<Hidden>], width: u64) {
        let primary: Vec<_> = self.cells().filter(|cell| at(hidden, *cell) == Hidden::Primary).collect();
        for cell in &primary {
            while !self.is_safe(hidden, *cell, width) {
                if !self.widen(hidden, *cell, width) {
                    break;
                }
            }
        }
        let mut extra: Vec<_> = self.cells().filter(|cell| at(hidden, *cell) == Hidden::Complement).collect();
        extra.sort_by_key(|cell| std::cmp::Reverse(self.edge(*cell).cost));
        for cell in extra {
            put(hidden, cell, Hidden::No);
            if !primary.iter().all(|primary| self.is_safe(hidden, *primary, width)) {
                put(hidden, cell, Hidden::Complement);
            }
        }
    }

    /// True when a hidden cell can neither be found nor be narrowed down.
    pub fn is_safe(&self, hidden: &[Vec<Hidden>], cell: (usize, usize), width: u64) -> bool {
        let (low, high) = self.bounds(hidden, cell);
        high - low >= width && (low == 0 || low < self.count(cell))
    }

    /// Hides the cheapest cells that let `cell` move further; false when nothing is left to hide.
    fn widen(&self, hidden: &mut [Vec<Hidden>], cell: (usize, usize), width: u64) -> bool {
        let (low, high) = self.bounds(hidden, cell);
        let count = self.count(cell);
        let must_fall = low > 0 && low >= count;
        let directions = if must_fall { [false, true] } else { [true, false] };
        // The cheaper of both directions, except that a cell which cannot fall must be able to.
        let mut paths: Vec<(u64, Vec<(usize, usize)>)> = Vec::new();
        for rise in directions {
            let edge = self.edge(cell);
            let rises = rise != self.is_total(cell);
            let (start, end) = if rises { (edge.to, edge.from) } else { (edge.from, edge.to) };
            let so_far = if rise { high - count } else { count - low };
            let limit = if rises { edge.rise } else { edge.fall };
            if so_far >= limit.min(UNBOUNDED) {
                continue;
            }
            let mut network = Network::of(self, hidden, cell, true);
            network.push_all(start, end, limit);
            paths.extend(network.cheapest_path(start, end, width.saturating_sub(high - low)));
            if must_fall && !rise {
                break;
            }
        }
        let Some((_, cells)) = paths.into_iter().min_by_key(|(cost, _)| *cost) else { return false };
        let fresh: Vec<_> = cells.into_iter().filter(|cell| at(hidden, *cell) == Hidden::No).collect();
        for cell in &fresh {
            put(hidden, *cell, Hidden::Complement);
        }
        !fresh.is_empty()
    }
}

fn at(hidden: &[Vec<Hidden>], (row, column): (usize, usize)) -> Hidden {
    hidden.get(row).and_then(|cells| cells.get(column)).copied().unwrap_or_default()
}

fn put(hidden: &mut [Vec<Hidden>], (row, column): (usize, usize), value: Hidden) {
    if let Some(slot) = hidden.get_mut(row).and_then(|cells| cells.get_mut(column)) {
        *slot = value;
    }
}

/// Hidden cells as arcs with what is left of their capacity; shown cells as arcs that cost.
struct Network {
    nodes: usize,
    /// Arcs 2k and 2k + 1 are the two directions of one cell.
    arcs: Vec<Arc>,
}

/// One direction of a cell.
struct Arc {
    from: usize,
    to: usize,
    left: u64,
    cost: u64,
    cell: (usize, usize),
}

impl Network {
    fn of(table: &CountTable, hidden: &[Vec<Hidden>], without: (usize, usize), with_shown: bool) -> Self {
        let mut arcs = Vec::new();
        for cell in table.cells().filter(|cell| *cell != without) {
            let is_hidden = at(hidden, cell) != Hidden::No;
            // A cell of nothing is shown as such: hiding it would protect nobody.
            if !is_hidden && (!with_shown || table.count(cell) == 0) {
                continue;
            }
            let edge = table.edge(cell);
            let cost = if is_hidden { 0 } else { edge.cost };
            arcs.push(Arc { from: edge.from, to: edge.to, left: edge.rise, cost, cell });
            arcs.push(Arc { from: edge.to, to: edge.from, left: edge.fall, cost, cell });
        }
        Self { nodes: table.rows() + table.columns(), arcs }
    }

    /// Pushes as much as `limit` from `start` to `end` over hidden cells.
    fn push_all(&mut self, start: usize, end: usize, limit: u64) -> u64 {
        let mut pushed = 0;
        while pushed < limit {
            let Some(path) = self.free_path(start, end) else { break };
            let room = path.iter().map(|arc| self.arcs[*arc].left).min().unwrap_or(0).min(limit - pushed);
            for arc in path {
                self.arcs[arc].left -= room;
                self.arcs[arc ^ 1].left = self.arcs[arc ^ 1].left.saturating_add(room);
            }
            pushed += room;
        }
        pushed
    }

    /// A shortest path over hidden cells with room left.
    fn free_path(&self, start: usize, end: usize) -> Option<Vec<usize>> {
        let mut arrived: Vec<Option<usize>> = vec![None; self.nodes];
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for (index, Arc { from, to, left, cost, .. }) in self.arcs.iter().enumerate() {
                if *from == node && *left > 0 && *cost == 0 && *to != start && arrived[*to].is_none() {
                    arrived[*to] = Some(index);
                    queue.push_back(*to);
                }
            }
        }
        self.walk_back(&arrived, start, end)
    }

    fn walk_back(&self, arrived: &[Option<usize>], start: usize, end: usize) -> Option<Vec<usize>> {
        let (mut node, mut path) = (end, Vec::new());
        while node != start {
            let arc = arrived[node]?;
            path.push(arc);
            node = self.arcs[arc].from;
        }
        Some(path)
    }

    /// The cells of a cheapest path, preferring arcs with room for `wanted` (Bellman and Ford).
    fn cheapest_path(&self, start: usize, end: usize, wanted: u64) -> Option<(u64, Vec<(usize, usize)>)> {
        let mut best = vec![u64::MAX; self.nodes];
        let mut arrived: Vec<Option<usize>> = vec![None; self.nodes];
        best[start] = 0;
        for _ in 0..self.nodes {
            for (index, Arc { from, to, left, cost, .. }) in self.arcs.iter().enumerate() {
                if *left == 0 || best[*from] == u64::MAX || *to == start {
                    continue;
                }
                // Too little room means that another path will be needed as well.
                let price = if *cost > 0 && *left < wanted { cost * 2 } else { *cost };
                let total = best[*from].saturating_add(price);
                if total < best[*to] {
                    best[*to] = total;
                    arrived[*to] = Some(index);
                }
            }
        }
        let path = self.walk_back(&arrived, start, end)?;
        Some((best[end], path.into_iter().map(|arc| self.arcs[arc].cell).collect()))
    }
}
