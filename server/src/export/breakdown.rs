//! A released table as rows: one for each cell, its sign beside its value.

use serde::Serialize;
use tsumugi_core::indicator::{Breakdown, Category};

use super::table::{Cell, TableRows};

/// Puts a released table into rows. A hidden value is empty, and its sign stands in a column of
/// its own; totals have the code `total`.
pub fn breakdown_rows(table: &Breakdown) -> TableRows {
    let columns_by = table.columns_by.as_ref().map_or("columns", |by| by.id.as_str());
    let headings =
        [table.rows_by.id.as_str(), columns_by, "value", "bound", "low", "high", "n", "sign", "flags"];
    let mut rows = Vec::new();
    for (row, cells) in table.rows.iter().zip(&table.cells) {
        for (column, cell) in table.columns.iter().zip(cells) {
            let code = |side: &Category| Cell::Text(side.id.clone());
            let end = |end: Option<f64>| end.map_or(Cell::Empty, |end| Cell::Number(end.to_string()));
            rows.push(vec![
                code(row),
                code(column),
                end(cell.value),
                cell.bound.clone().map_or(Cell::Empty, Cell::Text),
                end(cell.interval.map(|interval| interval.low)),
                end(cell.interval.map(|interval| interval.high)),
                cell.n.map_or(Cell::Empty, |n| Cell::Number(n.to_string())),
                cell.sign.map_or(Cell::Empty, |sign| sign_of(&sign)),
                Cell::Number(cell.flags.iter().map(word).collect::<Vec<_>>().join(" ")),
            ]);
        }
    }
    TableRows { headings: headings.map(str::to_owned).to_vec(), rows }
}

/// A sign is ours: `-` needs no guard against formulas.
fn sign_of(sign: &impl Serialize) -> Cell {
    Cell::Number(word(sign))
}

/// The word that an enumeration is written as.
fn word(word: &impl Serialize) -> String {
    serde_json::to_value(word).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
