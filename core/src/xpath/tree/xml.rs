//! Reading a tree from XML.

use super::arena::{Name, NodeId, Tree};

/// Most bytes of XML that [`Tree::parse`] reads: what one secondary instance may weigh.
pub const MAX_XML_BYTES: usize = 64 << 20;

/// Why XML could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The text is not well-formed XML.
    #[error("not well-formed XML at line {line}, column {column}: {reason}")]
    Malformed {
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
        /// What the XML reader says.
        reason: String,
    },
    /// The text is longer than this room reads.
    #[error("{bytes} bytes of XML, at most {limit} are read")]
    TooLarge {
        /// Length of the text.
        bytes: usize,
        /// Most bytes that are read.
        limit: usize,
    },
}

impl Tree {
    /// Reads a tree from XML text. A document type declaration is passed over: it is no
    /// node of XPath, and entities that it declares count against the reader's own limits.
    ///
    /// # Errors
    /// [`TreeError`] when the text is too long or not well-formed.
    pub fn parse(xml: &str) -> Result<Self, TreeError> {
        if xml.len() > MAX_XML_BYTES {
            return Err(TreeError::TooLarge { bytes: xml.len(), limit: MAX_XML_BYTES });
        }
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let document = roxmltree::Document::parse_with_options(xml, options).map_err(|error| {
            let at = error.pos();
            TreeError::Malformed { line: at.row, column: at.col, reason: error.to_string() }
        })?;
        let mut tree = Self::new();
        // A stack of its own: a deep document must not overflow the machine's.
        let mut open: Vec<(Option<roxmltree::Node<'_, '_>>, NodeId)> =
            vec![(document.root().first_child(), NodeId::DOCUMENT)];
        while let Some((source, parent)) = open.pop() {
            let Some(source) = source else { continue };
            open.push((source.next_sibling(), parent));
            if let Some(made) = tree.append_xml(parent, source) {
                open.push((source.first_child(), made));
            }
        }
        Ok(tree)
    }

    /// Appends one XML node without its children; an element is returned to be filled.
    fn append_xml(&mut self, parent: NodeId, source: roxmltree::Node<'_, '_>) -> Option<NodeId> {
        match source.node_type() {
            roxmltree::NodeType::Element => Some(self.append_xml_element(parent, source)),
            roxmltree::NodeType::Text => {
                self.append_text(parent, source.text().unwrap_or_default());
                None
            }
            roxmltree::NodeType::Comment => {
                self.append_comment(parent, source.text().unwrap_or_default());
                None
            }
            roxmltree::NodeType::PI => {
                let instruction = source.pi()?;
                self.append_instruction(parent, instruction.target, instruction.value.unwrap_or_default());
                None
            }
            roxmltree::NodeType::Root => None,
        }
    }

    fn append_xml_element(&mut self, parent: NodeId, source: roxmltree::Node<'_, '_>) -> NodeId {
        let tag = source.tag_name();
        let prefix = tag.namespace().and_then(|uri| source.lookup_prefix(uri)).filter(|p| !p.is_empty());
        let element = self.insert_element(parent, None, name_of(prefix, tag.name(), tag.namespace()));
        for namespace in source.namespaces() {
            let prefix = namespace.name();
            let inherited = source.parent().and_then(|above| above.lookup_namespace_uri(prefix));
            if inherited != Some(namespace.uri()) {
                self.declare_namespace(element, prefix.unwrap_or_default(), namespace.uri());
            }
        }
        for attribute in source.attributes() {
            let prefix = attribute.namespace().and_then(|uri| source.lookup_prefix(uri));
            let name = name_of(prefix, attribute.name(), attribute.namespace());
            self.set_attribute(element, name, attribute.value());
        }
        element
    }
}

fn name_of(prefix: Option<&str>, local: &str, uri: Option<&str>) -> Name {
    Name { prefix: prefix.map(Into::into), local: local.into(), uri: uri.map(Into::into) }
}
