//! Choice lists in memory: the sheet's lists and the rows of external files alike.
//!
//! Owns the look-up by value and by column, built when first asked for: a list of 100,000
//! rows with the filter `ward = ${ward}` is an entry of a hash map, not a scan.

use std::{collections::BTreeMap, sync::OnceLock};

use super::{
    Choice, ChoiceList, geojson,
    rows::{Table, read_table},
};
use crate::{
    text::Localized,
    xpath::{NodeId, Tree},
};

/// A choice list, or the rows of a secondary instance.
#[derive(Debug, Default)]
pub(super) struct List {
    /// In the order in which the first row has them.
    columns: Vec<(Box<str>, Column)>,
    rows: usize,
    /// Name of a list of the choices sheet.
    name: String,
    /// Labels and media of a list of the choices sheet.
    shown: Option<Vec<Shown>>,
    tree: OnceLock<Tree>,
    /// Names of the root element and of the rows, where all elements below it have one name.
    rows_of: Option<[String; 2]>,
}

/// The cells of a column in one text: a hundred thousand small ones would cost more than they hold.
#[derive(Debug, Default)]
struct Column {
    text: String,
    /// Where the cell of each row ends.
    ends: Vec<u32>,
    /// The rows in the order of their cells, then of their place.
    sorted: OnceLock<Box<[u32]>>,
}

impl Column {
    fn cell(&self, row: usize) -> &str {
        let end = |row: usize| self.ends.get(row).map(|&end| end as usize);
        let start = row.checked_sub(1).map_or(Some(0), end);
        start.zip(end(row)).and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default()
    }

    /// Adds the cell of a row; the first stays where a row has two.
    fn put(&mut self, row: usize, cell: &str) {
        if self.ends.len() > row {
            return;
        }
        self.fill(row);
        self.text.push_str(cell);
        self.fill(row + 1);
    }

    /// Gives empty cells to the rows before `rows` that have none.
    fn fill(&mut self, rows: usize) {
        // 4 GiB of text in one column is beyond what a form may hold; what comes after is not read.
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.ends.resize(rows, end);
    }

    fn rows_with(&self, value: &str) -> &[u32] {
        let sorted = self.sorted.get_or_init(|| {
            let mut rows: Vec<u32> = (0..).take(self.ends.len()).collect();
            rows.sort_by_key(|&row| self.cell(row as usize));
            rows.into()
        });
        let from = sorted.partition_point(|&row| self.cell(row as usize) < value);
        let rest = sorted.get(from..).unwrap_or_default();
        let count = rest.partition_point(|&row| self.cell(row as usize) == value);
        rest.get(..count).unwrap_or_default()
    }
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
    /// No rows yet, of what is no XML: clients read it as `/root/item`.
    fn of_items() -> Self {
        Self { rows_of: Some(["root", "item"].map(str::to_owned)), ..Self::default() }
    }

    /// Takes a list of the choices sheet; its value column is `name`.
    pub(super) fn of_choices(name: &str, list: &ChoiceList) -> Self {
        let mut made = Self { rows: list.items.len(), ..Self::of_items() };
        for (row, Choice { name, columns, .. }) in list.items.iter().enumerate() {
            made.put("name", row, name);
            for (column, cell) in columns {
                made.put(column, row, cell);
            }
        }
        let shown = |choice: &Choice| Shown { label: choice.label.clone(), media: choice.media.clone() };
        made.shown = Some(list.items.iter().map(shown).collect());
        made.name = name.to_owned();
        made
    }

    /// Reads the elements below the root element of a secondary instance as rows; `None` when
    /// the text is not well-formed.
    pub(super) fn of_xml(text: &str) -> Option<Self> {
        let mut columns: Vec<Column> = Vec::new();
        let table = read_table(text, &mut |at, cell| {
            if columns.len() <= at {
                columns.resize_with(at + 1, Column::default);
            }
            if let Some(column) = columns.get_mut(at) {
                column.put(column.ends.len(), cell);
            }
        });
        let Some(Table { root, row, columns: names, rows }) = table else {
            return Tree::parse(text).ok().map(Self::of_tree);
        };
        let columns = names.into_iter().map(String::into_boxed_str).zip(columns).collect();
        Some(Self { columns, rows, rows_of: Some([root, row]), ..Self::default() })
    }

    fn of_tree(tree: Tree) -> Self {
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
        let mut made = Self::of_items();
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
            let mut made = Self::of_items();
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
        self.rows_of.as_ref() == Some(rows)
    }

    fn put(&mut self, name: &str, row: usize, cell: &str) {
        let place = self.columns.iter().position(|(known, _)| **known == *name);
        let place = place.unwrap_or_else(|| {
            self.columns.push((name.into(), Column::default()));
            self.columns.len() - 1
        });
        if let Some((_, column)) = self.columns.get_mut(place) {
            column.put(row, cell);
        }
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(known, _)| **known == *name).map(|(_, column)| column)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// The cell of a row; empty where there is none.
    pub(super) fn cell(&self, column: &str, row: u32) -> &str {
        self.column(column).map_or("", |column| column.cell(row as usize))
    }

    /// True when any row has this column.
    pub(super) fn has_column(&self, column: &str) -> bool {
        self.column(column).is_some()
    }

    /// The rows whose `column` holds exactly `value`, in order.
    pub(super) fn rows_with(&self, column: &str, value: &str) -> &[u32] {
        self.column(column).map_or(&[], |column| column.rows_with(value))
    }

    /// What the choice in `row` looks like; `None` for rows of files, which have a label cell.
    pub(super) fn shown(&self, row: u32) -> Option<&Shown> {
        self.shown.as_ref().and_then(|shown| shown.get(row as usize))
    }

    /// The list as a secondary instance: `/root/item/…`.
    pub(super) fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| {
            let [root, item] =
                self.rows_of.as_ref().map_or(["root", "item"], |names| names.each_ref().map(String::as_str));
            let mut tree = Tree::new();
            let root = tree.append_element(NodeId::DOCUMENT, root);
            for row in (0..).take(self.rows) {
                let item = tree.append_element(root, item);
                for (name, column) in &self.columns {
                    let cell = tree.append_element(item, name);
                    tree.set_text(cell, column.cell(row as usize));
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

    #[test]
    fn rows_are_read_alike_with_and_without_a_tree() {
        let xml = "<root><item><name>b</name><label>B</label></item><item><name>a</name><label/></item>\
                   <item><name>b</name><label>C</label></item></root>";
        let rows = List::of_xml(xml).expect("well-formed");
        let tree = Tree::parse(xml).expect("well-formed");
        assert!(rows.tree.get().is_none());
        let nodes = |tree: &Tree| -> Vec<_> {
            let of = |node| (tree.kind(node), tree.name(node).local.clone(), tree.text(node).into_owned());
            tree.descendants(NodeId::DOCUMENT).map(of).collect()
        };
        assert_eq!(nodes(rows.tree()), nodes(&tree));
        let whole = List::of_tree(tree);
        assert_eq!((rows.len(), &rows.rows_of), (whole.len(), &whole.rows_of));
        for value in ["", "a", "b", "c"] {
            assert_eq!(rows.rows_with("name", value), whole.rows_with("name", value));
            assert_eq!(rows.rows_with("label", value), whole.rows_with("label", value));
        }
        assert_eq!(rows.rows_with("name", "b"), [0, 2]);
        assert!(List::of_xml("<root><item/></root>").is_some(), "rows without cells");
        assert!(List::of_xml("<root><item></root>").is_none());
    }
}
