//! Places of nodes, written as `/node()[n]/…/@name`.
//!
//! The cases count as browsers do, where a CDATA section is a node of its own. In the data
//! model of XPath it is a part of the text around it; this room translates.

use std::collections::HashMap;

use tsumugi_core::xpath::{NodeId, NodeKind, Tree};

/// The places of one document.
pub(super) struct Places {
    /// Text nodes that a browser would split, with the number of pieces.
    pieces: HashMap<NodeId, usize>,
}

const OPEN: &str = "<![CDATA[";
const CLOSE: &str = "]]>";

impl Places {
    /// Reads where a document has CDATA sections.
    pub(super) fn read(xml: &str, tree: &Tree) -> Result<Self, String> {
        let mut pieces = HashMap::new();
        if xml.contains(OPEN) {
            let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
            let document =
                roxmltree::Document::parse_with_options(xml, options).map_err(|error| error.to_string())?;
            let mut open = vec![(document.root(), NodeId::DOCUMENT)];
            while let Some((source, node)) = open.pop() {
                for (below, child) in source.children().zip(tree.children(node)) {
                    if below.is_text() {
                        pieces.insert(child, count_pieces(xml, below));
                    }
                    open.push((below, child));
                }
            }
        }
        Ok(Self { pieces })
    }

    fn width(&self, node: NodeId) -> usize {
        self.pieces.get(&node).copied().unwrap_or(1)
    }

    /// The node at a place.
    pub(super) fn find(&self, tree: &Tree, place: &str) -> Option<NodeId> {
        place.split('/').filter(|step| !step.is_empty()).try_fold(NodeId::DOCUMENT, |at, step| {
            if let Some(name) = step.strip_prefix('@') {
                return tree.attributes(at).find(|&attribute| written_name(tree, attribute) == name);
            }
            let number: usize = step.strip_prefix("node()[")?.strip_suffix(']')?.parse().ok()?;
            let mut counted = 0;
            tree.children(at).find(|&child| {
                counted += self.width(child);
                counted >= number && number > 0
            })
        })
    }

    /// The place of a node; of a split text, the place of its first piece.
    pub(super) fn of(&self, tree: &Tree, node: NodeId) -> String {
        let Some(parent) = tree.parent(node) else { return "/".to_owned() };
        let above = self.of(tree, parent);
        let above = above.trim_end_matches('/');
        if matches!(tree.kind(node), NodeKind::Attribute | NodeKind::Namespace) {
            return format!("{above}/@{}", written_name(tree, node));
        }
        let before = std::iter::successors(tree.previous_sibling(node), |&at| tree.previous_sibling(at));
        let number = before.map(|sibling| self.width(sibling)).sum::<usize>() + 1;
        format!("{above}/node()[{number}]")
    }
}

/// How many nodes a browser makes of a run of text.
fn count_pieces(xml: &str, text: roxmltree::Node<'_, '_>) -> usize {
    let end_of_parent = text.parent().map_or(xml.len(), |parent| parent.range().end);
    let end_tag = xml.get(..end_of_parent).and_then(|before| before.rfind("</")).unwrap_or(end_of_parent);
    let end = text.next_sibling().map_or(end_tag, |next| next.range().start);
    let start = text.range().start;
    let opened = xml.get(..start).is_some_and(|before| before.ends_with(OPEN));
    let start = if opened { start - OPEN.len() } else { start };
    let mut rest = xml.get(start..end).unwrap_or_default();
    let mut pieces = 0;
    while let Some((before, after)) = rest.split_once(OPEN) {
        pieces += 1 + usize::from(!before.is_empty());
        rest = after.split_once(CLOSE).map_or("", |(_, after)| after);
    }
    (pieces + usize::from(!rest.is_empty())).max(1)
}

fn written_name(tree: &Tree, node: NodeId) -> String {
    let name = tree.name(node);
    match (tree.kind(node), &*name.local) {
        (NodeKind::Namespace, "") => "xmlns".to_owned(),
        (NodeKind::Namespace, prefix) => format!("xmlns:{prefix}"),
        _ => name.qualified().into_owned(),
    }
}
