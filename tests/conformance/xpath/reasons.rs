//! Why a recorded case is passed over.
//!
//! Each reason is a decision that stands in the documentation of `core::xpath`, or
//! something that cannot be compared at all. None of them names a case.

use super::case::Case;

/// What is random comes out differently each time.
const RANDOM: &str = "random: nothing to compare with";
/// The recorded engine refuses a context node; here there is no node outside of a tree.
const OUTSIDE: &str = "context node outside of a document";
/// The recorded suite itself says that its engine does otherwise.
const DISPUTED: &str = "the suite expects its own engine to fail";
/// Browsers count the document type as a node; XPath 1.0 section 5 does not.
const DOCUMENT_TYPE: &str = "a document type is no node of XPath";
/// XPath 1.0 section 5.4 puts namespaces before attributes; browsers keep them as written.
const NAMESPACE_ORDER: &str = "namespace nodes come before attributes";
/// JavaRosa refuses parts of XPath 1.0.
const SUBSET: &str = "javarosa: a part of XPath 1.0 is refused";
/// JavaRosa stops where ODK Web Forms gives an empty or invalid value.
const STRICT: &str = "javarosa: an error instead of an empty value";
/// JavaRosa compares numbers with a tolerance, and small numbers are whole to it.
const TOLERANCE: &str = "javarosa: numbers within a tolerance are equal";
/// JavaRosa reads a comma as a decimal point, and no exponent.
const LEXICAL: &str = "javarosa: other spellings of numbers";
/// JavaRosa rounds a half towards positive infinity.
const HALVES: &str = "javarosa: halves below zero are rounded up";
/// JavaRosa asks the program about functions that it does not know.
const HANDLERS: &str = "javarosa: functions of the program under test";

/// The reason for passing over a case, if there is one.
pub(super) fn reason(case: &Case) -> Option<&'static str> {
    if case.context_outside {
        return Some(OUTSIDE);
    }
    if case.suite_expects_failure {
        return Some(DISPUTED);
    }
    if case.is_javarosa() {
        return javarosa(case);
    }
    let expression = case.expression.trim();
    let nodes = case.expected.as_array();
    let kinds = |kind: u64| nodes.into_iter().flatten().any(|node| node["type"].as_u64() == Some(kind));
    let unseeded = expression.starts_with("randomize(") && !expression.contains(',');
    if case.kind == "number" && expression == "random()" || case.kind == "nodeset" && unseeded {
        return Some(RANDOM);
    }
    if kinds(10) {
        return Some(DOCUMENT_TYPE);
    }
    if case.kind == "nodeset" && expression.contains("namespace::") && expression.contains("attribute::") {
        return Some(NAMESPACE_ORDER);
    }
    None
}

fn javarosa(case: &Case) -> Option<&'static str> {
    let expression = case.expression.as_str();
    let argument = expression.split(['\'', '"']).nth(1).unwrap_or_default();
    let is_plain = argument.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | ' '));
    let tiny = argument.parse().is_ok_and(|number: f64| number != 0.0 && number.abs() < 1e-9);
    match case.test.as_str() {
        "unsupported_functions" => Some(SUBSET),
        "fallback_function_handler" => Some(HANDLERS),
        "odd_comparisons" if expression.contains(" - ") && expression.contains('=') => Some(TOLERANCE),
        _ if case.kind == "error" => Some(STRICT),
        _ if expression.starts_with("int(") && tiny => Some(TOLERANCE),
        _ if expression.starts_with("round(") && argument.starts_with('-') && argument.contains('5') => {
            Some(HALVES)
        }
        _ if case.kind == "number" && !is_plain && argument.starts_with(|c: char| c.is_ascii_digit()) => {
            if argument.contains([',', 'e']) {
                Some(LEXICAL)
            } else {
                None
            }
        }
        _ => None,
    }
}
