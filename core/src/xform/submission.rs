//! A filled form as the XML that OpenRosa servers take.

use super::xml::Xml;
use crate::form::{FormDefinition, FormEntry, InstanceKind, InstanceNode};

/// Namespace of the `meta` block.
const OPENROSA: &str = "http://openrosa.org/xforms";

/// Which response a submission is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubmissionIds {
    /// `instanceID`, when it is another than the one that the entry was opened with.
    pub instance_id: Option<String>,
    /// `deprecatedID`: the submission that this one takes the place of.
    pub deprecated_id: Option<String>,
}

/// Writes the instance of a form being filled: what is relevant, in document order, values
/// in the notation of XForms.
pub fn submission(entry: &FormEntry, ids: &SubmissionIds) -> String {
    let form = entry.form().definition();
    let instance = entry.instance();
    let mut root = Xml::new(instance.name.clone());
    for (name, value) in root_attributes(form, &instance) {
        root.set(name, value);
    }
    children(&mut root, &instance, ids);
    root.print_flat()
}

fn root_attributes(form: &FormDefinition, instance: &InstanceNode) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Some(uri) = form.settings.get("instance_xmlns") {
        found.push(("xmlns".to_owned(), uri.clone()));
    }
    let own_names = form.settings.keys().filter_map(|name| name.strip_prefix("attribute::"));
    let mut names = instance.children.iter().map(|child| child.name.as_str()).chain(own_names);
    let has_prefix = names.any(|name| name.starts_with("orx:"));
    if has_prefix {
        found.push(("xmlns:orx".to_owned(), OPENROSA.to_owned()));
    }
    for (prefix, uri) in super::write::given_namespaces(form) {
        let used =
            |child: &InstanceNode| child.name.split_once(':').is_some_and(|(written, _)| written == prefix);
        if instance.children.iter().any(used) {
            found.push((format!("xmlns:{prefix}"), uri));
        }
    }
    found.extend(instance.attributes.iter().cloned());
    found
}

fn children(parent: &mut Xml, node: &InstanceNode, ids: &SubmissionIds) {
    for child in node.children.iter().filter(|child| child.relevant) {
        let mut element = Xml::new(child.name.clone());
        for (name, value) in &child.attributes {
            element.set(name.clone(), value.clone());
        }
        let local = child.name.rsplit(':').next().unwrap_or(&child.name);
        match child.kind {
            InstanceKind::Question(_) if is_meta(node) && local == "instanceID" => {
                let id = ids.instance_id.as_ref().unwrap_or(&child.text);
                parent.push(element.text(id.clone()));
                if let Some(old) = &ids.deprecated_id {
                    let name = child.name.replace("instanceID", "deprecatedID");
                    parent.push(Xml::new(name).text(old.clone()));
                }
                continue;
            }
            InstanceKind::Question(_) => element = element.text(child.text.clone()),
            InstanceKind::Group | InstanceKind::RepeatInstance => children(&mut element, child, ids),
        }
        parent.push(element);
    }
}

fn is_meta(node: &InstanceNode) -> bool {
    matches!(node.name.as_str(), "meta" | "orx:meta") || node.name.ends_with(":meta")
}
