//! Comparison of what came with what was recorded.

use serde_json::{Value, json};
use tsumugi_core::xpath::{Context, EvalError, Expr, Host, Object, eval, eval_boolean, eval_number, eval_text};

use super::{super::report::Outcome, case::Case, place};

/// Evaluates a case and compares.
pub(super) fn outcome(case: &Case, expr: &Expr, context: &Context<'_>, host: &dyn Host) -> Outcome {
    let offset = host.offset_minutes();
    let got = match case.kind.as_str() {
        "boolean" => eval_boolean(expr, context).map(|got| json!(got)),
        "number" => eval_number(expr, context).map(number),
        "string" | "string-matches" => eval_text(expr, context).map(|got| json!(got)),
        "string-length" => eval_text(expr, context).map(|got| json!(got.encode_utf16().count())),
        "error" => eval(expr, context).map(|got| json!(got.to_text(offset))),
        _ => eval(expr, context).and_then(places),
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
        "first-node" => got.get(0) == case.expected.get("path"),
        "nodeset" => *got == expected_places(&case.expected),
        "nodeset-unordered" => sorted(got) == sorted(&expected_places(&case.expected)),
        _ => *got == case.expected,
    }
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
    (got - expected).abs() <= expected.abs() * 1e-12
}

fn places(object: Object<'_>) -> Result<Value, EvalError> {
    match object {
        Object::Nodes(nodes) => {
            Ok(nodes.iter().map(|node| json!(place::of(node.tree, node.node))).collect())
        }
        _ => Err(EvalError::NotNodes { what: "the case" }),
    }
}

fn expected_places(expected: &Value) -> Value {
    expected.as_array().into_iter().flatten().filter_map(|node| node.get("path").cloned()).collect()
}

fn sorted(places: &Value) -> Vec<String> {
    let mut places: Vec<String> =
        places.as_array().into_iter().flatten().filter_map(|place| place.as_str().map(str::to_owned)).collect();
    places.sort();
    places
}

fn matches(case: &Case, got: &Value) -> Option<bool> {
    let flags = case.flags.as_deref().filter(|flags| !flags.is_empty());
    let flags = flags.map_or_else(String::new, |flags| format!("(?{flags})"));
    let pattern = format!("{flags}{}", case.expected.as_str()?);
    Some(regex::Regex::new(&pattern).ok()?.is_match(got.as_str()?))
}
