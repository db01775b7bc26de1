//! The rows of a secondary instance, read without a tree.
//!
//! A list of 100,000 choices is a million nodes as a tree and some ten megabytes as text:
//! what has the shape of a table is read row by row, and kept as columns.

use quick_xml::{
    Reader,
    errors::Error,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};

/// The names of a table: `<root><item><name/><label/></item>…</root>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// Name of the root element.
    pub(crate) root: String,
    /// Name of each row.
    pub(crate) row: String,
    /// Names of the cells of each row, in order.
    pub(crate) columns: Vec<String>,
    /// How many rows there are.
    pub(crate) rows: usize,
}

/// Reads an element whose children are rows of one name with the same cells in the same order,
/// without attributes or anything deeper. `take` is given the column and the text of each cell;
/// `None` when the element has another shape or is not well-formed.
pub(crate) fn read_table(xml: &str, take: &mut dyn FnMut(usize, &str)) -> Option<Table> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk { table: Table::default(), open: Open::Nothing, cell: 0, text: String::new(), take };
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => walk.start(&start)?,
            Event::End(_) => walk.end()?,
            Event::Text(text) => walk.text(&text.xml10_content())?,
            Event::CData(text) => walk.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => walk.reference(&reference)?,
            Event::Comment(_) => {}
            Event::Eof => break,
            Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => return None,
        }
    }
    (walk.open == Open::Nothing && walk.table.rows > 0).then_some(walk.table)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Root,
    Row,
    Cell,
}

struct Walk<'a> {
    table: Table,
    open: Open,
    /// The cell of the row that comes next, or is open.
    cell: usize,
    text: String,
    take: &'a mut dyn FnMut(usize, &str),
}

impl Walk<'_> {
    fn start(&mut self, start: &BytesStart<'_>) -> Option<()> {
        let name = start.name();
        let name = name.as_ref();
        if !start.attributes_raw().trim().is_empty() || !is_name(name) {
            return None;
        }
        self.open = match self.open {
            Open::Nothing if self.table.root.is_empty() => {
                name.clone_into(&mut self.table.root);
                Open::Root
            }
            Open::Root => {
                if self.table.rows == 0 {
                    name.clone_into(&mut self.table.row);
                }
                self.cell = 0;
                (name == self.table.row).then_some(Open::Row)?
            }
            Open::Row => {
                if self.table.rows == 0 && !self.table.columns.iter().any(|known| known == name) {
                    self.table.columns.push(name.to_owned());
                }
                (self.table.columns.get(self.cell)? == name).then_some(Open::Cell)?
            }
            Open::Nothing | Open::Cell => return None,
        };
        Some(())
    }

    fn end(&mut self) -> Option<()> {
        self.open = match self.open {
            Open::Cell => {
                (self.take)(self.cell, &self.text);
                self.text.clear();
                self.cell += 1;
                Open::Row
            }
            Open::Row if self.cell == self.table.columns.len() => {
                self.table.rows += 1;
                Open::Root
            }
            Open::Root => Open::Nothing,
            Open::Row | Open::Nothing => return None,
        };
        Some(())
    }

    fn text(&mut self, text: &str) -> Option<()> {
        let is_legal = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
        if self.open == Open::Cell {
            self.text.push_str(text);
            text.chars().all(is_legal).then_some(())
        } else {
            text.trim().is_empty().then_some(())
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Option<()> {
        let resolved: Result<Option<char>, Error> = reference.resolve_char_ref();
        match resolved.ok()? {
            Some(c) => self.text(c.encode_utf8(&mut [0; 4])),
            None => self.text(resolve_predefined_entity(reference)?),
        }
    }
}

/// A name without a prefix; narrower than XML's, which only asks for a tree where it is enough.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> Option<(Table, Vec<(usize, String)>)> {
        let mut cells = Vec::new();
        let table = read_table(xml, &mut |column, text| cells.push((column, text.to_owned())))?;
        Some((table, cells))
    }

    #[test]
    fn rows_of_one_shape_are_a_table() {
        let xml = "<root>\n <!-- two --> <item><name>a&amp;b</name><label><![CDATA[<A>]]> &#x7d21;</label></item>\
                   <item>\n<name/><label> B\r\n</label></item></root>";
        let (table, cells) = read(xml).expect("a table");
        assert_eq!((table.root.as_str(), table.row.as_str(), table.rows), ("root", "item", 2));
        assert_eq!(table.columns, ["name", "label"]);
        let texts: Vec<_> = cells.iter().map(|(column, text)| (*column, text.as_str())).collect();
        assert_eq!(texts, [(0, "a&b"), (1, "<A> 紡"), (0, ""), (1, " B\n")]);
    }

    #[test]
    fn another_shape_is_none() {
        for xml in [
            "",
            "<root/>",
            "<root a=\"1\"><item><name>a</name></item></root>",
            "<root><item a=\"1\"><name>a</name></item></root>",
            "<root><item><name a=\"1\">a</name></item></root>",
            "<root><item><x:name>a</x:name></item></root>",
            "<root><item><name>a</name></item><other><name>a</name></other></root>",
            "<root><item><name>a</name></item><item/></root>",
            "<root><item><name>a</name></item><item><name>a</name><label/></item></root>",
            "<root><item><a/><b/></item><item><b/><a/></item></root>",
            "<root><item><a/><a/></item></root>",
            "<root><item><name>a<b/></name></item></root>",
            "<root>text<item><name>a</name></item></root>",
            "<root><item>text<name>a</name></item></root>",
            "<root><item><name>&unknown;</name></item></root>",
            "<root><item><name>a</name></item></root><root/>",
            "<root><item><name>a</name></item>",
            "<root><item><name>a</label></item></root>",
        ] {
            assert_eq!(read(xml), None, "{xml}");
        }
    }
}
