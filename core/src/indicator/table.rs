//! Breakdowns: a number for each class, with small cells and their complements hidden.

use super::{
    definition::{Definition, Disaggregation, Sensitivity},
    disclose::{Hidden, Request},
    figure::{Wave, evidence, figure, sample_of},
    request,
    suppress::{Shown, release},
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
    /// Nobody asked the ledger, or it refused.
    #[error("the table was not released")]
    NotReleased,
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
    /// What the ledger is asked for before a table is shown.
    ///
    /// # Errors
    /// [`BreakdownError`] as for the table.
    pub fn request(definition: &Definition, wave: &Wave<'_>, by: &[&str]) -> Result<Request, BreakdownError> {
        Ok(Plan::of(definition, wave, by)?.request)
    }

    /// Builds a table of one wave by one or two breakdowns.
    ///
    /// # Errors
    /// [`BreakdownError`] when a breakdown is not known, their number is wrong, the survey of an
    /// anonymous indicator is still open, or the ledger of the wave does not have the table.
    pub fn of(definition: &Definition, wave: &Wave<'_>, by: &[&str]) -> Result<Self, BreakdownError> {
        let Plan { rows, columns, hidden, request } = Plan::of(definition, wave, by)?;
        if !wave.ledger.holds(&request) {
            return Err(BreakdownError::NotReleased);
        }
        let sample = sample_of(definition, wave);
        let wide = columns.as_ref().map_or(1, |columns| columns.codes.len() + 1);
        let cell = |(at, hidden): (usize, &Hidden)| match hidden {
            Hidden::No => {
                let place = (at / wide, at % wide);
                let domain = |key: &CellKey| holds(&rows, columns.as_ref(), place, key);
                cell_of(&release(definition, &figure(definition, &sample, &domain)))
            }
            hidden => cell_of(&Shown::hidden(definition, *hidden == Hidden::Complement)),
        };
        let cells: Vec<BreakdownCell> = hidden.iter().enumerate().map(cell).collect();
        let cells = cells.chunks(wide).map(<[BreakdownCell]>::to_vec).collect();
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

/// The breakdowns of a table, and the cells that are hidden in it.
struct Plan<'d> {
    rows: Side<'d>,
    columns: Option<Side<'d>>,
    hidden: Vec<Hidden>,
    request: Request,
}

impl<'d> Plan<'d> {
    fn of(definition: &'d Definition, wave: &Wave<'_>, by: &[&str]) -> Result<Self, BreakdownError> {
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
        let sides: Vec<_> = std::iter::once(&rows)
            .chain(columns.as_ref())
            .map(|side| (side.by, side.codes.as_slice()))
            .collect();
        let at = |codes: &[usize]| {
            let place = (codes.first().copied().unwrap_or(0), codes.get(1).copied().unwrap_or(0));
            evidence(wave.tally, &|key: &CellKey| holds(&rows, columns.as_ref(), place, key))
        };
        let (hidden, request) = request::of_table(definition, wave.ledger, &sides, &at);
        Ok(Self { rows, columns, hidden, request })
    }
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
