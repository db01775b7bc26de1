//! What an expression gives.

use std::borrow::Cow;

use super::{
    convert::{number_to_string, text_to_number},
    date::DateTime,
    tree::{NodeId, Tree},
};

/// A node of a certain tree.
#[derive(Debug, Clone, Copy)]
pub struct NodeRef<'t> {
    /// The tree.
    pub tree: &'t Tree,
    /// The node in it.
    pub node: NodeId,
}

impl<'t> NodeRef<'t> {
    /// Names a node of `tree`.
    pub const fn new(tree: &'t Tree, node: NodeId) -> Self {
        Self { tree, node }
    }

    /// The document node of `tree`.
    pub const fn document(tree: &'t Tree) -> Self {
        Self::new(tree, NodeId::DOCUMENT)
    }

    /// The string-value.
    pub fn text(self) -> Cow<'t, str> {
        self.tree.text(self.node)
    }

    /// Sorts nodes of one tree in document order; different trees keep apart.
    pub(super) fn order_key(self) -> (usize, u64) {
        (std::ptr::from_ref(self.tree) as usize, self.tree.rank(self.node))
    }
}

impl PartialEq for NodeRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.node == other.node
    }
}

/// What an expression gives: the four types of XPath 1.0, and a date of OpenRosa, which is
/// a number of days that prints as ISO 8601.
#[derive(Debug, Clone, PartialEq)]
pub enum Object<'t> {
    /// A number (IEEE 754 double).
    Number(f64),
    /// A text.
    Text(Cow<'t, str>),
    /// True or false.
    Boolean(bool),
    /// Nodes in document order, without doubles, unless a function shuffled them.
    Nodes(Vec<NodeRef<'t>>),
    /// A date with a time.
    Date(DateTime),
}

impl<'t> Object<'t> {
    /// A text.
    pub fn text(text: impl Into<Cow<'t, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Converts as `string()` does. NaN becomes an empty text, as OpenRosa clients show it.
    pub fn to_text(&self, offset_minutes: i16) -> Cow<'t, str> {
        match self {
            Self::Number(number) => Cow::Owned(number_to_string(*number)),
            Self::Text(text) => text.clone(),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Nodes(nodes) => nodes.first().map_or(Cow::Borrowed(""), |node| node.text()),
            Self::Date(date) => Cow::Owned(date.to_text(offset_minutes)),
        }
    }

    /// Converts as `number()` does; a date in a text counts its days.
    pub fn to_number(&self, offset_minutes: i16) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => text_to_number(text, offset_minutes),
            Self::Boolean(true) => 1.0,
            Self::Boolean(false) => 0.0,
            Self::Nodes(nodes) => {
                nodes.first().map_or(f64::NAN, |node| text_to_number(&node.text(), offset_minutes))
            }
            Self::Date(date) => date.days(),
        }
    }

    /// Converts as `boolean()` does.
    pub fn to_boolean(&self) -> bool {
        match self {
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Boolean(boolean) => *boolean,
            Self::Nodes(nodes) => !nodes.is_empty(),
            Self::Date(date) => date.is_true(),
        }
    }
}
