//! Nodes and how they hang together.

use std::{borrow::Cow, collections::HashMap};

use crate::xpath::names::well_known_namespace;

/// Marks "no node" in the links of the arena.
pub(super) const NONE: u32 = u32::MAX;

/// A node of one [`Tree`]. Valid until the node is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The document node of every tree.
    pub const DOCUMENT: Self = Self(0);

    /// Reads a link.
    pub(super) const fn linked(index: u32) -> Option<Self> {
        if index == NONE { None } else { Some(Self(index)) }
    }
}

/// The kinds of nodes of the XPath 1.0 data model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// The root of the tree, above the root element.
    Document,
    /// An element.
    Element,
    /// An attribute; its parent is the element, which does not count it as a child.
    Attribute,
    /// A namespace declaration; its local name is the prefix, its text the URI.
    Namespace,
    /// A run of text.
    Text,
    /// A comment.
    Comment,
    /// A processing instruction; its local name is the target.
    Instruction,
}

/// The name of an element or an attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Name {
    /// Prefix as written, if any.
    pub prefix: Option<Box<str>>,
    /// Local part.
    pub local: Box<str>,
    /// Namespace URI, if any.
    pub uri: Option<Box<str>>,
}

impl Name {
    /// A name in no namespace.
    pub fn local(local: &str) -> Self {
        Self { prefix: None, local: local.into(), uri: None }
    }

    /// A name with a prefix that OpenRosa forms use (`orx:meta`), or without one.
    pub fn written(text: &str) -> Self {
        match text.split_once(':') {
            Some((prefix, local)) => Self {
                prefix: Some(prefix.into()),
                local: local.into(),
                uri: well_known_namespace(prefix).map(Into::into),
            },
            None => Self::local(text),
        }
    }

    /// The name as written in XML.
    pub fn qualified(&self) -> Cow<'_, str> {
        match &self.prefix {
            Some(prefix) => Cow::Owned(format!("{prefix}:{}", self.local)),
            None => Cow::Borrowed(&self.local),
        }
    }
}

/// One slot of the arena. Attributes and namespaces are chained by `next`/`previous` too.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) name: u32,
    pub(super) parent: u32,
    pub(super) previous: u32,
    pub(super) next: u32,
    pub(super) first_child: u32,
    pub(super) last_child: u32,
    pub(super) first_attribute: u32,
    pub(super) last_attribute: u32,
    /// Rank in document order, with gaps.
    pub(super) order: u64,
    /// Not relevant: functions of sets pass over it.
    pub(super) hidden: bool,
    pub(super) text: String,
}

impl Node {
    pub(super) fn new(kind: NodeKind, name: u32, text: String) -> Self {
        Self {
            kind,
            name,
            parent: NONE,
            previous: NONE,
            next: NONE,
            first_child: NONE,
            last_child: NONE,
            first_attribute: NONE,
            last_attribute: NONE,
            order: 0,
            hidden: false,
            text,
        }
    }
}

/// An XML-like tree in one allocation: quick to read, to fill and to change.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) free: Vec<u32>,
    /// No node has a higher rank: what comes behind the node of this one comes last.
    pub(super) highest: u64,
    /// How many nodes are hidden.
    pub(super) hidden: usize,
    pub(super) names: Vec<Name>,
    /// The names with a local part, which are few: mostly one.
    pub(super) by_local: HashMap<Box<str>, Vec<u32>>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl Tree {
    /// An empty tree: a document node without a root element.
    pub fn new() -> Self {
        let mut tree = Self {
            nodes: Vec::new(),
            free: Vec::new(),
            highest: 0,
            hidden: 0,
            names: Vec::new(),
            by_local: HashMap::new(),
        };
        let unnamed = tree.intern(Name::default());
        tree.nodes.push(Node::new(NodeKind::Document, unnamed, String::new()));
        tree
    }

    pub(super) fn intern(&mut self, name: Name) -> u32 {
        let next = u32::try_from(self.names.len()).unwrap_or(NONE);
        let known = self.by_local.get_mut(&name.local);
        let same = |&&index: &&u32| self.names.get(index as usize) == Some(&name);
        match known {
            Some(known) => {
                if let Some(&index) = known.iter().find(same) {
                    return index;
                }
                known.push(next);
            }
            None => drop(self.by_local.insert(name.local.clone(), vec![next])),
        }
        self.names.push(name);
        next
    }

    /// The numbers of the names with a local part.
    pub(in crate::xpath) fn names_of(&self, local: &str) -> &[u32] {
        self.by_local.get(local).map_or(&[], Vec::as_slice)
    }

    /// All names with their numbers.
    pub(in crate::xpath) fn numbered_names(&self) -> impl Iterator<Item = (u32, &Name)> {
        (0..).zip(&self.names)
    }

    /// The name of a number.
    pub(in crate::xpath) fn numbered_name(&self, number: u32) -> &Name {
        self.names.get(number as usize).unwrap_or(&self.names[0])
    }

    /// The number of a node's name: equal for equal names within one tree.
    pub(in crate::xpath) fn name_number(&self, id: NodeId) -> u32 {
        self.node(id).name
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        // An id of another tree is a mistake of the program; the document node stands in.
        self.nodes.get(id.0 as usize).unwrap_or(&self.nodes[0])
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        let index = if (id.0 as usize) < self.nodes.len() { id.0 as usize } else { 0 };
        &mut self.nodes[index]
    }

    /// The root element.
    pub fn root_element(&self) -> Option<NodeId> {
        self.child_elements(NodeId::DOCUMENT).next()
    }

    /// What kind of node `id` is.
    pub fn kind(&self, id: NodeId) -> NodeKind {
        self.node(id).kind
    }

    /// True when functions of sets pass over the node: it is not relevant, in the words of XForms.
    pub fn is_hidden(&self, id: NodeId) -> bool {
        self.hidden > 0 && self.node(id).hidden
    }

    /// The name of an element or attribute; an empty name for other nodes.
    pub fn name(&self, id: NodeId) -> &Name {
        self.names.get(self.node(id).name as usize).unwrap_or(&self.names[0])
    }

    /// The node above; the element for an attribute.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        NodeId::linked(self.node(id).parent)
    }

    /// The first child, attributes not counted.
    pub fn first_child(&self, id: NodeId) -> Option<NodeId> {
        NodeId::linked(self.node(id).first_child)
    }

    /// The last child, attributes not counted.
    pub fn last_child(&self, id: NodeId) -> Option<NodeId> {
        NodeId::linked(self.node(id).last_child)
    }

    /// The sibling after; for an attribute, the next attribute.
    pub fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        NodeId::linked(self.node(id).next)
    }

    /// The sibling before; for an attribute, the previous attribute.
    pub fn previous_sibling(&self, id: NodeId) -> Option<NodeId> {
        NodeId::linked(self.node(id).previous)
    }

    /// The children in order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.first_child(id), |&child| self.next_sibling(child))
    }

    /// The children that are elements, in order.
    pub fn child_elements(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.children(id).filter(|&child| self.kind(child) == NodeKind::Element)
    }

    /// The first child element with this local name.
    pub fn child_named(&self, id: NodeId, local: &str) -> Option<NodeId> {
        self.child_elements(id).find(|&child| &*self.name(child).local == local)
    }

    /// Attributes and namespace declarations of an element, as written.
    pub fn attributes(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(NodeId::linked(self.node(id).first_attribute), |&attribute| {
            self.next_sibling(attribute)
        })
    }

    /// The value of the attribute with this local name.
    pub fn attribute(&self, id: NodeId, local: &str) -> Option<&str> {
        self.attributes(id)
            .find(|&attribute| {
                self.kind(attribute) == NodeKind::Attribute && &*self.name(attribute).local == local
            })
            .map(|attribute| self.node(attribute).text.as_str())
    }

    /// Everything below `id` in document order, attributes not counted.
    pub fn descendants(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.first_child(id), move |&node| self.following_within(node, id))
    }

    /// The next node in document order that is still below `top`.
    pub(in crate::xpath) fn following_within(&self, node: NodeId, top: NodeId) -> Option<NodeId> {
        if let Some(child) = self.first_child(node) {
            return Some(child);
        }
        let mut at = node;
        while at != top {
            if let Some(next) = self.next_sibling(at) {
                return Some(next);
            }
            at = self.parent(at)?;
        }
        None
    }

    /// True when `node` stands below `ancestor` (an attribute stands below its element).
    pub fn is_below(&self, node: NodeId, ancestor: NodeId) -> bool {
        std::iter::successors(self.parent(node), |&at| self.parent(at)).any(|at| at == ancestor)
    }

    /// The string-value of XPath 1.0 section 5: the text below an element, the value of an
    /// attribute, the content of a comment. Borrowed unless several texts must be joined.
    pub fn text(&self, id: NodeId) -> Cow<'_, str> {
        let node = self.node(id);
        if !matches!(node.kind, NodeKind::Element | NodeKind::Document) {
            return Cow::Borrowed(&node.text);
        }
        let mut texts = self.descendants(id).filter(|&below| self.kind(below) == NodeKind::Text);
        let Some(first) = texts.next() else { return Cow::Borrowed("") };
        let first = self.node(first).text.as_str();
        let Some(second) = texts.next() else { return Cow::Borrowed(first) };
        let mut joined = first.to_owned() + &self.node(second).text;
        texts.for_each(|text| joined.push_str(&self.node(text).text));
        Cow::Owned(joined)
    }

    /// How many nodes the tree holds.
    pub fn len(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    /// True when there is no root element.
    pub fn is_empty(&self) -> bool {
        self.root_element().is_none()
    }
}
