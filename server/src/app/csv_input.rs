//! CSV files that people bring: UTF-8 with or without a byte order mark, or UTF-16 as
//! spreadsheet programs save "Unicode text"; separated by commas, semicolons or tabs.

use tsumugi_core::text::Localized;

use crate::api::FileFinding;

/// The file cannot be read as a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// Not text.
    #[error("the file is not text in UTF-8; save it as \"CSV UTF-8\"")]
    NotText,
    /// No heading row.
    #[error("the file has no heading row")]
    Empty,
    /// A row has another number of cells than the headings.
    #[error("row {row} has {got} cells, the heading row has {expected}")]
    Ragged {
        /// Row as a spreadsheet counts it, from 1.
        row: u64,
        /// Cells of the row.
        got: u64,
        /// Cells of the heading row.
        expected: u64,
    },
}

/// A table with headings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Headings, trimmed.
    pub columns: Vec<String>,
    /// Rows, with their number as a spreadsheet counts it.
    pub rows: Vec<(u64, Vec<String>)>,
}

impl Sheet {
    /// The place of the first of these headings that the sheet has.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        self.columns.iter().position(|column| names.iter().any(|name| column.eq_ignore_ascii_case(name)))
    }
}

/// Reads a table.
///
/// # Errors
/// [`SheetError`] says what kind of file this is not.
pub fn read_sheet(bytes: &[u8]) -> Result<Sheet, SheetError> {
    let text = decode(bytes).ok_or(SheetError::NotText)?;
    let head = text.lines().next().unwrap_or_default();
    let separator = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|separator| head.bytes().filter(|byte| byte == separator).count())
        .unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(text.as_bytes());
    let ragged = |error: &csv::Error| match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => SheetError::Ragged {
            row: pos.as_ref().map_or(0, |pos| pos.record() + 1),
            got: *len,
            expected: *expected_len,
        },
        _ => SheetError::NotText,
    };
    let columns: Vec<String> =
        reader.headers().map_err(|error| ragged(&error))?.iter().map(str::to_owned).collect();
    if columns.iter().all(String::is_empty) {
        return Err(SheetError::Empty);
    }
    let mut rows = Vec::new();
    for (number, record) in (2..).zip(reader.records()) {
        let cells: Vec<String> = record.map_err(|error| ragged(&error))?.iter().map(str::to_owned).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push((number, cells));
        }
    }
    Ok(Sheet { columns, rows })
}

fn decode(bytes: &[u8]) -> Option<String> {
    let wide = |from: fn([u8; 2]) -> u16, rest: &[u8]| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok()
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xFF, 0xFE, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => wide(u16::from_be_bytes, rest),
        _ => String::from_utf8(bytes.to_vec()).ok().filter(|text| !text.contains('\0')),
    }
}

impl SheetError {
    /// The error as a finding of the whole file.
    pub fn finding(&self) -> FileFinding {
        let cell = match self {
            Self::Ragged { row, .. } => format!("row {row}"),
            _ => String::new(),
        };
        let (what, remedy) = match self {
            Self::NotText => ("UTF-8 の CSV として読めません。", "「CSV UTF-8」で保存し直してください。"),
            Self::Empty => ("見出しの行がありません。", "1 行目に列の名前を書いてください。"),
            Self::Ragged { .. } => ("列の数が見出しと違います。", "区切りと引用符を確かめてください。"),
        };
        finding(
            &cell,
            "",
            "csv-file",
            [what, &self.to_string()],
            [remedy, "correct the file and send it again"],
        )
    }
}

/// An error at a place of a CSV file; texts in Japanese and English.
pub fn finding(cell: &str, column: &str, code: &str, what: [&str; 2], remedy: [&str; 2]) -> FileFinding {
    let both = |[ja, en]: [&str; 2]| Localized::of([("ja", ja), ("en", en)]);
    FileFinding {
        severity: "error".to_owned(),
        sheet: String::new(),
        cell: cell.to_owned(),
        column: column.to_owned(),
        what: both(what),
        remedy: both(remedy),
        code: code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{SheetError, read_sheet};

    #[test]
    fn files_of_spreadsheet_programs_are_read() {
        let utf8 = read_sheet("\u{feff}名称,層\r\n北製作所,30-99\r\n".as_bytes()).unwrap();
        let utf16: Vec<u8> =
            "\u{feff}名称\t層\r\n北製作所\t30-99\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(utf8.columns, ["名称", "層"]);
        assert_eq!(utf8, read_sheet(&utf16).unwrap());
        assert_eq!(utf8.rows, [(2, vec!["北製作所".to_owned(), "30-99".to_owned()])]);
    }

    #[test]
    fn a_workbook_sent_as_csv_is_refused() {
        assert_eq!(read_sheet(b"PK\x03\x04\x14\x00\x06\x00"), Err(SheetError::NotText));
        assert_eq!(read_sheet(b""), Err(SheetError::Empty));
    }
}
