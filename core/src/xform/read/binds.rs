//! Binds: type, logic and messages of the elements.

use std::collections::{BTreeMap, HashMap};

use super::{
    element::{Source, absolute},
    itext::Translations,
    words,
};
use crate::xform::bind::BOUND_PARAMETERS;
use crate::{
    form::{Bind, DataType},
    xpath::NodeId,
};

/// What is bound to one path.
#[derive(Debug, Default, Clone)]
pub(super) struct Bound {
    pub(super) data_type: Option<DataType>,
    pub(super) bind: Bind,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) extra: BTreeMap<String, String>,
}

/// All binds of a document.
#[derive(Debug, Default)]
pub(super) struct Binds {
    by_path: HashMap<String, Bound>,
    /// Paths by the id of their bind.
    ids: HashMap<String, String>,
}

impl Binds {
    /// Reads a `bind` element; a second one for the same path adds to the first.
    pub(super) fn add(&mut self, source: Source<'_>, node: NodeId, root: &str, texts: &Translations) {
        let Some(reference) = source.attribute(node, "nodeset").or_else(|| source.attribute(node, "ref"))
        else {
            return;
        };
        let path = absolute(reference, root);
        if let Some(id) = source.attribute(node, "id") {
            self.ids.insert(id.to_owned(), path.clone());
        }
        let bound = self.by_path.entry(path).or_default();
        let mut preload: Option<(String, String)> = None;
        for (name, value) in source.attributes(node) {
            let given = || Some(value.trim().to_owned()).filter(|value| !value.is_empty());
            match name.as_str() {
                "nodeset" | "ref" | "id" => {}
                "type" => bound.data_type = words::data_type(value.trim()),
                "relevant" => bound.bind.relevant = given(),
                "constraint" => bound.bind.constraint = given(),
                "required" => bound.bind.required = given(),
                "readonly" => bound.bind.read_only = given(),
                "calculate" => bound.bind.calculate = given(),
                "jr:constraintMsg" => bound.bind.constraint_message = texts.message(&value),
                "jr:requiredMsg" => bound.bind.required_message = texts.message(&value),
                "jr:preload" => preload.get_or_insert_default().0 = value,
                "jr:preloadParams" => preload.get_or_insert_default().1 = value,
                "jr:noAppErrorString" => {
                    bound.extra.insert("no_app_error_string".to_owned(), value);
                }
                _ => bound.keep(&name, value),
            }
        }
        if preload.as_ref().is_some_and(|(kind, _)| !kind.is_empty()) {
            bound.bind.preload = preload;
        }
    }

    /// True when something is bound to a path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    /// What is bound to a path.
    pub(super) fn at(&self, path: &str) -> Bound {
        self.by_path.get(path).cloned().unwrap_or_default()
    }

    /// The path that an element names: by `ref`, `nodeset` or the id of a bind.
    pub(super) fn target(&self, source: Source<'_>, node: NodeId, context: &str) -> Option<String> {
        let reference = source.attribute(node, "ref").or_else(|| source.attribute(node, "nodeset"));
        match reference {
            Some(reference) => Some(absolute(reference, context)),
            None => self.ids.get(source.attribute(node, "bind")?).cloned(),
        }
    }
}

impl Bound {
    fn keep(&mut self, name: &str, value: String) {
        let parameter = BOUND_PARAMETERS.iter().find(|(_, attribute)| *attribute == name);
        match parameter {
            Some((parameter, _)) => self.parameters.insert((*parameter).to_owned(), value),
            None => self.extra.insert(format!("bind::{name}"), value),
        };
    }
}
