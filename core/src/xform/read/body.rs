//! The body: controls, groups and repeats by the path that they are bound to.

use std::collections::{BTreeMap, HashMap};

use super::{
    actions::{self, Occurrence},
    binds::Binds,
    element::{Source, absolute, itext_id},
    issue::DEEPEST,
    items::{Lists, choices_of},
    itext::Translations,
    words,
};
use crate::{
    form::{ChoiceSource, Control},
    text::Localized,
    xform::body::BODY_PARAMETERS,
    xpath::NodeId,
};

/// What a person meets at one path.
#[derive(Debug, Default, Clone)]
pub(super) struct Drawn {
    pub(super) control: Control,
    pub(super) texts: Texts,
    pub(super) appearance: Vec<String>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) extra: BTreeMap<String, String>,
    pub(super) choices: Option<ChoiceSource>,
}

/// The texts of a control, a group or a choice.
#[derive(Debug, Default, Clone)]
pub(super) struct Texts {
    pub(super) label: Localized,
    pub(super) hint: Localized,
    pub(super) guidance: Localized,
    pub(super) media: BTreeMap<String, Localized>,
}

/// A group or a repeat at one path.
#[derive(Debug, Default, Clone)]
pub(super) struct Container {
    pub(super) label: Localized,
    pub(super) appearance: Vec<String>,
    pub(super) extra: BTreeMap<String, String>,
    pub(super) repeat: Option<Repeated>,
}

/// What makes a container a repeat.
#[derive(Debug, Default, Clone)]
pub(super) struct Repeated {
    pub(super) count: Option<String>,
    pub(super) fixed: bool,
}

/// The body by path.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) controls: HashMap<String, Drawn>,
    pub(super) containers: HashMap<String, Container>,
    pub(super) occurrences: Vec<Occurrence>,
}

/// Reads the body.
pub(super) struct BodyReader<'a, 't> {
    pub(super) source: Source<'t>,
    pub(super) binds: &'a Binds,
    pub(super) texts: &'a Translations,
    pub(super) lists: &'a mut Lists,
    pub(super) body: Body,
}

impl BodyReader<'_, '_> {
    /// Reads what stands in `parent`, whose references begin at `context`.
    pub(super) fn read(&mut self, parent: NodeId, context: &str, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for node in self.source.elements(parent) {
            match self.source.name(node) {
                "group" => self.group(node, context, depth),
                "repeat" => self.repeat(node, None, context, depth),
                name => match words::control(name) {
                    Some(control) => self.control(node, control, context),
                    None if actions::is_action(name) => {
                        let found = actions::read(self.source, node, self.binds, context, context);
                        self.body.occurrences.extend(found);
                    }
                    None => {}
                },
            }
        }
    }

    fn group(&mut self, node: NodeId, context: &str, depth: usize) {
        let path = self.binds.target(self.source, node, context);
        let texts = texts_of(self.source, self.texts, node);
        let repeats: Vec<NodeId> = self
            .source
            .elements(node)
            .into_iter()
            .filter(|&child| self.source.name(child) == "repeat")
            .collect();
        let inner = path.clone().unwrap_or_else(|| context.to_owned());
        // The heading of a repeat stands in the group around it.
        let [repeat] = repeats.as_slice() else {
            self.contain(node, path.as_deref(), texts.label, None);
            return self.read(node, &inner, depth + 1);
        };
        let repeated = self.binds.target(self.source, *repeat, &inner);
        if path.is_some() && path != repeated {
            self.contain(node, path.as_deref(), texts.label, None);
            return self.read(node, &inner, depth + 1);
        }
        self.repeat(*repeat, Some(texts.label), &inner, depth);
        for child in self.source.elements(node) {
            if child != *repeat && words::control(self.source.name(child)).is_some() {
                let control = words::control(self.source.name(child)).unwrap_or_default();
                self.control(child, control, &inner);
            }
        }
    }

    fn repeat(&mut self, node: NodeId, heading: Option<Localized>, context: &str, depth: usize) {
        let Some(path) = self.binds.target(self.source, node, context) else { return };
        let own = texts_of(self.source, self.texts, node).label;
        let label = heading.filter(|label| !label.is_empty()).unwrap_or(own);
        let fixed = self.source.attribute(node, "noAddRemove").is_some_and(|text| text.starts_with("true"));
        let count = self.source.attribute(node, "count").map(str::to_owned);
        self.contain(node, Some(&path), label, Some(Repeated { count, fixed }));
        self.read(node, &path, depth + 1);
    }

    fn contain(&mut self, node: NodeId, path: Option<&str>, label: Localized, repeat: Option<Repeated>) {
        let Some(path) = path else { return };
        let mut container = Container { label, repeat, ..Container::default() };
        for (name, value) in self.source.attributes(node) {
            match name.as_str() {
                "ref" | "nodeset" | "bind" | "jr:count" | "jr:noAddRemove" => {}
                "appearance" => container.appearance = words_of(&value),
                "intent" => drop(container.extra.insert(name, value)),
                _ => drop(container.extra.insert(format!("body::{name}"), value)),
            }
        }
        self.body.containers.insert(path.to_owned(), container);
    }

    fn control(&mut self, node: NodeId, control: Control, context: &str) {
        let Some(path) = self.binds.target(self.source, node, context) else { return };
        let mut drawn = Drawn { control, texts: texts_of(self.source, self.texts, node), ..Drawn::default() };
        for (name, value) in self.source.attributes(node) {
            match name.as_str() {
                "ref" | "nodeset" | "bind" => {}
                "appearance" => drawn.appearance = words_of(&value),
                "intent" => drop(drawn.extra.insert(name, value)),
                "query" => drop(drawn.extra.insert("body::query".to_owned(), value)),
                _ => drawn.keep(&name, value),
            }
        }
        if matches!(control, Control::SelectOne | Control::SelectMultiple | Control::Rank) {
            let (source, translations) = (self.source, self.texts);
            let texts = |node| texts_of(source, translations, node);
            drawn.choices = choices_of(source, node, &path, &texts, self.lists);
        }
        for child in self.source.elements(node) {
            if actions::is_action(self.source.name(child)) {
                let found = actions::read(self.source, child, self.binds, context, &path);
                self.body.occurrences.extend(found);
            }
        }
        self.body.controls.insert(path, drawn);
    }
}

/// Label, hint and media that stand in an element.
fn texts_of(source: Source<'_>, translations: &Translations, node: NodeId) -> Texts {
    let mut texts = Texts::default();
    for child in source.elements(node) {
        let id = source.attribute(child, "ref").and_then(itext_id);
        match (source.name(child), id) {
            ("label", Some(id)) => {
                texts.label = translations.text(id);
                texts.media = translations.media(id);
            }
            ("hint", Some(id)) => {
                texts.hint = translations.text(id);
                texts.guidance = translations.guidance(id);
            }
            ("label", None) => texts.label = in_place(source, child),
            ("hint", None) => texts.hint = in_place(source, child),
            _ => {}
        }
    }
    texts
}

/// A text that is written out, or that an expression gives.
fn in_place(source: Source<'_>, node: NodeId) -> Localized {
    let text = match source.attribute(node, "ref") {
        Some(expression) => format!("${{{expression}}}"),
        None => source.mixed(node),
    };
    if text.is_empty() { Localized::default() } else { Localized::plain(text) }
}

impl Drawn {
    fn keep(&mut self, name: &str, value: String) {
        match BODY_PARAMETERS.iter().find(|(_, attribute)| *attribute == name) {
            Some((parameter, _)) => self.parameters.insert((*parameter).to_owned(), value),
            None => self.extra.insert(format!("body::{name}"), value),
        };
    }
}

fn words_of(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Where an item's reference leads, below an item.
pub(super) fn item_path(reference: &str) -> String {
    absolute(reference, "").trim_start_matches('/').to_owned()
}
