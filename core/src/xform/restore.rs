//! A submission as answers: what was filled elsewhere, opened again here.

use std::collections::BTreeMap;

use crate::{
    answers::{Answers, Path, Value},
    form::{Form, FormDefinition, FormIssue, Node, Question, Repeat},
    xpath::{NodeId, Tree},
};

/// What a submission holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Submitted {
    /// The answers, entered and computed alike.
    pub answers: Answers,
    /// `instanceID` of the `meta` block.
    pub instance_id: Option<String>,
    /// Names of elements that the form does not have, by path. Their values are not taken.
    pub unknown: Vec<String>,
}

/// Reads the XML of a submission to `form`. An element that is missing was not relevant: its
/// question has the default of the form, as where it is filled for the first time.
///
/// # Errors
/// One issue when the text is no XML or is of another form.
pub fn read_submission(form: &Form, xml: &str) -> Result<Submitted, FormIssue> {
    let tree = Tree::parse(xml).map_err(|error| super::read::malformed(&error))?;
    let definition = form.definition();
    let root = tree.root_element().filter(|&root| tree.name(root).qualified() == definition.root.as_str());
    let root = root.ok_or_else(|| super::read::missing(&definition.root))?;
    let mut reader = Restorer { form, tree: &tree, found: Submitted::default() };
    reader.below(Some(root), &definition.nodes, &Path::new(""));
    reader.identify(root);
    Ok(reader.found)
}

struct Restorer<'a> {
    form: &'a Form,
    tree: &'a Tree,
    found: Submitted,
}

impl Restorer<'_> {
    fn below(&mut self, element: Option<NodeId>, nodes: &[Node], path: &Path) {
        let mut by_name = self.children(element);
        for node in nodes {
            let same = by_name.remove(node.name()).unwrap_or_default();
            let path = path.child(node.name());
            match node {
                Node::Question(question) => self.question(same.first().copied(), question, &path),
                Node::Group(group) => self.below(same.first().copied(), &group.children, &path),
                Node::Repeat(repeat) => self.repeat(&same, repeat, &path),
            }
        }
        let unknown = by_name.into_keys().filter(|name| !is_meta(name) && !is_identifier(name));
        self.found.unknown.extend(unknown.map(|name| path.child(&name).to_string()));
    }

    fn children(&self, element: Option<NodeId>) -> BTreeMap<String, Vec<NodeId>> {
        let mut found: BTreeMap<String, Vec<NodeId>> = BTreeMap::new();
        for child in element.into_iter().flat_map(|element| self.tree.child_elements(element)) {
            found.entry(self.tree.name(child).qualified().into_owned()).or_default().push(child);
        }
        found
    }

    fn repeat(&mut self, instances: &[NodeId], repeat: &Repeat, path: &Path) {
        let most = if repeat.fixed { repeat.starts_with.len() } else { usize::MAX };
        for (index, &instance) in instances.iter().enumerate().take(most) {
            let path = path.child(&format!("{:08x}", index + 1));
            let order = u32::try_from(index + 1).map_or(f64::MAX, f64::from);
            if repeat.count.is_none() {
                self.found.answers.set(path.clone(), Some(Value::Decimal(order)));
            }
            self.below(Some(instance), &repeat.children, &path);
        }
    }

    fn question(&mut self, element: Option<NodeId>, question: &Question, path: &Path) {
        let text = match element {
            Some(element) => self.tree.text(element).into_owned(),
            None => question.default.clone().unwrap_or_default(),
        };
        self.found.answers.set(path.clone(), self.form.value_of(path, &text));
    }

    fn identify(&mut self, root: NodeId) {
        let named = |node: NodeId, wanted: &str| {
            self.tree.child_elements(node).find(|&child| self.tree.name(child).qualified() == wanted)
        };
        let (block, prefix) = meta_name(self.form.definition());
        let id = named(root, &block).and_then(|meta| named(meta, &format!("{prefix}instanceID")));
        self.found.instance_id =
            id.map(|id| self.tree.text(id).into_owned()).filter(|id| !id.trim().is_empty());
    }
}

/// The name of the form's `meta` block, and its prefix.
fn meta_name(form: &FormDefinition) -> (String, String) {
    let written = form.nodes.iter().map(Node::name).find(|name| is_meta(name));
    let prefix = match written {
        Some(name) => name.strip_suffix("meta").unwrap_or_default().to_owned(),
        None => form
            .settings
            .get("meta_prefix")
            .filter(|p| !p.is_empty())
            .map_or(String::new(), |p| format!("{p}:")),
    };
    (format!("{prefix}meta"), prefix)
}

fn is_meta(name: &str) -> bool {
    name == "meta" || name.ends_with(":meta")
}

fn is_identifier(name: &str) -> bool {
    let local = name.rsplit(':').next().unwrap_or(name);
    matches!(local, "instanceID" | "instanceName" | "deprecatedID")
}
