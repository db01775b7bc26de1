//! Texts of a form: in place, or in `itext` where there are several languages.

use std::collections::BTreeMap;

use super::xml::Xml;
use crate::{
    form::{Choice, ChoiceList, FormDefinition, Node},
    text::Localized,
};

/// Key of a text that has no language.
const PLAIN: &str = "default";

/// Texts of a language: text id → form of the text (`""`, `image`, `guidance`) → text.
type Texts = BTreeMap<String, BTreeMap<String, String>>;

/// The texts of a form by language.
#[derive(Debug, Default)]
pub(super) struct Itext {
    /// Languages as the document names them, in order of appearance, with their texts.
    languages: Vec<(String, Texts)>,
    /// Text ids in order of appearance.
    order: Vec<String>,
    default: String,
    names: BTreeMap<String, String>,
}

impl Itext {
    /// Collects the texts of a form.
    pub(super) fn of(form: &FormDefinition) -> Self {
        let default = form.settings.get("default_language").cloned().unwrap_or_else(|| PLAIN.to_owned());
        let names = form.languages.iter().map(|language| {
            let shown = if language.tag == language.name {
                language.tag.clone()
            } else {
                format!("{} ({})", language.name, language.tag)
            };
            (language.tag.clone(), shown)
        });
        let mut itext = Self { default, names: names.collect(), ..Self::default() };
        for (name, list) in &form.choices {
            itext.add_choices(name, list);
        }
        itext.add_nodes(&format!("/{}", form.root), &form.nodes);
        // A text that has an element of its own stands there already.
        for (id, texts) in form.texts.iter().filter(|(id, _)| !itext.order.contains(id)).collect::<Vec<_>>() {
            itext.add(id, "", texts);
        }
        itext
    }

    fn add_choices(&mut self, name: &str, list: &ChoiceList) {
        if !needs_itext(list) {
            return;
        }
        for (index, choice) in list.items.iter().enumerate() {
            let id = format!("{name}-{index}");
            self.add(&id, "", &choice.label);
            self.add_media(&id, &choice.media);
        }
    }

    fn add_media(&mut self, id: &str, media: &BTreeMap<String, Localized>) {
        for (kind, files) in media {
            self.add(id, kind, files);
        }
    }

    fn add_nodes(&mut self, above: &str, nodes: &[Node]) {
        for node in nodes {
            let path = format!("{above}/{}", node.name());
            match node {
                Node::Question(question) => {
                    self.add_label(&path, &question.label, &question.media);
                    if hint_needs_itext(&question.hint, &question.guidance) {
                        self.add(&format!("{path}:hint"), "", &question.hint);
                        self.add(&format!("{path}:hint"), "guidance", &question.guidance);
                    }
                    self.add_bind(&path, &question.bind.constraint_message, "jr:constraintMsg");
                    self.add_bind(&path, &question.bind.required_message, "jr:requiredMsg");
                }
                Node::Group(group) => {
                    self.add_label(&path, &group.label, &BTreeMap::new());
                    self.add_nodes(&path, &group.children);
                }
                Node::Repeat(repeat) => {
                    self.add_label(&path, &repeat.label, &BTreeMap::new());
                    self.add_nodes(&path, &repeat.children);
                }
            }
        }
    }

    fn add_label(&mut self, path: &str, label: &Localized, media: &BTreeMap<String, Localized>) {
        if label_needs_itext(label, media) {
            self.add(&format!("{path}:label"), "", label);
            self.add_media(&format!("{path}:label"), media);
        }
    }

    fn add_bind(&mut self, path: &str, message: &Localized, attribute: &str) {
        if message_needs_itext(message) {
            self.add(&format!("{path}:{attribute}"), "", message);
        }
    }

    fn add(&mut self, id: &str, form: &str, texts: &Localized) {
        for (tag, text) in &texts.0 {
            let language = if tag == PLAIN { self.default.clone() } else { self.shown(tag) };
            let place = match self.languages.iter().position(|(known, _)| *known == language) {
                Some(place) => place,
                None => {
                    self.languages.push((language, BTreeMap::new()));
                    self.languages.len() - 1
                }
            };
            if let Some((_, ids)) = self.languages.get_mut(place) {
                ids.entry(id.to_owned()).or_default().insert(form.to_owned(), text.clone());
            }
        }
        if !texts.is_empty() && !self.order.iter().any(|known| known == id) {
            self.order.push(id.to_owned());
        }
    }

    /// A language as the document names it: `日本語 (ja)`.
    fn shown(&self, tag: &str) -> String {
        self.names.get(tag).cloned().unwrap_or_else(|| tag.to_owned())
    }

    /// The element, or `None` when every text stands in place.
    pub(super) fn print(&self) -> Option<Xml> {
        if self.languages.is_empty() {
            return None;
        }
        let mut root = Xml::new("itext");
        let order: Vec<String> = self.names.values().cloned().collect();
        let mut languages: Vec<_> = self.languages.iter().collect();
        languages.sort_by_key(|(name, _)| order.iter().position(|known| known == name));
        for (language, ids) in languages {
            let mut translation = Xml::new("translation");
            if *language == self.default {
                translation.set("default", "true()");
            }
            translation.set("lang", language.clone());
            for id in &self.order {
                translation.push(self.print_text(id, ids));
            }
            root.push(translation);
        }
        Some(root)
    }

    fn print_text(&self, id: &str, ids: &Texts) -> Xml {
        let mut text = Xml::new("text").with("id", id);
        let mut forms: Vec<&String> =
            self.languages.iter().filter_map(|(_, ids)| ids.get(id)).flat_map(BTreeMap::keys).collect();
        forms.sort();
        forms.dedup();
        for form in forms {
            let value = ids.get(id).and_then(|forms| forms.get(form));
            match (form.as_str(), value) {
                // ODK shows `-` where a language has no text; a missing file is left out.
                ("", value) => text.push(with_outputs(Xml::new("value"), value.map_or("-", String::as_str))),
                ("guidance", value) => {
                    let element = Xml::new("value").with("form", "guidance");
                    text.push(with_outputs(element, value.map_or("-", String::as_str)));
                }
                (media, Some(file)) if file != "-" => {
                    let folder = if media == "big-image" || media == "image" { "images" } else { media };
                    let element = Xml::new("value").with("form", media);
                    text.push(with_outputs(element, &format!("jr://{folder}/{file}")));
                }
                _ => {}
            }
        }
        text
    }
}

/// True when the choices of a list are named through `itext`.
pub(super) fn needs_itext(list: &ChoiceList) -> bool {
    list.items.iter().any(|choice: &Choice| {
        !choice.media.is_empty()
            || choice.label.0.keys().any(|tag| tag != PLAIN)
            || choice.label.0.values().any(|text| text.contains("${"))
    })
}

/// True when a label stands in `itext`.
pub(super) fn label_needs_itext(label: &Localized, media: &BTreeMap<String, Localized>) -> bool {
    !media.is_empty() || label.0.keys().any(|tag| tag != PLAIN)
}

/// True when a hint stands in `itext`.
pub(super) fn hint_needs_itext(hint: &Localized, guidance: &Localized) -> bool {
    !guidance.is_empty() || hint.0.keys().any(|tag| tag != PLAIN)
}

/// The expression of a message that another text is: `jr:itext(concat('a', 'b'))`.
pub(super) fn asked_text(message: &Localized) -> Option<&str> {
    let text = message.0.get(PLAIN).filter(|_| message.0.len() == 1)?;
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    (inner.starts_with("jr:itext(") && !inner.contains("${")).then_some(inner)
}

/// True when a message stands in `itext`.
pub(super) fn message_needs_itext(message: &Localized) -> bool {
    asked_text(message).is_none() && message.0.iter().any(|(tag, text)| tag != PLAIN || text.contains("${"))
}

/// An element with a text in which `${expression}` becomes an output.
pub(super) fn with_outputs(mut element: Xml, text: &str) -> Xml {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((expression, tail)) = after.split_once('}') else { break };
        if !before.is_empty() {
            element = element.text(before);
        }
        element.push(Xml::new("output").with("value", expression));
        rest = tail;
    }
    element.text(rest)
}

/// The label element of a question or group, when it has one.
pub(super) fn label_element(
    path: &str,
    label: &Localized,
    media: &BTreeMap<String, Localized>,
) -> Option<Xml> {
    if label_needs_itext(label, media) {
        return Some(Xml::new("label").with("ref", format!("jr:itext('{path}:label')")));
    }
    (!label.is_empty()).then(|| with_outputs(Xml::new("label"), label.get(PLAIN)))
}

/// The hint element of a question, when it has one.
pub(super) fn hint_element(path: &str, hint: &Localized, guidance: &Localized) -> Option<Xml> {
    if hint_needs_itext(hint, guidance) {
        return Some(Xml::new("hint").with("ref", format!("jr:itext('{path}:hint')")));
    }
    (!hint.is_empty()).then(|| with_outputs(Xml::new("hint"), hint.get(PLAIN)))
}
