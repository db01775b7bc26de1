//! Large instances, taken out of a document before it becomes a tree.
//!
//! The rows of a big choice list are most of such a document, and a tree of them is some
//! twenty times their text. They stay text, and the form reads them when it is filled.

use std::borrow::Cow;

use super::element::Source;
use crate::{
    form::read_table,
    xpath::{MAX_XML_BYTES, NodeId, NodeKind},
};

/// Instances with less text stay in the document.
const LARGE: usize = 64 * 1024;
/// The processing instruction that stands for rows that were taken out.
const MARK: &str = "tsumugi-rows";

/// A document without its large instances.
pub(super) struct Cut<'x> {
    /// The document; a processing instruction stands where rows were.
    pub(super) rest: Cow<'x, str>,
    rows: Vec<&'x str>,
}

impl<'x> Cut<'x> {
    /// Takes out the instances that are tables of at least [`LARGE`] bytes.
    pub(super) fn of(xml: &'x str) -> Self {
        Self::with(xml, LARGE)
    }

    /// The same with another limit.
    pub(super) fn with(xml: &'x str, least: usize) -> Self {
        // Entities of a document type are the XML reader's to replace, and too much is its to refuse.
        let is_small = xml.len() < least;
        if is_small || xml.len() > MAX_XML_BYTES || xml.contains("<!DOCTYPE") {
            return Self { rest: Cow::Borrowed(xml), rows: Vec::new() };
        }
        let (mut rest, mut rows) = (String::new(), Vec::new());
        let mut after = xml;
        // The first instance is the form itself.
        let mut is_first = true;
        while let Some((before, content, end)) = next_instance(after) {
            rest.push_str(before);
            if !is_first && content.len() >= least && is_list(content) {
                rest.push_str(&format!("<?{MARK} {}?>", rows.len()));
                rows.push(content);
            } else {
                rest.push_str(content);
            }
            is_first = false;
            after = end;
        }
        rest.push_str(after);
        Self { rest: Cow::Owned(rest), rows }
    }

    /// The rows that were taken out of an instance.
    pub(super) fn rows(&self, source: Source<'_>, instance: NodeId) -> Option<&'x str> {
        let mark = source.tree.children(instance).find(|&child| {
            source.tree.kind(child) == NodeKind::Instruction && *source.tree.name(child).local == *MARK
        })?;
        self.rows.get(source.tree.text(mark).trim().parse::<usize>().ok()?).copied()
    }
}

/// True for a table whose rows say all of themselves; `itextId` names texts of the document.
fn is_list(content: &str) -> bool {
    let table = read_table(content, &mut |_, _| ());
    table.is_some_and(|table| !table.columns.iter().any(|column| column == "itextId"))
}

/// Text up to and with the next start tag of an `instance`, what it holds, and the rest.
fn next_instance(xml: &str) -> Option<(&str, &str, &str)> {
    const START: &str = "<instance";
    let mut from = 0;
    loop {
        let start = from + xml.get(from..)?.find(START)? + START.len();
        let tag = xml.get(start..)?;
        let close = tag.find('>')?;
        let is_tag = tag.starts_with([' ', '\t', '\n', '\r', '>']);
        if is_tag && !tag.get(..close)?.ends_with('/') {
            let (before, rest) = xml.split_at_checked(start + close + 1)?;
            let (content, end) = rest.split_at_checked(rest.find("</instance")?)?;
            return Some((before, content, end));
        }
        from = start;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        answers::Path,
        form::{Form, FormEntry, Start},
        moment::Moment,
        xform::{read::document::read_cut, write},
    };

    const FORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
      <h:head><h:title>Places</h:title><model>
        <instance><data id="places"><ward/><place/></data></instance>
        <instance id="places"><root>
          <item><name>a</name><label>Aoi &amp; co</label><ward>n</ward></item>
          <item><name>b</name><label>Baba</label><ward>s</ward></item>
          <item><name>c</name><label>Chuo</label><ward>n</ward></item>
        </root></instance>
        <bind nodeset="/data/ward" type="string"/><bind nodeset="/data/place" type="string"/>
      </model></h:head>
      <h:body><input ref="/data/ward"><label>Ward</label></input>
        <select1 ref="/data/place"><label>Place</label>
          <itemset nodeset="instance('places')/root/item[ward = /data/ward]"><value ref="name"/><label ref="label"/></itemset>
        </select1></h:body></h:html>"#;

    fn offered(xml: &str, cut: &Cut<'_>) -> Vec<(String, String)> {
        let form = Form::compile(read_cut(xml, cut).expect("an XForm")).expect("a form");
        let start = Start {
            now: Moment::tokyo(1_790_000_000_000),
            seed: 1,
            device: None,
            properties: BTreeMap::new(),
            language: "en".to_owned(),
        };
        let mut entry = FormEntry::new(form, &start);
        entry.set_text(&Path::new("ward"), "n").expect("a ward");
        entry.choices_at(&Path::new("place"), "en")
    }

    #[test]
    fn a_list_that_was_taken_out_is_offered_and_written_as_before() {
        let whole = offered(FORM, &Cut::of(FORM));
        let cut = Cut::with(FORM, 0);
        assert_eq!(cut.rows.len(), 1);
        assert_eq!(offered(FORM, &cut), whole);
        assert_eq!(whole.len(), 2);
        let written = write(&read_cut(FORM, &cut).expect("an XForm"));
        assert_eq!(offered(&written, &Cut::of(&written)), whole);
    }

    #[test]
    fn a_mistake_is_told_with_its_line_in_the_whole_document() {
        let broken = FORM.replace("</h:body>", "</body>");
        let told = |cut: &Cut<'_>| format!("{:?}", read_cut(&broken, cut).expect_err("not well-formed"));
        assert_eq!(told(&Cut::with(&broken, 0)), told(&Cut::of(&broken)));
    }

    #[test]
    fn only_tables_behind_the_first_instance_are_taken_out() {
        let xml = "<m><instance id=\"data\"><data><a><b/></a></data></instance><instance src=\"x\" />\
                   <instance id=\"rows\"><root><item><name>a</name></item></root></instance>\
                   <instances/><instance id=\"deep\"><root><item><name><b/></name></item></root></instance></m>";
        let cut = Cut::with(xml, 0);
        let expected = xml.replace("<root><item><name>a</name></item></root>", "<?tsumugi-rows 0?>");
        assert_eq!(cut.rest, expected);
        assert_eq!(cut.rows, ["<root><item><name>a</name></item></root>"]);
        assert_eq!(Cut::of(xml).rest, xml);
        let open = "<m><instance id=\"a\"><data/></instance><instance id=\"b\"><root>";
        assert_eq!(Cut::with(open, 0).rest, open);
    }
}
