//! What the document says of the form as a whole.

use std::collections::BTreeMap;

use super::element::Source;
use crate::xform::write::{NAMESPACES, OWN_NAMESPACE};
use crate::xpath::{NodeId, NodeKind};

const XFORMS: &str = "http://www.w3.org/2002/xforms";

/// The identifier and version of the primary instance, and its other attributes as settings.
pub(super) fn of_root(
    source: Source<'_>,
    root: NodeId,
    settings: &mut BTreeMap<String, String>,
) -> [String; 2] {
    let (mut id, mut version) = (String::new(), String::new());
    for (name, value) in source.attributes(root) {
        match name.as_str() {
            "id" => id = value,
            // An attribute that is there and empty is written again.
            "version" if value.is_empty() => drop(settings.insert("attribute::version".to_owned(), value)),
            "version" => version = value,
            "odk:prefix" => drop(settings.insert("prefix".to_owned(), value)),
            "odk:delimiter" => drop(settings.insert("delimiter".to_owned(), value)),
            _ => drop(settings.insert(format!("attribute::{name}"), value)),
        }
    }
    let name = source.tree.name(root);
    if let Some(uri) = name.uri.as_deref().filter(|uri| *uri != XFORMS) {
        settings.insert("instance_xmlns".to_owned(), uri.to_owned());
        if id.is_empty() {
            uri.clone_into(&mut id);
        }
    }
    [id, version]
}

/// Where and how responses are sent.
pub(super) fn of_submission(source: Source<'_>, node: NodeId, settings: &mut BTreeMap<String, String>) {
    let words = [
        ("action", "submission_url"),
        ("base64RsaPublicKey", "public_key"),
        ("auto-send", "auto_send"),
        ("auto-delete", "auto_delete"),
        ("client-editable", "client_editable"),
    ];
    for (attribute, setting) in words {
        if let Some(value) = source.attribute(node, attribute) {
            settings.insert(setting.to_owned(), value.to_owned());
        }
    }
}

/// Namespaces beyond those that every XForm of ours declares: `prefix="uri"`.
pub(super) fn of_namespaces(source: Source<'_>, html: NodeId, settings: &mut BTreeMap<String, String>) {
    let mut own = Vec::new();
    for id in source.tree.attributes(html).filter(|&id| source.tree.kind(id) == NodeKind::Namespace) {
        let (prefix, uri) = (source.tree.name(id).local.to_string(), source.tree.text(id));
        let written = format!("xmlns:{prefix}");
        let is_ours = uri == OWN_NAMESPACE || prefix.is_empty() || prefix == "xml";
        if !is_ours && !NAMESPACES.iter().any(|(name, _)| *name == written) {
            own.push(format!("{prefix}=\"{uri}\""));
        }
    }
    if !own.is_empty() {
        settings.insert("namespaces".to_owned(), own.join(" "));
    }
}

/// True when the document declares a prefix.
pub(super) fn declares(source: Source<'_>, html: NodeId, prefix: &str) -> bool {
    let mut declared = source.tree.attributes(html).filter(|&id| source.tree.kind(id) == NodeKind::Namespace);
    declared.any(|id| &*source.tree.name(id).local == prefix)
}
