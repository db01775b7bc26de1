//! Repeats and lists of nodes.

use super::{
    super::{
        error::EvalError,
        eval::position_as_number,
        object::{NodeRef, Object},
    },
    call::{Call, Given},
    shuffle,
    table::Function,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("indexed-repeat", 3, indexed_repeat),
    Function::new("count-non-empty", 1, 1, count_non_empty),
    Function::new("once", 1, 1, once),
    Function::new("randomize", 1, 2, randomize),
    Function::variadic("depend", 1, |call| call.object(0)),
];

fn is_below(node: NodeRef<'_>, ancestor: NodeRef<'_>) -> bool {
    std::ptr::eq(node.tree, ancestor.tree) && node.tree.is_below(node.node, ancestor.node)
}

/// `indexed-repeat(target, repeat1, index1, …)`: the target within the instance of each
/// repeat that its index names. The pairs may come in any order; the outer repeat is the
/// one whose instances hold the others.
fn indexed_repeat<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    if call.count().is_multiple_of(2) {
        return Err(call.bad_argument(call.count(), "followed by its index"));
    }
    let mut pairs: Vec<(Vec<NodeRef<'t>>, f64)> = Vec::new();
    for index in (1..call.count()).step_by(2) {
        pairs.push((call.nodes(index)?, call.number(index + 1)?));
    }
    let depth = |nodes: &[NodeRef<'t>]| {
        nodes.first().map_or(0, |NodeRef { tree, node }| {
            std::iter::successors(Some(*node), |&at| tree.parent(at)).count()
        })
    };
    pairs.sort_by_key(|(repeats, _)| depth(repeats));
    let mut within: Option<NodeRef<'t>> = None;
    for (repeats, index) in &pairs {
        call.evaluator.spend(repeats.len() as u64)?;
        let instances =
            repeats.iter().copied().filter(|&repeat| within.is_none_or(|outer| is_below(repeat, outer)));
        #[expect(clippy::float_cmp, reason = "an index is a position, compared as XPath does")]
        let chosen =
            instances.zip(1..).find(|(_, place)| position_as_number(*place) == *index).map(|(node, _)| node);
        if chosen.is_none() {
            return Ok(Object::Nodes(Vec::new()));
        }
        within = chosen;
    }
    let mut targets = call.nodes(0)?;
    targets.retain(|&target| within.is_some_and(|instance| is_below(target, instance)));
    Ok(Object::Nodes(targets))
}

fn count_non_empty<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let filled = call.present(0)?.iter().filter(|node| !node.text().is_empty()).count();
    Ok(Object::Number(position_as_number(filled)))
}

/// The value that is there already, or the argument the first time.
fn once<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let there = call.focus.node.text();
    if there.is_empty() { call.text(0).map(Object::Text) } else { Ok(Object::Text(there)) }
}

fn randomize<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let nodes = call.nodes(0)?;
    if call.count() == 1 {
        let missing = || call.unavailable("a source of random numbers");
        let random = || call.host().random().ok_or_else(missing);
        return shuffle::shuffled(&nodes, random).map(Object::Nodes);
    }
    let seed = call.object(1)?;
    let number = seed.to_number(call.offset());
    let text = seed.to_text(call.offset());
    let mut generator = shuffle::ParkMiller::seeded(number, &text);
    shuffle::shuffled(&nodes, || Ok::<f64, EvalError>(generator.random())).map(Object::Nodes)
}
