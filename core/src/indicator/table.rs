//! Breakdowns: a number for each class, with small cells and their complements hidden.

use super::{
    complement::{CountTable, Hidden},
    definition::{Definition, Disaggregation, Sensitivity},
    figure::{Wave, evidence, figure, sample_of},
    suppress::{Shown, Verdict, release, verdict},
    tally::CellKey,
    tile::{Breakdown, BreakdownCell, Category},
};
use crate::text::Localized;

/// A breakdown cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BreakdownError {
    /// Not a breakdown of this indicator.
    #[error("indicator {indicator} has no breakdown `{by}`")]
    Unknown {
        /// Id of the indicator.
        indicator: String,
        /// What was asked for.
        by: String,
    },
    /// None, more than two, or one twice.
    #[error("a table is broken down by one or by two things, got {got}")]
    Dimensions {
        /// How many were asked for.
        got: usize,
    },
    /// Answers of persons are not counted before their survey has closed.
    #[error("the survey is still open")]
    StillOpen,
}

/// One side of a table: its classes, the total last.
struct Side<'d> {
    by: &'d Disaggregation,
    place: usize,
    codes: Vec<String>,
}

impl Side<'_> {
    fn of<'d>(definition: &'d Definition, wave: &Wave<'_>, by: &str) -> Result<Side<'d>, BreakdownError> {
        let place = definition.disaggregations.iter().position(|known| known.id == by);
        let unknown = || BreakdownError::Unknown { indicator: definition.id.clone(), by: by.to_owned() };
        let place = place.ok_or_else(unknown)?;
        let by = definition.disaggregations.get(place).ok_or_else(unknown)?;
        let mut codes: Vec<String> = by.classes.iter().map(|(code, _)| code.clone()).collect();
        for (key, _) in wave.tally.cells().filter(|(_, cell)| cell.counted > 0) {
            let code = key.groups.get(place).cloned().unwrap_or_default();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        Ok(Side { by, place, codes })
    }

    /// True for rows of class `index`; all rows at the total.
    fn holds(&self, index: usize, key: &CellKey) -> bool {
        self.codes.get(index).is_none_or(|code| key.groups.get(self.place) == Some(code))
    }

    fn categories(&self) -> Vec<Category> {
        let label = |code: &String| {
            let known =
                self.by.classes.iter().find(|(known, _)| known == code).map(|(_, label)| label.clone());
            known.unwrap_or_else(|| match code.as_str() {
                "" => Localized::of([("ja", "不詳"), ("en", "not answered")]),
                code => Localized::plain(code),
            })
        };
        let total =
            Category { id: "total".to_owned(), label: Localized::of([("ja", "計"), ("en", "Total")]) };
        self.codes
            .iter()
            .map(|code| Category { id: code.clone(), label: label(code) })
            .chain(std::iter::once(total))
            .collect()
    }

    fn category(&self) -> Category {
        Category { id: self.by.id.clone(), label: self.by.label.clone() }
    }
}

impl Breakdown {
    /// Builds a table of one wave by one or two breakdowns.
    ///
    /// # Errors
    /// [`BreakdownError`] when a breakdown is not known, their number is wrong, or the survey of
    /// an anonymous indicator is still open.
    pub fn of(definition: &Definition, wave: &Wave<'_>, by: &[&str]) -> Result<Self, BreakdownError> {
        if !wave.closed && definition.sensitivity == Sensitivity::Anonymous {
            return Err(BreakdownError::StillOpen);
        }
        let (rows, columns) = match by {
            [rows] => (rows, None),
            [rows, columns] if rows != columns => (rows, Some(columns)),
            _ => return Err(BreakdownError::Dimensions { got: by.len() }),
        };
        let rows = Side::of(definition, wave, rows)?;
        let columns = columns.map(|columns| Side::of(definition, wave, columns)).transpose()?;
        let hidden = hidden_cells(definition, wave, &rows, columns.as_ref());
        let sample = sample_of(definition, wave);
        let cells = hidden
            .iter()
            .enumerate()
            .map(|(row, line)| {
                let cell = |(column, hidden): (usize, &Hidden)| match hidden {
                    Hidden::No => {
                        let domain = |key: &CellKey| holds(&rows, columns.as_ref(), (row, column), key);
                        cell_of(&release(definition, &figure(definition, &sample, &domain)))
                    }
                    hidden => cell_of(&Shown::hidden(definition, *hidden == Hidden::Complement)),
                };
                line.iter().enumerate().map(cell).collect()
            })
            .collect();
        let total =
            Category { id: "total".to_owned(), label: Localized::of([("ja", "計"), ("en", "Total")]) };
        Ok(Self {
            id: definition.id.clone(),
            rows_by: rows.category(),
            columns_by: columns.as_ref().map(Side::category),
            rows: rows.categories(),
            columns: columns.as_ref().map_or_else(|| vec![total], Side::categories),
            cells,
            unit: definition.unit.code.clone(),
            unit_label: definition.unit.label.clone(),
            decimals: definition.unit.decimals,
            fiscal_year: Some(wave.fiscal_year),
            legend: legend(),
        })
    }
}

fn holds(rows: &Side<'_>, columns: Option<&Side<'_>>, (row, column): (usize, usize), key: &CellKey) -> bool {
    rows.holds(row, key) && columns.is_none_or(|columns| columns.holds(column, key))
}

/// Primary cells by the rules, then what would give them away.
fn hidden_cells(
    definition: &Definition,
    wave: &Wave<'_>,
    rows: &Side<'_>,
    columns: Option<&Side<'_>>,
) -> Vec<Vec<Hidden>> {
    let width = columns.map_or(1, |columns| columns.codes.len());
    let at = |place| evidence(wave.tally, &|key: &CellKey| holds(rows, columns, place, key));
    let inner: Vec<Vec<u64>> = (0..rows.codes.len())
        .map(|row| (0..width).map(|column| at((row, column)).counted).collect())
        .collect();
    let all_columns = columns.map_or(1, |columns| columns.codes.len() + 1);
    let mut hidden: Vec<Vec<Hidden>> = (0..=rows.codes.len())
        .map(|row| {
            let primary = |column| verdict(definition, &at((row, column))) == Verdict::Hide;
            (0..all_columns)
                .map(|column| if primary(column) { Hidden::Primary } else { Hidden::No })
                .collect()
        })
        .collect();
    if definition.sensitivity != Sensitivity::Register {
        let table = match columns {
            Some(_) => CountTable::of(&inner),
            None => CountTable::of_classes(&inner.concat()),
        };
        table.protect(&mut hidden, definition.smallest_cell);
    }
    hidden
}

fn cell_of(shown: &Shown) -> BreakdownCell {
    BreakdownCell {
        value: shown.value,
        bound: shown.bound.map(str::to_owned),
        interval: shown.interval,
        n: shown.n,
        sign: shown.sign,
        complementary: shown.complementary,
        flags: shown.flags.clone(),
    }
}

/// The signs of official statistics, in words.
fn legend() -> Vec<Category> {
    [
        (
            "x",
            "秘匿(回答が少ない、または引き算で分かるのを防ぐため)",
            "hidden: few answers, or to prevent subtraction",
        ),
        ("-", "皆無(該当する回答なし)", "none: nobody answered"),
        ("…", "不詳", "not known"),
        ("*", "回答が30未満のため参考値", "for reference only: fewer than 30 answers"),
        ("p", "速報値", "provisional"),
        ("r", "訂正値", "revised"),
        ("△", "減少", "a fall"),
    ]
    .into_iter()
    .map(|(id, ja, en)| Category { id: id.to_owned(), label: Localized::of([("ja", ja), ("en", en)]) })
    .collect()
}
