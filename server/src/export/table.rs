//! The cells of a table.

use tsumugi_core::answers::{Answers, Path, Value};

use super::layout::Table;
use crate::store::AnalysisRow;

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing was entered.
    Empty,
    /// A number, as it is.
    Number(String),
    /// A text; may begin like a formula.
    Text(String),
}

impl From<&Value> for Cell {
    fn from(value: &Value) -> Self {
        match value {
            Value::Integer(_) | Value::Decimal(_) => Self::Number(value.to_string()),
            Value::Text(text) => Self::Text(text.clone()),
        }
    }
}

/// Headings and rows of one table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableRows {
    /// Headings.
    pub headings: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
}

/// The id of a repeat instance, as core makes them: eight hexadecimal digits.
fn is_instance_id(segment: &str) -> bool {
    segment.len() == 8 && segment.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A path without the ids of instances, and the ids alone, joined.
fn split(path: &Path) -> (String, String) {
    let (ids, names): (Vec<&str>, Vec<&str>) = path.segments().partition(|segment| is_instance_id(segment));
    (names.join("/"), ids.join("/"))
}

/// Puts responses into a table. The main table has a row for each response; that of a repeat a
/// row for each instance, with the response's name first.
pub fn table_rows(table: &Table, responses: &[AnalysisRow]) -> TableRows {
    let main = table.name.is_empty();
    let first = if main { ["row", "stratum"] } else { ["row", "instance"] };
    let mut headings: Vec<String> = first.map(str::to_owned).to_vec();
    headings.extend(table.columns.iter().map(|column| column.name.clone()));
    let mut rows = Vec::new();
    for response in responses {
        let name = response.row.to_string();
        if main {
            let head = [Cell::Text(name), Cell::Text(response.stratum.clone())];
            rows.push(cells(table, &response.outputs, "", head));
            continue;
        }
        for instance in instances(&table.name, &response.outputs) {
            let head = [Cell::Text(name.clone()), Cell::Text(instance.clone())];
            rows.push(cells(table, &response.outputs, &instance, head));
        }
    }
    TableRows { headings, rows }
}

/// The instances of a repeat in the order in which a person left them.
fn instances(repeat: &str, outputs: &Answers) -> Vec<String> {
    let mut found: Vec<(f64, String)> = Vec::new();
    for (path, value) in outputs.iter() {
        let (names, ids) = split(path);
        let within = names == repeat || names.starts_with(&format!("{repeat}/"));
        let depth = repeat_depth(repeat, path);
        if !within || ids.is_empty() || depth.is_none() {
            continue;
        }
        let own: String = ids.split('/').take(depth.unwrap_or(0)).collect::<Vec<_>>().join("/");
        let order = match (names == repeat, value) {
            (true, Value::Decimal(order)) => *order,
            (true, Value::Integer(order)) => *order as f64,
            _ => f64::INFINITY,
        };
        match found.iter_mut().find(|(_, known)| *known == own) {
            Some(known) => known.0 = known.0.min(order),
            None => found.push((order, own)),
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    found.into_iter().map(|(_, id)| id).collect()
}

/// How many ids stand up to and with the instance of `repeat` in this path.
fn repeat_depth(repeat: &str, path: &Path) -> Option<usize> {
    let (mut names, mut ids) = (String::new(), 0);
    for segment in path.segments() {
        if is_instance_id(segment) {
            ids += 1;
            if names == repeat {
                return Some(ids);
            }
            continue;
        }
        if !names.is_empty() {
            names.push('/');
        }
        names.push_str(segment);
    }
    None
}

fn cells(table: &Table, outputs: &Answers, instance: &str, head: [Cell; 2]) -> Vec<Cell> {
    let mut row: Vec<Cell> = head.into();
    row.resize(2 + table.columns.len(), Cell::Empty);
    for (path, value) in outputs.iter().filter(|(path, _)| !path.as_str().starts_with('@')) {
        let (names, ids) = split(path);
        let at = table.columns.iter().position(|column| column.path.as_str() == names);
        if let (Some(at), true) = (at, ids == instance)
            && let Some(cell) = row.get_mut(at + 2)
        {
            *cell = Cell::from(value);
        }
    }
    row
}
