//! Binds and the actions of the model.

use super::{
    text::{asked_text, message_needs_itext},
    write::is_meta,
    xml::Xml,
};
use crate::{
    form::{Bind, Control, DataType, Event, FormDefinition, Node, Question},
    text::Localized,
};

/// Binds and actions of all elements, in document order.
pub(super) fn binds(form: &FormDefinition) -> Vec<Xml> {
    let mut found = Vec::new();
    let root = format!("/{}", form.root);
    add(&mut found, &root, &form.nodes);
    let meta = format!("{root}/{}", super::write::meta_name(form));
    let prefix = super::write::meta_name(form);
    let prefix = prefix.strip_suffix("meta").unwrap_or_default();
    for node in &form.nodes {
        if let Node::Question(question) = node
            && is_meta(question)
        {
            found.push(question_bind(&format!("{meta}/{}", question.name), question));
        }
    }
    let written = super::write::own_meta(form);
    let has = |local: &str| written.is_some_and(|meta| super::write::has_child(meta, local));
    // A form that was read without such a block does not say that it is read only.
    let is_ours = !form.settings.contains_key("meta_prefix");
    if !super::write::omits_instance_id(form) && !has("instanceID") {
        let preload = form.settings.get("instance_id").map_or("uid", String::as_str);
        found.push(
            Xml::new("bind")
                .with("nodeset", format!("{meta}/{prefix}instanceID"))
                .with("type", "string")
                .with_some("readonly", is_ours.then_some("true()"))
                .with("jr:preload", preload),
        );
    }
    if let Some(name) = form.instance_name.as_ref().filter(|_| !has("instanceName")) {
        found.push(
            Xml::new("bind")
                .with("nodeset", format!("{meta}/{prefix}instanceName"))
                .with("type", "string")
                .with("calculate", name.clone()),
        );
    }
    found
}

fn add(found: &mut Vec<Xml>, above: &str, nodes: &[Node]) {
    for node in nodes {
        let path = format!("{above}/{}", node.name());
        match node {
            Node::Question(question) if is_meta(question) => {}
            Node::Question(question) => {
                found.push(question_bind(&path, question));
                found.extend(action(&path, question));
                found.extend(loaded(&path, question));
            }
            Node::Group(group) => {
                found.extend(container_bind(&path, &group.bind, &group.extra));
                add(found, &path, &group.children);
            }
            Node::Repeat(repeat) => {
                found.extend(container_bind(&path, &repeat.bind, &repeat.extra));
                add(found, &path, &repeat.children);
            }
        }
    }
}

fn container_bind(
    path: &str,
    bind: &Bind,
    extra: &std::collections::BTreeMap<String, String>,
) -> Option<Xml> {
    let mut element = Xml::new("bind").with("nodeset", path);
    logic(&mut element, path, bind, false);
    more(&mut element, extra);
    (element.attributes.len() > 1).then_some(element)
}

fn question_bind(path: &str, question: &Question) -> Xml {
    let mut element = Xml::new("bind").with("nodeset", path);
    if question.xls_type != "trigger" {
        element.set("type", type_name(question.data_type));
    }
    if question.control == Control::Note {
        element.set("readonly", "true()");
    }
    logic(&mut element, path, &question.bind, !question.triggers.is_empty());
    for (parameter, attribute) in BOUND_PARAMETERS {
        if let Some(value) =
            question.parameters.get(parameter).filter(|_| question.xls_type != "background-audio")
        {
            element.set(attribute, value.clone());
        }
    }
    more(&mut element, &question.extra);
    element
}

/// Parameters that stand in the bind.
pub(super) const BOUND_PARAMETERS: [(&str, &str); 9] = [
    ("max-pixels", "orx:max-pixels"),
    ("quality", "odk:quality"),
    ("allow-mock-accuracy", "odk:allow-mock-accuracy"),
    ("track-changes", "odk:track-changes"),
    ("track-changes-reasons", "odk:track-changes-reasons"),
    ("identify-user", "odk:identify-user"),
    ("location-priority", "odk:location-priority"),
    ("location-min-interval", "odk:location-min-interval"),
    ("location-max-age", "odk:location-max-age"),
];

fn logic(element: &mut Xml, path: &str, bind: &Bind, is_triggered: bool) {
    let expressions = [
        ("relevant", &bind.relevant),
        ("constraint", &bind.constraint),
        ("required", &bind.required),
        ("readonly", &bind.read_only),
    ];
    for (attribute, expression) in expressions {
        if let Some(expression) = expression {
            element.set(attribute, expression.clone());
        }
    }
    if let Some(calculate) = bind.calculate.as_ref().filter(|_| !is_triggered) {
        element.set("calculate", calculate.clone());
    }
    message(element, path, "jr:constraintMsg", &bind.constraint_message);
    message(element, path, "jr:requiredMsg", &bind.required_message);
    if let Some((kind, parameter)) = &bind.preload {
        element.set("jr:preload", kind.clone());
        if !parameter.is_empty() {
            element.set("jr:preloadParams", parameter.clone());
        }
    }
}

fn message(element: &mut Xml, path: &str, attribute: &str, texts: &Localized) {
    if let Some(expression) = asked_text(texts) {
        element.set(attribute, expression);
    } else if message_needs_itext(texts) {
        element.set(attribute, format!("jr:itext('{path}:{attribute}')"));
    } else if !texts.is_empty() {
        element.set(attribute, texts.get("default"));
    }
}

fn more(element: &mut Xml, extra: &std::collections::BTreeMap<String, String>) {
    for (name, value) in extra {
        match name.as_str() {
            "no_app_error_string" => element.set("jr:noAppErrorString", value.clone()),
            _ => {
                if let Some(name) = name.strip_prefix("bind::") {
                    element.set(name, value.clone());
                }
            }
        }
    }
}

/// The word of XForms for a type.
pub(super) fn type_name(data: DataType) -> &'static str {
    match data {
        DataType::String | DataType::SelectMultiple => "string",
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
        DataType::Rank => "odk:rank",
    }
}

/// What happens to a question when the form is opened.
fn action(path: &str, question: &Question) -> Option<Xml> {
    match question.xls_type.as_str() {
        "start-geopoint" => {
            return Some(
                Xml::new("odk:setgeopoint").with("ref", path).with("event", "odk-instance-first-load"),
            );
        }
        "background-audio" => {
            let quality = question.parameters.get("quality").map(String::as_str);
            return Some(
                Xml::new("odk:recordaudio")
                    .with("ref", path)
                    .with("event", "odk-instance-load")
                    .with_some("odk:quality", quality),
            );
        }
        _ => {}
    }
    question.dynamic_default.as_ref().map(|value| set_value(path, "odk-instance-first-load", Some(value)))
}

/// What sets a question when the form is opened, by the actions of its own.
fn loaded(path: &str, question: &Question) -> Vec<Xml> {
    let words =
        [(Event::InstanceFirstLoad, "odk-instance-first-load"), (Event::InstanceLoad, "odk-instance-load")];
    let mut found = Vec::new();
    for action in &question.actions {
        let target = action.nodes.as_deref().unwrap_or(path);
        for (_, word) in words.iter().filter(|(event, _)| action.events.contains(event)) {
            found.push(set_value(target, word, Some(&action.value)));
        }
    }
    found
}

/// An action that sets a value.
pub(super) fn set_value(path: &str, event: &str, value: Option<&str>) -> Xml {
    Xml::new("setvalue")
        .with("ref", path)
        .with("event", event)
        .with_some("value", value.filter(|value| !value.is_empty()))
}
