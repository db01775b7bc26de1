//! An XML element that is being made, and its text.

use crate::xpath::{NodeId, NodeKind, Tree};

/// The deepest that elements of a tree are taken over.
const DEEPEST: usize = 200;

/// An element with attributes and children.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Xml {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Child>,
}

/// What stands inside an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Child {
    Element(Xml),
    Text(String),
}

impl Xml {
    /// The root element of a tree; comments are left out.
    pub(super) fn of_tree(tree: &Tree) -> Option<Self> {
        tree.root_element().map(|root| Self::of_node(tree, root, 0))
    }

    fn of_node(tree: &Tree, node: NodeId, depth: usize) -> Self {
        let mut element = Self::new(tree.name(node).local.to_string());
        for attribute in tree.attributes(node).filter(|&id| tree.kind(id) == NodeKind::Attribute) {
            element.set(tree.name(attribute).local.to_string(), tree.text(attribute));
        }
        for child in tree.children(node) {
            match tree.kind(child) {
                NodeKind::Text => element.children.push(Child::Text(tree.text(child).into_owned())),
                NodeKind::Element if depth < DEEPEST => element.push(Self::of_node(tree, child, depth + 1)),
                _ => {}
            }
        }
        element
    }

    /// An empty element.
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The element with an attribute.
    pub(super) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// The element with an attribute when there is a value.
    pub(super) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The element with a text inside.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.children.push(Child::Text(text));
        }
        self
    }

    /// The element with another inside.
    pub(super) fn child(mut self, child: Self) -> Self {
        self.push(child);
        self
    }

    /// Sets an attribute; a second value replaces the first.
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.attributes.push((name, value)),
        }
    }

    /// The first element inside with this name.
    pub(super) fn child_mut(&mut self, name: &str) -> Option<&mut Self> {
        self.children.iter_mut().find_map(|child| match child {
            Child::Element(element) if element.name == name => Some(element),
            _ => None,
        })
    }

    /// Puts an element at the end.
    pub(super) fn push(&mut self, child: Self) {
        self.children.push(Child::Element(child));
    }

    /// The text of the document.
    pub(super) fn print(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\"?>\n");
        self.write(&mut out, 0);
        out
    }

    /// The element in one line, with nothing between the elements.
    pub(super) fn print_flat(&self) -> String {
        let mut out = String::new();
        self.write_flat(&mut out);
        out
    }

    fn write_flat(&self, out: &mut String) {
        self.write_flat_start(out);
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for child in &self.children {
            match child {
                Child::Text(text) => escape(text, false, out),
                Child::Element(element) => element.write_flat(out),
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        out.push_str(&indent);
        self.write_flat_start(out);
        if self.children.is_empty() {
            out.push_str("/>\n");
            return;
        }
        out.push('>');
        // Blanks are part of a text, so an element with text, or with an output for a text, is
        // written in one line.
        let is_text = |child: &Child| match child {
            Child::Text(_) => true,
            Child::Element(element) => element.name == "output",
        };
        if self.children.iter().any(is_text) {
            self.write_flat_children(out);
        } else {
            out.push('\n');
            for child in &self.children {
                if let Child::Element(element) = child {
                    element.write(out, depth + 1);
                }
            }
            out.push_str(&indent);
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push_str(">\n");
    }

    fn write_flat_start(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, true, out);
            out.push('"');
        }
    }

    fn write_flat_children(&self, out: &mut String) {
        for child in &self.children {
            match child {
                Child::Text(text) => escape(text, false, out),
                Child::Element(element) => {
                    element.write_flat_start(out);
                    out.push('>');
                    element.write_flat_children(out);
                    out.push_str("</");
                    out.push_str(&element.name);
                    out.push('>');
                }
            }
        }
    }
}

pub(super) fn escape(text: &str, is_attribute: bool, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if is_attribute => out.push_str("&quot;"),
            '\n' if is_attribute => out.push_str("&#10;"),
            '\t' if is_attribute => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            // XML 1.0 has no place for other control characters.
            control if control.is_control() && control != '\n' && control != '\t' => {}
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_blanks_and_its_signs() {
        let label = Xml::new("label").text("a < b ").child(Xml::new("output").with("value", "\"x\""));
        let group = Xml::new("group").child(label);
        assert_eq!(
            group.print(),
            "<?xml version=\"1.0\"?>\n<group>\n  <label>a &lt; b <output value=\"&quot;x&quot;\"></output></label>\n</group>\n"
        );
    }

    #[test]
    fn a_text_that_is_one_output_gets_no_blanks() {
        let value = Xml::new("value").child(Xml::new("output").with("value", "/data/a"));
        assert_eq!(
            value.print(),
            "<?xml version=\"1.0\"?>\n<value><output value=\"/data/a\"></output></value>\n"
        );
    }
}
