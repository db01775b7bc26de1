//! Which choices a select offers now, and what of an answer is still among them.

use std::sync::{Arc, LazyLock};

use super::{
    DataType,
    host::{Evaluation, split_mix},
    list::List,
    model::{Choices, FormulaId},
    place::{Offer, PlaceId},
    rich::{Rich, parse_rich},
    template::Texts,
};
use crate::xpath::{Context, Expr, Host, NodeId, NodeRef, Object, Tree, eval, text_to_number};

/// Computes the choices of the select at `place`.
pub(super) fn offer(at: &Evaluation<'_>, place: PlaceId) -> Offer {
    let element = at.model.element(at.places.get(place).element);
    let Some(choices) = &element.choices else { return Offer::Unknown };
    let list = at
        .model
        .list(&choices.list)
        .filter(|list| choices.rows_of.as_ref().is_none_or(|rows| list.has_rows(rows)));
    let Some(list) = list else {
        return choices.nodeset.map_or(Offer::Unknown, |nodeset| pairs(at, place, choices, nodeset));
    };
    if choices.equal.is_empty() && choices.rest.is_none() && !choices.randomize {
        return Offer::All;
    }
    let mut rows = equal_rows(at, place, choices, list);
    if let Some(rest) = choices.rest {
        rows = filter_rows(at, place, rest, list, &rows);
    }
    if choices.randomize {
        rows = shuffle(at, place, choices, &rows);
    }
    Offer::Rows(rows.into())
}

/// What of the stored answer is offered now: a choice that a filter took away is not an
/// answer, but comes back with the filter.
pub(super) fn offered_text(at: &Evaluation<'_>, id: PlaceId) -> String {
    let place = at.places.get(id);
    let Some(stored) = place.stored.as_ref().map(ToString::to_string) else { return String::new() };
    let element = at.model.element(place.element);
    if element.choices.is_none() || place.offer == Offer::Unknown {
        return stored;
    }
    let several =
        element.question().is_some_and(|q| matches!(q.data_type, DataType::SelectMultiple | DataType::Rank));
    if several {
        let kept: Vec<&str> = stored.split_whitespace().filter(|value| is_offered(at, id, value)).collect();
        kept.join(" ")
    } else if is_offered(at, id, &stored) {
        stored
    } else {
        String::new()
    }
}

/// True when `value` is among the choices of the select at `id`.
pub(super) fn is_offered(at: &Evaluation<'_>, id: PlaceId, value: &str) -> bool {
    position_of(at, id, value).is_some()
}

/// Where `value` stands among the choices of the select at `id`.
pub(super) fn position_of(at: &Evaluation<'_>, id: PlaceId, value: &str) -> Option<usize> {
    let place = at.places.get(id);
    let choices = at.model.element(place.element).choices.as_ref()?;
    let rows =
        || at.model.list(&choices.list).map(|list| list.rows_with(&choices.value, value)).unwrap_or_default();
    match &place.offer {
        Offer::Unknown => Some(0),
        Offer::All => rows().first().map(|&row| row as usize),
        Offer::Rows(offered) => {
            let rows = rows();
            offered.iter().position(|row| rows.contains(row))
        }
        Offer::Pairs(pairs) => pairs.iter().position(|(known, _)| known == value),
    }
}

/// A choice that is offered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered<'a> {
    /// Row of the list, if it comes from one.
    pub(super) row: Option<u32>,
    pub(super) value: &'a str,
    /// Label, or id of the text, of a file or an answer.
    label: &'a str,
}

/// The choices offered at `id`.
pub(super) fn offered<'a>(at: &Evaluation<'a>, id: PlaceId) -> Vec<Offered<'a>> {
    let place = at.places.get(id);
    let Some(choices) = at.model.element(place.element).choices.as_ref() else { return Vec::new() };
    if let Offer::Pairs(pairs) = &place.offer {
        return pairs.iter().map(|(value, label)| Offered { row: None, value, label }).collect();
    }
    let Some(list) = at.model.list(&choices.list) else { return Vec::new() };
    match &place.offer {
        Offer::All => (0..).take(list.len()).map(|row| choice_at(choices, list, row)).collect(),
        Offer::Rows(rows) => rows.iter().map(|&row| choice_at(choices, list, row)).collect(),
        _ => Vec::new(),
    }
}

/// The choice with a value, offered now or not.
pub(super) fn find<'a>(at: &Evaluation<'a>, id: PlaceId, value: &str) -> Option<Offered<'a>> {
    let place = at.places.get(id);
    let choices = at.model.element(place.element).choices.as_ref()?;
    if let Offer::Pairs(pairs) = &place.offer {
        let found = pairs.iter().find(|(known, _)| known == value);
        return found.map(|(value, label)| Offered { row: None, value, label });
    }
    let list = at.model.list(&choices.list)?;
    list.rows_with(&choices.value, value).first().map(|&row| choice_at(choices, list, row))
}

fn choice_at<'a>(choices: &'a Choices, list: &'a List, row: u32) -> Offered<'a> {
    Offered { row: Some(row), value: list.cell(&choices.value, row), label: list.cell(&choices.label, row) }
}

/// The label of a choice.
pub(super) fn label(at: &Evaluation<'_>, id: PlaceId, choice: &Offered<'_>) -> Rich {
    match texts_of(at, id, choice).and_then(|texts| texts.get(at.language)) {
        Some(template) => at.fill(id, template),
        None => parse_rich(&label_text(at, id, choice)),
    }
}

/// The label of a choice with its Markdown as the author wrote it.
pub(super) fn label_text(at: &Evaluation<'_>, id: PlaceId, choice: &Offered<'_>) -> String {
    let Some(choices) = at.model.element(at.places.get(id).element).choices.as_ref() else {
        return String::new();
    };
    if let Some(texts) = texts_of(at, id, choice) {
        return at.fill_written(id, texts);
    }
    if choices.label_is_id {
        return at.itext(id, choice.label).unwrap_or_default();
    }
    let shown = choice.row.and_then(|row| at.model.list(&choices.list)?.shown(row));
    shown.map_or(choice.label, |shown| shown.label.get(at.language)).to_owned()
}

/// The label of a choice that has outputs in it.
fn texts_of<'a>(at: &Evaluation<'a>, id: PlaceId, choice: &Offered<'_>) -> Option<&'a Texts> {
    let choices = at.model.element(at.places.get(id).element).choices.as_ref()?;
    at.model.choice_texts.get(&choices.list)?.get(&choice.row?)
}

fn all_rows(list: &List) -> Vec<u32> {
    (0..).take(list.len()).collect()
}

/// Rows that meet all equalities; the first is looked up, the others are compared.
fn equal_rows(at: &Evaluation<'_>, place: PlaceId, choices: &Choices, list: &List) -> Vec<u32> {
    let mut rows: Option<Vec<u32>> = None;
    for (column, formula) in &choices.equal {
        let wanted = at.run(place, *formula, None, |object| Wanted::of(&object)).0;
        let found = match (wanted, rows.take()) {
            (None, _) => Vec::new(),
            (Some(Wanted::Texts(texts)), None) => rows_with_any(list, column, &texts),
            (Some(wanted), rows) => {
                let rows = rows.unwrap_or_else(|| all_rows(list));
                rows.into_iter().filter(|&row| wanted.is(list.cell(column, row))).collect()
            }
        };
        rows = Some(found);
    }
    rows.unwrap_or_else(|| all_rows(list))
}

fn rows_with_any(list: &List, column: &str, texts: &[String]) -> Vec<u32> {
    let mut rows: Vec<u32> =
        texts.iter().flat_map(|text| list.rows_with(column, text).iter().copied()).collect();
    if texts.len() > 1 {
        rows.sort_unstable();
        rows.dedup();
    }
    rows
}

/// What a column must equal, as XPath compares it.
enum Wanted {
    Texts(Vec<String>),
    Number(f64),
    Truth(bool),
}

impl Wanted {
    fn of(object: &Object<'_>) -> Self {
        match object {
            Object::Nodes(nodes) => Self::Texts(nodes.iter().map(|node| node.text().into_owned()).collect()),
            Object::Number(number) => Self::Number(*number),
            Object::Boolean(truth) => Self::Truth(*truth),
            Object::Text(text) => Self::Texts(vec![text.to_string()]),
            Object::Date(_) => Self::Number(object.to_number(0)),
        }
    }

    #[expect(clippy::float_cmp, reason = "XPath compares numbers exactly")]
    fn is(&self, cell: &str) -> bool {
        match self {
            Self::Texts(texts) => texts.iter().any(|text| text == cell),
            Self::Number(number) => text_to_number(cell, 0) == *number,
            // A node that is there is true.
            Self::Truth(truth) => *truth,
        }
    }
}

fn filter_rows(at: &Evaluation<'_>, place: PlaceId, rest: FormulaId, list: &List, rows: &[u32]) -> Vec<u32> {
    let tree = list.tree();
    let Some(root) = tree.root_element() else { return Vec::new() };
    let items: Vec<NodeId> = tree.child_elements(root).collect();
    let size = rows.len();
    let holds = |(index, row): (usize, u32)| {
        let item = NodeRef::new(tree, *items.get(row as usize)?);
        at.holds_for(place, rest, item, (index + 1, size)).then_some(row)
    };
    rows.iter().copied().enumerate().filter_map(holds).collect()
}

/// Choices from nodes: the instances of a repeat, or a nodeset that no list answers.
fn pairs(at: &Evaluation<'_>, place: PlaceId, choices: &Choices, nodeset: FormulaId) -> Offer {
    let read = |object: Object<'_>| {
        let Object::Nodes(nodes) = object else { return Vec::new() };
        let pair = |node: &NodeRef<'_>| (child(node, &choices.value), child(node, &choices.label));
        nodes.iter().map(pair).collect::<Vec<_>>()
    };
    at.run(place, nodeset, None, read).0.map_or(Offer::Unknown, |pairs| Offer::Pairs(Arc::from(pairs)))
}

/// The text at a path of names from a node: `label`, `properties/name`, `@id`, `.`.
fn child(node: &NodeRef<'_>, path: &str) -> String {
    let mut at = node.node;
    for step in path.split('/') {
        if let Some(attribute) = step.strip_prefix('@') {
            return node.tree.attribute(at, attribute).unwrap_or_default().to_owned();
        }
        match step {
            "." | "" => {}
            name => match node.tree.child_named(at, name) {
                Some(found) => at = found,
                None => return String::new(),
            },
        }
    }
    node.tree.text(at).into_owned()
}

/// `randomize()` over as many nodes as there are rows.
static RANDOMIZE: LazyLock<Option<Expr>> = LazyLock::new(|| Expr::parse("randomize(/rows/row, $seed)").ok());

struct Seed(Object<'static>);

impl Host for Seed {
    fn variable(&self, _name: &str) -> Option<Object<'_>> {
        Some(self.0.clone())
    }
}

/// Puts rows in the order that every OpenRosa client gives for the same seed.
fn shuffle(at: &Evaluation<'_>, place: PlaceId, choices: &Choices, rows: &[u32]) -> Vec<u32> {
    let seed = choices.seed.and_then(|seed| {
        let owned = |object: Object<'_>| match object {
            Object::Number(number) => Object::Number(number),
            other => Object::text(other.to_text(at.around.now.offset_minutes).into_owned()),
        };
        at.run(place, seed, None, owned).0
    });
    // Without a seed the order is one for this entry and this question.
    let own = split_mix(at.around.seed ^ u64::from(at.places.get(place).element.0)).1;
    let seed = seed.unwrap_or(Object::Number(f64::from(u32::try_from(own >> 33).unwrap_or(1))));
    let mut tree = Tree::new();
    let top = tree.append_element(NodeId::DOCUMENT, "rows");
    let nodes: Vec<NodeId> = rows.iter().map(|_| tree.append_element(top, "row")).collect();
    let host = Seed(seed);
    let shuffled = RANDOMIZE.as_ref().and_then(|expr| eval(expr, &Context::new(&host, &tree)).ok());
    let Some(Object::Nodes(shuffled)) = shuffled else { return rows.to_vec() };
    let place_of: std::collections::HashMap<NodeId, u32> =
        nodes.into_iter().zip(rows.iter().copied()).collect();
    shuffled.iter().filter_map(|node| place_of.get(&node.node).copied()).collect()
}
