//! The body: what a person meets.

use std::collections::BTreeMap;

use super::{
    bind::set_value,
    text::{hint_element, label_element, needs_itext},
    write::is_meta,
    xml::Xml,
};
use crate::form::{ChoiceSource, Control, Event, FormDefinition, Group, Node, Question, Repeat};

/// Writes the controls of a form.
pub(super) struct Body<'a> {
    form: &'a FormDefinition,
    /// What is computed when a question changes: path of the question → actions.
    triggered: BTreeMap<String, Vec<Xml>>,
}

impl<'a> Body<'a> {
    /// The body of a form.
    pub(super) fn of(form: &'a FormDefinition) -> Xml {
        let mut triggered = BTreeMap::new();
        let root = format!("/{}", form.root);
        collect_triggered(&root, &form.nodes, &mut triggered);
        let mut body = Xml::new("h:body");
        if let Some(style) = form.settings.get("style") {
            body.set("class", style.clone());
        }
        Self { form, triggered }.controls(&mut body, &root, &form.nodes);
        body
    }

    fn controls(&self, parent: &mut Xml, above: &str, nodes: &[Node]) {
        for node in nodes {
            let path = format!("{above}/{}", node.name());
            match node {
                Node::Question(question) if is_meta(question) => {}
                Node::Question(question) => {
                    if let Some(control) = self.control(&path, question) {
                        parent.push(control);
                    }
                }
                // The block of facts about the response is for no screen.
                Node::Group(group) if is_silent_meta(group) => {}
                Node::Group(group) => parent.push(self.group(&path, group)),
                Node::Repeat(repeat) => parent.push(self.repeat(&path, repeat)),
            }
        }
    }

    fn group(&self, path: &str, group: &Group) -> Xml {
        let mut element = Xml::new("group").with("ref", path);
        appearance(&mut element, &group.appearance);
        body_extra(&mut element, &group.extra);
        if let Some(label) = label_element(path, &group.label, &BTreeMap::new()) {
            element.push(label);
        }
        self.controls(&mut element, path, &group.children);
        element
    }

    fn repeat(&self, path: &str, repeat: &Repeat) -> Xml {
        let mut inner = Xml::new("repeat").with("nodeset", path);
        appearance(&mut inner, &repeat.appearance);
        if let Some(count) = &repeat.count {
            inner.set("jr:count", count.clone());
        }
        if repeat.fixed {
            inner.set("jr:noAddRemove", "true()");
        }
        body_extra(&mut inner, &repeat.extra);
        self.controls(&mut inner, path, &repeat.children);
        new_repeat_actions(&mut inner, path, &repeat.children);
        let mut element = Xml::new("group").with("ref", path);
        element
            .push(label_element(path, &repeat.label, &BTreeMap::new()).unwrap_or_else(|| Xml::new("label")));
        element.child(inner)
    }

    fn control(&self, path: &str, question: &Question) -> Option<Xml> {
        let is_silent = question.label.is_empty() && question.hint.is_empty();
        let is_computed = question.bind.calculate.is_some() || !question.triggers.is_empty();
        let is_sensor = question.xls_type == "background-geopoint" && !is_silent;
        if question.xls_type == "calculate" || (is_computed && is_silent && !self.form.lenient) {
            return None;
        }
        let name = match question.control {
            Control::None if is_sensor => "trigger",
            Control::None => return None,
            Control::Input | Control::Note => "input",
            Control::SelectOne if question.extra.contains_key("query") => "input",
            Control::SelectOne => "select1",
            Control::SelectMultiple => "select",
            Control::Rank => "odk:rank",
            Control::Range => "range",
            Control::Acknowledge => "trigger",
            Control::Upload => "upload",
        };
        let mut element = Xml::new(name).with("ref", path);
        appearance(&mut element, &question.appearance);
        body_extra(&mut element, &question.extra);
        parameters(&mut element, question);
        self.texts(&mut element, path, question);
        if let Some(source) = &question.choices {
            self.choices(&mut element, source, question);
        }
        // What computes a value comes before what asks a sensor.
        let (values, sensors): (Vec<&Xml>, Vec<&Xml>) =
            self.triggered.get(path).into_iter().flatten().partition(|action| action.name == "setvalue");
        for action in values.into_iter().chain(sensors) {
            element.push(action.clone());
        }
        Some(element)
    }

    fn texts(&self, element: &mut Xml, path: &str, question: &Question) {
        let hint = hint_element(path, &question.hint, &question.guidance);
        match label_element(path, &question.label, &question.media) {
            Some(label) => element.push(label),
            None if hint.is_some() || question.choices.is_some() => element.push(Xml::new("label")),
            None => {}
        }
        if let Some(hint) = hint {
            element.push(hint);
        }
    }

    fn choices(&self, element: &mut Xml, source: &ChoiceSource, question: &Question) {
        if let Some(list) = question.extra.get("query") {
            let filter = source.filter.as_ref().map(|filter| format!("[{filter}]")).unwrap_or_default();
            element.set("query", format!("instance('{list}')/root/item{filter}"));
            return;
        }
        if super::write::has_tags(question) {
            return self.tags(element, source);
        }
        let by_itext = self.form.choices.get(&source.list).is_some_and(needs_itext)
            && !self.form.external.contains_key(&source.list)
            && source.nodeset.is_none();
        let label = if by_itext { "jr:itext(itextId)" } else { source.label.as_str() };
        element.push(
            Xml::new("itemset")
                .with("nodeset", nodeset(source))
                .child(Xml::new("value").with("ref", source.value.clone()))
                .child(Xml::new("label").with("ref", label)),
        );
    }

    /// The tags that an `osm` question asks for.
    fn tags(&self, element: &mut Xml, source: &ChoiceSource) {
        for tag in self.form.choices.get(&source.list).into_iter().flat_map(|list| &list.items) {
            let label = Xml::new("label").text(tag.label.get(&self.form.default_language));
            element.push(Xml::new("tag").with("key", tag.name.clone()).child(label));
        }
    }
}

/// True for a `meta` block in which a person meets nothing.
fn is_silent_meta(group: &Group) -> bool {
    fn shows(nodes: &[Node]) -> bool {
        nodes.iter().any(|node| match node {
            Node::Question(question) => question.control != Control::None,
            Node::Group(group) => shows(&group.children),
            Node::Repeat(repeat) => shows(&repeat.children),
        })
    }
    (group.name == "meta" || group.name.ends_with(":meta")) && !shows(&group.children)
}

/// The expression that gives the choices.
pub(super) fn nodeset(source: &ChoiceSource) -> String {
    let base = source.nodeset.clone().unwrap_or_else(|| format!("instance('{}')/root/item", source.list));
    let filtered = match &source.filter {
        Some(filter) => format!("{base}[{filter}]"),
        None => base,
    };
    match (source.randomize, &source.seed) {
        (true, Some(seed)) => format!("randomize({filtered}, {seed})"),
        (true, None) => format!("randomize({filtered})"),
        (false, _) => filtered,
    }
}

fn appearance(element: &mut Xml, words: &[String]) {
    if !words.is_empty() {
        element.set("appearance", words.join(" "));
    }
}

fn body_extra(element: &mut Xml, extra: &BTreeMap<String, String>) {
    for (name, value) in extra {
        match name.as_str() {
            "intent" => element.set("intent", value.clone()),
            _ => {
                if let Some(name) = name.strip_prefix("body::") {
                    element.set(name, value.clone());
                }
            }
        }
    }
}

/// Parameters that stand in the body.
pub(super) const BODY_PARAMETERS: [(&str, &str); 10] = [
    ("rows", "rows"),
    ("start", "start"),
    ("end", "end"),
    ("step", "step"),
    ("tick_interval", "odk:tick-interval"),
    ("placeholder", "odk:placeholder"),
    ("capture-accuracy", "accuracyThreshold"),
    ("warning-accuracy", "unacceptableAccuracyThreshold"),
    ("incremental", "incremental"),
    ("unit", "tsumugi:unit"),
];

fn parameters(element: &mut Xml, question: &Question) {
    for (parameter, attribute) in BODY_PARAMETERS {
        if let Some(value) = question.parameters.get(parameter) {
            let value = if parameter == "incremental" { "true" } else { value.as_str() };
            element.set(attribute, value);
        }
    }
    if let Some(app) = question.parameters.get("app") {
        let words: Vec<&str> = question.appearance.iter().map(String::as_str).collect();
        if words.is_empty() || words == ["annotate"] {
            element.set("intent", app.clone());
        }
    }
}

fn collect_triggered(above: &str, nodes: &[Node], triggered: &mut BTreeMap<String, Vec<Xml>>) {
    for node in nodes {
        let path = format!("{above}/{}", node.name());
        match node {
            Node::Group(group) => collect_triggered(&path, &group.children, triggered),
            Node::Repeat(repeat) => collect_triggered(&path, &repeat.children, triggered),
            Node::Question(question) => {
                for action in &question.actions {
                    if action.events.contains(&Event::ValueChanged) {
                        let target = action.nodes.as_deref().unwrap_or(&path);
                        let made = set_value(target, "xforms-value-changed", Some(&action.value));
                        triggered.entry(action.source.clone()).or_default().push(made);
                    }
                }
                for trigger in &question.triggers {
                    let action = if question.xls_type == "background-geopoint" {
                        Xml::new("odk:setgeopoint")
                            .with("ref", path.clone())
                            .with("event", "xforms-value-changed")
                    } else {
                        set_value(&path, "xforms-value-changed", question.bind.calculate.as_deref())
                    };
                    triggered.entry(trigger.clone()).or_default().push(action);
                }
            }
        }
    }
}

/// Defaults that are computed for each new instance of a repeat; nested repeats do theirs.
fn new_repeat_actions(element: &mut Xml, above: &str, nodes: &[Node]) {
    for node in nodes {
        let path = format!("{above}/{}", node.name());
        match node {
            Node::Question(question) => {
                if let Some(value) = &question.dynamic_default {
                    element.push(set_value(&path, "odk-new-repeat", Some(value)));
                }
                for action in question.actions.iter().filter(|a| a.events.contains(&Event::NewRepeat)) {
                    element.push(set_value(&path, "odk-new-repeat", Some(&action.value)));
                }
            }
            Node::Group(group) => new_repeat_actions(element, &path, &group.children),
            Node::Repeat(_) => {}
        }
    }
}
