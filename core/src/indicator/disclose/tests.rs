//! Attacks on released tables, by code that shares nothing with the engine: dense elimination in
//! fractions of 128 bits, and a two-phase simplex in floating point.

use proptest::prelude::*;

use super::{CountTable, Cube, Dimension, Hidden};

/// What is known: sums of micro cells, each with its count.
struct Knowledge {
    micro: usize,
    sums: Vec<(Vec<usize>, u64)>,
}

impl Knowledge {
    /// Every shown cell of a table, on one sheet.
    fn of(cube: &Cube, sheet: &[u64], hidden: &[Hidden]) -> Self {
        let counts = cube.add_up(sheet).expect("as many as micro cells");
        let sums = (0..cube.cells())
            .filter(|cell| hidden[*cell] == Hidden::No)
            .map(|cell| (cube.micro_cells_of(cell), counts[cell]))
            .collect();
        Self { micro: cube.micro_cells(), sums }
    }

    /// True when the sum of `goal` is a combination of known sums. A known 0 says that each of its micro
    /// cells is 0.
    fn tells(&self, goal: &[usize]) -> bool {
        let row = |cells: &[usize]| -> Vec<(i128, i128)> {
            (0..self.micro).map(|at| (i128::from(cells.contains(&at)), 1)).collect()
        };
        let mut rows: Vec<Vec<(i128, i128)>> = Vec::new();
        for (cells, count) in &self.sums {
            rows.push(row(cells));
            if *count == 0 {
                rows.extend(cells.iter().map(|cell| row(&[*cell])));
            }
        }
        let before = rank(rows.clone());
        rows.push(row(goal));
        rank(rows) == before
    }

    /// The least and the largest sum of `goal` over all counts of at least 0 that agree.
    fn interval(&self, goal: &[usize]) -> (f64, f64) {
        let mut zero = vec![false; self.micro];
        for (cells, _) in self.sums.iter().filter(|(_, count)| *count == 0) {
            cells.iter().for_each(|cell| zero[*cell] = true);
        }
        let open: Vec<usize> = (0..self.micro).filter(|cell| !zero[*cell]).collect();
        let line = |cells: &[usize]| -> Vec<f64> {
            open.iter().map(|cell| f64::from(u8::from(cells.contains(cell)))).collect()
        };
        let rows: Vec<Vec<f64>> = self.sums.iter().map(|(cells, _)| line(cells)).collect();
        let sums: Vec<f64> = self.sums.iter().map(|(_, count)| *count as f64).collect();
        let goal = line(goal);
        let least = minimum(&rows, &sums, &goal).unwrap_or(0.0);
        let upside_down: Vec<f64> = goal.iter().map(|price| -price).collect();
        let most = minimum(&rows, &sums, &upside_down).map_or(f64::INFINITY, |least| -least);
        (least, most)
    }
}

/// Rank over the rational numbers.
fn rank(mut rows: Vec<Vec<(i128, i128)>>) -> usize {
    fn lowest((top, bottom): (i128, i128)) -> (i128, i128) {
        let (mut a, mut b) = (top.abs(), bottom.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        (top / a.max(1) * bottom.signum(), bottom.abs() / a.max(1))
    }
    let width = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..width {
        let Some(found) = (rank..rows.len()).find(|row| rows[*row][column].0 != 0) else { continue };
        rows.swap(rank, found);
        let pivot = rows[rank].clone();
        for row in rows.iter_mut().skip(rank + 1).filter(|row| row[column].0 != 0) {
            let factor = lowest((row[column].0 * pivot[column].1, row[column].1 * pivot[column].0));
            for (number, other) in row.iter_mut().zip(&pivot) {
                let taken = (factor.0 * other.0, factor.1 * other.1);
                *number = lowest((number.0 * taken.1 - taken.0 * number.1, number.1 * taken.1));
            }
        }
        rank += 1;
    }
    rank
}

/// min `prices`·x over `rows`·x = `sums`, x ≥ 0. `None` where there is no least.
fn minimum(rows: &[Vec<f64>], sums: &[f64], prices: &[f64]) -> Option<f64> {
    const TINY: f64 = 1e-7;
    let (m, n) = (rows.len(), prices.len());
    // Columns: x, one artificial for each row, the right side.
    let mut tableau: Vec<Vec<f64>> = (0..m)
        .map(|row| {
            let artificial = (0..m).map(|at| f64::from(u8::from(at == row)));
            rows[row].iter().copied().chain(artificial).chain([sums[row]]).collect()
        })
        .collect();
    let mut basis: Vec<usize> = (n..n + m).collect();
    for phase in [1, 2] {
        let price = |column: usize| match phase {
            1 => f64::from(u8::from(column >= n)),
            _ => prices.get(column).copied().unwrap_or(0.0),
        };
        let allowed = if phase == 1 { n + m } else { n };
        loop {
            let reduced = |column: usize| {
                price(column) - (0..m).map(|row| price(basis[row]) * tableau[row][column]).sum::<f64>()
            };
            let Some(entering) = (0..allowed).find(|column| reduced(*column) < -TINY) else { break };
            let ratio = |row: &usize| tableau[*row][n + m] / tableau[*row][entering];
            let leaving = (0..m).filter(|row| tableau[*row][entering] > TINY).min_by(|a, b| {
                let closer = ratio(a).total_cmp(&ratio(b));
                if (ratio(a) - ratio(b)).abs() < TINY { basis[*a].cmp(&basis[*b]) } else { closer }
            })?;
            pivot(&mut tableau, leaving, entering);
            basis[leaving] = entering;
        }
        // An artificial that stayed must not come back.
        for row in 0..m {
            if phase == 1
                && basis[row] >= n
                && let Some(column) = (0..n).find(|column| tableau[row][*column].abs() > TINY)
            {
                pivot(&mut tableau, row, column);
                basis[row] = column;
            }
        }
    }
    let value = |row: usize| prices.get(basis[row]).copied().unwrap_or(0.0) * tableau[row][n + m];
    Some((0..m).map(value).sum())
}

fn pivot(tableau: &mut [Vec<f64>], row: usize, column: usize) {
    let factor = tableau[row][column];
    tableau[row].iter_mut().for_each(|number| *number /= factor);
    let solved = tableau[row].clone();
    for (index, other) in tableau.iter_mut().enumerate() {
        let factor = other[column];
        if index != row && factor != 0.0 {
            other.iter_mut().zip(&solved).for_each(|(number, solved)| *number -= factor * solved);
        }
    }
}

fn classes(id: &str, count: usize) -> Dimension {
    Dimension::of_classes(id, &(0..count).map(|code| code.to_string()).collect::<Vec<_>>())
}

/// Wards in two areas, and the areas in a total.
fn wards(count: usize) -> Dimension {
    let names: Vec<String> = (0..count).map(|ward| format!("w{ward}")).collect();
    let mut codes: Vec<(&str, Option<&str>)> = names
        .iter()
        .enumerate()
        .map(|(ward, name)| (name.as_str(), Some(if ward < 2 { "east" } else { "west" })))
        .collect();
    codes.extend([("east", Some("total")), ("west", Some("total")), ("total", None)]);
    Dimension::new("ward", &codes).expect("a tree")
}

fn small(table: &CountTable<'_>) -> Vec<Hidden> {
    let hidden = |small| if small { Hidden::Primary } else { Hidden::No };
    (0..table.cube.cells()).map(|cell| hidden((1..10).contains(&table.count(cell)))).collect()
}

/// Protects a table of counts and attacks it; what went wrong, in words.
fn attack(cube: &Cube, counts: &[u64]) -> Result<(), String> {
    let table = CountTable::new(cube, vec![counts.to_vec()], 10).expect("as many as micro cells");
    let hidden = table.protect(&small(&table));
    let known = Knowledge::of(cube, counts, &hidden);
    for cell in (0..cube.cells()).filter(|cell| hidden[*cell] != Hidden::No) {
        let (micro, own) = (cube.micro_cells_of(cell), table.count(cell) as f64);
        if known.tells(&micro) {
            return Err(format!("cell {cell} of {own} is found: {hidden:?}"));
        }
        let (low, high) = known.interval(&micro);
        if high - low < 10.0 - 1e-6 || (own > 0.0 && low > own - 1e-6) {
            return Err(format!("cell {cell} of {own} is in {low}..{high}: {hidden:?}"));
        }
    }
    Ok(())
}

/// A table as in sdc_reference.json: rows of counts, both totals shown.
fn two_sided(rows: &[&[u64]]) -> (Cube, Vec<u64>) {
    let columns = rows.first().map_or(0, |row| row.len());
    let cube = Cube::new(vec![classes("row", rows.len()), classes("column", columns)]);
    (cube.expect("two dimensions"), rows.concat())
}

/// The fewest complementary cells by exhaustive search (HiGHS): 3, 2, 2, 2, 2.
#[test]
fn as_few_cells_are_hidden_as_an_exhaustive_search_hides() {
    let tables: [(&[&[u64]], usize); 5] = [
        (&[&[30, 4, 26], &[22, 41, 37], &[18, 25, 50]], 3),
        (&[&[30, 4, 6, 26], &[22, 41, 37, 19], &[18, 25, 50, 44]], 2),
        (&[&[30, 4, 26], &[22, 41, 7], &[18, 25, 50]], 2),
        (&[&[3, 7, 40], &[8, 2, 36], &[25, 31, 44]], 2),
        (&[&[58, 32], &[44, 36], &[15, 45], &[3, 9]], 2),
    ];
    for (rows, fewest) in tables {
        let (cube, counts) = two_sided(rows);
        let table = CountTable::new(&cube, vec![counts], 10).expect("as many as micro cells");
        let hidden = table.protect(&small(&table));
        let extra = hidden.iter().filter(|hidden| **hidden == Hidden::Complement).count();
        assert_eq!(extra, fewest, "{rows:?} {hidden:?}");
    }
}

#[test]
fn a_row_with_one_small_cell_alone_gives_up_its_total() {
    let (cube, counts) = two_sided(&[&[0, 6, 0], &[22, 41, 37], &[18, 25, 50]]);
    let table = CountTable::new(&cube, vec![counts.clone()], 10).expect("as many as micro cells");
    let hidden = table.protect(&small(&table));
    assert_ne!(hidden[cube.cell(&[0, 3])], Hidden::No);
    attack(&cube, &counts).expect("nothing is found");
}

#[test]
fn an_attacker_breaks_a_table_whose_small_cells_alone_are_hidden() {
    let (cube, counts) = two_sided(&[&[30, 4, 26], &[22, 41, 37], &[18, 25, 50]]);
    let table = CountTable::new(&cube, vec![counts.clone()], 10).expect("as many as micro cells");
    let hidden = small(&table);
    let known = Knowledge::of(&cube, &counts, &hidden);
    assert!(known.tells(&[1]), "the attack finds what it can find");
    assert!((known.interval(&[1]).0 - 4.0).abs() < 1e-6 && (known.interval(&[1]).1 - 4.0).abs() < 1e-6);
    assert_eq!(table.found_exactly(&hidden), [1]);
}

/// 29 to 80 % of small cells that are hidden alone are found (sdc_reference.json).
#[test]
fn a_small_answer_in_a_small_group_is_not_found_through_the_shares() {
    let cube = Cube::new(vec![classes("size", 4)]).expect("one dimension");
    let (yes, no) = (vec![3, 12, 30, 8], vec![5, 22, 41, 30]);
    let table = CountTable::new(&cube, vec![yes.clone(), no.clone()], 10).expect("four");
    let hidden = table.protect(&small(&table));
    assert_eq!(hidden[0], Hidden::Primary);
    for sheet in [&yes, &no] {
        let known = Knowledge::of(&cube, sheet, &hidden);
        let (low, high) = known.interval(&[0]);
        assert!(high - low >= 10.0 && low < sheet[0] as f64, "{low}..{high} {hidden:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_hidden_cell_of_a_table_of_two_dimensions_is_found(
        (rows, columns, counts) in (2..6_usize, 2..5_usize).prop_flat_map(|(rows, columns)| {
            (Just(rows), Just(columns), prop::collection::vec(0..60_u64, rows * columns))
        })
    ) {
        let cube = Cube::new(vec![classes("row", rows), classes("column", columns)]).expect("two");
        prop_assert_eq!(attack(&cube, &counts), Ok(()));
    }

    #[test]
    fn no_hidden_cell_of_a_table_of_three_dimensions_is_found(
        counts in prop::collection::vec(0..40_u64, 3 * 3 * 2)
    ) {
        let cube = Cube::new(vec![classes("row", 3), classes("column", 3), classes("sex", 2)]).expect("three");
        prop_assert_eq!(attack(&cube, &counts), Ok(()));
    }

    #[test]
    fn no_hidden_cell_of_a_table_with_areas_is_found(counts in prop::collection::vec(0..40_u64, 5 * 3)) {
        let cube = Cube::new(vec![wards(5), classes("size", 3)]).expect("two");
        prop_assert_eq!(attack(&cube, &counts), Ok(()));
    }

    #[test]
    fn no_hidden_share_is_found(
        yes in prop::collection::vec(0..20_u64, 4 * 2), no in prop::collection::vec(0..40_u64, 4 * 2)
    ) {
        let cube = Cube::new(vec![classes("size", 4), classes("sex", 2)]).expect("two");
        let table = CountTable::new(&cube, vec![yes.clone(), no.clone()], 10).expect("eight");
        let hidden = table.protect(&small(&table));
        for sheet in [&yes, &no] {
            let known = Knowledge::of(&cube, sheet, &hidden);
            let counts = cube.add_up(sheet).expect("eight");
            let need = 10.0_f64.min(sheet.iter().sum::<u64>() as f64);
            for cell in (0..cube.cells()).filter(|cell| hidden[*cell] == Hidden::Primary) {
                let (low, high) = known.interval(&cube.micro_cells_of(cell));
                let own = counts[cell] as f64;
                prop_assert!(
                    high - low >= need - 1e-6 && (own == 0.0 || low < own - 1e-6),
                    "cell {} of {} is in {}..{}: {:?}", cell, own, low, high, hidden
                );
            }
        }
    }
}

mod series {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{
        super::{Decision, Ledger, Line, MicroTable, Request},
        *,
    };

    /// Areas, sexes, and whether somebody teleworks; and what each answered.
    const SIDES: [(&str, &[&str]); 3] =
        [("area", &["north", "east", "south"]), ("sex", &["F", "M"]), ("telework", &["0", "1"])];
    const ANSWERS: [&str; 2] = ["no", "yes"];

    /// A wave: how many people have each code of each side and gave each answer.
    struct Ward {
        counts: BTreeMap<Vec<String>, u64>,
    }

    fn line(who: &[(&str, &[&str])], answer: bool) -> Line {
        let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        Line { who: who.iter().map(|(side, list)| ((*side).to_owned(), codes(list))).collect(), answer }
    }

    impl Ward {
        fn of(counts: &[u64]) -> Self {
            let mut cells = vec![Vec::new()];
            for codes in SIDES.iter().map(|(_, codes)| *codes).chain([ANSWERS.as_slice()]) {
                cells = cells
                    .iter()
                    .flat_map(|cell: &Vec<String>| {
                        codes.iter().map(move |code| [cell.clone(), vec![(*code).to_owned()]].concat())
                    })
                    .collect();
            }
            Self { counts: cells.into_iter().zip(counts.iter().copied()).collect() }
        }

        fn micro(&self) -> MicroTable {
            let sides = SIDES.iter().map(|(side, _)| (*side).to_owned());
            MicroTable::new(sides.chain(["lonely".to_owned()]).collect(), self.counts.clone())
        }

        /// The micro cells that a line counts, and their sum.
        fn cells(&self, line: &Line) -> (Vec<usize>, u64) {
            let place = |variable: &str| SIDES.iter().position(|(side, _)| *side == variable).unwrap_or(3);
            let counts =
                |codes: &[String]| line.who.iter().all(|(name, list)| list.contains(&codes[place(name)]));
            let cells: Vec<(usize, u64)> = self
                .counts
                .iter()
                .enumerate()
                .filter(|(_, (codes, _))| counts(codes))
                .map(|(at, (_, count))| (at, *count))
                .collect();
            (cells.iter().map(|(at, _)| *at).collect(), cells.iter().map(|(_, count)| count).sum())
        }

        /// A table of shares by some sides, small cells and their complements hidden.
        fn table(&self, by: &[usize], within: &[(&str, &[&str])], ledger: &Ledger) -> Request {
            let sides: Vec<Dimension> = by
                .iter()
                .map(|side| {
                    let codes: Vec<String> = SIDES[*side].1.iter().map(|code| (*code).to_owned()).collect();
                    Dimension::of_classes(SIDES[*side].0, &codes)
                })
                .collect();
            let cube = Cube::new(sides).expect("one or two sides");
            let lines = |cell: usize| {
                let mut who = within.to_vec();
                for (side, code) in by.iter().zip(cube.codes(cell)) {
                    if let Some(code) = SIDES[*side].1.get(code..=code) {
                        who.push((SIDES[*side].0, code));
                    }
                }
                let said = |answer| [who.clone(), vec![("lonely", answer)]].concat();
                [line(&who, false), line(&said(&ANSWERS[1..]), true), line(&said(&ANSWERS[..1]), true)]
            };
            let sheet = |answer: usize| {
                (0..cube.micro_cells())
                    .map(|at| self.cells(&lines(cube.cell_of_micro(at))[answer]).1)
                    .collect()
            };
            let sheets: Vec<Vec<u64>> = vec![sheet(1), sheet(2)];
            let table = CountTable::new(&cube, sheets, 10).expect("as many as micro cells");
            let published = (0..cube.cells()).map(|cell| ledger.shows(&lines(cell)[0])).collect();
            let start: Vec<Hidden> = (0..cube.cells())
                .map(|cell| match (table.count(cell), ledger.hides(&lines(cell)[0])) {
                    (1..10, _) => Hidden::Primary,
                    (_, true) => Hidden::Complement,
                    _ => Hidden::No,
                })
                .collect();
            let table = table.with_published(published);
            let hidden = table.protect(&start);
            let mut request = Request { smallest: 10, ..Request::default() };
            for (cell, hidden) in hidden.iter().enumerate() {
                let [all, yes, no] = lines(cell);
                match hidden {
                    Hidden::No => request.shown.extend([all, yes]),
                    Hidden::Complement => drop(request.hidden.insert(all, 10)),
                    Hidden::Primary => {
                        request.hidden.extend([(all, 10), (yes, table.need(0)), (no, table.need(1))])
                    }
                }
            }
            request
        }
    }

    fn knowledge(ward: &Ward, shown: &BTreeSet<Line>) -> Knowledge {
        Knowledge { micro: ward.counts.len(), sums: shown.iter().map(|line| ward.cells(line)).collect() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Tables asked for one after the other, some within the teleworkers only.
        #[test]
        fn no_hidden_count_is_found_in_all_that_was_released(
            counts in prop::collection::vec(0..24_u64, 24),
            asked in prop::collection::vec((0..6_usize, any::<bool>()), 1..7),
        ) {
            let (ward, mut ledger) = (Ward::of(&counts), Ledger::default());
            let (micro, mut shown) = (ward.micro(), BTreeSet::new());
            let mut hidden: BTreeMap<Line, u64> = BTreeMap::new();
            for (by, teleworkers) in asked {
                let by: &[usize] = [[0].as_slice(), &[1], &[2], &[0, 1], &[0, 2], &[1, 2]][by];
                let within: &[(&str, &[&str])] =
                    if teleworkers && !by.contains(&2) { &[("telework", &["1"])] } else { &[] };
                let request = ward.table(by, within, &ledger);
                if ledger.admit(&micro, &request) == Decision::Released {
                    shown.extend(request.shown);
                    hidden.extend(request.hidden);
                }
            }
            let known = knowledge(&ward, &shown);
            for (line, width) in &hidden {
                let (cells, own) = ward.cells(line);
                if own == 0 {
                    continue;
                }
                prop_assert!(!known.tells(&cells), "{line:?} of {own} is found");
                let (low, high) = known.interval(&cells);
                prop_assert!(
                    high - low >= *width as f64 - 1e-6 && low < own as f64 - 1e-6,
                    "{line:?} of {own} is in {low}..{high}"
                );
            }
            // Every group that codes can name, whether anybody asked for it or not.
            for group in 0..4 * 3 * 3 {
                let mut who: Vec<(&str, &[&str])> = Vec::new();
                for (digit, (side, codes)) in [group / 9, group / 3 % 3, group % 3].into_iter().zip(SIDES) {
                    who.extend(codes.get(digit..=digit).map(|code| (side, code)));
                }
                let (cells, own) = ward.cells(&line(&who, false));
                prop_assert!(!(1..10).contains(&own) || !known.tells(&cells), "{who:?} of {own} is found");
            }
        }
    }

    fn even() -> Ward {
        Ward::of(&[12, 9].repeat(12))
    }

    #[test]
    fn a_nested_group_whose_rest_is_four_people_is_refused_and_the_ledger_stays() {
        // In the north 4 women do not telework and 30 do; everybody else is many.
        let mut ward = Ward::of(&[20, 10].repeat(12));
        for (codes, count) in &mut ward.counts {
            if codes[..3] == ["north", "F", "0"] {
                *count = 2;
            }
        }
        let (micro, mut ledger) = (ward.micro(), Ledger::default());
        let women: [(&str, &[&str]); 2] = [("area", &["north"]), ("sex", &["F"])];
        let first = Request { shown: [line(&women, false)].into(), smallest: 10, ..Request::default() };
        assert_eq!(ledger.admit(&micro, &first), Decision::Released);
        let teleworkers = [women.to_vec(), vec![("telework", ["1"].as_slice())]].concat();
        let second =
            Request { shown: [line(&teleworkers, false)].into(), smallest: 10, ..Request::default() };
        let before = ledger.clone();
        let Decision::Refused { reason } = ledger.admit(&micro, &second) else { panic!("four are found") };
        assert!(reason.get("en").contains("too small") && !reason.get("ja").is_empty());
        assert_eq!(ledger, before);
        assert_eq!(ledger.admit(&micro, &first), Decision::Released, "what was released stays released");
    }

    #[test]
    fn the_order_within_a_request_and_the_way_to_a_ledger_do_not_matter() {
        let (ward, mut one, mut other) = (even(), Ledger::default(), Ledger::default());
        let micro = ward.micro();
        let (areas, sexes) = (ward.table(&[0], &[], &one), ward.table(&[1], &[], &one));
        assert_eq!(one.admit(&micro, &areas), Decision::Released);
        assert_eq!(one.admit(&micro, &sexes), Decision::Released);
        let mut both = sexes;
        both.shown.extend(areas.shown);
        assert_eq!(other.admit(&micro, &both), Decision::Released);
        assert_eq!(one, other);
        let text = serde_json::to_string(&one).expect("it is written");
        assert_eq!(serde_json::from_str::<Ledger>(&text).expect("it is read"), one);
    }

    #[test]
    fn the_budget_of_a_wave_is_spent_once() {
        use super::super::Epsilon;
        let mut ledger = Ledger::default();
        assert!(ledger.spend(Epsilon(600), Epsilon(1_000)));
        assert!(!ledger.spend(Epsilon(600), Epsilon(1_000)));
        assert!(ledger.spend(Epsilon(400), Epsilon(1_000)));
        let text = serde_json::to_string(&ledger).expect("it is written");
        assert_eq!(serde_json::from_str::<Ledger>(&text).expect("it is read"), ledger);
    }

    #[test]
    fn what_is_hidden_is_not_shown_later_and_an_unknown_variable_is_refused() {
        let (ward, mut ledger) = (even(), Ledger::default());
        let micro = ward.micro();
        let north = line(&[("area", &["north"])], false);
        let hide = Request { hidden: [(north.clone(), 10)].into(), smallest: 10, ..Request::default() };
        assert_eq!(ledger.admit(&micro, &hide), Decision::Released);
        let show = Request { shown: [north].into(), smallest: 10, ..Request::default() };
        assert!(matches!(ledger.admit(&micro, &show), Decision::Refused { .. }));
        let odd = Request { shown: [line(&[("shoe", &["9"])], false)].into(), ..Request::default() };
        assert!(matches!(ledger.admit(&micro, &odd), Decision::Refused { .. }));
    }
}
