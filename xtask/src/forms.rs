//! `cargo xtask build forms`: the workbooks of the forms, from their readable sources.
//!
//! Each `forms/source/NAME.md` holds the sheets of a form as Markdown tables; the workbook
//! `forms/NAME.xlsx` holds the same cells for people who work with a spreadsheet program.
//! The same source gives the same bytes, so that a changed workbook means a changed form.

use std::path::Path;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use tsumugi_core::xlsform::{self, Sheet};

use crate::step::{Failure, Outcome, root};

/// Writes every workbook of `forms/` from its source.
///
/// # Errors
/// When a source cannot be read, does not import, or a workbook cannot be written.
pub(crate) fn build() -> Outcome {
    let sources = root().join("forms/source");
    let mut names: Vec<_> = std::fs::read_dir(&sources)
        .map_err(|error| failure(&sources, &error))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "md"))
        .collect();
    names.sort();
    for source in names {
        let stem = source.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let text = std::fs::read_to_string(&source).map_err(|error| failure(&source, &error))?;
        let bytes = workbook(&text).map_err(|error| failure(&source, &error))?;
        check(&source, &bytes)?;
        let target = root().join("forms").join(format!("{stem}.xlsx"));
        std::fs::write(&target, bytes).map_err(|error| failure(&target, &error))?;
        eprintln!("  forms/{stem}.xlsx");
    }
    Ok(())
}

fn failure(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure(format!("{}: {error}", path.display()))
}

/// A workbook that does not import is not written.
fn check(source: &Path, bytes: &[u8]) -> Outcome {
    let import = xlsform::import(bytes, "form.xlsx");
    match import.findings.first() {
        None => Ok(()),
        Some(finding) => {
            let place = format!("{}!{}: {}", finding.sheet, finding.cell, finding.what.get("en"));
            Err(failure(source, &place))
        }
    }
}

/// The bytes of the workbook that a source describes.
fn workbook(source: &str) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 4, 1)?));
    for sheet in xlsform::Workbook::from_markdown(source).sheets {
        write_sheet(book.add_worksheet(), &sheet)?;
    }
    book.save_to_buffer()
}

fn write_sheet(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let heading = Format::new()
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(Color::RGB(0x00_17C1))
        .set_border_bottom(FormatBorder::Thin);
    let text = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let group = Format::new()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_background_color(Color::RGB(0x00E8_F1FE));
    page.set_name(&sheet.name)?;
    page.set_freeze_panes(1, 0)?;
    for (index, row) in sheet.rows.iter().enumerate() {
        let is_group = row.cell(0).starts_with("begin_") || row.cell(0).starts_with("end_");
        let format = match (index, is_group) {
            (0, _) => &heading,
            (_, true) => &group,
            (_, false) => &text,
        };
        for (column, cell) in (0_u16..).zip(&row.cells) {
            if !cell.is_empty() || is_group {
                page.write_string_with_format(row.number - 1, column, cell, format)?;
            }
        }
    }
    if let Some(first) = sheet.rows.first() {
        for (column, header) in (0_u16..).zip(&first.cells) {
            page.set_column_width(column, width(header))?;
        }
    }
    Ok(())
}

/// Width in characters: wide for texts that people read, narrow for codes.
fn width(header: &str) -> f64 {
    let base = header.split("::").next().unwrap_or(header);
    match base {
        "label" | "hint" => 44.0,
        "constraint_message" | "required_message" | "form_title" | "translated_title" => 36.0,
        "relevant" | "constraint" | "calculation" | "choice_filter" => 32.0,
        "type" | "name" | "list_name" | "form_id" => 24.0,
        _ => 14.0,
    }
}
