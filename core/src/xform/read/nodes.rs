//! From the primary instance to the elements of a form.

use std::collections::BTreeMap;

use super::{
    actions::{self, Occurrence},
    binds::{Binds, Bound},
    body::{Body, Drawn, Repeated},
    element::Source,
    issue::DEEPEST,
    words,
};
use crate::{
    form::{Control, DataType, Group, Node, Question, Repeat, RepeatInstance},
    xpath::NodeId,
};

/// Makes nodes of the elements of the primary instance.
pub(super) struct NodeReader<'a, 't> {
    pub(super) source: Source<'t>,
    pub(super) binds: &'a Binds,
    pub(super) body: &'a Body,
    pub(super) too_deep: bool,
}

/// An element of the instance while nodes are made.
#[derive(Debug, Clone, Copy)]
struct At<'p> {
    path: &'p str,
    in_repeat: bool,
    depth: usize,
}

impl NodeReader<'_, '_> {
    /// The nodes below the root element.
    pub(super) fn read(&mut self, root: NodeId, path: &str) -> Vec<Node> {
        self.nodes(root, At { path, in_repeat: false, depth: 0 })
    }

    fn nodes(&mut self, parent: NodeId, at: At<'_>) -> Vec<Node> {
        if at.depth > DEEPEST {
            self.too_deep = true;
            return Vec::new();
        }
        let mut found: Vec<Node> = self
            .attributes(parent, at.path)
            .into_iter()
            .map(|name| self.attribute(&name, &name, parent, at))
            .collect();
        for (name, same) in self.siblings(parent) {
            let Some(node) = self.node(&name, &same, at) else { continue };
            let is_leaf = matches!(node, Node::Question(_));
            found.push(node);
            let Some(&leaf) = same.first().filter(|_| is_leaf) else { continue };
            for attribute in self.attributes(leaf, &format!("{}/{name}", at.path)) {
                found.push(self.attribute(&format!("{name}/{attribute}"), &attribute, leaf, at));
            }
        }
        found
    }

    /// Names of the attributes of an element that are bound or set, each with its `@`.
    fn attributes(&self, node: NodeId, path: &str) -> Vec<String> {
        let is_set = |path: &str| self.body.occurrences.iter().any(|occurrence| occurrence.target == path);
        let is_bound = |path: &str| self.binds.has(path) || is_set(path);
        let of = |(name, _): (String, String)| {
            Some(format!("@{name}")).filter(|name| is_bound(&format!("{path}/{name}")))
        };
        self.source.attributes(node).into_iter().filter_map(of).collect()
    }

    fn attribute(&self, name: &str, attribute: &str, owner: NodeId, at: At<'_>) -> Node {
        let path = format!("{}/{name}", at.path);
        let mut question = self.question(name, owner, At { path: &path, ..at });
        question.extra.retain(|name, _| !name.starts_with("instance::"));
        let local = attribute.trim_start_matches('@');
        question.default =
            self.source.tree.attribute(owner, local).filter(|text| !text.is_empty()).map(str::to_owned);
        Node::Question(Box::new(question))
    }

    /// Child elements by name, in the order in which names come first.
    fn siblings(&self, parent: NodeId) -> Vec<(String, Vec<NodeId>)> {
        let mut found: Vec<(String, Vec<NodeId>)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for child in self.source.elements(parent) {
            let name = self.source.tree.name(child).qualified().into_owned();
            let place = *places.entry(name.clone()).or_insert(found.len());
            match found.get_mut(place) {
                Some((_, same)) => same.push(child),
                None => found.push((name, vec![child])),
            }
        }
        found
    }

    fn node(&mut self, name: &str, same: &[NodeId], at: At<'_>) -> Option<Node> {
        let path = format!("{}/{name}", at.path);
        let first = *same.first()?;
        let repeat = self.body.containers.get(&path).and_then(|container| container.repeat.clone());
        if let Some(repeated) = repeat {
            return Some(self.repeat(name, same, &path, &repeated, at));
        }
        let inner = At { path: &path, depth: at.depth + 1, ..at };
        let is_meta = at.depth == 0 && self.source.name(first) == "meta";
        let holds =
            is_meta || !self.source.elements(first).is_empty() || self.body.containers.contains_key(&path);
        if holds && !self.body.controls.contains_key(&path) {
            let bound = self.binds.at(&path);
            let container = self.body.containers.get(&path).cloned().unwrap_or_default();
            return Some(Node::Group(Box::new(Group {
                name: name.to_owned(),
                label: container.label,
                extra: self.extra(first, bound.extra, container.extra),
                bind: bound.bind,
                appearance: container.appearance,
                children: self.nodes(first, inner),
            })));
        }
        Some(Node::Question(Box::new(self.question(name, first, inner))))
    }

    fn repeat(&mut self, name: &str, same: &[NodeId], path: &str, repeated: &Repeated, at: At<'_>) -> Node {
        let is_template = |node: &NodeId| self.source.tree.attribute(*node, "template").is_some();
        let template = same.iter().copied().find(is_template);
        let instances: Vec<NodeId> = same.iter().copied().filter(|node| !is_template(node)).collect();
        let pattern = template.or_else(|| instances.first().copied());
        let inner = At { path, in_repeat: true, depth: at.depth + 1 };
        let children = pattern.map(|pattern| self.nodes(pattern, inner)).unwrap_or_default();
        let mut starts_with: Vec<RepeatInstance> =
            instances.iter().map(|&node| self.instance(node, path, &children, at.depth)).collect();
        if repeated.fixed && starts_with.is_empty() {
            starts_with.push(RepeatInstance::default());
        }
        let bound = self.binds.at(path);
        let container = self.body.containers.get(path).cloned().unwrap_or_default();
        let extra = pattern.map(|node| self.extra(node, bound.extra, container.extra)).unwrap_or_default();
        Node::Repeat(Box::new(Repeat {
            name: name.to_owned(),
            label: container.label,
            bind: bound.bind,
            count: repeated.count.clone(),
            fixed: repeated.fixed,
            starts_with,
            appearance: container.appearance,
            extra,
            children,
        }))
    }

    /// What an instance holds other than the defaults of `children`.
    fn instance(&self, node: NodeId, path: &str, children: &[Node], depth: usize) -> RepeatInstance {
        let mut found = RepeatInstance::default();
        self.differences(node, path, "", children, &mut found, depth);
        found
    }

    fn differences(
        &self,
        node: NodeId,
        path: &str,
        below: &str,
        children: &[Node],
        found: &mut RepeatInstance,
        depth: usize,
    ) {
        for child in children {
            let name = child.name();
            let of_name = |id: &NodeId| self.source.tree.name(*id).qualified() == name;
            let elements: Vec<NodeId> = self.source.elements(node).into_iter().filter(of_name).collect();
            let relative = format!("{below}{name}");
            match child {
                Node::Question(question) => {
                    let text = elements.first().map(|&element| self.text(element)).unwrap_or_default();
                    if text != question.default.as_deref().unwrap_or_default() {
                        found.values.insert(relative, text);
                    }
                }
                Node::Group(group) => {
                    if let Some(&element) = elements.first().filter(|_| depth <= DEEPEST) {
                        let below = format!("{relative}/");
                        self.differences(element, path, &below, &group.children, found, depth + 1);
                    }
                }
                Node::Repeat(repeat) => {
                    let is_template = |id: &NodeId| self.source.tree.attribute(*id, "template").is_some();
                    let instances: Vec<RepeatInstance> = elements
                        .iter()
                        .filter(|id| !is_template(id))
                        .map(|&id| self.instance(id, path, &repeat.children, depth + 1))
                        .collect();
                    if instances != repeat.starts_with {
                        found.repeats.insert(relative, instances);
                    }
                }
            }
        }
    }

    fn text(&self, node: NodeId) -> String {
        let text = self.source.tree.text(node);
        if text.trim().is_empty() { String::new() } else { text.into_owned() }
    }

    fn question(&self, name: &str, node: NodeId, at: At<'_>) -> Question {
        let bound = self.binds.at(at.path);
        let drawn = self.body.controls.get(at.path).cloned();
        let is_bound = bound.data_type.is_some();
        let mut question = made_of(bound, drawn);
        name.clone_into(&mut question.name);
        question.extra = self.extra(node, std::mem::take(&mut question.extra), BTreeMap::new());
        question.default = Some(self.text(node)).filter(|text| !text.is_empty());
        question.xls_type = words::xls_type(&question, is_bound);
        let occurrences: Vec<&Occurrence> =
            self.body.occurrences.iter().filter(|occurrence| occurrence.target == at.path).collect();
        actions::apply(&mut question, &occurrences, at.in_repeat);
        question
    }

    /// What stands in other attributes, of the instance and of bind and body.
    fn extra(
        &self,
        node: NodeId,
        mut extra: BTreeMap<String, String>,
        body: BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        extra.extend(body);
        let attributes = self.source.attributes(node).into_iter().filter(|(name, _)| name != "jr:template");
        extra.extend(attributes.map(|(name, value)| (format!("instance::{name}"), value)));
        extra
    }
}

fn made_of(bound: Bound, drawn: Option<Drawn>) -> Question {
    let drawn = drawn.unwrap_or_default();
    let mut question = Question {
        data_type: data_type(bound.data_type, drawn.control),
        control: drawn.control,
        label: drawn.texts.label,
        hint: drawn.texts.hint,
        guidance: drawn.texts.guidance,
        media: drawn.texts.media,
        bind: bound.bind,
        choices: drawn.choices,
        appearance: drawn.appearance,
        parameters: bound.parameters.into_iter().chain(drawn.parameters).collect(),
        extra: bound.extra.into_iter().chain(drawn.extra).collect(),
        ..Question::default()
    };
    let constant = question.bind.read_only.as_deref().is_some_and(|text| text == "true()");
    let is_text = question.data_type == DataType::String;
    if question.control == Control::Input && constant && is_text {
        question.control = Control::Note;
        question.bind.read_only = None;
    }
    question
}

fn data_type(bound: Option<DataType>, control: Control) -> DataType {
    match (control, bound) {
        (Control::SelectMultiple, None | Some(DataType::String)) => DataType::SelectMultiple,
        (Control::Rank, None | Some(DataType::String)) => DataType::Rank,
        (Control::Upload, None) => DataType::Binary,
        (_, bound) => bound.unwrap_or_default(),
    }
}
