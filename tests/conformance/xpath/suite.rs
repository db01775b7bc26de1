//! The run of a file.

use std::{cell::Cell, collections::BTreeMap};

use serde_json::json;
use tsumugi_core::xpath::{Context, Expr, NodeId, NodeRef, Tree};

use super::{
    super::{
        cases,
        report::{Outcome, Report},
    },
    case::{Case, File},
    compare, host,
    place::Places,
    reasons,
};

/// A document of the file.
struct Document {
    tree: Tree,
    places: Places,
}

impl Document {
    fn read(xml: &str) -> Result<Self, String> {
        let tree = Tree::parse(xml).map_err(|error| error.to_string())?;
        let places = Places::read(xml, &tree)?;
        Ok(Self { tree, places })
    }

    fn located(&self, place: Option<&str>) -> Option<NodeId> {
        place.map_or(Some(NodeId::DOCUMENT), |place| self.places.find(&self.tree, place))
    }
}

/// Runs a file of cases. A case that differs is passed over where there is a reason.
pub(crate) fn run(bytes: &[u8]) -> Result<Report, String> {
    let file: File = cases::read(bytes)?;
    let mut documents: BTreeMap<&str, Document> = BTreeMap::new();
    for (id, xml) in &file.documents {
        let document = Document::read(xml).map_err(|error| format!("document {id}: {error}"))?;
        documents.insert(id, document);
    }
    let empty = Document::read("<data/>")?;
    let mut report = Report::new("xpath");
    for case in &file.cases {
        let document = case.doc.as_deref().and_then(|id| documents.get(id)).unwrap_or(&empty);
        let outcome = match (evaluated(case, document), reasons::reason(case)) {
            (Outcome::Failed(_), Some(reason)) => Outcome::Skipped(reason),
            (outcome, _) => outcome,
        };
        report.count(outcome, || {
            json!({ "id": case.id, "expression": case.expression, "kind": case.kind, "expected": case.expected })
        });
    }
    Ok(report)
}

fn evaluated(case: &Case, document: &Document) -> Outcome {
    let tree = &document.tree;
    let expr = match Expr::parse_any(&case.expression) {
        Ok(expr) => expr,
        Err(_) if case.kind == "error" => return Outcome::Passed,
        Err(error) => return Outcome::Failed(json!({ "error": error.to_string() })),
    };
    let node = document.located(case.context.as_deref());
    let (Some(node), Some(root)) = (node, document.located(case.root.as_deref())) else {
        return Outcome::Failed(json!({ "error": "the context is not in the document" }));
    };
    let host = host::CaseHost { case, tree, drawn: Cell::new(1) };
    let context = Context::new(&host, tree).at(node).with_root(NodeRef::new(tree, root));
    compare::outcome(case, &expr, &context, &document.places)
}
