//! The whole way from a document to a form.

use std::collections::BTreeMap;

use super::{
    actions,
    binds::Binds,
    body::{Body, BodyReader},
    element::Source,
    issue,
    items::{Lists, print},
    itext::Translations,
    large::Cut,
    nodes::NodeReader,
    settings,
};
use crate::{
    form::{Control, FormDefinition, FormIssue, Node, Question},
    text::{Localized, tag_and_name},
    xpath::{NodeId, Tree},
};

/// Reads an XForm document (ODK XForms 1.0.0 and what JavaRosa takes).
///
/// # Errors
/// What makes it no form that can be read, each with its place and a remedy. What is only
/// odd is for [`Form::compile`](crate::form::Form::compile) to tell.
pub fn read(xml: &str) -> Result<FormDefinition, Vec<FormIssue>> {
    read_cut(xml, &Cut::of(xml))
}

/// Reads a document of which large instances were taken out.
pub(super) fn read_cut(xml: &str, cut: &Cut<'_>) -> Result<FormDefinition, Vec<FormIssue>> {
    // The whole text knows the line of what is wrong.
    let tree = Tree::parse(&cut.rest).or_else(|_| Tree::parse(xml));
    let tree = tree.map_err(|error| vec![issue::malformed(&error)])?;
    let source = Source { tree: &tree };
    let parts = Parts::find(source).map_err(|part| vec![issue::missing(part)])?;
    let root_path = format!("/{}", tree.name(parts.root).qualified());
    let texts = parts.itext.map(|itext| Translations::read(source, itext)).unwrap_or_default();
    let mut binds = Binds::default();
    for &node in &parts.binds {
        binds.add(source, node, &root_path, &texts);
    }
    let mut lists = Lists::default();
    let mut instances = Instances::read(source, &parts, cut, &mut lists, &texts);
    let mut reader =
        BodyReader { source, binds: &binds, texts: &texts, lists: &mut lists, body: Body::default() };
    if let Some(body) = parts.body {
        reader.read(body, &root_path, 0);
    }
    let mut body = reader.body;
    for &node in &parts.actions {
        body.occurrences.extend(actions::read(source, node, &binds, &root_path, ""));
    }
    lists.keep_plain();
    instances.inline.retain(|id, _| !lists.lists.contains_key(id));
    let mut nodes = NodeReader { source, binds: &binds, body: &body, too_deep: false };
    let found = nodes.read(parts.root, &root_path);
    if nodes.too_deep {
        return Err(vec![issue::too_deep()]);
    }
    let mut form = FormDefinition {
        title: Localized::plain(parts.title(source)),
        root: tree.name(parts.root).qualified().into_owned(),
        nodes: found,
        choices: lists.lists,
        instances: instances.inline,
        external: instances.external,
        lenient: true,
        ..FormDefinition::default()
    };
    parts.settle(source, &mut form, &texts);
    if asks_for_texts(&form) {
        form.texts = texts.all();
    }
    take_meta(&mut form, settings::declares(source, parts.html, "orx"));
    Ok(form)
}

/// True when an expression asks for a text, so that all of them must be kept: labels and hints
/// that name theirs have it already.
fn asks_for_texts(form: &FormDefinition) -> bool {
    serde_json::to_string(&(&form.nodes, &form.instance_name)).is_ok_and(|text| text.contains("itext("))
}

/// The elements that a document is read from.
struct Parts {
    html: NodeId,
    head: NodeId,
    root: NodeId,
    itext: Option<NodeId>,
    submission: Option<NodeId>,
    instances: Vec<NodeId>,
    binds: Vec<NodeId>,
    actions: Vec<NodeId>,
    body: Option<NodeId>,
}

impl Parts {
    fn find(source: Source<'_>) -> Result<Self, &'static str> {
        let child = |node: NodeId, name: &str| source.tree.child_named(node, name);
        let html = source.tree.root_element().ok_or("h:html")?;
        let head = child(html, "head").ok_or("h:head")?;
        let model = child(head, "model").ok_or("model")?;
        let of = |name: &str| -> Vec<NodeId> {
            source.elements(model).into_iter().filter(|&node| source.name(node) == name).collect()
        };
        let mut instances = of("instance").into_iter();
        let primary = instances.next().ok_or("instance")?;
        let root = source.elements(primary).first().copied().ok_or("instance")?;
        let is_action = |node: &NodeId| actions::is_action(source.name(*node));
        Ok(Self {
            html,
            head,
            root,
            itext: of("itext").first().copied(),
            submission: of("submission").first().copied(),
            instances: instances.collect(),
            binds: of("bind"),
            actions: source.elements(model).into_iter().filter(is_action).collect(),
            body: child(html, "body"),
        })
    }

    fn title(&self, source: Source<'_>) -> String {
        let title = source.tree.child_named(self.head, "title");
        title.map(|title| source.tree.text(title).trim().to_owned()).unwrap_or_default()
    }

    /// Identifier, languages and settings.
    fn settle(&self, source: Source<'_>, form: &mut FormDefinition, texts: &Translations) {
        let mut found = BTreeMap::new();
        let [id, version] = settings::of_root(source, self.root, &mut found);
        (form.form_id, form.version) = (id, version);
        if let Some(node) = self.submission {
            settings::of_submission(source, node, &mut found);
        }
        settings::of_namespaces(source, self.html, &mut found);
        if let Some(style) = self.body.and_then(|body| source.attribute(body, "class")) {
            found.insert("style".to_owned(), style.to_owned());
        }
        form.languages.clone_from(&texts.languages);
        let first = form.languages.first().map(|language| language.tag.clone());
        match texts.default.as_deref().filter(|spelling| *spelling != "default") {
            Some(spelling) => {
                form.default_language = tag_and_name(spelling).0;
                found.insert("default_language".to_owned(), spelling.to_owned());
            }
            None => form.default_language = first.unwrap_or_else(|| "default".to_owned()),
        }
        form.settings = found;
    }
}

/// The secondary instances.
#[derive(Default)]
struct Instances {
    inline: BTreeMap<String, String>,
    external: BTreeMap<String, String>,
}

impl Instances {
    fn read(
        source: Source<'_>,
        parts: &Parts,
        cut: &Cut<'_>,
        lists: &mut Lists,
        texts: &Translations,
    ) -> Self {
        let mut found = Self::default();
        for &instance in &parts.instances {
            let Some(id) = source.attribute(instance, "id") else { continue };
            if let Some(address) = source.attribute(instance, "src") {
                found.external.insert(id.to_owned(), address.to_owned());
                continue;
            }
            if let Some(rows) = cut.rows(source, instance) {
                lists.take(id);
                found.inline.insert(id.to_owned(), rows.trim().to_owned());
                continue;
            }
            let Some(&root) = source.elements(instance).first() else { continue };
            // Whether it stays an instance is known when all controls were read.
            lists.add(source, id, root, texts);
            found.inline.insert(id.to_owned(), print(source, root));
        }
        found
    }
}

/// Takes the `meta` block out of the nodes where it is the one that every form of ours has.
fn take_meta(form: &mut FormDefinition, declares_orx: bool) {
    let place = form.nodes.iter().position(|node| local(node.name()) == "meta");
    let Some(place) = place else {
        let prefix = if declares_orx { "orx" } else { "" };
        form.settings.insert("meta_prefix".to_owned(), prefix.to_owned());
        return;
    };
    let is_last = place + 1 == form.nodes.len();
    let Some(Node::Group(meta)) = form.nodes.get_mut(place) else { return };
    let mut children = meta.children.clone();
    let audit = take(&mut children, "audit", |question| question.default.is_none());
    let id = take(&mut children, "instanceID", is_identifier);
    let name = take(&mut children, "instanceName", |question| question.bind.calculate.is_some());
    if !is_last || meta.name != "meta" || id.is_none() || !children.is_empty() {
        return;
    }
    form.instance_name = name.and_then(|question| question.bind.calculate);
    form.nodes.remove(place);
    if let Some(mut audit) = audit {
        "audit".clone_into(&mut audit.xls_type);
        form.nodes.insert(0, Node::Question(Box::new(audit)));
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn take(nodes: &mut Vec<Node>, name: &str, fits: impl Fn(&Question) -> bool) -> Option<Question> {
    let of_name =
        |node: &Node| matches!(node, Node::Question(question) if question.name == name && fits(question));
    let place = nodes.iter().position(of_name)?;
    match nodes.remove(place) {
        Node::Question(question) => Some(*question),
        _ => None,
    }
}

/// The identifier as pyxform binds it.
fn is_identifier(question: &Question) -> bool {
    let calculate = question.bind.calculate.as_deref().map(|text| text.replace(' ', ""));
    let drawn = match calculate.as_deref() {
        Some(calculate) => calculate == "concat('uuid:',uuid())",
        None => question.bind.preload.as_ref().is_some_and(|(kind, _)| kind == "uid"),
    };
    drawn
        && question.control == Control::None
        && question.default.is_none()
        && question.bind.read_only.as_deref() == Some("true()")
}
