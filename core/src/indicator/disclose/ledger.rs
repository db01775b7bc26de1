//! The ledger: everything that was released of a wave, and the decision about what is asked next.
//!
//! A table may be safe in itself and give somebody away beside an earlier one. So each released
//! count is kept as a line: who was counted, by codes. Over the micro cells of the wave a line is
//! a row of zeros and ones, and a request is decided on all rows together. A decision depends on
//! what the ledger holds and on what is asked, not on the order in which it is asked.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    attacker::Attacker,
    exchange::Exchanges,
    noise::Epsilon,
    span::{Confined, Span},
};
use crate::text::Localized;

/// Who is counted: the units that have, of each variable named, one of the codes named.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Line {
    /// Codes by variable.
    pub who: BTreeMap<String, BTreeSet<String>>,
    /// It counts those of a shown group who gave an answer, or any: it may be small where the group is not.
    pub answer: bool,
}

/// How many units of a wave have which codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MicroTable {
    variables: Vec<String>,
    counts: Vec<(Vec<String>, u64)>,
}

impl MicroTable {
    /// Takes variables and the counts of their codes, in the order of the variables.
    pub fn new(variables: Vec<String>, counts: BTreeMap<Vec<String>, u64>) -> Self {
        Self { variables, counts: counts.into_iter().collect() }
    }

    /// How many units a line counts.
    pub fn count(&self, line: &Line) -> u64 {
        let wanted = self.wanted(line);
        let count = |wanted: &[_]| {
            self.counts.iter().filter(|(codes, _)| counts(wanted, codes)).map(|(_, count)| count).sum()
        };
        wanted.map_or(0, |wanted| count(&wanted))
    }

    /// The codes that a line wants, by the place of their variable. `None` for an unknown variable.
    fn wanted<'l>(&self, line: &'l Line) -> Option<Vec<(usize, &'l BTreeSet<String>)>> {
        let place = |variable: &String| self.variables.iter().position(|known| known == variable);
        line.who.iter().map(|(variable, codes)| Some((place(variable)?, codes))).collect()
    }
}

/// True where a line counts the units with these codes.
fn counts(wanted: &[(usize, &BTreeSet<String>)], codes: &[String]) -> bool {
    wanted.iter().all(|(place, wanted)| codes.get(*place).is_some_and(|code| wanted.contains(code)))
}

/// What shall be released at once: all of it or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Counts that are shown.
    pub shown: BTreeSet<Line>,
    /// Counts that stay hidden, with the width that their intervals must keep.
    pub hidden: BTreeMap<Line, u64>,
    /// Groups of fewer units must not follow: 10 persons, 3 companies.
    pub smallest: u64,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may leave, and the ledger has it.
    Released,
    /// It may not leave, and the ledger is as before.
    Refused {
        /// Why, in words.
        reason: Localized,
    },
}

/// Everything that was released of a wave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Ledger {
    shown: BTreeSet<Line>,
    hidden: BTreeMap<Line, u64>,
    spent: Epsilon,
}

/// JSON knows no objects with structured keys.
#[derive(Serialize, Deserialize)]
struct Stored {
    shown: BTreeSet<Line>,
    hidden: Vec<(Line, u64)>,
    #[serde(default)]
    spent: Epsilon,
}

impl From<Stored> for Ledger {
    fn from(stored: Stored) -> Self {
        Self { shown: stored.shown, hidden: stored.hidden.into_iter().collect(), spent: stored.spent }
    }
}

impl From<Ledger> for Stored {
    fn from(ledger: Ledger) -> Self {
        Self { shown: ledger.shown, hidden: ledger.hidden.into_iter().collect(), spent: ledger.spent }
    }
}

/// Why something may not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Small,
    Narrow,
    Contradicts,
    Unknown,
    TooLarge,
}

impl Refusal {
    fn reason(self) -> Localized {
        let (ja, en) = match self {
            Self::Small => (
                "公表済みの表と組み合わせると、少人数の回答が引き算で分かるため、出せません",
                "together with what was released before, it would tell the count of a group that is too small",
            ),
            Self::Narrow => (
                "公表済みの表と組み合わせると、秘匿した数の範囲が狭くなりすぎるため、出せません",
                "together with what was released before, it would narrow a hidden count down too far",
            ),
            Self::Contradicts => (
                "秘匿した数を含むため、出せません",
                "it would show a count that is hidden elsewhere, or hide one that was shown",
            ),
            Self::Unknown => (
                "この調査で集計していない区分のため、出せません",
                "it asks for a variable that this wave does not have",
            ),
            Self::TooLarge => (
                "安全かどうかを確かめきれないため、出せません",
                "it is too large to be sure that nobody can be found in it",
            ),
        };
        Localized::of([("ja", ja), ("en", en)])
    }
}

impl Ledger {
    /// True for a count that was released.
    pub fn shows(&self, line: &Line) -> bool {
        self.shown.contains(line)
    }

    /// True for a count that must stay hidden.
    pub fn hides(&self, line: &Line) -> bool {
        self.hidden.contains_key(line)
    }

    /// True when a request was released before, as a whole.
    pub fn holds(&self, request: &Request) -> bool {
        request.shown.is_subset(&self.shown) && request.hidden.keys().all(|line| self.hides(line))
    }

    /// How many counts were released.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// True before anything was released.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Takes the privacy loss of noisy counts from the budget of the wave. False, and nothing is
    /// taken, when the budget is not enough: losses add up (sequential composition).
    pub fn spend(&mut self, loss: Epsilon, budget: Epsilon) -> bool {
        let spent = self.spent.0.checked_add(loss.0).filter(|spent| *spent <= budget.0);
        if let Some(spent) = spent {
            self.spent = Epsilon(spent);
        }
        spent.is_some()
    }

    /// Decides on a request, and takes it in when it may leave.
    ///
    /// Refused is what would let the count of a group that is too small, or a hidden count, follow
    /// from all that was released, or bring the interval of a hidden count under its width.
    pub fn admit(&mut self, micro: &MicroTable, request: &Request) -> Decision {
        if self.holds(request) {
            return Decision::Released;
        }
        let mut next = self.clone();
        next.shown.extend(request.shown.iter().cloned());
        for (line, width) in &request.hidden {
            let known = next.hidden.entry(line.clone()).or_default();
            *known = (*known).max(*width);
        }
        match next.refusal(micro, request) {
            Some(refusal) => Decision::Refused { reason: refusal.reason() },
            None => {
                *self = next;
                Decision::Released
            }
        }
    }

    fn refusal(&self, micro: &MicroTable, request: &Request) -> Option<Refusal> {
        if self.shown.iter().any(|line| self.hides(line)) {
            return Some(Refusal::Contradicts);
        }
        let Some(atoms) = Atoms::of(self, micro) else { return Some(Refusal::Unknown) };
        let mut span = Span::new();
        for row in &atoms.shown {
            span.insert(&row.cells);
        }
        let mut hidden = atoms.hidden.iter().map(|(row, _)| &row.cells);
        if atoms.tells_a_small_group(request.smallest) || hidden.any(|cells| span.contains(cells)) {
            return Some(Refusal::Small);
        }
        atoms.narrow()
    }
}

/// A line over the atoms, in order.
struct Row<'l> {
    line: &'l Line,
    cells: Vec<usize>,
}

/// Micro cells that no line tells apart, taken together.
struct Atoms<'l> {
    counts: Vec<u64>,
    shown: Vec<Row<'l>>,
    /// Hidden counts of somebody, with their widths.
    hidden: Vec<(Row<'l>, u64)>,
}

impl<'l> Atoms<'l> {
    /// `None` when a line names a variable that the wave does not have.
    fn of(ledger: &'l Ledger, micro: &MicroTable) -> Option<Self> {
        let lines = ledger.shown.iter().chain(ledger.hidden.keys());
        let lines: Vec<_> = lines.map(|line| micro.wanted(line)).collect::<Option<_>>()?;
        let mut alike: BTreeMap<Vec<bool>, u64> = BTreeMap::new();
        for (codes, count) in &micro.counts {
            let marks: Vec<bool> = lines.iter().map(|wanted| counts(wanted, codes)).collect();
            if marks.contains(&true) {
                *alike.entry(marks).or_default() += count;
            }
        }
        let row = |place: usize, line: &'l Line| {
            let cells = alike.keys().enumerate().filter(|(_, marks)| marks[place]).map(|(atom, _)| atom);
            Row { line, cells: cells.collect() }
        };
        let shown: Vec<Row<'l>> =
            ledger.shown.iter().enumerate().map(|(place, line)| row(place, line)).collect();
        let hidden = ledger.hidden.iter().enumerate();
        let hidden = hidden.map(|(place, (line, width))| (row(shown.len() + place, line), *width));
        let hidden = hidden.filter(|(row, _)| !row.cells.is_empty()).collect();
        Some(Self { counts: alike.values().copied().collect(), shown, hidden })
    }

    fn sum(&self, cells: &[usize]) -> u64 {
        cells.iter().map(|cell| self.counts[*cell]).sum()
    }

    /// True when the count of some group of fewer units follows from the shown groups, whoever they
    /// are. What units answered does not matter here: shares of 4 % are shown, so those of a shown
    /// group who gave an answer may be few.
    fn tells_a_small_group(&self, smallest: u64) -> bool {
        let groups: Vec<&Row<'_>> = self.shown.iter().filter(|row| !row.line.answer).collect();
        let mut marks = vec![Vec::new(); self.counts.len()];
        for (place, row) in groups.iter().enumerate() {
            row.cells.iter().for_each(|cell| marks[*cell].push(place));
        }
        let mut alike: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
        for (marks, count) in marks.into_iter().zip(&self.counts).filter(|(marks, _)| !marks.is_empty()) {
            *alike.entry(marks).or_default() += count;
        }
        let marks: Vec<Vec<usize>> = alike.keys().cloned().collect();
        let exchanges = Exchanges::new(&marks);
        let is_open = |(cell, (_, count)): (usize, &(Vec<usize>, u64))| {
            *count < smallest && !exchanges.is_in_a_crowd(cell, *count, smallest)
        };
        let all: Vec<(Vec<usize>, u64)> = alike.into_iter().collect();
        let open: Vec<bool> = all.iter().enumerate().map(is_open).collect();
        let (open, units): (Vec<_>, Vec<_>) = all.into_iter().zip(open).partition(|(_, open)| *open);
        let first = units.len();
        let units: Vec<(Vec<usize>, u64)> = units.into_iter().chain(open).map(|(unit, _)| unit).collect();
        let counts: Vec<u64> = units.iter().map(|(_, count)| *count).collect();
        let row = |place: usize| {
            let holds = |(at, (marks, _)): (usize, &(Vec<usize>, u64))| marks.contains(&place).then_some(at);
            units.iter().enumerate().filter_map(holds).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<usize>> = (0..groups.len()).map(row).collect();
        Confined::new(&rows, first).has_a_group(&counts, smallest)
    }

    /// Whether a hidden count is known too well.
    fn narrow(&self) -> Option<Refusal> {
        let mut open: Vec<_> = self.hidden.iter().collect();
        let alike = self.alike();
        let marks = self.marks();
        let exchanges = Exchanges::new(&marks);
        open.retain(|(row, width)| {
            let own = self.sum(&row.cells);
            !self.is_wide_within(&row.cells, *width, &alike)
                && !exchanges.reach(&self.counts, &row.cells, *width).is_enough(*width, own)
        });
        if open.is_empty() {
            return None;
        }
        let shown = || self.shown.iter().map(|row| row.cells.as_slice());
        let Some(mut attacker) = Attacker::new(&self.counts, shown()) else { return Some(Refusal::TooLarge) };
        for (row, width) in open {
            match attacker.is_wide(&row.cells, *width, self.sum(&row.cells)) {
                Some(true) => {}
                Some(false) => return Some(Refusal::Narrow),
                None => return Some(Refusal::TooLarge),
            }
        }
        None
    }

    /// The shown lines of each atom.
    fn marks(&self) -> Vec<Vec<usize>> {
        let mut marks = vec![Vec::new(); self.counts.len()];
        for (place, row) in self.shown.iter().enumerate() {
            row.cells.iter().for_each(|cell| marks[*cell].push(place));
        }
        marks
    }

    /// Atoms that no shown line tells apart.
    fn alike(&self) -> Vec<Vec<usize>> {
        let mut alike: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for (cell, marks) in self.marks().into_iter().enumerate() {
            alike.entry(marks).or_default().push(cell);
        }
        alike.into_values().collect()
    }

    /// True when units that no shown line tells apart make a hidden count wide enough: any of them
    /// may be in the group or outside of it. Most hidden cells are proved wide this way; linear
    /// programs are solved for the rest.
    fn is_wide_within(&self, cells: &[usize], width: u64, alike: &[Vec<usize>]) -> bool {
        let (mut low, mut high) = (0_u64, 0_u64);
        for class in alike {
            let inside: Vec<usize> =
                class.iter().filter(|cell| cells.binary_search(cell).is_ok()).copied().collect();
            if inside.len() == class.len() {
                low += self.sum(&inside);
            }
            if !inside.is_empty() {
                high += self.sum(class);
            }
        }
        high - low >= width && (low == 0 || low < self.sum(cells))
    }
}
