//! The instance of a form being filled, node by node: for writing it out and for checking.

use super::{
    Control, DataType, Form, ViolationView,
    entry::FormEntry,
    model::{Body, ModelId},
    offer,
    place::PlaceId,
    template::Texts,
    typed::TypeRule,
};
use crate::answers::{Path, Value};

/// An element of the instance as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceNode {
    /// Name with its prefix, as XML writes it.
    pub name: String,
    /// Path with the ids of repeat instances, as answers have it.
    pub path: Path,
    /// What it is.
    pub kind: InstanceKind,
    /// Asked and kept: its own relevance and that of all around it.
    pub relevant: bool,
    /// Cannot be changed by a person.
    pub read_only: bool,
    /// Needs an answer.
    pub required: bool,
    /// Value as XML writes it; empty for what is no question.
    pub text: String,
    /// Attributes, written or computed.
    pub attributes: Vec<(String, String)>,
    /// The elements within, in document order; instances of a repeat one after the other.
    pub children: Vec<InstanceNode>,
}

/// What an element of an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceKind {
    /// A group, or the root element.
    Group,
    /// An instance of a repeat.
    RepeatInstance,
    /// A question, or anything else that holds a value.
    Question(DataType),
}

impl InstanceNode {
    fn set_attribute(&mut self, leaf: &str, name: &str, text: String) {
        let owner = if leaf.is_empty() {
            Some(self)
        } else {
            self.children.iter_mut().find(|child| child.name == leaf)
        };
        let Some(owner) = owner else { return };
        match owner.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = text,
            None => owner.attributes.push((name.to_owned(), text)),
        }
    }
}

impl Form {
    /// The value that a text in the notation of XForms is for the question at `path`; text where
    /// it is of another type, and `None` where it is empty or there is no such question.
    pub fn value_of(&self, path: &Path, text: &str) -> Option<Value> {
        let question = self.question(path)?;
        let rule = TypeRule::of(question, 0);
        rule.read(text).unwrap_or_else(|_| rule.computed(text))
    }
}

impl FormEntry {
    /// The instance as it stands now, relevant or not.
    pub fn instance(&self) -> InstanceNode {
        self.instance_node(PlaceId::ROOT)
    }

    fn instance_node(&self, id: PlaceId) -> InstanceNode {
        let place = self.places.get(id);
        let element = self.form.model().element(place.element);
        let kind = match &element.body {
            Body::Root | Body::Group(_) => InstanceKind::Group,
            Body::Repeat { .. } => InstanceKind::RepeatInstance,
            Body::Question(question) => InstanceKind::Question(question.data_type),
        };
        let is_question = matches!(kind, InstanceKind::Question(_));
        let text = if is_question { self.places.tree.text(place.node).into_owned() } else { String::new() };
        let mut made = InstanceNode {
            name: element.name.clone(),
            path: place.path.clone(),
            kind,
            relevant: place.relevant,
            read_only: place.read_only || element.question().is_some_and(|q| q.control == Control::Note),
            required: place.required,
            text,
            attributes: element.attributes.clone(),
            children: Vec::new(),
        };
        for &child in place.children.iter().flatten() {
            let child = self.instance_node(child);
            match child.name.rsplit_once('@') {
                Some((leaf, attribute)) => {
                    made.set_attribute(leaf.trim_end_matches('/'), attribute, child.text)
                }
                None => made.children.push(child),
            }
        }
        made
    }

    /// The label at `path` with its outputs filled in and its Markdown as the author wrote it.
    pub fn written_label(&self, path: &Path, language: &str) -> String {
        self.written(path, language, |id| &self.form.model().element(id).label)
    }

    /// The hint at `path`, as [`FormEntry::written_label`] gives the label.
    pub fn written_hint(&self, path: &Path, language: &str) -> String {
        self.written(path, language, |id| &self.form.model().element(id).hint)
    }

    fn written<'a>(&self, path: &Path, language: &str, of: impl Fn(ModelId) -> &'a Texts) -> String {
        let found = self.places.find(path).map(|place| (place, self.places.get(place).element));
        let Some((place, element)) = found.or_else(|| self.range_at(path)) else { return String::new() };
        self.fill_written(place, of(element), language)
    }

    /// The choices that the question at `path` offers now: value and label.
    pub fn choices_at(&self, path: &Path, language: &str) -> Vec<(String, String)> {
        let Some(place) = self.places.find(path) else { return Vec::new() };
        let at = super::host::Evaluation { language, ..self.evaluation() };
        let label = |choice: &offer::Offered<'_>| offer::label_text(&at, place, choice);
        offer::offered(&at, place).iter().map(|choice| (choice.value.to_owned(), label(choice))).collect()
    }

    /// What is wrong with the answer at `path`, or that it is missing.
    pub fn violation_at(&self, path: &Path, language: &str) -> Option<ViolationView> {
        self.places.find(path).and_then(|place| self.violation(place, language, true))
    }
}
