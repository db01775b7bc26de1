//! The counts of a declared table: one sheet for each answer.

use super::{
    attacker::{Attacker, Bounds},
    cube::{Cube, CubeError},
};

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

/// Counts of a declared table.
///
/// A shown share tells how many answered and how many of them said yes, so a table of shares
/// has two sheets, yes and no; a table of counts has one. Cells are numbered as in [`Cube`].
#[derive(Debug, Clone)]
pub struct CountTable<'c> {
    pub(super) cube: &'c Cube,
    /// Counts of micro cells, for each answer.
    pub(super) sheets: Vec<Vec<u64>>,
    /// Counts of cells, for each answer.
    pub(super) sums: Vec<Vec<u64>>,
    /// Counts of cells, all answers together.
    pub(super) all: Vec<u64>,
    /// How wide a hidden count must stay.
    pub(super) width: u64,
    /// Counts of micro cells, all answers together.
    pub(super) micro_counts: Vec<u64>,
    /// Places of the leaves of each micro cell, and how far apart two micro cells are that differ
    /// by one place in a dimension.
    pub(super) leaves: Vec<Vec<usize>>,
    pub(super) steps: Vec<usize>,
    /// The cell that is each micro cell.
    micro_at: Vec<usize>,
    /// The price of hiding each cell.
    pub(super) prices: Vec<u64>,
    /// Cells that were shown before: they cannot be hidden any more.
    pub(super) published: Vec<bool>,
    /// The micro cells of each cell that counts several.
    sums_of: Vec<(usize, Vec<usize>)>,
}

/// Few complementary cells come before small ones, and totals are given up last.
const A_CELL: u64 = 1 << 32;
const A_TOTAL: u64 = 1 << 42;

impl<'c> CountTable<'c> {
    /// Takes counts of micro cells, one sheet for each answer.
    ///
    /// # Errors
    /// [`CubeError::Counts`] when a sheet has not as many counts as the table has micro cells.
    pub fn new(cube: &'c Cube, sheets: Vec<Vec<u64>>, width: u64) -> Result<Self, CubeError> {
        let sums = sheets.iter().map(|sheet| cube.add_up(sheet)).collect::<Result<Vec<_>, _>>()?;
        let all: Vec<u64> = (0..cube.cells()).map(|cell| sums.iter().map(|sums| sums[cell]).sum()).collect();
        let price = |(cell, count): (usize, &u64)| {
            (if cube.is_micro(cell) { A_CELL } else { A_TOTAL }).saturating_add(*count)
        };
        let prices = all.iter().enumerate().map(price).collect();
        let leaves = (0..cube.micro_cells()).map(|micro| cube.leaves(micro)).collect();
        let micro_counts = (0..cube.micro_cells()).map(|micro| sheets.iter().map(|sheet| sheet[micro]).sum());
        let micro_counts = micro_counts.collect();
        let sums_of = (0..cube.cells()).filter(|cell| all[*cell] > 0 && !cube.is_micro(*cell));
        let sums_of = sums_of.map(|cell| (cell, cube.micro_cells_of(cell))).collect();
        let micro_at = (0..cube.micro_cells()).map(|micro| cube.cell_of_micro(micro)).collect();
        let steps = cube.steps();
        let published = vec![false; cube.cells()];
        Ok(Self {
            cube,
            sheets,
            sums,
            all,
            width,
            micro_counts,
            leaves,
            steps,
            micro_at,
            prices,
            published,
            sums_of,
        })
    }

    /// Takes into account which cells were shown before.
    #[must_use]
    pub fn with_published(self, published: Vec<bool>) -> Self {
        Self { published, ..self }
    }

    /// How many answered in a cell.
    pub fn count(&self, cell: usize) -> u64 {
        self.all[cell]
    }

    /// How wide the count of an answer must stay in a hidden cell: an answer that few gave in the
    /// whole table cannot be wider than the table.
    pub(super) fn need(&self, sheet: usize) -> u64 {
        match self.sheets.len() {
            1 => self.width,
            _ => self.width.min(self.sheets[sheet].iter().sum()),
        }
    }

    /// Micro cells that the attacker does not see; one of nothing is always shown.
    pub(super) fn free(&self, hidden: &[Hidden]) -> Vec<bool> {
        let is_free = |(count, cell): (&u64, &usize)| *count > 0 && hidden[*cell] != Hidden::No;
        self.micro_counts.iter().zip(&self.micro_at).map(is_free).collect()
    }

    /// The sums of unseen micro cells that the attacker knows.
    pub(super) fn known_sums(&self, hidden: &[Hidden], free: &[bool]) -> Vec<Vec<usize>> {
        self.sums_of
            .iter()
            .filter(|(cell, _)| hidden[*cell] == Hidden::No)
            .map(|(_, micro)| micro.iter().copied().filter(|micro| free[*micro]).collect::<Vec<_>>())
            .filter(|cells| !cells.is_empty())
            .collect()
    }

    /// The unseen micro cells that a cell counts.
    pub(super) fn unseen(&self, cell: usize, free: &[bool]) -> Vec<usize> {
        let mut micro = self.cube.micro_cells_of(cell);
        micro.retain(|micro| free[*micro]);
        micro
    }

    /// An attacker who sees one sheet of all shown cells. `None` when the table is too large.
    pub(super) fn attacker(&self, hidden: &[Hidden], sheet: usize) -> Option<Attacker> {
        /// Unseen micro cells times known sums; beyond, boxes have to do.
        const LARGEST: usize = 40_000;
        let free = self.free(hidden);
        let known = self.known_sums(hidden, &free);
        if free.iter().filter(|free| **free).count() * known.len() > LARGEST {
            return None;
        }
        Attacker::new(&self.sheets[sheet], known.iter().map(Vec::as_slice))
    }

    /// The smallest and the largest count that an attacker who sees all shown cells must think
    /// possible. `None` when the table is too large to tell.
    pub fn bounds(&self, hidden: &[Hidden], cell: usize) -> Option<Bounds> {
        if hidden[cell] == Hidden::No {
            return Some(Bounds { low: self.all[cell], high: Some(self.all[cell]) });
        }
        let free = self.free(hidden);
        let mut sum = Bounds { low: self.all[cell], high: Some(self.all[cell]) };
        for (sheet, sums) in self.sheets.iter().zip(0..) {
            let unseen = self.unseen(cell, &free);
            let own: u64 = unseen.iter().map(|micro| sheet[*micro]).sum();
            let found = self.attacker(hidden, sums)?.bounds(&unseen)?;
            sum.low = sum.low - own + found.low;
            sum.high = sum.high.zip(found.high).map(|(sum, high)| sum - own + high);
        }
        Some(sum)
    }
}
