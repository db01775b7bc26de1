//! The codebook: what each column holds, and what its codes mean.

use tsumugi_core::form::FormDefinition;

use super::{
    layout::{Layout, Table},
    table::{Cell, TableRows},
};

/// Describes every column, in the language asked for.
pub fn codebook(definition: &FormDefinition, layout: &Layout, language: &str) -> TableRows {
    let headings = ["table", "column", "type", "label", "choices", "calculated", "unit"];
    let mut rows = Vec::new();
    for table in &layout.tables {
        rows.extend(table.columns.iter().map(|column| {
            let question = &column.question;
            let choices = question.choices.as_ref().and_then(|source| definition.choices.get(&source.list));
            let choices = choices.map_or(String::new(), |list| {
                let one = |choice: &tsumugi_core::form::Choice| {
                    format!("{}={}", choice.name, choice.label.get(language))
                };
                list.items.iter().map(one).collect::<Vec<_>>().join("; ")
            });
            let calculated = if question.bind.calculate.is_some() { "yes" } else { "" };
            let unit = question.parameters.get("unit").cloned().unwrap_or_default();
            [
                file_name(table),
                column.name.clone(),
                question.xls_type.clone(),
                question.label.get(language).to_owned(),
                choices,
                calculated.to_owned(),
                unit,
            ]
            .map(Cell::Text)
            .to_vec()
        }));
    }
    TableRows { headings: headings.map(str::to_owned).to_vec(), rows }
}

/// Name of a table's file without its ending: `main`, or the repeat's last name.
pub(super) fn file_name(table: &Table) -> String {
    match table.name.rsplit('/').next() {
        Some("") | None => "main".to_owned(),
        Some(name) => name.to_owned(),
    }
}
