//! A form as an XForm document, as ODK's clients load it.

use super::{bind::binds, body::Body, instance, text::Itext, xml::Xml};
use crate::form::{FormDefinition, Group, Node, Question};

pub(super) const NAMESPACES: [(&str, &str); 7] = [
    ("xmlns", "http://www.w3.org/2002/xforms"),
    ("xmlns:h", "http://www.w3.org/1999/xhtml"),
    ("xmlns:ev", "http://www.w3.org/2001/xml-events"),
    ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"),
    ("xmlns:jr", "http://openrosa.org/javarosa"),
    ("xmlns:orx", "http://openrosa.org/xforms"),
    ("xmlns:odk", "http://www.opendatakit.org/xforms"),
];

/// Namespace of what XForms has no word for: the unit beside a field.
pub(super) const OWN_NAMESPACE: &str = "urn:tsumugi:xform:1";

/// Namespace of ODK XForms Entities.
const ENTITIES_NAMESPACE: &str = "http://www.opendatakit.org/xforms/entities";

/// Writes a form as an XForm document (ODK XForms 1.0.0).
pub fn write(form: &FormDefinition) -> String {
    let mut root = Xml::new("h:html");
    for (name, value) in NAMESPACES {
        root.set(name, value);
    }
    for (name, value) in own_namespaces(form) {
        root.set(name, value);
    }
    let title = if form.title.get("default").is_empty() { form.form_id.as_str() } else { shown_title(form) };
    let head = Xml::new("h:head").child(Xml::new("h:title").text(title)).child(model(form));
    root.child(head).child(Body::of(form)).print()
}

fn shown_title(form: &FormDefinition) -> &str {
    form.title.0.get("default").map_or_else(|| form.title.get(&form.default_language), String::as_str)
}

fn model(form: &FormDefinition) -> Xml {
    let version = form.settings.get("entities_version").map(String::as_str);
    let mut model =
        Xml::new("model").with("odk:xforms-version", "1.0.0").with_some("entities:entities-version", version);
    if let Some(submission) = submission(form) {
        model.push(submission);
    }
    if let Some(itext) = Itext::of(form).print() {
        model.push(itext);
    }
    model.push(instance::primary(form));
    for instance in instance::secondary(form) {
        model.push(instance);
    }
    for bind in binds(form) {
        model.push(bind);
    }
    model
}

fn submission(form: &FormDefinition) -> Option<Xml> {
    let get = |name: &str| form.settings.get(name).map(String::as_str);
    let mut element = Xml::new("submission");
    if let Some(address) = get("submission_url") {
        element.set("action", address);
        element.set("method", "post");
    }
    let attributes = [
        ("public_key", "base64RsaPublicKey"),
        ("auto_send", "orx:auto-send"),
        ("auto_delete", "orx:auto-delete"),
    ];
    for (setting, attribute) in attributes {
        if let Some(value) = get(setting) {
            element.set(attribute, value);
        }
    }
    if get("client_editable").is_some_and(|text| text.eq_ignore_ascii_case("yes") || text.starts_with("true"))
    {
        element.set("odk:client-editable", "true");
    }
    (!element.attributes.is_empty()).then_some(element)
}

/// Namespaces that the settings name (`esri="http://…"`), and ours where it is used.
fn own_namespaces(form: &FormDefinition) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> =
        given_namespaces(form).into_iter().map(|(prefix, uri)| (format!("xmlns:{prefix}"), uri)).collect();
    if form.settings.contains_key("entities_version") {
        found.push(("xmlns:entities".to_owned(), ENTITIES_NAMESPACE.to_owned()));
    }
    if has_unit(&form.nodes) {
        found.push(("xmlns:tsumugi".to_owned(), OWN_NAMESPACE.to_owned()));
    }
    found
}

/// Prefixes and namespaces that the settings name.
pub(super) fn given_namespaces(form: &FormDefinition) -> Vec<(String, String)> {
    let given = form.settings.get("namespaces").map_or("", String::as_str);
    given
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .map(|(prefix, uri)| (prefix.to_owned(), uri.replace(['"', '\''], "")))
        .filter(|(prefix, uri)| !prefix.is_empty() && !uri.is_empty())
        .collect()
}

fn has_unit(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Question(question) => question.parameters.contains_key("unit"),
        Node::Group(group) => has_unit(&group.children),
        Node::Repeat(repeat) => has_unit(&repeat.children),
    })
}

/// The `meta` block that the form writes itself.
pub(super) fn own_meta(form: &FormDefinition) -> Option<&Group> {
    form.nodes.iter().find_map(|node| match node {
        Node::Group(group) if group.name == "meta" || group.name.ends_with(":meta") => Some(group.as_ref()),
        _ => None,
    })
}

/// The name of the `meta` block with its prefix.
pub(super) fn meta_name(form: &FormDefinition) -> String {
    let prefix = form.settings.get("meta_prefix").filter(|prefix| !prefix.is_empty());
    own_meta(form).map_or_else(
        || prefix.map_or_else(|| "meta".to_owned(), |prefix| format!("{prefix}:meta")),
        |group| group.name.clone(),
    )
}

/// True when a group has a child with this local name.
pub(super) fn has_child(group: &Group, local: &str) -> bool {
    group.children.iter().any(|node| node.name().rsplit(':').next() == Some(local))
}

/// True for a question whose choices are tags of OpenStreetMap.
pub(super) fn has_tags(question: &Question) -> bool {
    question.xls_type.starts_with("osm ")
}

/// True for what stands in the `meta` block rather than among the answers.
pub(super) fn is_meta(question: &Question) -> bool {
    question.xls_type == "audit"
}

/// True when the settings say that the response has no identifier.
pub(super) fn omits_instance_id(form: &FormDefinition) -> bool {
    form.settings.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("omit_instanceid")
            && matches!(value.as_str(), "yes" | "true" | "TRUE" | "true()" | "True" | "Yes" | "YES")
    })
}
