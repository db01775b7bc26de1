//! The instances of a form: the answers' skeleton and the lists of choices.

use super::{text::needs_itext, write::is_meta, xml::Xml};
use crate::form::{ChoiceList, FormDefinition, Node, Question, Repeat, RepeatInstance};
use crate::xpath::Tree;

/// The primary instance.
pub(super) fn primary(form: &FormDefinition) -> Xml {
    let mut root = Xml::new(&form.root);
    for (name, value) in &form.settings {
        if let Some(name) = name.strip_prefix("attribute::") {
            root.set(name, value.clone());
        }
    }
    root.set("id", form.form_id.clone());
    let settings = [("instance_xmlns", "xmlns"), ("prefix", "odk:prefix"), ("delimiter", "odk:delimiter")];
    for (setting, attribute) in settings {
        if let Some(value) = form.settings.get(setting) {
            root.set(attribute, value.clone());
        }
    }
    if !form.version.is_empty() {
        root.set("version", form.version.clone());
    }
    fill(&mut root, &form.nodes, At { instance: None, above: "" });
    complete_meta(&mut root, form);
    Xml::new("instance").child(root)
}

/// Adds what every response tells of itself to the block that the form writes, or to a new one.
fn complete_meta(root: &mut Xml, form: &FormDefinition) {
    let name = super::write::meta_name(form);
    let prefix = name.strip_suffix("meta").unwrap_or_default().to_owned();
    let written = super::write::own_meta(form);
    let has = |local: &str| written.is_some_and(|meta| super::write::has_child(meta, local));
    let mut found = Vec::new();
    for node in &form.nodes {
        if let Node::Question(question) = node
            && is_meta(question)
        {
            found.push(Xml::new(&question.name));
        }
    }
    if !super::write::omits_instance_id(form) && !has("instanceID") {
        found.push(Xml::new(format!("{prefix}instanceID")));
    }
    if form.instance_name.is_some() && !has("instanceName") {
        found.push(Xml::new(format!("{prefix}instanceName")));
    }
    if found.is_empty() {
        return;
    }
    if root.child_mut(&name).is_none() {
        root.push(Xml::new(name.clone()));
    }
    if let Some(meta) = root.child_mut(&name) {
        found.into_iter().for_each(|element| meta.push(element));
    }
}

/// Where values of an instance are written: its own, and what stands before a name.
#[derive(Clone, Copy)]
struct At<'a> {
    instance: Option<&'a RepeatInstance>,
    above: &'a str,
}

/// Adds the elements of `nodes`. A repeat comes as a template and as the instances that it
/// begins with; inside of an instance the nested ones have no template again.
fn fill(parent: &mut Xml, nodes: &[Node], at: At<'_>) {
    for node in nodes {
        let path = format!("{}{}", at.above, node.name());
        match node {
            Node::Question(question) if is_meta(question) => {}
            Node::Question(question) if question.name.contains('@') => attribute(parent, question),
            Node::Question(question) => {
                let own = at.instance.and_then(|instance| instance.values.get(&path));
                parent.push(leaf(question, own.map(String::as_str)));
            }
            Node::Group(group) => {
                let mut element = Xml::new(&group.name);
                attributes(&mut element, &group.extra);
                fill(&mut element, &group.children, At { above: &format!("{path}/"), ..at });
                parent.push(element);
            }
            Node::Repeat(repeat) => {
                if at.instance.is_none() {
                    parent.push(template(repeat));
                }
                let own = at.instance.and_then(|instance| instance.repeats.get(&path));
                for instance in own.unwrap_or(&repeat.starts_with) {
                    let mut element = Xml::new(&repeat.name);
                    attributes(&mut element, &repeat.extra);
                    fill(&mut element, &repeat.children, At { instance: Some(instance), above: "" });
                    parent.push(element);
                }
            }
        }
    }
}

fn template(repeat: &Repeat) -> Xml {
    let mut element = Xml::new(&repeat.name).with("jr:template", "");
    fill_template(&mut element, &repeat.children);
    element
}

fn fill_template(parent: &mut Xml, nodes: &[Node]) {
    for node in nodes {
        match node {
            Node::Question(question) if question.name.contains('@') => attribute(parent, question),
            Node::Question(question) => parent.push(leaf(question, None)),
            Node::Group(group) => {
                let mut element = Xml::new(&group.name);
                attributes(&mut element, &group.extra);
                fill_template(&mut element, &group.children);
                parent.push(element);
            }
            Node::Repeat(repeat) => {
                parent.push(template(repeat));
                for instance in &repeat.starts_with {
                    let mut element = Xml::new(&repeat.name);
                    attributes(&mut element, &repeat.extra);
                    fill(&mut element, &repeat.children, At { instance: Some(instance), above: "" });
                    parent.push(element);
                }
            }
        }
    }
}

/// Writes a bound attribute: `@name` of the element, `leaf/@name` of a leaf in it.
fn attribute(parent: &mut Xml, question: &Question) {
    let Some((leaf, name)) = question.name.rsplit_once('@') else { return };
    let value = question.default.clone().unwrap_or_default();
    match leaf.strip_suffix('/') {
        Some(leaf) => {
            if let Some(element) = parent.child_mut(leaf) {
                element.set(name, value);
            }
        }
        None => parent.set(name, value),
    }
}

fn leaf(question: &Question, own: Option<&str>) -> Xml {
    let mut element = Xml::new(&question.name);
    attributes(&mut element, &question.extra);
    element.text(own.unwrap_or_else(|| question.default.as_deref().unwrap_or_default()))
}

fn attributes(element: &mut Xml, extra: &std::collections::BTreeMap<String, String>) {
    for (name, value) in extra {
        if let Some(name) = name.strip_prefix("instance::") {
            element.set(name, value.clone());
        }
    }
}

/// The lists of choices and the instances from files.
pub(super) fn secondary(form: &FormDefinition) -> Vec<Xml> {
    let mut found: Vec<Xml> = form
        .external
        .iter()
        .map(|(id, source)| Xml::new("instance").with("id", id.clone()).with("src", source.clone()))
        .collect();
    for (id, text) in form.instances.iter().filter(|(id, _)| !form.external.contains_key(*id)) {
        let root = Tree::parse(text).ok().and_then(|tree| Xml::of_tree(&tree));
        found.extend(root.map(|root| Xml::new("instance").with("id", id.clone()).child(root)));
    }
    for (name, list) in &form.choices {
        if !form.external.contains_key(name) && !is_searched(&form.nodes, name) {
            found.push(choices(name, list));
        }
    }
    found
}

/// True for a list that is no instance: one that clients only search, in a file of its own
/// (`itemsets.csv`), or the tags of an `osm` question.
fn is_searched(nodes: &[Node], list: &str) -> bool {
    let is_tagged = |question: &Question| {
        super::write::has_tags(question)
            && question.choices.as_ref().is_some_and(|source| source.list == list)
    };
    let searches = |question: &Question| {
        question.extra.get("query").is_some_and(|query| query == list) || is_tagged(question)
    };
    let shows = |question: &Question| {
        !question.extra.contains_key("query")
            && !super::write::has_tags(question)
            && question.choices.as_ref().is_some_and(|source| source.list == list)
    };
    any_question(nodes, &searches) && !any_question(nodes, &shows)
}

fn any_question(nodes: &[Node], holds: &dyn Fn(&Question) -> bool) -> bool {
    nodes.iter().any(|node| match node {
        Node::Question(question) => holds(question),
        Node::Group(group) => any_question(&group.children, holds),
        Node::Repeat(repeat) => any_question(&repeat.children, holds),
    })
}

fn choices(name: &str, list: &ChoiceList) -> Xml {
    let by_itext = needs_itext(list);
    let mut root = Xml::new("root");
    for (index, choice) in list.items.iter().enumerate() {
        let mut item = Xml::new("item");
        if by_itext {
            item.push(Xml::new("itextId").text(format!("{name}-{index}")));
        }
        item.push(Xml::new("name").text(choice.name.clone()));
        if !by_itext && !choice.label.is_empty() {
            item.push(Xml::new("label").text(choice.label.get("default")));
        }
        let known = list.columns.iter().filter_map(|column| choice.columns.get_key_value(column));
        let others = choice.columns.iter().filter(|(column, _)| !list.columns.contains(column));
        for (column, value) in known.chain(others) {
            item.push(Xml::new(column).text(value.clone()));
        }
        root.push(item);
    }
    Xml::new("instance").with("id", name).child(root)
}
