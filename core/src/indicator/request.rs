//! What a tile or a table asks of the ledger: who would be counted, and who must stay hidden.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    count::{Counter, Row},
    definition::{Definition, Disaggregation, Measure, Sensitivity},
    disclose::{CountTable, Cube, Dimension, Hidden, Ledger, Line, MicroTable, Request},
    figure::{Evidence, Wave, evidence},
    issue::IndicatorIssue,
    suppress::{Verdict, verdict},
    tally::{CellKey, Tally},
};

/// Codes of the variable that says what a unit answered to an indicator.
const OUTSIDE: &str = "-";
const MISSING: &str = "?";
const NO: &str = "0";
const YES: &str = "1";

/// The variable of an indicator's answers: another definition is another variable.
fn answers_of(definition: &Definition) -> String {
    format!("answer {}", definition.fingerprint())
}

/// The variable of a population, shared by all indicators over it; none where all are counted.
fn population_of(definition: &Definition) -> Option<String> {
    definition.population.as_ref().map(|population| format!("population {population}"))
}

/// The variable of a breakdown, shared by all indicators that have it.
fn group_of(by: &Disaggregation) -> String {
    format!("by {}", by.expression)
}

/// The lines of one cell.
struct Lines {
    /// Everybody in the group, valid answer or not.
    persons: Line,
    /// Those with a valid answer, and of them those with y ≠ 0 and with y = 0.
    answered: Line,
    yes: Line,
    no: Line,
}

/// Lines of the group with these codes.
fn lines(definition: &Definition, groups: &[(&Disaggregation, &str)]) -> Lines {
    let one = |code: &str| BTreeSet::from([code.to_owned()]);
    let mut who: BTreeMap<String, BTreeSet<String>> =
        groups.iter().map(|(by, code)| (group_of(by), one(code))).collect();
    who.extend(population_of(definition).map(|population| (population, one(YES))));
    let said = |codes: &[&str]| {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        let mut who = who.clone();
        who.insert(answers_of(definition), codes);
        Line { who, answer: true }
    };
    let (answered, yes, no) = (said(&[NO, YES]), said(&[YES]), said(&[NO]));
    Lines { persons: Line { who, answer: false }, answered, yes, no }
}

/// True for a share: how many said yes can be told from it.
fn is_share(definition: &Definition) -> bool {
    matches!(definition.measure, Measure::Proportion { .. })
}

/// Adds what a shown or a hidden cell means to a request.
fn put(
    request: &mut Request,
    (definition, ledger): (&Definition, &Ledger),
    lines: Lines,
    hidden: Hidden,
    evidence: &Evidence,
    totals: [u64; 2],
) {
    let width = definition.smallest_cell;
    match hidden {
        Hidden::No if evidence.counted == 0 => {}
        Hidden::No => {
            request.shown.extend([lines.persons, lines.answered]);
            request.shown.extend(is_share(definition).then_some(lines.yes));
        }
        Hidden::Primary | Hidden::Complement => {
            let few = evidence.counted + evidence.missing < width || hidden == Hidden::Complement;
            // Another indicator may have shown how many they are; who of them answered stays hidden.
            if few && !ledger.shows(&lines.persons) {
                request.hidden.insert(lines.persons, width);
            }
            request.hidden.insert(lines.answered, width);
            if hidden == Hidden::Primary && is_share(definition) {
                request.hidden.extend([(lines.yes, width.min(totals[0])), (lines.no, width.min(totals[1]))]);
            }
        }
    }
}

/// Asks for the number of a wave as a whole.
pub(super) fn of_total(definition: &Definition, wave: &Wave<'_>) -> Request {
    let mut request = Request { smallest: definition.smallest_cell, ..Request::default() };
    let evidence = evidence(wave.tally, &|_| true);
    if definition.sensitivity != Sensitivity::Register {
        let hidden =
            if verdict(definition, &evidence) == Verdict::Hide { Hidden::Primary } else { Hidden::No };
        let totals = [evidence.nonzero, evidence.counted - evidence.nonzero];
        put(&mut request, (definition, wave.ledger), lines(definition, &[]), hidden, &evidence, totals);
    }
    request
}

/// True when the number of a wave as a whole may be shown.
pub(super) fn is_released(definition: &Definition, wave: &Wave<'_>) -> bool {
    wave.ledger.holds(&of_total(definition, wave))
}

/// One side of a table as the ledger sees it: a breakdown and its codes without the total.
pub(super) type Codes<'d> = (&'d Disaggregation, &'d [String]);

/// Hides small cells and what would give them away beside what the ledger has, and asks for the
/// rest. Cells are numbered with the total last, the last side fastest; `at` counts one.
pub(super) fn of_table(
    definition: &Definition,
    ledger: &Ledger,
    sides: &[Codes<'_>],
    at: &dyn Fn(&[usize]) -> Evidence,
) -> (Vec<Hidden>, Request) {
    let mut request = Request { smallest: definition.smallest_cell, ..Request::default() };
    let dimensions: Vec<Dimension> =
        sides.iter().map(|(by, codes)| Dimension::of_classes(&by.id, codes)).collect();
    let Ok(cube) = Cube::new(dimensions) else { return (Vec::new(), request) };
    let found: Vec<Evidence> = (0..cube.cells()).map(|cell| at(&cube.codes(cell))).collect();
    if definition.sensitivity == Sensitivity::Register {
        return (vec![Hidden::No; cube.cells()], request);
    }
    let lines_of = |cell: usize| {
        let codes = cube.codes(cell);
        let groups =
            sides.iter().zip(codes).filter_map(|((by, list), code)| Some((*by, list.get(code)?.as_str())));
        lines(definition, &groups.collect::<Vec<_>>())
    };
    let micro = |count: fn(&Evidence) -> u64| {
        (0..cube.micro_cells()).map(|micro| count(&found[cube.cell_of_micro(micro)])).collect::<Vec<_>>()
    };
    let (yes, no) = (micro(|cell| cell.nonzero), micro(|cell| cell.counted - cell.nonzero));
    let totals = [yes.iter().sum(), no.iter().sum()];
    let sheets = if is_share(definition) { vec![yes, no] } else { vec![micro(|cell| cell.counted)] };
    let mut start = Vec::with_capacity(found.len());
    let mut published = Vec::with_capacity(found.len());
    for (cell, evidence) in found.iter().enumerate() {
        let lines = lines_of(cell);
        let hides = ledger.hides(&lines.persons) || ledger.hides(&lines.answered);
        published.push(ledger.shows(&lines.answered) || evidence.counted == 0);
        start.push(match (verdict(definition, evidence), hides) {
            (Verdict::Hide, _) => Hidden::Primary,
            (_, true) => Hidden::Complement,
            _ => Hidden::No,
        });
    }
    let is_decided =
        published.iter().zip(&start).all(|(published, start)| *published || *start != Hidden::No);
    let hidden = match CountTable::new(&cube, sheets, definition.smallest_cell) {
        Ok(table) if !is_decided => table.with_published(published).protect(&start),
        _ => start,
    };
    for (cell, evidence) in found.iter().enumerate() {
        put(&mut request, (definition, ledger), lines_of(cell), hidden[cell], evidence, totals);
    }
    (hidden, request)
}

/// Counts the micro cells of a wave: what each unit answered to every indicator and which groups
/// it belongs to. The definitions count the same units: one form, one repeat.
#[derive(Debug, Clone)]
pub struct MicroCount {
    counters: Vec<(Counter, Vec<usize>)>,
    variables: Vec<String>,
    counts: BTreeMap<Vec<String>, u64>,
}

impl MicroCount {
    /// Parses the expressions of the definitions.
    ///
    /// # Errors
    /// An [`IndicatorIssue`] for each expression that does not parse.
    pub fn new<'d>(
        definitions: impl IntoIterator<Item = &'d Definition>,
    ) -> Result<Self, Vec<IndicatorIssue>> {
        let mut new = Self { counters: Vec::new(), variables: Vec::new(), counts: BTreeMap::new() };
        for definition in definitions {
            let mut places = Vec::new();
            for variable in variables_of(definition) {
                let known = new.variables.iter().position(|known| *known == variable);
                places.push(known.unwrap_or(new.variables.len()));
                if known.is_none() {
                    new.variables.push(variable);
                }
            }
            new.counters.push((Counter::compile(definition)?, places));
        }
        Ok(new)
    }

    /// Counts the units of a response. One that an indicator cannot count is outside of it there.
    pub fn add(&mut self, row: &Row<'_>) {
        let mut units: Vec<Vec<String>> = Vec::new();
        for (counter, places) in &self.counters {
            for (at, unit) in counter.units(row).unwrap_or_default().into_iter().enumerate() {
                let weighted = unit.weight > 0.0;
                let answer = match (unit.value.filter(|_| weighted), unit.missing && weighted) {
                    (Some(value), _) if value.y == 0.0 => NO,
                    (Some(_), _) => YES,
                    (None, true) => MISSING,
                    (None, false) => OUTSIDE,
                };
                let inside = if answer == OUTSIDE { NO } else { YES };
                if units.len() <= at {
                    units.push(vec![OUTSIDE.to_owned(); self.variables.len()]);
                }
                let codes = [answer.to_owned(), inside.to_owned()].into_iter().chain(unit.groups);
                for (place, code) in places.iter().zip(codes) {
                    units[at][*place] = code;
                }
            }
        }
        for unit in units {
            *self.counts.entry(unit).or_default() += 1;
        }
    }

    /// What was counted.
    pub fn table(self) -> MicroTable {
        MicroTable::new(self.variables, self.counts)
    }
}

/// Answers, population and groups, in this order.
fn variables_of(definition: &Definition) -> Vec<String> {
    let population = population_of(definition).unwrap_or_else(|| "population".to_owned());
    let groups = definition.disaggregations.iter().map(group_of);
    [answers_of(definition), population].into_iter().chain(groups).collect()
}

impl MicroTable {
    /// The micro cells that one indicator tells apart, from its tally.
    pub fn of_tally(definition: &Definition, tally: &Tally) -> Self {
        let mut counts: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        for (CellKey { groups, .. }, cell) in tally.cells() {
            let outside = cell.rows - cell.counted - cell.missing;
            let answers = [
                (YES, cell.nonzero),
                (NO, cell.counted - cell.nonzero),
                (MISSING, cell.missing),
                (OUTSIDE, outside),
            ];
            for (answer, count) in answers.into_iter().filter(|(_, count)| *count > 0) {
                let inside = if answer == OUTSIDE { NO } else { YES };
                let codes = [answer.to_owned(), inside.to_owned()].into_iter().chain(groups.iter().cloned());
                *counts.entry(codes.collect()).or_default() += count;
            }
        }
        Self::new(variables_of(definition), counts)
    }
}
