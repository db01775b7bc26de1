//! The state of an entry in the words of a tape.

use std::collections::BTreeMap;

use tsumugi_core::{
    answers::Path,
    form::{
        Control, DataType, FormEntry, InstanceKind, InstanceNode, Node as FormNode, Question, Repeat,
        ViolationKind,
    },
    text::Localized,
    xform::SubmissionIds,
};

use crate::tape::Node;

/// All nodes by reference, and the path of each reference.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) paths: BTreeMap<String, Path>,
}

/// Reads the state of an entry.
pub(crate) struct NodeReader<'a> {
    pub(crate) entry: &'a FormEntry,
    pub(crate) language: &'a str,
    pub(crate) ids: &'a SubmissionIds,
    pub(crate) found: Nodes,
}

impl NodeReader<'_> {
    pub(crate) fn read(mut self) -> Nodes {
        let root = self.entry.instance();
        let reference = format!("/{}", root.name);
        self.put(&reference, &root.path, plain(&reference, "root", &root));
        let nodes = self.entry.form().definition().nodes.clone();
        self.children(&reference, &root, &nodes);
        self.found
    }

    fn put(&mut self, reference: &str, path: &Path, node: Node) {
        self.found.paths.insert(reference.to_owned(), path.clone());
        self.found.nodes.insert(reference.to_owned(), node);
    }

    fn children(&mut self, above: &str, parent: &InstanceNode, nodes: &[FormNode]) {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for child in &parent.children {
            let written = nodes.iter().find(|node| node.name() == child.name);
            let reference = format!("{above}/{}", child.name);
            match (child.kind, written) {
                (InstanceKind::RepeatInstance, Some(FormNode::Repeat(repeat))) => {
                    let number = numbers.entry(&child.name).or_default();
                    *number += 1;
                    let reference = format!("{reference}[{number}]");
                    let mut node = plain(&reference, "repeat-instance", child);
                    node.label = self.label(&child.path);
                    self.put(&reference, &child.path, node);
                    self.children(&reference, child, &repeat.children);
                }
                (InstanceKind::Group, written) => {
                    let mut node = plain(&reference, "group", child);
                    node.label = self.label(&child.path);
                    self.put(&reference, &child.path, node);
                    let within = match written {
                        Some(FormNode::Group(group)) => group.children.as_slice(),
                        _ => &[],
                    };
                    self.children(&reference, child, within);
                }
                (_, Some(FormNode::Question(question))) => {
                    let node = self.question(&reference, child, question);
                    self.identified(&reference, child, node);
                }
                _ => {
                    let mut node = plain(&reference, "model-value", child);
                    node.value_type = Some("string".to_owned());
                    node.value = Some(child.text.clone());
                    self.identified(&reference, child, node);
                }
            }
        }
        for node in nodes {
            if let FormNode::Repeat(repeat) = node {
                self.range(above, parent, repeat);
            }
        }
    }

    /// Puts a node; the identifiers of the `meta` block are those of the submission.
    fn identified(&mut self, reference: &str, child: &InstanceNode, mut node: Node) {
        if child.name.ends_with("instanceID") {
            node.value = Some(self.ids.instance_id.clone().unwrap_or_else(|| child.text.clone()));
            if let Some(old) = &self.ids.deprecated_id {
                let reference = reference.replace("instanceID", "deprecatedID");
                let mut old_node = plain(&reference, "model-value", child);
                old_node.value_type = Some("string".to_owned());
                old_node.value = Some(old.clone());
                self.put(&reference, &child.path, old_node);
            }
        }
        self.put(reference, &child.path, node);
    }

    fn range(&mut self, above: &str, parent: &InstanceNode, repeat: &Repeat) {
        let reference = format!("{above}/{}", repeat.name);
        let path = parent.path.child(&repeat.name);
        let controlled = repeat.count.is_some() || repeat.fixed;
        let kind = if controlled { "repeat-range:controlled" } else { "repeat-range:uncontrolled" };
        let mut node = plain(&reference, kind, parent);
        node.relevant = self.entry.is_relevant(&path);
        node.label = self.label(&path);
        node.count = Some(parent.children.iter().filter(|child| child.name == repeat.name).count());
        self.put(&reference, &path, node);
    }

    fn label(&self, path: &Path) -> Option<String> {
        Some(self.entry.written_label(path, self.language)).filter(|label| !label.is_empty())
    }

    fn question(&self, reference: &str, at: &InstanceNode, question: &Question) -> Node {
        let kind = match question.control {
            Control::None => "model-value",
            Control::Input => "input",
            Control::Note => "note",
            Control::SelectOne | Control::SelectMultiple => "select",
            Control::Rank => "rank",
            Control::Range => "range",
            Control::Acknowledge => "trigger",
            Control::Upload => "upload",
        };
        let mut node = plain(reference, kind, at);
        node.value_type = Some(value_type(question).to_owned());
        node.value = Some(at.text.clone());
        node.label = self.label(&at.path);
        node.hint = Some(self.entry.written_hint(&at.path, self.language)).filter(|hint| !hint.is_empty());
        if matches!(question.control, Control::SelectOne | Control::SelectMultiple | Control::Rank) {
            node.options = Some(self.entry.choices_at(&at.path, self.language));
        }
        if let Some(violation) = self.entry.violation_at(&at.path, self.language) {
            // Where the form gives no message the wording is ours.
            let of_form = |written: &Localized| {
                if written.is_empty() { String::new() } else { violation.message.clone() }
            };
            match violation.kind {
                ViolationKind::Required => {
                    node.required_missing = Some(of_form(&question.bind.required_message));
                }
                _ => node.constraint_violated = Some(of_form(&question.bind.constraint_message)),
            }
        }
        node
    }
}

fn plain(reference: &str, kind: &str, at: &InstanceNode) -> Node {
    Node {
        reference: reference.to_owned(),
        kind: kind.to_owned(),
        value_type: None,
        value: None,
        relevant: at.relevant,
        readonly: at.read_only,
        required: at.required,
        label: None,
        hint: None,
        options: None,
        constraint_violated: None,
        required_missing: None,
        count: None,
    }
}

fn value_type(question: &Question) -> &'static str {
    match question.data_type {
        DataType::Int => "int",
        DataType::Decimal => "decimal",
        DataType::Boolean => "boolean",
        DataType::Date => "date",
        DataType::Time => "time",
        DataType::DateTime => "dateTime",
        DataType::Geopoint => "geopoint",
        DataType::Geotrace => "geotrace",
        DataType::Geoshape => "geoshape",
        DataType::Barcode => "barcode",
        DataType::Binary => "binary",
        DataType::Intent => "intent",
        DataType::String | DataType::SelectMultiple | DataType::Rank => "string",
    }
}
