//! Boxes: the simplest other tables that an attacker must think possible.
//!
//! Take a micro cell and an opposite corner. Adding to and taking from the corners of the box
//! between them in turn leaves every total of the sides alone in which the two differ: four
//! corners in a table of two dimensions, eight in one of three. Where they do not differ, the
//! totals change and must be hidden too. Each step is a whole number of people and leaves no
//! count below 0, so what boxes reach is possible beyond any rounding. Most hidden cells are
//! found wide this way; linear programs are solved for the rest only.

use super::counts::{CountTable, Hidden};

/// The corners of a box, as seen from one cell of the table. A table has three dimensions at
/// most, so there are eight: the place of each tells by its bits in which sides it is far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corners {
    micro: [usize; 8],
    many: usize,
}

/// How far a cell was found to reach below and above its count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) down: u64,
    pub(super) up: u64,
}

impl Reach {
    /// As wide as this, and not certainly as large as it is.
    pub(super) fn is_enough(self, need: u64, own: u64) -> bool {
        self.width() >= need && (self.down > 0 || own == 0)
    }

    pub(super) fn width(self) -> u64 {
        self.down.saturating_add(self.up)
    }
}

impl Corners {
    /// Each corner, and whether it rises when the cell rises.
    fn each(&self) -> impl Iterator<Item = (usize, bool)> + '_ {
        // Corners stand in the order of a Gray code's parity: one far side more is the other sign.
        self.micro
            .iter()
            .take(self.many)
            .enumerate()
            .map(|(place, micro)| (*micro, place.count_ones() % 2 == 0))
    }

    /// How far the box lets the cell fall and rise, on one sheet.
    pub(super) fn room(&self, sheet: &[u64]) -> Reach {
        let least = |with: bool| {
            let counts = self.each().filter(|(_, rises)| *rises == with).map(|(micro, _)| sheet[micro]);
            counts.min().unwrap_or(u64::MAX)
        };
        Reach { down: least(true), up: least(false) }
    }

    fn push(&self, sheet: &mut [u64], step: u64, up: bool) {
        for (micro, rises) in self.each() {
            let count = &mut sheet[micro];
            *count = if rises == up { count.saturating_add(step) } else { *count - step };
        }
    }
}

impl CountTable<'_> {
    /// The corners of the box between two micro cells, `near` under the cell with these codes. `None`
    /// when the box does not move that cell, or has a corner that `is_open` does not let pass.
    fn corners(
        &self,
        codes: &[usize],
        (near, far): (usize, usize),
        is_open: impl Fn(usize) -> bool,
    ) -> Option<Corners> {
        let (a, b) = (&self.leaves[near], &self.leaves[far]);
        let mut corners = Corners { micro: [near; 8], many: 1 };
        for (side, dimension) in self.cube.dimensions().iter().enumerate() {
            if a[side] == b[side] {
                continue;
            }
            if dimension.above(b[side]).contains(&codes[side]) {
                return None;
            }
            // The other half of the corners, one step of this side away.
            for place in 0..corners.many {
                let moved = corners.micro[place] + b[side] * self.steps[side] - a[side] * self.steps[side];
                if !is_open(moved) {
                    return None;
                }
                corners.micro[corners.many + place] = moved;
            }
            corners.many *= 2;
        }
        Some(corners)
    }

    /// The cells of the table that change with the box between two micro cells.
    pub(super) fn changed(&self, (near, far): (usize, usize)) -> Vec<usize> {
        let (a, b) = (&self.leaves[near], &self.leaves[far]);
        let sides = self.cube.dimensions().iter().zip(a.iter().zip(b)).map(|(side, (a, b))| {
            if a == b { side.above(*a).to_vec() } else { side.apart(*a, *b).collect() }
        });
        self.cube.product(sides)
    }

    /// Micro cells with people in them under a cell, the largest first; enough of them to start from.
    fn starts(&self, cell: usize) -> Vec<usize> {
        const ENOUGH: usize = 24;
        let mut micro = self.cube.micro_cells_of(cell);
        micro.retain(|micro| self.micro_counts[*micro] > 0);
        micro.sort_by_key(|micro| std::cmp::Reverse(self.micro_counts[*micro]));
        micro.truncate(ENOUGH);
        micro
    }

    /// Walks from box to box of hidden cells until a hidden cell is wide enough on a sheet. The
    /// cells that the boxes change are added to `used`.
    pub(super) fn reach(
        &self,
        hidden: &[Hidden],
        free: &[bool],
        (cell, sheet): (usize, usize),
        need: u64,
        used: &mut Vec<usize>,
    ) -> Reach {
        let mut reach = Reach::default();
        let own = self.sums[sheet][cell];
        let codes = self.cube.codes(cell);
        let mut starts = self.starts(cell);
        starts.retain(|near| free[*near]);
        // Down first: a cell that can fall and rise needs the fewest people elsewhere.
        for up in [false, true] {
            let mut point = self.sheets[sheet].clone();
            let wanted = if up { need.saturating_sub(reach.down) } else { need.min(own) };
            let mut so_far = 0_u64;
            'walk: for near in &starts {
                for far in (0..free.len()).filter(|far| free[*far]) {
                    if so_far >= wanted {
                        break 'walk;
                    }
                    let Some(corners) = self.corners(&codes, (*near, far), |micro| free[micro]) else {
                        continue;
                    };
                    let room = corners.room(&point);
                    let step = (if up { room.up } else { room.down }).min(wanted - so_far);
                    if step == 0 {
                        continue;
                    }
                    let changed = self.changed((*near, far));
                    if changed.iter().all(|cell| hidden[*cell] != Hidden::No) {
                        corners.push(&mut point, step, up);
                        used.extend(changed);
                        so_far += step;
                    }
                }
            }
            *(if up { &mut reach.up } else { &mut reach.down }) = so_far;
        }
        reach
    }

    /// Every box that would move a cell if all of its changed cells were hidden.
    pub(super) fn boxes(&self, cell: usize) -> impl Iterator<Item = ((usize, usize), Corners)> + '_ {
        let codes = self.cube.codes(cell);
        self.starts(cell).into_iter().flat_map(move |near| {
            let codes = codes.clone();
            (0..self.leaves.len()).filter_map(move |far| {
                let corners = self.corners(&codes, (near, far), |micro| self.micro_counts[micro] > 0)?;
                Some(((near, far), corners))
            })
        })
    }
}
