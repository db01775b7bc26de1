//! Which tables and columns a form has.

use tsumugi_core::{
    answers::Path,
    form::{Control, DataType, FormDefinition, Node, Question},
};

/// A column: one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Heading: the path below the table's own place.
    pub name: String,
    /// Path without instance ids.
    pub path: Path,
    /// The question.
    pub question: Question,
}

/// A table: the form itself, or one of its repeats.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Empty for the form itself, else the repeat's path (`profile/sites`).
    pub name: String,
    /// Columns in the order of the form.
    pub columns: Vec<Column>,
}

/// All tables of a form, the main one first.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The tables.
    pub tables: Vec<Table>,
}

impl Layout {
    /// The main table, or that of a repeat by its path or last name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        let last = |table: &Table| table.name.rsplit('/').next() == Some(name);
        let exact = self.tables.iter().find(|table| table.name == name);
        exact.or_else(|| self.tables.iter().find(|table| last(table)))
    }
}

/// Lays out a form. Notes have no value and no column.
pub fn layout(definition: &FormDefinition) -> Layout {
    let mut tables = vec![Table { name: String::new(), columns: Vec::new() }];
    add(&definition.nodes, &Path::new(""), 0, &mut tables);
    Layout { tables }
}

fn add(nodes: &[Node], above: &Path, table: usize, tables: &mut Vec<Table>) {
    for node in nodes {
        let path = above.child(node.name());
        match node {
            Node::Question(question)
                if question.control == Control::Note || question.data_type == DataType::Binary => {}
            Node::Question(question) => {
                if let Some(table) = tables.get_mut(table) {
                    let name = path.as_str().strip_prefix(&table.name).unwrap_or(path.as_str());
                    let name = name.trim_start_matches('/').to_owned();
                    table.columns.push(Column { name, path, question: (**question).clone() });
                }
            }
            Node::Group(group) => add(&group.children, &path, table, tables),
            Node::Repeat(repeat) => {
                tables.push(Table { name: path.as_str().to_owned(), columns: Vec::new() });
                let own = tables.len() - 1;
                add(&repeat.children, &path, own, tables);
            }
        }
    }
}
