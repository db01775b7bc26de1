//! Complementary suppression: what must be hidden so that a hidden cell cannot be found.
//!
//! Whole rows (totals) are the last to be hidden, then large cells. Cells are added box by box,
//! the cheapest first, until every hidden cell can be thought to be wide enough; then those
//! that turn out not to be needed are shown again. At the end exact elimination is asked once
//! more whether a hidden cell follows from the shown ones.

use std::collections::BTreeMap;

use super::{
    attacker::Attacker,
    boxes::Reach,
    counts::{CountTable, Hidden},
    fewest,
    span::Span,
};

/// What a hidden cell's safety rests on.
#[derive(Debug, Clone)]
enum Witness {
    /// Boxes that change these cells.
    Boxes(Vec<usize>),
    /// A linear program over all hidden cells.
    Program,
}

/// A table while it is being protected.
pub(super) struct Pattern<'t> {
    table: &'t CountTable<'t>,
    pub(super) hidden: Vec<Hidden>,
    free: Vec<bool>,
    /// One for each sheet, made when first asked; none where the table is too large.
    attackers: Option<Vec<Option<Attacker>>>,
    witnesses: BTreeMap<usize, Witness>,
}

impl CountTable<'_> {
    /// Hides complementary cells until no hidden cell can be found or narrowed down: every hidden
    /// cell keeps an interval of the table's width that holds 0 or less than its own count.
    /// `start` has the cells that must be hidden for themselves, and those that were hidden before.
    /// Where cells were published before ([`CountTable::with_published`]) that may not be reached:
    /// the ledger refuses the table then.
    pub fn protect(&self, start: &[Hidden]) -> Vec<Hidden> {
        let nothing =
            |(cell, hidden): (usize, &Hidden)| if self.all[cell] > 0 { *hidden } else { Hidden::No };
        let start: Vec<Hidden> = start.iter().enumerate().map(nothing).collect();
        let mut pattern = Pattern::new(self, start.clone());
        let mut open = pattern.hidden_cells();
        loop {
            pattern.widen_all(&open);
            // A witness is a proof already; in doubt about either, more is hidden.
            open = pattern.found_by_elimination();
            if open.is_empty() || !open.iter().any(|cell| pattern.hide_a_box(*cell)) {
                break;
            }
        }
        pattern.show_what_is_not_needed(&start);
        fewest::improve(self, &start, pattern.hidden)
    }

    /// True when a hidden cell can neither be found nor be narrowed down.
    pub fn is_safe(&self, hidden: &[Hidden], cell: usize) -> bool {
        Pattern::new(self, hidden.to_vec()).is_wide(cell)
    }

    /// The hidden cells whose counts follow from those shown, by exact elimination.
    pub fn found_exactly(&self, hidden: &[Hidden]) -> Vec<usize> {
        Pattern::new(self, hidden.to_vec()).found_by_elimination()
    }
}

impl<'t> Pattern<'t> {
    pub(super) fn new(table: &'t CountTable<'t>, hidden: Vec<Hidden>) -> Self {
        let free = table.free(&hidden);
        Self { table, hidden, free, attackers: None, witnesses: BTreeMap::new() }
    }

    pub(super) fn hidden_cells(&self) -> Vec<usize> {
        (0..self.hidden.len()).filter(|cell| self.hidden[*cell] != Hidden::No).collect()
    }

    fn set(&mut self, cell: usize, hidden: Hidden) {
        self.hidden[cell] = hidden;
        self.free = self.table.free(&self.hidden);
        self.attackers = None;
    }

    /// Hides boxes until each of these cells, and each that is hidden on the way, is wide.
    fn widen_all(&mut self, cells: &[usize]) {
        let mut open = cells.to_vec();
        while !open.is_empty() {
            for cell in open {
                while !self.is_wide(cell) && self.hide_a_box(cell) {}
            }
            open = self.hidden_cells();
            open.retain(|cell| !self.witnesses.contains_key(cell));
            // What cannot be widened any more stands beside nothing that is shown.
            if open.iter().all(|cell| !self.is_wide(*cell) && self.cheapest_box(*cell).is_none()) {
                break;
            }
        }
    }

    /// Looks for other tables that an attacker must think possible, by boxes first.
    pub(super) fn is_wide(&mut self, cell: usize) -> bool {
        let (table, mut used) = (self.table, Vec::new());
        let sheets = 0..table.sheets.len();
        let reached: Vec<Reach> = sheets
            .clone()
            .map(|sheet| table.reach(&self.hidden, &self.free, (cell, sheet), table.need(sheet), &mut used))
            .collect();
        let is_primary = self.hidden[cell] == Hidden::Primary;
        let own = |sheet: usize| table.sums[sheet][cell];
        let by_boxes = if is_primary {
            sheets.clone().all(|sheet| reached[sheet].is_enough(table.need(sheet), own(sheet)))
        } else {
            // Who answered what in a large group is no secret; how many they are gives others away.
            let sum = |part: fn(&Reach) -> u64| reached.iter().map(part).fold(0, u64::saturating_add);
            Reach { down: sum(|reach| reach.down), up: sum(|reach| reach.up) }
                .is_enough(table.width, table.all[cell])
        };
        let witness = if by_boxes {
            used.sort_unstable();
            used.dedup();
            Witness::Boxes(used)
        } else {
            let mut wide = sheets.map(|sheet| {
                let need = if is_primary { table.need(sheet) } else { table.width };
                reached[sheet].is_enough(need, own(sheet)) || self.is_wide_by_program(cell, sheet, need)
            });
            let holds = if is_primary { wide.all(|wide| wide) } else { wide.any(|wide| wide) };
            if !holds {
                self.witnesses.remove(&cell);
                return false;
            }
            Witness::Program
        };
        self.witnesses.insert(cell, witness);
        true
    }

    fn is_wide_by_program(&mut self, cell: usize, sheet: usize, need: u64) -> bool {
        let (table, hidden) = (self.table, &self.hidden);
        let attackers = self.attackers.get_or_insert_with(|| {
            (0..table.sheets.len()).map(|sheet| table.attacker(hidden, sheet)).collect()
        });
        let Some(attacker) = attackers[sheet].as_mut() else { return false };
        let unseen = table.unseen(cell, &self.free);
        let own = unseen.iter().map(|micro| table.sheets[sheet][*micro]).sum();
        // After a search that was given up the tableau is no longer one.
        let wide = attacker.is_wide(&unseen, need, own);
        if wide.is_none() {
            attackers[sheet] = None;
        }
        wide.unwrap_or(false)
    }

    /// The box that widens a cell at the lowest price.
    fn cheapest_box(&self, cell: usize) -> Option<Vec<usize>> {
        let table = self.table;
        let mut best: Option<(u64, Vec<usize>)> = None;
        for (ends, corners) in table.boxes(cell) {
            let mut fresh = table.changed(ends);
            fresh.retain(|cell| self.hidden[*cell] == Hidden::No);
            if fresh.is_empty() || fresh.iter().any(|cell| table.published[*cell]) {
                continue;
            }
            // Too little room means that another box will be needed as well.
            let missing = |sheet: &usize| {
                !corners.room(&table.sheets[*sheet]).is_enough(table.need(*sheet), table.sums[*sheet][cell])
            };
            let times = 1 + (0..table.sheets.len()).filter(missing).count() as u64;
            let price = fresh.iter().map(|cell| table.prices[*cell]).fold(0, u64::saturating_add);
            let price = price.saturating_mul(times);
            if best.as_ref().is_none_or(|(least, _)| price < *least) {
                best = Some((price, fresh));
            }
        }
        best.map(|(_, cells)| cells)
    }

    /// Hides the cheapest box; false when nothing is left to hide.
    fn hide_a_box(&mut self, cell: usize) -> bool {
        let Some(fresh) = self.cheapest_box(cell) else { return false };
        for cell in fresh {
            self.hidden[cell] = Hidden::Complement;
        }
        self.free = self.table.free(&self.hidden);
        self.attackers = None;
        true
    }

    /// Shows complementary cells again, the dearest first, where all hidden cells stay wide.
    fn show_what_is_not_needed(&mut self, start: &[Hidden]) {
        let mut extra = self.hidden_cells();
        extra.retain(|cell| start[*cell] == Hidden::No);
        extra.sort_by_key(|cell| std::cmp::Reverse(self.table.prices[*cell]));
        for shown in extra {
            let (before, witnesses) = (self.hidden[shown], self.witnesses.clone());
            self.set(shown, Hidden::No);
            self.witnesses.remove(&shown);
            let rests_on_it = |witness: &Witness| match witness {
                Witness::Boxes(cells) => cells.binary_search(&shown).is_ok(),
                Witness::Program => true,
            };
            let touched: Vec<usize> = witnesses
                .iter()
                .filter(|(cell, witness)| **cell != shown && rests_on_it(witness))
                .map(|(cell, _)| *cell)
                .collect();
            if !touched.into_iter().all(|cell| self.is_wide(cell)) {
                self.set(shown, before);
                self.witnesses = witnesses;
            }
        }
    }

    /// Hidden cells that follow from shown ones.
    fn found_by_elimination(&self) -> Vec<usize> {
        let mut span = Span::new();
        for known in self.table.known_sums(&self.hidden, &self.free) {
            span.insert(&known);
        }
        let follows = |cell: &usize| span.contains(&self.table.unseen(*cell, &self.free));
        self.hidden_cells().into_iter().filter(follows).collect()
    }
}
