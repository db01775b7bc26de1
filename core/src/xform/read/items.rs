//! Choices: items that stand in a control, itemsets, and the instances that they are taken from.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    body::{Texts, item_path},
    element::Source,
    itext::Translations,
};
use crate::{
    form::{Choice, ChoiceList, ChoiceSource},
    text::Localized,
    xpath::{NodeId, NodeKind},
};

/// The choice lists of a document.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// By name.
    pub(super) lists: BTreeMap<String, ChoiceList>,
    /// Lists that a control shows otherwise than by `name` and `label`.
    odd: BTreeSet<String>,
    /// Names of all instances, which a list of a control may not take.
    taken: BTreeSet<String>,
}

impl Lists {
    /// Reads an instance of rows `root/item` with `name`, `label` or `itextId` and columns;
    /// `None` when it has another shape.
    pub(super) fn add(
        &mut self,
        source: Source<'_>,
        id: &str,
        root: NodeId,
        texts: &Translations,
    ) -> Option<()> {
        self.take(id);
        let items = source.elements(root);
        let is_plain = |node: NodeId| source.attributes(node).is_empty();
        if source.name(root) != "root" || !is_plain(root) || items.is_empty() {
            return None;
        }
        let mut list = ChoiceList::default();
        for item in items {
            if source.name(item) != "item" || !is_plain(item) {
                return None;
            }
            for cell in source.elements(item) {
                let name = source.name(cell).to_owned();
                let is_own = matches!(name.as_str(), "name" | "label" | "itextId");
                if !is_own && !list.columns.contains(&name) {
                    list.columns.push(name);
                }
            }
            list.items.push(choice(source, item, texts)?);
        }
        self.lists.insert(id.to_owned(), list);
        Some(())
    }

    /// Keeps a name for an instance.
    pub(super) fn take(&mut self, id: &str) {
        self.taken.insert(id.to_owned());
    }

    /// Forgets the lists that a control shows in its own way; they stay instances.
    pub(super) fn keep_plain(&mut self) {
        for name in &self.odd {
            self.lists.remove(name);
        }
    }

    fn add_static(&mut self, path: &str, list: ChoiceList) -> String {
        let name = path.rsplit('/').next().unwrap_or("choices");
        let free = |name: &String| !self.taken.contains(name);
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let name = std::iter::once(name.to_owned()).chain(numbered).find(free).unwrap_or_default();
        self.taken.insert(name.clone());
        self.lists.insert(name.clone(), list);
        name
    }
}

fn choice(source: Source<'_>, item: NodeId, texts: &Translations) -> Option<Choice> {
    let mut choice = Choice::default();
    let mut names = BTreeSet::new();
    for cell in source.elements(item) {
        let name = source.name(cell);
        let is_leaf = source.elements(cell).is_empty() && source.attributes(cell).is_empty();
        if !is_leaf || source.tree.name(cell).prefix.is_some() || !names.insert(name) {
            return None;
        }
        let text = source.tree.text(cell).into_owned();
        match name {
            "name" => choice.name = text,
            "label" => choice.label = Localized::plain(source.mixed(cell)),
            "itextId" => {
                choice.label = texts.text(&text);
                choice.media = texts.media(&text);
            }
            _ => drop(choice.columns.insert(name.to_owned(), text)),
        }
    }
    let both = names.contains("label") && names.contains("itextId");
    (names.contains("name") && !both && !choice.name.is_empty()).then_some(choice)
}

/// Where the choices of a control come from. `texts` reads the label of an item.
pub(super) fn choices_of(
    source: Source<'_>,
    control: NodeId,
    path: &str,
    texts: &dyn Fn(NodeId) -> Texts,
    lists: &mut Lists,
) -> Option<ChoiceSource> {
    let children = source.elements(control);
    let named = |name: &str| children.iter().copied().filter(|&child| source.name(child) == name).collect();
    let itemsets: Vec<NodeId> = named("itemset");
    if let Some(&itemset) = itemsets.first() {
        return Some(itemset_of(source, itemset, lists));
    }
    let items: Vec<NodeId> = named("item");
    let item = |node: &NodeId| {
        let value = source.elements(*node).into_iter().find(|&child| source.name(child) == "value");
        let Texts { label, media, .. } = texts(*node);
        let name = value.map(|value| source.tree.text(value).trim().to_owned()).unwrap_or_default();
        Choice { name, label, media, columns: BTreeMap::new() }
    };
    let list = ChoiceList { items: items.iter().map(item).collect(), columns: Vec::new() };
    let name = lists.add_static(path, list);
    Some(ChoiceSource {
        list: name,
        value: "name".to_owned(),
        label: "label".to_owned(),
        ..ChoiceSource::default()
    })
}

fn itemset_of(source: Source<'_>, itemset: NodeId, lists: &mut Lists) -> ChoiceSource {
    let reference = |name: &str| {
        let child = source.elements(itemset).into_iter().find(|&child| source.name(child) == name);
        child.and_then(|child| source.attribute(child, "ref")).unwrap_or_default()
    };
    let (value, label) = (item_path(reference("value")), reference("label"));
    let nodeset = source.attribute(itemset, "nodeset").unwrap_or_default();
    let by_text = label.replace(' ', "") == "jr:itext(itextId)";
    match Items::of(nodeset) {
        Some(items) if value == "name" && (label == "label" || by_text) => items.source(),
        other => {
            if let Some(items) = other {
                lists.odd.insert(items.list.to_owned());
            }
            let label = if label.contains('(') { label.to_owned() } else { item_path(label) };
            let nodeset = Some(nodeset.to_owned());
            ChoiceSource { nodeset, value, label, ..ChoiceSource::default() }
        }
    }
}

/// `randomize(instance('list')/root/item[filter], seed)`, taken apart as text so that the
/// parts stay as they were written.
#[derive(Debug, PartialEq, Eq)]
struct Items<'a> {
    list: &'a str,
    filter: Option<&'a str>,
    randomize: bool,
    seed: Option<&'a str>,
}

impl<'a> Items<'a> {
    fn of(nodeset: &'a str) -> Option<Self> {
        let nodeset = nodeset.trim();
        let (inner, randomize) = match nodeset.strip_prefix("randomize(") {
            Some(inner) => (inner.strip_suffix(')')?.trim(), true),
            None => (nodeset, false),
        };
        let rest = inner.strip_prefix("instance(")?;
        let (id, rest) = rest.split_once(')')?;
        let id = id.trim();
        let quote = id.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let list = id.strip_prefix(quote)?.strip_suffix(quote)?;
        let rest = rest.trim_start().strip_prefix("/root/item")?.trim_start();
        let (filter, rest) = match rest.strip_prefix('[') {
            Some(after) => {
                let end = closing(after)?;
                let (filter, rest) = after.split_at_checked(end)?;
                (Some(filter), rest.strip_prefix(']')?.trim())
            }
            None => (None, rest.trim()),
        };
        let seed = match rest.strip_prefix(',') {
            Some(seed) if randomize => Some(seed.trim()),
            None if rest.is_empty() => None,
            _ => return None,
        };
        Some(Self { list, filter, randomize, seed })
    }

    fn source(&self) -> ChoiceSource {
        ChoiceSource {
            list: self.list.to_owned(),
            filter: self.filter.map(str::to_owned),
            nodeset: None,
            value: "name".to_owned(),
            label: "label".to_owned(),
            randomize: self.randomize,
            seed: self.seed.map(str::to_owned),
        }
    }
}

/// Where the bracket closes that stands before `text`.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// An instance as XML text, for what is no choice list.
pub(super) fn print(source: Source<'_>, node: NodeId) -> String {
    let mut out = String::new();
    write(source, node, &mut out, 0);
    out
}

fn write(source: Source<'_>, node: NodeId, out: &mut String, depth: usize) {
    use crate::xform::xml::escape;
    match source.tree.kind(node) {
        NodeKind::Text => escape(&source.tree.text(node), false, out),
        NodeKind::Element if depth <= super::issue::DEEPEST => {
            let name = source.tree.name(node);
            // Prefixes mean nothing to expressions over lists, and their declaration stands elsewhere.
            let name = &name.local;
            out.push('<');
            out.push_str(name);
            for (name, value) in source.attributes(node) {
                out.push(' ');
                out.push_str(name.rsplit(':').next().unwrap_or(&name));
                out.push_str("=\"");
                escape(&value, true, out);
                out.push('"');
            }
            out.push('>');
            source.tree.children(node).for_each(|child| write(source, child, out, depth + 1));
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodeset_is_taken_apart_as_it_was_written() {
        let whole = "randomize(instance('ward')/root/item[ a = /data/b[1]  and c != ']' ], /data/seed + 1)";
        let items = Items::of(whole).expect("rows of a list");
        assert_eq!(items.list, "ward");
        assert_eq!(items.filter, Some(" a = /data/b[1]  and c != ']' "));
        assert_eq!((items.randomize, items.seed), (true, Some("/data/seed + 1")));
        assert_eq!(Items::of("instance('ward')/root/item[1]/child"), None);
        assert_eq!(Items::of("/data/rep[name != '']"), None);
    }
}
