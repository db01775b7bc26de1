//! Attributes, paths and mixed texts of the elements of a document.

use crate::xpath::{NodeId, NodeKind, Tree};

/// Where a relative reference begins, and the texts of one document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'t> {
    pub(super) tree: &'t Tree,
}

impl<'t> Source<'t> {
    /// The local name of an element.
    pub(super) fn name(&self, node: NodeId) -> &'t str {
        &self.tree.name(node).local
    }

    /// The child elements.
    pub(super) fn elements(&self, node: NodeId) -> Vec<NodeId> {
        self.tree.child_elements(node).collect()
    }

    /// An attribute by its local name, trimmed; `None` when empty.
    pub(super) fn attribute(&self, node: NodeId, local: &str) -> Option<&'t str> {
        self.tree.attribute(node, local).map(str::trim).filter(|text| !text.is_empty())
    }

    /// All attributes: name as written, value. Namespace declarations stay out.
    pub(super) fn attributes(&self, node: NodeId) -> Vec<(String, String)> {
        let of = |&id: &NodeId| self.tree.kind(id) == NodeKind::Attribute;
        let pair =
            |id: NodeId| (self.tree.name(id).qualified().into_owned(), self.tree.text(id).into_owned());
        self.tree.attributes(node).filter(of).map(pair).collect()
    }

    /// A label, a hint, a translation: text in which `<output value="…"/>` is `${…}`.
    pub(super) fn mixed(&self, node: NodeId) -> String {
        let mut text = String::new();
        for below in self.tree.descendants(node) {
            let is_output = |id: NodeId| self.tree.kind(id) == NodeKind::Element && self.name(id) == "output";
            match self.tree.kind(below) {
                NodeKind::Text if !self.tree.parent(below).is_some_and(is_output) => {
                    text.push_str(&escaped(&self.tree.text(below)));
                }
                _ if is_output(below) => {
                    let value = self.attribute(below, "value").or_else(|| self.attribute(below, "ref"));
                    if let Some(value) = value {
                        text.push_str("${");
                        text.push_str(value);
                        text.push('}');
                    }
                }
                _ => {}
            }
        }
        text
    }
}

/// What looks like an output and is none.
fn escaped(text: &str) -> String {
    if text.contains("${") { text.replace("${", "${'$'}{") } else { text.to_owned() }
}

/// An absolute path of names for a reference that stands below `context`.
pub(super) fn absolute(reference: &str, context: &str) -> String {
    let reference: String = reference.chars().filter(|c| !c.is_whitespace()).collect();
    let mut names: Vec<&str> = Vec::new();
    let below = if reference.starts_with('/') { "" } else { context };
    for step in below.split('/').chain(reference.split('/')) {
        match step {
            "" | "." | "current()" => {}
            ".." => drop(names.pop()),
            name => names.push(name.split('[').next().unwrap_or(name)),
        }
    }
    format!("/{}", names.join("/"))
}

/// The id that `jr:itext('id')` names, when it is written out.
pub(super) fn itext_id(reference: &str) -> Option<&str> {
    let inner = reference.trim().strip_prefix("jr:itext(")?.strip_suffix(')')?.trim();
    let quote = inner.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    inner.strip_prefix(quote)?.strip_suffix(quote).filter(|id| !id.contains(quote))
}

/// A text as an XPath literal.
pub(super) fn literal(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_absolute_whatever_they_are_written_as() {
        for (reference, path) in [
            ("/data/a", "/data/a"),
            ("a", "/data/group/a"),
            ("./a", "/data/group/a"),
            ("../a", "/data/a"),
            (" /data/rep[1]/a ", "/data/rep/a"),
        ] {
            assert_eq!(absolute(reference, "/data/group"), path);
        }
    }

    #[test]
    fn a_literal_holds_any_text() {
        assert_eq!(literal("a"), "'a'");
        assert_eq!(literal("it's"), "\"it's\"");
        assert_eq!(literal("it's \"b\""), "concat('it', \"'\", 's \"b\"')");
    }
}
