//! From the bytes of a file to a workbook of text.

use std::io::Cursor;

use calamine::{CellErrorType, Data, DataRef, ExcelDateTime, Ods, Range, Reader, Xls, Xlsx};

use super::{
    archive::{FileKind, Refusal, inspect},
    sheet::{Row, Sheet, Workbook},
};

const MAX_CELLS: usize = 1_000_000;
const MAX_COLUMNS: u32 = 2_000;
const MAX_TEXT_BYTES: usize = 32 * 1024 * 1024;

/// Opens a workbook: `.xlsx`, `.xlsm`, `.xls` or `.ods`.
pub(super) fn open(bytes: &[u8]) -> Result<Workbook, Refusal> {
    let kind = inspect(bytes)?;
    // The reader is a library that others wrote for files that mean well. Whatever it trips
    // over is a damaged file to us, also where it panics.
    std::panic::catch_unwind(|| match kind {
        FileKind::Xlsx => open_xlsx(bytes),
        FileKind::Xls => open_ranges(Xls::new(Cursor::new(bytes)).ok()),
        FileKind::Ods => open_ranges(Ods::new(Cursor::new(bytes)).ok()),
    })
    .unwrap_or(Err(Refusal::Damaged))
}

/// Collects cells up to the limits.
#[derive(Default)]
struct Collector {
    rows: Vec<Row>,
    cells: usize,
    text_bytes: usize,
}

impl Collector {
    fn add(&mut self, row: u32, column: u32, text: String) -> Result<(), Refusal> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.cells += 1;
        self.text_bytes += text.len();
        if column >= MAX_COLUMNS || self.cells > MAX_CELLS || self.text_bytes > MAX_TEXT_BYTES {
            return Err(Refusal::TooLarge);
        }
        let number = row.saturating_add(1);
        if self.rows.last().is_none_or(|last| last.number != number) {
            self.rows.push(Row { number, cells: Vec::new() });
        }
        let column = usize::try_from(column).map_err(|_| Refusal::TooLarge)?;
        if let Some(row) = self.rows.last_mut() {
            if row.cells.len() <= column {
                row.cells.resize(column + 1, String::new());
            }
            if let Some(cell) = row.cells.get_mut(column) {
                *cell = text;
            }
        }
        Ok(())
    }

    fn take_rows(&mut self) -> Vec<Row> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by_key(|row| row.number);
        rows
    }
}

fn open_xlsx(bytes: &[u8]) -> Result<Workbook, Refusal> {
    let mut file: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
    let mut book = Workbook::default();
    let mut collector = Collector::default();
    for name in file.sheet_names() {
        // Sheets of charts have no cells.
        let Ok(mut cells) = file.worksheet_cells_reader(&name) else { continue };
        while let Some(cell) = cells.next_cell().map_err(|_| Refusal::Damaged)? {
            let (row, column) = cell.get_position();
            collector.add(row, column, text_of(cell.get_value()))?;
        }
        book.sheets.push(Sheet { name, rows: collector.take_rows() });
    }
    Ok(book)
}

fn open_ranges<'a, R: Reader<Cursor<&'a [u8]>>>(file: Option<R>) -> Result<Workbook, Refusal> {
    let mut file = file.ok_or(Refusal::Damaged)?;
    let mut book = Workbook::default();
    let mut collector = Collector::default();
    for name in file.sheet_names() {
        let Ok(range) = file.worksheet_range(&name) else { continue };
        collect(&range, &mut collector)?;
        book.sheets.push(Sheet { name, rows: collector.take_rows() });
    }
    Ok(book)
}

fn collect(range: &Range<Data>, collector: &mut Collector) -> Result<(), Refusal> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        let place = |offset: usize, first: u32| {
            u32::try_from(offset).ok().and_then(|offset| first.checked_add(offset))
        };
        let (Some(row), Some(column)) = (place(row, first_row), place(column, first_column)) else {
            return Err(Refusal::TooLarge);
        };
        collector.add(row, column, text_of_owned(value))?;
    }
    Ok(())
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => clean(text),
        DataRef::SharedString(text) => clean(text),
        DataRef::Bool(truth) => bool_text(*truth),
        DataRef::DateTime(moment) => date_text(*moment),
        DataRef::Error(error) => error_text(error),
        DataRef::Empty => String::new(),
    }
}

fn text_of_owned(value: &Data) -> String {
    match value {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number_text(*number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => clean(text),
        Data::Bool(truth) => bool_text(*truth),
        Data::DateTime(moment) => date_text(*moment),
        Data::Error(error) => error_text(error),
        Data::Empty => String::new(),
    }
}

/// Non-breaking blanks, which people paste unseen, become blanks.
fn clean(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

fn bool_text(truth: bool) -> String {
    if truth { "TRUE" } else { "FALSE" }.to_owned()
}

/// Whole numbers without a fraction, as the person who typed them saw them.
fn number_text(number: f64) -> String {
    number.to_string()
}

fn date_text(moment: ExcelDateTime) -> String {
    if moment.is_duration() {
        return number_text(moment.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    match (moment.as_f64() < 1.0, hour == 0 && minute == 0 && second == 0) {
        (true, _) => time,
        (false, true) => date,
        (false, false) => format!("{date}T{time}"),
    }
}

fn error_text(error: &CellErrorType) -> String {
    format!("{error}")
}
