//! The nodes of an axis, in the axis's own direction.

use super::{
    ast::Axis,
    object::NodeRef,
    tree::{NodeId, NodeKind, Tree},
};

/// Gives the nodes of `axis` from `from` to `visit`, until it answers false. Axes upwards
/// end at `root`.
pub(super) fn visit(axis: Axis, from: NodeRef<'_>, root: NodeRef<'_>, visit: &mut dyn FnMut(NodeId) -> bool) {
    let tree = from.tree;
    let node = from.node;
    let top = if std::ptr::eq(tree, root.tree) { root.node } else { NodeId::DOCUMENT };
    let above = |node| if node == top { None } else { tree.parent(node) };
    let ancestors = || std::iter::successors(above(node), move |&at| above(at));
    let _complete = match axis {
        Axis::SelfNode => visit(node),
        Axis::Child => tree.children(node).all(visit),
        Axis::Parent => above(node).is_none_or(visit),
        Axis::Attribute => each_attribute(tree, node, NodeKind::Attribute, visit),
        Axis::Namespace => namespaces(tree, node).into_iter().all(visit),
        Axis::Descendant => tree.descendants(node).all(visit),
        Axis::DescendantOrSelf => visit(node) && tree.descendants(node).all(visit),
        Axis::Ancestor => ancestors().all(visit),
        Axis::AncestorOrSelf => visit(node) && ancestors().all(visit),
        Axis::FollowingSibling => siblings(tree, node, Tree::next_sibling).all(visit),
        Axis::PrecedingSibling => siblings(tree, node, Tree::previous_sibling).all(visit),
        Axis::Following => following(tree, node, top).all(visit),
        Axis::Preceding => preceding(tree, node, top, visit),
    };
}

fn is_attribute_like(tree: &Tree, node: NodeId) -> bool {
    matches!(tree.kind(node), NodeKind::Attribute | NodeKind::Namespace)
}

fn each_attribute(tree: &Tree, node: NodeId, kind: NodeKind, visit: &mut dyn FnMut(NodeId) -> bool) -> bool {
    tree.attributes(node).filter(|&attribute| tree.kind(attribute) == kind).all(visit)
}

/// The declarations in scope, but that of the prefix `xml`, which nobody writes.
fn namespaces(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    let mut found: Vec<NodeId> = Vec::new();
    if tree.kind(node) != NodeKind::Element {
        return found;
    }
    for element in std::iter::successors(Some(node), |&at| tree.parent(at)) {
        each_attribute(tree, element, NodeKind::Namespace, &mut |declaration| {
            let prefix = &tree.name(declaration).local;
            if !found.iter().any(|known| tree.name(*known).local == *prefix) {
                found.push(declaration);
            }
            true
        });
    }
    found.retain(|declaration| !tree.text(*declaration).is_empty());
    found.sort_by_key(|declaration| tree.rank(*declaration));
    found
}

fn siblings(
    tree: &Tree,
    node: NodeId,
    next: fn(&Tree, NodeId) -> Option<NodeId>,
) -> impl Iterator<Item = NodeId> {
    let first = if is_attribute_like(tree, node) { None } else { next(tree, node) };
    std::iter::successors(first, move |&at| next(tree, at))
}

fn following(tree: &Tree, node: NodeId, top: NodeId) -> impl Iterator<Item = NodeId> {
    let first = if is_attribute_like(tree, node) {
        tree.parent(node).and_then(|element| tree.following_within(element, top))
    } else {
        // Past everything below the node.
        let mut last = node;
        while let Some(child) = tree.last_child(last) {
            last = child;
        }
        if node == top { None } else { tree.following_within(last, top) }
    };
    std::iter::successors(first, move |&at| tree.following_within(at, top))
}

fn preceding(tree: &Tree, node: NodeId, top: NodeId, visit: &mut dyn FnMut(NodeId) -> bool) -> bool {
    let mut at = if is_attribute_like(tree, node) { tree.parent(node).unwrap_or(node) } else { node };
    while at != top {
        if let Some(left) = tree.previous_sibling(at) {
            at = left;
            while let Some(child) = tree.last_child(at) {
                at = child;
            }
            if !visit(at) {
                return false;
            }
            // Back up through the parents that are complete, which are no ancestors of the node.
            while tree.previous_sibling(at).is_none()
                && let Some(parent) = tree.parent(at)
                && !tree.is_below(node, parent)
            {
                at = parent;
                if !visit(at) {
                    return false;
                }
            }
        } else {
            match tree.parent(at) {
                Some(parent) => at = parent,
                None => return true,
            }
        }
    }
    true
}
