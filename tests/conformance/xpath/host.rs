//! What the recorded engines knew besides the document.

use std::cell::Cell;

use tsumugi_core::{
    moment::Moment,
    xpath::{Context, Expr, Host, NoHost, NodeId, NodeRef, Object, Tree, eval},
};

use super::case::Case;

/// Minutes east of UTC of America/Phoenix, where the cases were recorded.
const PHOENIX: i16 = -420;

/// The host of one case.
pub(super) struct CaseHost<'c> {
    pub(super) case: &'c Case,
    pub(super) tree: &'c Tree,
    pub(super) drawn: Cell<u32>,
}

impl<'c> CaseHost<'c> {
    /// The child of `parent` with a name and an attribute.
    fn child(&self, parent: NodeId, name: &str, attribute: &str, value: &str) -> Option<NodeId> {
        self.tree.child_elements(parent).find(|&child| {
            &*self.tree.name(child).local == name && self.tree.attribute(child, attribute) == Some(value)
        })
    }

    fn model_part(&self, name: &str) -> impl Iterator<Item = NodeId> {
        let named = move |&node: &NodeId| &*self.tree.name(node).local == name;
        self.tree.descendants(NodeId::DOCUMENT).filter(named)
    }
}

impl Host for CaseHost<'_> {
    fn instance(&self, id: &str) -> Option<NodeRef<'_>> {
        let found = self.model_part("instance").find(|&node| self.tree.attribute(node, "id") == Some(id));
        found.map(|node| NodeRef::new(self.tree, node))
    }

    fn itext(&self, id: &str) -> Option<Object<'_>> {
        let language = self.case.language.as_deref()?;
        let itext = self.model_part("itext").next()?;
        let translation = self.child(itext, "translation", "lang", language)?;
        let text = self.child(translation, "text", "id", id)?;
        let values = self.tree.child_elements(text).map(|value| NodeRef::new(self.tree, value));
        Some(Object::Nodes(values.collect()))
    }

    fn now(&self) -> Option<Moment> {
        let expr = Expr::parse(&format!("decimal-date-time('{}')", self.case.now.as_deref()?)).ok()?;
        let context = Context::new(&NoHost, self.tree);
        let Ok(Object::Number(days)) = eval(&expr, &context) else { return None };
        #[expect(clippy::cast_possible_truncation, reason = "the milliseconds of a recorded instant")]
        let unix_ms = (days * 86_400_000.0).round() as i64;
        Some(Moment { unix_ms, offset_minutes: PHOENIX })
    }

    fn offset_minutes(&self) -> i16 {
        // JavaRosa's cases were recorded without a time zone.
        if self.case.is_javarosa() { 0 } else { PHOENIX }
    }

    fn random(&self) -> Option<f64> {
        // A sequence of its own: what is random in a recorded case cannot be compared.
        let next = self.drawn.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.drawn.set(next);
        Some(f64::from(next) / (f64::from(u32::MAX) + 1.0))
    }

    fn namespace(&self, prefix: &str) -> Option<&str> {
        let declared = self.case.namespaces.as_ref().and_then(|namespaces| namespaces.get(prefix));
        declared.map(String::as_str).or_else(|| NoHost.namespace(prefix))
    }

    fn variable(&self, name: &str) -> Option<Object<'_>> {
        // The variables of JavaRosa's own test.
        Some(match name {
            "var_float_five" | "var_int_five" => Object::Number(5.0),
            "var_string_five" => Object::text("five"),
            _ => return None,
        })
    }
}
