//! Where an expression is evaluated, and what the tree does not hold.

use super::{
    names::well_known_namespace,
    object::{NodeRef, Object},
    tree::{NodeId, Tree},
};
use crate::moment::Moment;

/// Steps that one evaluation may take unless told otherwise: a node visited, a function
/// called or an operator applied is a step. About a second of a slow tablet.
pub const STEP_BUDGET: u64 = 20_000_000;

/// Everything an expression may ask that is not in its tree. All of it has a default, so
/// a host tells only what it knows.
pub trait Host {
    /// The node that `instance('id')` gives: the parent of the instance's root element.
    fn instance(&self, _id: &str) -> Option<NodeRef<'_>> {
        None
    }

    /// What `pulldata` gives, when the host can look it up without walking the rows: the
    /// `column` of the first row of an instance whose `key_column` is `key`.
    fn pull(&self, _id: &str, _column: &str, _key_column: &str, _key: &str) -> Option<String> {
        None
    }

    /// The translation that `jr:itext('id')` gives, in the language that is shown.
    fn itext(&self, _id: &str) -> Option<Object<'_>> {
        None
    }

    /// The label of the choice `value` of the question whose path is written as `question`.
    fn choice_label(&self, _question: &str, _value: &str, _at: NodeRef<'_>) -> Option<String> {
        None
    }

    /// The instant that `now()` and `today()` give.
    fn now(&self) -> Option<Moment> {
        None
    }

    /// Minutes east of UTC of dates that carry no offset. Japan unless the clock says else.
    fn offset_minutes(&self) -> i16 {
        self.now().map_or(540, |now| now.offset_minutes)
    }

    /// A random number from 0 up to but not including 1.
    fn random(&self) -> Option<f64> {
        None
    }

    /// What `property('name')` gives: `deviceid`, `username`, `email`.
    fn property(&self, _name: &str) -> Option<String> {
        None
    }

    /// The version of the form.
    fn version(&self) -> Option<String> {
        None
    }

    /// The namespace that a prefix in an expression stands for; the empty prefix is the
    /// default namespace. The prefixes of OpenRosa forms are known.
    fn namespace(&self, prefix: &str) -> Option<&str> {
        well_known_namespace(prefix)
    }

    /// The value of `$name`.
    fn variable(&self, _name: &str) -> Option<Object<'_>> {
        None
    }

    /// True when `signature` is the Ed25519 signature of `message` under `public_key`;
    /// `None` when the host cannot tell.
    fn verify_signature(&self, _public_key: &[u8], _message: &[u8], _signature: &[u8]) -> Option<bool> {
        None
    }
}

/// A host that knows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;

impl Host for NoHost {}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub struct Context<'t> {
    pub(super) host: &'t dyn Host,
    pub(super) root: NodeRef<'t>,
    pub(super) node: NodeRef<'t>,
    pub(super) current: NodeRef<'t>,
    pub(super) position: usize,
    pub(super) size: usize,
    pub(super) budget: u64,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("node", &self.node.node).finish_non_exhaustive()
    }
}

impl<'t> Context<'t> {
    /// Evaluates at the document node of `tree`.
    pub fn new(host: &'t dyn Host, tree: &'t Tree) -> Self {
        let document = NodeRef::document(tree);
        Self {
            host,
            root: document,
            node: document,
            current: document,
            position: 1,
            size: 1,
            budget: STEP_BUDGET,
        }
    }

    /// The tree in which paths with a leading slash begin.
    pub const fn tree(&self) -> &'t Tree {
        self.root.tree
    }

    /// Evaluates at `node` of the tree; `current()` is the same node.
    #[must_use]
    pub fn at(self, node: NodeId) -> Self {
        self.at_node(NodeRef::new(self.root.tree, node))
    }

    /// Evaluates at a node of any tree; `current()` is the same node.
    #[must_use]
    pub fn at_node(self, node: NodeRef<'t>) -> Self {
        Self { node, current: node, ..self }
    }

    /// Sets what `current()` gives, for an expression that stands in for a predicate
    /// (`choice_filter` is evaluated at each item, `current()` stays the question).
    #[must_use]
    pub fn with_current(self, current: NodeRef<'t>) -> Self {
        Self { current, ..self }
    }

    /// Sets where paths with a leading slash begin, and where `..` ends: the parent of the
    /// primary instance's root element when that stands within a larger document.
    #[must_use]
    pub fn with_root(self, root: NodeRef<'t>) -> Self {
        Self { root, ..self }
    }

    /// Sets `position()` and `last()`.
    #[must_use]
    pub fn with_position(self, position: usize, size: usize) -> Self {
        Self { position, size, ..self }
    }

    /// Sets how many steps the evaluation may take.
    #[must_use]
    pub fn with_budget(self, budget: u64) -> Self {
        Self { budget, ..self }
    }
}
