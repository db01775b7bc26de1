//! Places of nodes, written as `/node()[n]/…/@name`.

use tsumugi_core::xpath::{NodeId, NodeKind, Tree};

/// The node at a place.
pub(super) fn find(tree: &Tree, place: &str) -> Option<NodeId> {
    place.split('/').filter(|step| !step.is_empty()).try_fold(NodeId::DOCUMENT, |at, step| {
        if let Some(name) = step.strip_prefix('@') {
            return tree.attributes(at).find(|&attribute| written_name(tree, attribute) == name);
        }
        let number: usize = step.strip_prefix("node()[")?.strip_suffix(']')?.parse().ok()?;
        tree.children(at).nth(number.checked_sub(1)?)
    })
}

/// The place of a node.
pub(super) fn of(tree: &Tree, node: NodeId) -> String {
    let Some(parent) = tree.parent(node) else { return "/".to_owned() };
    let above = of(tree, parent);
    let above = above.trim_end_matches('/');
    if matches!(tree.kind(node), NodeKind::Attribute | NodeKind::Namespace) {
        return format!("{above}/@{}", written_name(tree, node));
    }
    let before = std::iter::successors(tree.previous_sibling(node), |&at| tree.previous_sibling(at)).count();
    format!("{above}/node()[{}]", before + 1)
}

fn written_name(tree: &Tree, node: NodeId) -> String {
    let name = tree.name(node);
    match (tree.kind(node), &*name.local) {
        (NodeKind::Namespace, "") => "xmlns".to_owned(),
        (NodeKind::Namespace, prefix) => format!("xmlns:{prefix}"),
        _ => name.qualified().into_owned(),
    }
}
