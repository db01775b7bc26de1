//! Workbooks of cells that mean something more often than bytes of a file do.

use tsumugi_core::xlsform::{Naming, Row, Sheet, Workbook, import_workbook};

use crate::{draw::Draw, generate::xpath, workbook::check};

const TYPES: [&str; 24] = [
    "text",
    "integer",
    "decimal",
    "date",
    "note",
    "calculate",
    "select_one l",
    "select_multiple l",
    "begin_group",
    "end_group",
    "begin_repeat",
    "end_repeat",
    "hidden",
    "rank l",
    "range",
    "start",
    "image",
    "geopoint",
    "acknowledge",
    "select_one ${b}",
    "select_one l or_other",
    "xml-external",
    "csv-external",
    "time",
];
const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "A", "", "年", "meta", "x y"];
const COLUMNS: [&str; 24] = [
    "label",
    "hint",
    "label::日本語 (ja)",
    "label::English (en)",
    "relevant",
    "constraint",
    "constraint_message",
    "required",
    "calculation",
    "choice_filter",
    "repeat_count",
    "default",
    "appearance",
    "parameters",
    "trigger",
    "read_only",
    "media::image",
    "bind::x",
    "body::y",
    "guidance_hint",
    "label",
    "type",
    "::",
    "required_message::ja",
];
const SETTINGS: [&str; 8] = [
    "form_id",
    "form_title",
    "version",
    "default_language",
    "instance_name",
    "name",
    "namespaces",
    "omit_instanceID",
];

/// Any bytes as the cells of a workbook.
///
/// # Panics
/// When the claim does not hold.
pub fn sheets(data: &[u8]) {
    let mut draw = Draw::new(data);
    let mut book = Workbook { sheets: vec![survey(&mut draw)] };
    if !draw.one_in(8) {
        book.sheets.push(choices(&mut draw));
    }
    if draw.one_in(4) {
        let names: Vec<&str> = (0..draw.below(5)).map(|_| draw.pick(&SETTINGS)).collect();
        let row = names.iter().map(|_| expression(&mut draw, 1)).collect();
        book.sheets.push(sheet("settings", vec![owned(&names), row]));
    }
    check(&import_workbook(&book, &Naming { root: "data".to_owned(), form_id: "f".to_owned() }));
}

fn survey(draw: &mut Draw<'_>) -> Sheet {
    let mut head = vec!["type", "name", "label"];
    for _ in 0..draw.below(8) {
        let column = draw.pick(&COLUMNS);
        if !head.contains(&column) || draw.one_in(32) {
            head.push(column);
        }
    }
    let mut rows = vec![owned(&head)];
    let mut open = Vec::new();
    for at in 0..=draw.below(24) {
        let kind = kind(draw, &mut open);
        let mut row = vec![kind, name(draw, at)];
        row.extend(head.iter().skip(2).map(|column| cell(draw, column, at)));
        rows.push(row);
    }
    while let Some(end) = open.pop() {
        rows.push(vec![end.to_owned()]);
    }
    sheet("survey", rows)
}

/// A type; what was begun is ended, mostly.
fn kind(draw: &mut Draw<'_>, open: &mut Vec<&'static str>) -> String {
    let kind = draw.pick(&TYPES);
    match kind {
        "begin_group" => open.push("end_group"),
        "begin_repeat" => open.push("end_repeat"),
        "end_group" | "end_repeat" if !draw.one_in(32) => return open.pop().unwrap_or("text").to_owned(),
        _ => {}
    }
    kind.to_owned()
}

/// Names that are mostly different: a form of doubles is refused before anything else is read.
fn name(draw: &mut Draw<'_>, at: usize) -> String {
    if draw.one_in(64) { draw.pick(&NAMES).to_owned() } else { format!("q{at}") }
}

fn choices(draw: &mut Draw<'_>) -> Sheet {
    let mut rows = vec![owned(&["list_name", "name", "label", "kind"])];
    for at in 0..=draw.below(6) {
        rows.push(vec![
            "l".to_owned(),
            format!("{at}"),
            draw.text(),
            draw.pick(&["0", "1", "a b"]).to_owned(),
        ]);
    }
    sheet("choices", rows)
}

fn cell(draw: &mut Draw<'_>, column: &str, at: usize) -> String {
    match column {
        "label" => format!("質問 {}", draw.text()),
        _ if !draw.one_in(3) => String::new(),
        "relevant" | "constraint" | "required" | "calculation" | "choice_filter" | "repeat_count"
        | "read_only" => expression(draw, at),
        "trigger" => earlier(draw, at),
        "default" => draw.pick(&["", "1", "now()", "${q0}", "2026-11-26", "random()"]).to_owned(),
        "appearance" => {
            draw.pick(&["", "minimal", "field-list", "search('x')", "multiline thousands-sep"]).to_owned()
        }
        "parameters" => {
            draw.pick(&["", "start=0 end=6", "seed=${q0} randomize=true", "unit=人", "a=;b"]).to_owned()
        }
        _ if draw.one_in(3) => format!("{} {}", draw.text(), earlier(draw, at)),
        _ => draw.text(),
    }
}

fn expression(draw: &mut Draw<'_>, at: usize) -> String {
    match draw.below(16) {
        0 => draw.text(),
        _ => xpath(draw, 2, &|draw| earlier(draw, at)),
    }
}

/// A question above; what reads only these is no circle.
fn earlier(draw: &mut Draw<'_>, at: usize) -> String {
    format!("${{q{}}}", draw.below(at))
}

fn sheet(name: &str, rows: Vec<Vec<String>>) -> Sheet {
    let rows = rows.into_iter().zip(1..).map(|(cells, number)| Row { number, cells }).collect();
    Sheet { name: name.to_owned(), rows }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
