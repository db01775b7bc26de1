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
    compare, host, place, reasons,
};

/// Runs a file of cases.
pub(crate) fn run(bytes: &[u8]) -> Result<Report, String> {
    let file: File = cases::read(bytes)?;
    let mut trees: BTreeMap<&str, Tree> = BTreeMap::new();
    for (id, xml) in &file.documents {
        let tree = Tree::parse(xml).map_err(|error| format!("document {id}: {error}"))?;
        trees.insert(id, tree);
    }
    let empty = Tree::parse("<data/>").map_err(|error| error.to_string())?;
    let mut report = Report::new("xpath");
    for case in &file.cases {
        let tree = case.doc.as_deref().and_then(|id| trees.get(id)).unwrap_or(&empty);
        let outcome = match reasons::reason(case) {
            Some(reason) => Outcome::Skipped(reason),
            None => evaluated(case, tree),
        };
        report.count(outcome, || {
            json!({ "id": case.id, "expression": case.expression, "kind": case.kind, "expected": case.expected })
        });
    }
    Ok(report)
}

fn evaluated(case: &Case, tree: &Tree) -> Outcome {
    let expr = match Expr::parse(&case.expression) {
        Ok(expr) => expr,
        Err(_) if case.kind == "error" => return Outcome::Passed,
        Err(error) => return Outcome::Failed(json!({ "error": error.to_string() })),
    };
    let (Some(node), Some(root)) = (located(tree, case.context.as_deref()), located(tree, case.root.as_deref()))
    else {
        return Outcome::Failed(json!({ "error": "the context is not in the document" }));
    };
    let host = host::CaseHost { case, tree, drawn: Cell::new(1) };
    let context = Context::new(&host, tree).at(node).with_root(NodeRef::new(tree, root));
    compare::outcome(case, &expr, &context, &host)
}

fn located(tree: &Tree, place: Option<&str>) -> Option<NodeId> {
    place.map_or(Some(NodeId::DOCUMENT), |place| place::find(tree, place))
}
