//! Loops: `begin loop over list` asks the same questions once for each choice.
//!
//! The rows are written out before they are read: a group for the loop, and in it a group for
//! each choice, whose name and label stand where a row says `%(name)s` and `%(label)s`.

use super::{
    choices::{Entry, Lists},
    finding::Report,
    header::{Field, Record},
    kinds::{Container, TypeWord, type_word},
    suggest::closest,
};

/// Rows that loops may make together.
const MOST_ROWS: usize = 100_000;

/// The rows with all loops written out.
pub(super) fn write_out(records: &[Record], lists: &Lists, report: &mut Report) -> Vec<Record> {
    let mut out = Vec::new();
    let mut rest = records;
    while let Some((record, after)) = rest.split_first() {
        rest = after;
        let Some(list) = begins(record) else {
            out.push(record.clone());
            continue;
        };
        let Some(length) = length(after) else {
            // Never closed: the reader of rows says so.
            out.push(record.clone());
            continue;
        };
        let (body, behind) = after.split_at(length);
        rest = behind;
        let Some(entries) = lists.lists.get(&list) else {
            report_list(record, &list, lists, report);
            continue;
        };
        let body = write_out(body, lists, report);
        if out.len() + entries.len().saturating_mul(body.len() + 2) > MOST_ROWS {
            report_rows(record, report);
            return out;
        }
        let mut group = record.clone();
        retype(&mut group, "begin_group");
        out.push(group);
        for entry in entries {
            out.push(heading(record, entry));
            out.extend(body.iter().map(|row| filled(row, entry)));
            out.push(end(record, "end_group"));
        }
        // The row that closes the loop closes the group around it.
        if let Some((close, behind)) = rest.split_first() {
            let mut close = close.clone();
            retype(&mut close, "end_group");
            out.push(close);
            rest = behind;
        }
    }
    out
}

/// The list that a row begins a loop over.
fn begins(record: &Record) -> Option<String> {
    match type_word(record.text("type").trim()) {
        Some(TypeWord::Begin(Container::Loop(list))) => Some(list),
        _ => None,
    }
}

/// How many rows stand before the end of the loop that is open.
fn length(rows: &[Record]) -> Option<usize> {
    let mut depth = 0_usize;
    rows.iter().position(|record| match type_word(record.text("type").trim()) {
        Some(TypeWord::Begin(Container::Loop(_))) => {
            depth += 1;
            false
        }
        Some(TypeWord::End(Container::Loop(_))) if depth == 0 => true,
        Some(TypeWord::End(Container::Loop(_))) => {
            depth -= 1;
            false
        }
        _ => false,
    })
}

fn retype(record: &mut Record, word: &str) {
    for field in record.fields.iter_mut().filter(|field| field.base == "type") {
        word.clone_into(&mut field.text);
    }
}

fn end(record: &Record, word: &str) -> Record {
    let mut row = Record { sheet: record.sheet.clone(), row: record.row, fields: Vec::new() };
    row.put("type", word);
    row
}

/// The row that opens the group of a choice.
fn heading(record: &Record, entry: &Entry) -> Record {
    let mut row = end(record, "begin_group");
    row.put("name", entry.choice.name.clone());
    let labels = entry.record.all("label");
    row.fields.extend(labels.map(|field| Field { column: None, ..field.clone() }));
    row
}

/// A row of the loop for one choice.
fn filled(row: &Record, entry: &Entry) -> Record {
    let mut row = row.clone();
    for field in &mut row.fields {
        if !field.text.contains("%(") {
            continue;
        }
        let same = entry.record.all("label").find(|label| label.language == field.language);
        let label = same.or_else(|| entry.record.field("label")).map_or("", |label| label.text.as_str());
        field.text = field.text.replace("%(name)s", &entry.choice.name).replace("%(label)s", label);
    }
    row
}

fn report_list(record: &Record, list: &str, lists: &Lists, report: &mut Report) {
    let near = closest(list, lists.lists.keys().map(String::as_str));
    let remedy = match near {
        Some(near) => [format!("「{near}」ではありませんか"), format!("did you mean `{near}`?")],
        None => [
            "「begin loop over リスト名」の形で、choices シートにあるリストを書いてください".to_owned(),
            "write `begin loop over LIST` with a list of the choices sheet".to_owned(),
        ],
    };
    report.error(
        "loop-list",
        &record.at("type"),
        [
            &format!("繰り返すリスト「{list}」がありません"),
            &format!("there is no choice list `{list}` to loop over"),
        ],
        [&remedy[0], &remedy[1]],
    );
}

fn report_rows(record: &Record, report: &mut Report) {
    report.error(
        "loop-rows",
        &record.at("type"),
        [
            &format!("loop を展開すると {MOST_ROWS} 行を超えます"),
            &format!("the loops write out more than {MOST_ROWS} rows"),
        ],
        ["loop の入れ子かリストを短くしてください", "nest fewer loops, or loop over a shorter list"],
    );
}
