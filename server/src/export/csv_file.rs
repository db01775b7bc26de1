//! CSV files, and the archive of all tables.

use std::io::{Cursor, Write as _};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    codebook::file_name,
    layout::Table,
    table::{Cell, TableRows},
};

/// How a CSV file is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// A byte order mark first, for spreadsheet programs.
    pub bom: bool,
    /// Without the guard against formulas.
    pub raw: bool,
}

/// Signs with which a spreadsheet program begins a formula, full-width ones among them.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|'];

/// A text that no spreadsheet program takes for a formula. Numbers were typed as numbers and
/// need no guard.
fn guarded(text: &str) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

/// Writes a table: RFC 4180, UTF-8.
pub fn write_csv(table: &TableRows, options: CsvOptions) -> Vec<u8> {
    let mut bytes = if options.bom { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
    {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
        let text = |text: &str| if options.raw { text.to_owned() } else { guarded(text) };
        let headings = std::iter::once(table.headings.iter().map(|heading| text(heading)).collect());
        let rows = table.rows.iter().map(|row| {
            let cell = |cell: &Cell| match cell {
                Cell::Empty => String::new(),
                Cell::Number(number) => number.clone(),
                Cell::Text(words) => text(words),
            };
            row.iter().map(cell).collect::<Vec<String>>()
        });
        for record in headings.chain(rows) {
            writer.write_record(&record).expect("a vector takes all bytes and rows have one length");
        }
    }
    bytes
}

/// Packs the tables of a form and its codebook.
///
/// # Errors
/// When the archive would be larger than its format allows.
pub fn archive(
    tables: &[(&Table, TableRows)],
    codebook: &TableRows,
    options: CsvOptions,
) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (table, rows) in tables {
        archive.start_file(format!("{}.csv", file_name(table)), stored)?;
        archive.write_all(&write_csv(rows, options))?;
    }
    archive.start_file("codebook.csv", stored)?;
    archive.write_all(&write_csv(codebook, options))?;
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(cell: Cell) -> TableRows {
        TableRows { headings: vec!["a".to_owned()], rows: vec![vec![cell]] }
    }

    #[test]
    fn a_text_that_begins_like_a_formula_is_guarded_and_a_number_is_not() {
        let guard = |cell| String::from_utf8(write_csv(&one(cell), CsvOptions::default())).unwrap();
        assert_eq!(guard(Cell::Text("=1+1".to_owned())), "a\r\n'=1+1\r\n");
        assert_eq!(guard(Cell::Text("＝cmd".to_owned())), "a\r\n'＝cmd\r\n");
        assert_eq!(guard(Cell::Number("-5".to_owned())), "a\r\n-5\r\n");
        let raw = CsvOptions { bom: true, raw: true };
        let bytes = write_csv(&one(Cell::Text("=1+1".to_owned())), raw);
        assert_eq!(bytes, b"\xEF\xBB\xBFa\r\n=1+1\r\n");
    }
}
