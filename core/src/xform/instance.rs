//! The instances of a form: the answers' skeleton and the lists of choices.

use super::{text::needs_itext, write::is_meta, xml::Xml};
use crate::form::{ChoiceList, FormDefinition, Group, Node, Question, Repeat};

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
    fill(&mut root, &form.nodes, false);
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

/// Adds the elements of `nodes`. A repeat comes twice, as a template and as the first
/// instance; inside a first instance the nested ones are not repeated.
fn fill(parent: &mut Xml, nodes: &[Node], in_first: bool) {
    for node in nodes {
        match node {
            Node::Question(question) if is_meta(question) => {}
            Node::Question(question) if question.name.contains('@') => attribute(parent, question),
            Node::Question(question) => parent.push(leaf(question)),
            Node::Group(group) => parent.push(group_element(group, in_first)),
            Node::Repeat(repeat) => {
                if !in_first {
                    parent.push(template(repeat));
                }
                let mut first = Xml::new(&repeat.name);
                attributes(&mut first, &repeat.extra);
                fill(&mut first, &repeat.children, true);
                parent.push(first);
            }
        }
    }
}

fn group_element(group: &Group, in_first: bool) -> Xml {
    let mut element = Xml::new(&group.name);
    attributes(&mut element, &group.extra);
    fill(&mut element, &group.children, in_first);
    element
}

fn template(repeat: &Repeat) -> Xml {
    let mut element = Xml::new(&repeat.name).with("jr:template", "");
    for node in &repeat.children {
        match node {
            Node::Question(question) if question.name.contains('@') => attribute(&mut element, question),
            Node::Question(question) => element.push(leaf(question)),
            Node::Group(group) => element.push(group_element(group, false)),
            Node::Repeat(repeat) => element.push(template(repeat)),
        }
    }
    element
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

fn leaf(question: &Question) -> Xml {
    let mut element = Xml::new(&question.name);
    attributes(&mut element, &question.extra);
    element.text(question.default.clone().unwrap_or_default())
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
    for (name, list) in &form.choices {
        if !form.external.contains_key(name) && !is_searched(&form.nodes, name) {
            found.push(choices(name, list));
        }
    }
    found
}

/// True for a list that clients only search, in a file of its own (`itemsets.csv`).
fn is_searched(nodes: &[Node], list: &str) -> bool {
    let searches = |question: &Question| question.extra.get("query").is_some_and(|query| query == list);
    let shows = |question: &Question| {
        !question.extra.contains_key("query")
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
        for (column, value) in &choice.columns {
            item.push(Xml::new(column).text(value.clone()));
        }
        root.push(item);
    }
    Xml::new("instance").with("id", name).child(root)
}
