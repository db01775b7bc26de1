//! A host for tests.

use std::cell::Cell;

use crate::{
    moment::Moment,
    xpath::{Context, EvalError, Expr, Host, NodeId, NodeRef, Object, Tree, eval_text},
};

/// A form with a list of choices beside it, at a fixed moment in Tokyo.
pub(super) struct World {
    pub(super) tree: Tree,
    pub(super) cities: Tree,
    drawn: Cell<u32>,
}

impl World {
    pub(super) fn new(xml: &str) -> Self {
        let cities = "<root><item><name>kita</name><label>北区</label><ward>1</ward></item>\
                      <item><name>mitaka</name><label>三鷹市</label><ward>0</ward></item></root>";
        Self {
            tree: Tree::parse(xml).expect("well-formed"),
            cities: Tree::parse(cities).expect("well-formed"),
            drawn: Cell::new(0),
        }
    }

    pub(super) fn text(&self, expression: &str) -> String {
        self.at(NodeId::DOCUMENT, expression).expect("it evaluates")
    }

    pub(super) fn at(&self, node: NodeId, expression: &str) -> Result<String, EvalError> {
        let expr = Expr::parse(expression).expect("an expression");
        let context = Context::new(self, &self.tree).at(node);
        eval_text(&expr, &context).map(std::borrow::Cow::into_owned)
    }

    /// The node that a path of child names leads to.
    pub(super) fn node(&self, path: &str) -> NodeId {
        path.split('/').fold(NodeId::DOCUMENT, |at, name| {
            self.tree.child_named(at, name).expect("the path is in the tree")
        })
    }
}

impl Host for World {
    fn instance(&self, id: &str) -> Option<NodeRef<'_>> {
        (id == "cities").then(|| NodeRef::document(&self.cities))
    }

    fn choice_label(&self, question: &str, value: &str, _at: NodeRef<'_>) -> Option<String> {
        let labels = [("a", "はい"), ("b", "いいえ")];
        let label = labels.iter().find(|(name, _)| *name == value)?;
        (question == "/data/q").then(|| label.1.to_owned())
    }

    fn now(&self) -> Option<Moment> {
        // 2026-11-23T08:05:09.120+09:00
        Some(Moment::tokyo(1_795_388_709_120))
    }

    fn random(&self) -> Option<f64> {
        self.drawn.set(self.drawn.get() + 1);
        Some(f64::from(self.drawn.get() % 10) / 10.0)
    }

    fn property(&self, name: &str) -> Option<String> {
        (name == "deviceid").then(|| "tablet-7".to_owned())
    }

    fn version(&self) -> Option<String> {
        Some("2026.1".to_owned())
    }

    fn variable(&self, name: &str) -> Option<Object<'_>> {
        (name == "five").then_some(Object::Number(5.0))
    }

    fn verify_signature(&self, _: &[u8], message: &[u8], _: &[u8]) -> Option<bool> {
        Some(message == b"signed")
    }
}
