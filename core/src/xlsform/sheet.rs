//! A workbook as rows of text, however it was read.
//!
//! Owns sheets, rows and cells with their positions. Does not know what a form is.

use std::collections::BTreeMap;

/// A workbook: sheets of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workbook {
    /// The sheets in the order of the file.
    pub sheets: Vec<Sheet>,
}

/// A sheet: rows of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Name on the tab.
    pub name: String,
    /// The rows that hold something, from the top; the first is the heading.
    pub rows: Vec<Row>,
}

/// A row of cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Number in the spreadsheet, from 1.
    pub number: u32,
    /// Text of the cells, from column A; empty where a cell is empty.
    pub cells: Vec<String>,
}

impl Row {
    /// Text of the cell in column `index` (from zero); empty beyond the end.
    pub fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", String::as_str)
    }

    /// True when every cell is empty.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

impl Workbook {
    /// The sheet of that name, whatever its case.
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.name.trim().eq_ignore_ascii_case(name))
    }

    /// Reads Markdown pipe tables. Either a heading `## survey` names the sheet and ordinary
    /// tables follow, or the first column names the sheet and stays empty in its rows.
    /// `<br>` is a line break inside a cell, `\|` a bar.
    ///
    /// ```
    /// use tsumugi_core::xlsform::Workbook;
    /// let book = Workbook::from_markdown("| survey |\n|  | type | name |\n|  | text | town |");
    /// assert_eq!(book.sheets[0].rows[1].cells, ["text", "town"]);
    /// ```
    pub fn from_markdown(text: &str) -> Self {
        let mut book = Self::default();
        let mut has_headings = false;
        for line in text.lines() {
            if let Some(name) = line.trim().strip_prefix("## ") {
                has_headings = true;
                book.sheets.push(Sheet { name: name.trim().to_owned(), rows: Vec::new() });
                continue;
            }
            let Some(cells) = pipe_cells(line).filter(|cells| !is_rule(cells)) else { continue };
            let rest = match cells.split_first() {
                _ if has_headings => cells.as_slice(),
                Some((first, rest)) => {
                    if !first.is_empty() {
                        book.sheets.push(Sheet { name: first.clone(), rows: Vec::new() });
                    }
                    rest
                }
                None => continue,
            };
            book.add_row(rest);
        }
        book
    }

    /// Adds a row that holds something to the last sheet.
    fn add_row(&mut self, cells: &[String]) {
        let Some(sheet) = self.sheets.last_mut() else { return };
        if cells.iter().any(|cell| !cell.is_empty()) {
            let number = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX).saturating_add(1);
            sheet.rows.push(Row { number, cells: cells.to_vec() });
        }
    }

    /// Makes a workbook from rows of named values, as a program has them.
    pub fn from_records(
        sheets: &[(String, Vec<BTreeMap<String, String>>)],
        headers: &[(String, Vec<String>)],
    ) -> Self {
        let sheets = sheets
            .iter()
            .map(|(name, records)| {
                let columns = headers
                    .iter()
                    .find(|(sheet, _)| sheet == name)
                    .map_or_else(|| columns_of(records), |(_, columns)| columns.clone());
                let heading = Row { number: 1, cells: columns.clone() };
                let body = records.iter().zip(2_u32..).map(|(record, number)| Row {
                    number,
                    cells: columns
                        .iter()
                        .map(|column| record.get(column).cloned().unwrap_or_default())
                        .collect(),
                });
                Sheet { name: name.clone(), rows: std::iter::once(heading).chain(body).collect() }
            })
            .collect();
        Self { sheets }
    }
}

fn columns_of(records: &[BTreeMap<String, String>]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for key in records.iter().flat_map(BTreeMap::keys) {
        if !columns.contains(key) {
            columns.push(key.clone());
        }
    }
    columns
}

/// The cells of a line `| a | b |`, or `None` when the line is no row of a table.
/// `\|` is a bar inside a cell.
fn pipe_cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?;
    let mut cells = vec![String::new()];
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'|') => {
                letters.next();
                push(&mut cells, '|');
            }
            '|' => cells.push(String::new()),
            other => push(&mut cells, other),
        }
    }
    if cells.len() > 1 && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    Some(cells.iter().map(|cell| cell.trim().replace("<br>", "\n")).collect())
}

fn push(cells: &mut [String], letter: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(letter);
    }
}

/// True for the line under a heading: `|---|---|`.
fn is_rule(cells: &[String]) -> bool {
    let is_line = |cell: &String| cell.chars().all(|letter| matches!(letter, '-' | ':'));
    cells.iter().all(is_line) && cells.iter().any(|cell| cell.len() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_table_becomes_sheets_with_row_numbers() {
        let book = Workbook::from_markdown(
            "# Notes\n| survey |\n| | type | name |\n|-|---|---|\n| | text | a |\n| choices |\n| | list_name | name |\n| | l | x \\| y |\n",
        );
        assert_eq!(book.sheets.len(), 2);
        assert_eq!(book.sheets[0].rows[1], Row { number: 2, cells: vec!["text".into(), "a".into()] });
        assert_eq!(book.sheet("CHOICES").map(|sheet| sheet.rows[1].cell(1)), Some("x | y"));
    }
}
