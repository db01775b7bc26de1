//! The node-set functions of XPath 1.0.

use super::{
    super::{
        eval::{in_document_order, position_as_number},
        object::{NodeRef, Object},
        tree::{NodeId, NodeKind},
    },
    call::{Call, Given},
    table::Function,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("last", 0, 0, last),
    Function::new("position", 0, 1, position),
    Function::new("count", 1, 1, count),
    Function::new("id", 1, 1, id),
    Function::new("local-name", 0, 1, local_name),
    Function::new("namespace-uri", 0, 1, namespace_uri),
    Function::new("name", 0, 1, name),
    Function::new("lang", 1, 1, lang),
    Function::new("current", 0, 0, current),
];

fn last<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::Number(position_as_number(call.focus.size)))
}

/// Without argument as in XPath 1.0; with a node, its place among the siblings of the same
/// name right before it, which is the number of a repeat instance.
fn position<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    if call.count() == 0 {
        return Ok(Object::Number(position_as_number(call.focus.position)));
    }
    let nodes = call.nodes(0)?;
    let Some(NodeRef { tree, node }) = nodes.first().copied() else {
        return Ok(Object::Number(f64::NAN));
    };
    if tree.kind(node) != NodeKind::Element {
        return Err(call.bad_argument(1, "an element"));
    }
    let name = tree.name(node);
    let before = std::iter::successors(tree.previous_sibling(node), |&at| tree.previous_sibling(at))
        .filter(|&at| tree.kind(at) == NodeKind::Element)
        .take_while(|&at| tree.name(at) == name)
        .count();
    Ok(Object::Number(position_as_number(before + 1)))
}

fn count<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::Number(position_as_number(call.present(0)?.len())))
}

/// Elements by their attribute `id`, as no document type tells which attribute is an ID.
fn id<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let texts = call.texts_from(0)?;
    let ids: Vec<&str> = texts.iter().flat_map(|text| text.split_ascii_whitespace()).collect();
    let tree = call.focus.node.tree;
    call.evaluator.spend(tree.len() as u64)?;
    let mut found: Vec<NodeRef<'t>> = Vec::new();
    for wanted in ids {
        let named = |&node: &NodeId| tree.attribute(node, "id") == Some(wanted);
        found.extend(tree.descendants(NodeId::DOCUMENT).find(named).map(|node| NodeRef::new(tree, node)));
    }
    in_document_order(&mut found);
    Ok(Object::Nodes(found))
}

fn local_name<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let node = call.node_or_context()?;
    Ok(Object::text(node.map_or("", |NodeRef { tree, node }| &*tree.name(node).local)))
}

fn namespace_uri<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let node = call.node_or_context()?;
    let uri = node.and_then(|NodeRef { tree, node }| tree.name(node).uri.as_deref());
    Ok(Object::text(uri.unwrap_or_default()))
}

fn name<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let Some(NodeRef { tree, node }) = call.node_or_context()? else { return Ok(Object::text("")) };
    Ok(Object::text(tree.name(node).qualified()))
}

fn lang<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let wanted = call.text(0)?.to_lowercase();
    let NodeRef { tree, node } = call.focus.node;
    let declared = std::iter::successors(Some(node), |&at| tree.parent(at)).find_map(|at| {
        let language = |&id: &NodeId| {
            let name = tree.name(id);
            &*name.local == "lang" && name.prefix.as_deref() == Some("xml")
        };
        tree.attributes(at).find(language).map(|id| tree.text(id).to_lowercase())
    });
    let holds = declared.is_some_and(|language| {
        language.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    Ok(Object::Boolean(holds))
}

fn current<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::Nodes(vec![call.evaluator.context.current]))
}
