//! Comparison of what came with what was recorded.

use serde_json::{Value, json};
use tsumugi_core::xpath::{Context, Expr, NodeId, Object, eval, eval_boolean, eval_number, eval_text};

use super::{super::report::Outcome, case::Case, place::Places};

/// Evaluates a case and compares.
pub(super) fn outcome(case: &Case, expr: &Expr, context: &Context<'_>, places: &Places) -> Outcome {
    let got = match case.kind.as_str() {
        "boolean" => eval_boolean(expr, context).map(|got| json!(got)),
        "number" => eval_number(expr, context).map(number),
        "string" | "string-matches" => eval_text(expr, context).map(|got| json!(got)),
        "string-length" => eval_text(expr, context).map(|got| json!(got.encode_utf16().count())),
        "error" => eval_text(expr, context).map(|got| json!(got)),
        _ => return nodes(case, expr, context, places),
    };
    let got = match (case.kind.as_str(), got) {
        ("error", Err(_)) => return Outcome::Passed,
        (_, Err(error)) => return Outcome::Failed(json!({ "error": error.to_string() })),
        (_, Ok(got)) => got,
    };
    if agrees(case, &got) { Outcome::Passed } else { Outcome::Failed(got) }
}

fn agrees(case: &Case, got: &Value) -> bool {
    match case.kind.as_str() {
        "error" => false,
        "number" => same_number(case, got),
        "string-matches" => matches(case, got).unwrap_or(false),
        "string-length" => got.as_f64() == case.expected.as_f64(),
        _ => *got == case.expected,
    }
}

fn nodes(case: &Case, expr: &Expr, context: &Context<'_>, places: &Places) -> Outcome {
    let mut got: Vec<(NodeId, String)> = match eval(expr, context) {
        Ok(Object::Nodes(nodes)) => {
            nodes.iter().map(|node| (node.node, places.of(node.tree, node.node))).collect()
        }
        Ok(_) => return Outcome::Failed(json!({ "error": "not nodes" })),
        Err(error) => return Outcome::Failed(json!({ "error": error.to_string() })),
    };
    let wanted = match case.kind.as_str() {
        "first-node" => std::slice::from_ref(&case.expected),
        _ => case.expected.as_array().map_or(&[][..], Vec::as_slice),
    };
    // The pieces of a text that a browser splits are one node here.
    let tree = context.tree();
    let mut expected: Vec<Option<NodeId>> =
        wanted.iter().map(|node| places.find(tree, node.get("path")?.as_str()?)).collect();
    expected.dedup();
    match case.kind.as_str() {
        "first-node" => got.truncate(1),
        "nodeset-unordered" => {
            got.sort();
            expected.sort();
        }
        _ => {}
    }
    let same = got.iter().map(|(node, _)| Some(*node)).eq(expected);
    let got_places: Vec<String> = got.into_iter().map(|(_, place)| place).collect();
    if same { Outcome::Passed } else { Outcome::Failed(json!(got_places)) }
}

fn number(value: f64) -> Value {
    if value.is_nan() {
        json!("NaN")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else if value == 0.0 && value.is_sign_negative() {
        json!("-0")
    } else {
        json!(value)
    }
}

/// Zero is zero, whatever its sign; the last digits may differ by the platform's functions.
fn same_number(case: &Case, got: &Value) -> bool {
    let read = |value: &Value| match value.as_str() {
        Some("-0") => Some(0.0),
        _ => value.as_f64(),
    };
    let (Some(got), Some(expected)) = (read(got), read(&case.expected)) else {
        return *got == case.expected;
    };
    let got = match case.round_factor {
        Some(factor) => (got * factor).round() / factor,
        None => got,
    };
    (got - expected).abs() <= expected.abs() * 1e-11
}

fn matches(case: &Case, got: &Value) -> Option<bool> {
    let flags = case.flags.as_deref().filter(|flags| !flags.is_empty());
    let flags = flags.map_or_else(String::new, |flags| format!("(?{flags})"));
    let pattern = format!("{flags}{}", case.expected.as_str()?);
    Some(regex::Regex::new(&pattern).ok()?.is_match(got.as_str()?))
}
