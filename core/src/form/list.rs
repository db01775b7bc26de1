//! Choice lists in memory: the sheet's lists and the rows of external files alike.
//!
//! Owns the look-up by value and by column, built when first asked for: a list of 100,000
//! rows with the filter `ward = ${ward}` is an entry of a hash map, not a scan.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

use super::{Choice, ChoiceList, geojson};
use crate::{
    text::Localized,
    xpath::{NodeId, Tree},
};

/// A choice list, or the rows of a secondary instance.
#[derive(Debug, Default)]
pub(super) struct List {
    columns: BTreeMap<String, Column>,
    rows: usize,
    /// Name of a list of the choices sheet.
    name: String,
    /// Labels and media of a list of the choices sheet.
    shown: Option<Vec<Shown>>,
    tree: OnceLock<Tree>,
    /// Names of the root element and of the rows, where all elements below it have one name.
    rows_of: Option<[String; 2]>,
}

#[derive(Debug, Default)]
struct Column {
    cells: Vec<Box<str>>,
    index: OnceLock<HashMap<Box<str>, Vec<u32>>>,
}

/// What a choice looks like.
#[derive(Debug)]
pub(super) struct Shown {
    /// Text by language.
    pub(super) label: Localized,
    /// Media files by kind and language.
    pub(super) media: BTreeMap<String, Localized>,
}

impl List {
    /// Takes a list of the choices sheet; its value column is `name`.
    pub(super) fn of_choices(name: &str, list: &ChoiceList) -> Self {
        let mut made = Self { rows: list.items.len(), ..Self::default() };
        let mut put = |column: &str, row: usize, cell: &str| made.put(column, row, cell);
        for (row, Choice { name, columns, .. }) in list.items.iter().enumerate() {
            put("name", row, name);
            for (column, cell) in columns {
                put(column, row, cell);
            }
        }
        let shown = |choice: &Choice| Shown { label: choice.label.clone(), media: choice.media.clone() };
        made.shown = Some(list.items.iter().map(shown).collect());
        made.name = name.to_owned();
        made
    }

    /// Takes the elements below the root element of a secondary instance as rows.
    pub(super) fn of_tree(tree: Tree) -> Self {
        let mut made = Self::default();
        if let Some(root) = tree.root_element() {
            let rows: Vec<NodeId> = tree.child_elements(root).collect();
            let name = rows.first().map_or("item".to_owned(), |&row| tree.name(row).local.to_string());
            if rows.iter().all(|&row| *tree.name(row).local == *name) {
                made.rows_of = Some([tree.name(root).local.to_string(), name]);
            }
            made.rows = rows.len();
            for (row, &item) in rows.iter().enumerate() {
                let cells: Vec<NodeId> = tree.child_elements(item).collect();
                for cell in cells {
                    made.put(&tree.name(cell).local, row, &tree.text(cell));
                }
            }
        }
        // The tree may hold more than rows can tell: attributes, deeper elements.
        let _ = made.tree.set(tree);
        made
    }

    /// Reads CSV with a head line; commas, semicolons, tabs or bars, quotes as in RFC 4180.
    pub(super) fn of_csv(text: &str) -> Self {
        let mut lines = read_csv(text).into_iter();
        let head = lines.next().unwrap_or_default();
        let mut made = Self::default();
        for line in lines.filter(|line| line.iter().any(|cell| !cell.is_empty())) {
            for (column, cell) in head.iter().zip(line) {
                made.put(column.trim(), made.rows, &cell);
            }
            made.rows += 1;
        }
        made
    }

    /// Reads the features of a GeoJSON file as `/root/item`, as ODK does: `geometry` as a
    /// geopoint, geotrace or geoshape, `id`, and the properties.
    pub(super) fn of_geojson(text: &str) -> Option<Self> {
        geojson::rows(text).map(|rows| {
            let mut made = Self::default();
            for row in rows {
                for (column, cell) in row {
                    made.put(&column, made.rows, &cell);
                }
                made.rows += 1;
            }
            made
        })
    }

    /// True when the rows are the elements `/root/item` by these names.
    pub(super) fn has_rows(&self, rows: &[String; 2]) -> bool {
        match &self.rows_of {
            Some(known) => known == rows,
            None => self.tree.get().is_none() && rows[0] == "root" && rows[1] == "item",
        }
    }

    fn put(&mut self, column: &str, row: usize, cell: &str) {
        if !self.columns.contains_key(column) {
            self.columns.insert(column.to_owned(), Column::default());
        }
        if let Some(column) = self.columns.get_mut(column)
            && column.cells.len() <= row
        {
            column.cells.resize_with(row, Box::default);
            column.cells.push(cell.into());
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// The cell of a row; empty where there is none.
    pub(super) fn cell(&self, column: &str, row: u32) -> &str {
        let cells = self.columns.get(column).map(|column| &column.cells);
        cells.and_then(|cells| cells.get(row as usize)).map_or("", |cell| cell)
    }

    /// True when any row has this column.
    pub(super) fn has_column(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// The rows whose `column` holds exactly `value`, in order.
    pub(super) fn rows_with(&self, column: &str, value: &str) -> &[u32] {
        let Some(column) = self.columns.get(column) else { return &[] };
        let index = column.index.get_or_init(|| {
            let mut index: HashMap<Box<str>, Vec<u32>> = HashMap::new();
            for (row, cell) in (0..).zip(&column.cells) {
                index.entry(cell.clone()).or_default().push(row);
            }
            index
        });
        index.get(value).map_or(&[], Vec::as_slice)
    }

    /// What the choice in `row` looks like; `None` for rows of files, which have a label cell.
    pub(super) fn shown(&self, row: u32) -> Option<&Shown> {
        self.shown.as_ref().and_then(|shown| shown.get(row as usize))
    }

    /// The list as a secondary instance: `/root/item/…`.
    pub(super) fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| {
            let mut tree = Tree::new();
            let root = tree.append_element(NodeId::DOCUMENT, "root");
            for row in (0..).take(self.rows) {
                let item = tree.append_element(root, "item");
                for (name, column) in &self.columns {
                    let cell = tree.append_element(item, name);
                    tree.set_text(cell, column.cells.get(row as usize).map_or("", |cell| cell));
                }
                if let Some(shown) = self.shown(row)
                    && !self.has_column("label")
                {
                    // As the XForm of the list has it, for `jr:itext(…/itextId)`.
                    let id = tree.append_element(item, "itextId");
                    tree.set_text(id, &format!("{}-{row}", self.name));
                    let label = tree.append_element(item, "label");
                    tree.set_text(label, shown.label.get("default"));
                }
            }
            tree
        })
    }
}

fn read_csv(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.split(['\n', '\r']).next().unwrap_or("");
    let in_head = |separator: &char| head.contains(*separator);
    let separator = [',', ';', '\t', '|'].into_iter().find(in_head).unwrap_or(',');
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            c if quoted => cell.push(c),
            c if c == separator => line.push(std::mem::take(&mut cell)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !line.is_empty() {
        line.push(cell);
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_csv_file_are_found_by_column() {
        let list = List::of_csv(
            "\u{feff}name,label,ward\r\nnc,\"中野, 中央\",nakano\nsg,杉並,suginami\n\nnm,中村,nakano\n",
        );
        assert_eq!(list.len(), 3);
        assert_eq!(list.rows_with("ward", "nakano"), [0, 2]);
        assert_eq!(list.rows_with("ward", "tokyo"), [0u32; 0]);
        assert_eq!(list.cell("label", 0), "中野, 中央");
        assert_eq!(list.cell("nothing", 0), "");
    }

    #[test]
    fn a_list_is_an_instance_too() {
        let list = List::of_csv("name;label\na;A \"quoted\"\n");
        let tree = list.tree();
        let item = tree.root_element().and_then(|root| tree.child_named(root, "item")).expect("one item");
        let label = tree.child_named(item, "label").map(|label| tree.text(label).into_owned());
        assert_eq!(label.as_deref(), Some("A \"quoted\""));
        assert_eq!(List::of_tree(tree.clone()).rows_with("name", "a"), [0]);
    }
}
