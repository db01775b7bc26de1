//! How nested repeats begin, as in every client of ODK: a new form has one instance of each,
//! one in the other; an instance that is added later begins without those that stand in it
//! directly, and with those that stand in a group of it.

use crate::form::{Node, RepeatInstance};

/// Moves the first instances of nested repeats into the first instance around them.
pub(super) fn begin_nested(nodes: &mut [Node]) {
    for node in nodes {
        match node {
            Node::Question(_) => {}
            Node::Group(group) => begin_nested(&mut group.children),
            Node::Repeat(repeat) => {
                let mut first = RepeatInstance::default();
                gather(&mut repeat.children, "", false, &mut first);
                repeat.starts_with = vec![first];
            }
        }
    }
}

fn gather(nodes: &mut [Node], above: &str, in_group: bool, first: &mut RepeatInstance) {
    for node in nodes {
        let path = format!("{above}{}", node.name());
        match node {
            Node::Question(_) => {}
            Node::Group(group) => gather(&mut group.children, &format!("{path}/"), true, first),
            Node::Repeat(repeat) => {
                let mut inner = RepeatInstance::default();
                gather(&mut repeat.children, "", false, &mut inner);
                repeat.starts_with = if in_group { vec![inner.clone()] } else { Vec::new() };
                first.repeats.insert(path, vec![inner]);
            }
        }
    }
}
