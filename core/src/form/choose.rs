//! Takes choice filters apart, so that a list's index can answer them.

use crate::xpath::{Axis, Expr, LocationPath, NameTest, NodeTest, Operator, Origin, Step};

/// A filter in two parts.
pub(super) struct Filter {
    /// `column = value` with a value that is the same for all items.
    pub(super) equal: Vec<(String, Expr)>,
    /// What is left.
    pub(super) rest: Option<Expr>,
}

/// What `instance('list')/root/item[filter]` says.
pub(super) struct Items {
    pub(super) list: String,
    /// Names of the two steps: `root`, `item`.
    pub(super) rows: [String; 2],
    pub(super) filter: Option<Expr>,
    pub(super) randomize: bool,
    pub(super) seed: Option<Expr>,
}

/// Divides a filter at its `and`.
pub(super) fn split_filter(filter: Expr) -> Filter {
    let mut split = Filter { equal: Vec::new(), rest: None };
    for condition in conditions(filter) {
        match as_equality(&condition) {
            Some(equality) => split.equal.push(equality),
            None => split.rest = both(split.rest.take(), Some(condition)),
        }
    }
    split
}

/// Both conditions.
pub(super) fn both(one: Option<Expr>, other: Option<Expr>) -> Option<Expr> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Expr::Chain(Box::new(one), vec![(Operator::And, other)])),
        (one, other) => one.or(other),
    }
}

fn conditions(filter: Expr) -> Vec<Expr> {
    match filter {
        Expr::Chain(first, rest) if rest.iter().all(|(operator, _)| *operator == Operator::And) => {
            let mut all = conditions(*first);
            all.extend(rest.into_iter().flat_map(|(_, operand)| conditions(operand)));
            all
        }
        other => vec![other],
    }
}

fn as_equality(condition: &Expr) -> Option<(String, Expr)> {
    let Expr::Chain(left, rest) = condition else { return None };
    let [(Operator::Equal, right)] = rest.as_slice() else { return None };
    [(left.as_ref(), right), (right, left.as_ref())].into_iter().find_map(|(column, value)| {
        let column = column_name(column)?;
        (!reads_item(value)).then(|| (column, value.clone()))
    })
}

/// The column that a path of one name reads.
fn column_name(expr: &Expr) -> Option<String> {
    let Expr::Path(LocationPath { origin: Origin::Context, steps }) = expr else { return None };
    let [
        Step { axis: Axis::Child, test: NodeTest::Name(NameTest::Named { prefix: None, local }), predicates },
    ] = steps.as_slice()
    else {
        return None;
    };
    predicates.is_empty().then(|| local.to_string())
}

/// True when the value depends on the item that the filter looks at.
fn reads_item(expr: &Expr) -> bool {
    match expr {
        Expr::Chain(first, rest) => reads_item(first) || rest.iter().any(|(_, operand)| reads_item(operand)),
        Expr::Negate(operand) => reads_item(operand),
        Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) => false,
        Expr::Call(function, arguments) => match function.name() {
            "current" => false,
            _ if arguments.is_empty() => true,
            _ => arguments.iter().any(reads_item),
        },
        Expr::Unknown(..) => true,
        Expr::Filter(primary, _) => reads_item(primary),
        Expr::Path(path) => match &path.origin {
            Origin::Root => false,
            Origin::Context => true,
            Origin::Expr(origin) => reads_item(origin),
        },
    }
}

/// Reads a nodeset over the items of one list.
pub(super) fn split_nodeset(nodeset: &Expr) -> Option<Items> {
    match nodeset {
        Expr::Call(function, arguments) if function.name() == "randomize" => {
            let (nodeset, seed) = arguments.split_first()?;
            let items = split_nodeset(nodeset)?;
            Some(Items { randomize: true, seed: seed.first().cloned(), ..items })
        }
        Expr::Path(LocationPath { origin: Origin::Expr(origin), steps }) => {
            let Expr::Call(function, arguments) = origin.as_ref() else { return None };
            let (Some(Expr::Text(list)), "instance") = (arguments.first(), function.name()) else {
                return None;
            };
            let [root, item] = steps.as_slice() else { return None };
            let named = |step: &Step| match &step.test {
                NodeTest::Name(NameTest::Named { prefix: None, local }) if step.axis == Axis::Child => {
                    Some(local.to_string())
                }
                _ => None,
            };
            let rows = [named(root)?, named(item)?];
            if !root.predicates.is_empty() {
                return None;
            }
            // A position among the items cannot be moved behind the index.
            let simple = |predicate: &Expr| matches!(predicate, Expr::Chain(..) | Expr::Call(..));
            if !item.predicates.iter().all(simple) || item.predicates.len() > 1 {
                return None;
            }
            let filter = item.predicates.first().cloned();
            Some(Items { list: list.to_string(), rows, filter, randomize: false, seed: None })
        }
        _ => None,
    }
}
