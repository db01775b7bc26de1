//! Expressions in cells: whether a default computes something, and whether a text is an
//! expression at all.

use super::{build::Builder, header::Record};

/// True for a default that is computed when the form is opened rather than taken as it is.
/// A hyphen in a date or a place is no subtraction.
pub(super) fn is_dynamic(text: &str, kind: &str) -> bool {
    if text.contains("${") {
        return true;
    }
    let is_place_or_date = matches!(
        kind,
        "date" | "dateTime" | "datetime" | "geopoint" | "geotrace" | "geoshape" | "gps" | "location"
    );
    let bytes = text.as_bytes();
    let mut quote: Option<u8> = None;
    for (place, byte) in bytes.iter().enumerate() {
        match (*byte, quote) {
            (end, Some(open)) if end == open => quote = None,
            (_, Some(_)) => {}
            (open @ (b'\'' | b'"'), None)
                if bytes.get(place + 1..).is_some_and(|rest| rest.contains(&open)) =>
            {
                quote = Some(open);
            }
            (b'(', None) if place > 0 && is_name_byte(bytes.get(place - 1).copied()) => return true,
            (b'-', None) if is_place_or_date => return false,
            (b'-', None)
                if !bytes.get(place + 1).is_some_and(u8::is_ascii_digit) && !is_within_name(bytes, place) =>
            {
                return true;
            }
            (b'*' | b'+' | b'|', None) => return true,
            _ => {}
        }
    }
    text.contains(" div ") || text.contains(" mod ")
}

fn is_name_byte(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || !byte.is_ascii())
}

/// True for a hyphen inside a word: `semi-detached`.
fn is_within_name(bytes: &[u8], place: usize) -> bool {
    place > 0 && bytes.get(place - 1).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
}

impl Builder<'_> {
    /// Reports a text that is no expression.
    pub(super) fn check_expression(&mut self, record: &Record, base: &str, expression: &str) {
        if let Some(problem) = unbalanced(expression) {
            self.report.error(
                "expression-malformed",
                &record.at(base),
                [
                    &format!("式が読めません({})", problem[0]),
                    &format!("the expression cannot be read: {}", problem[1]),
                ],
                [
                    "括弧と引用符の対応を確かめてください",
                    "check that brackets and quotation marks are closed",
                ],
            );
        }
    }
}

/// The files that `pulldata('file', …)` calls of an expression read.
pub(super) fn pulled(expression: &str) -> Vec<String> {
    let calls = expression.split("pulldata(").skip(1);
    calls
        .filter_map(|call| call.split_once(','))
        .map(|(first, _)| first.replace(['\'', '"'], "").trim().to_owned())
        .filter(|file| !file.is_empty() && !file.contains(['/', '$', '(']))
        .collect()
}

/// Turns the calls of `instance(…)/…` in a text for people into outputs (`${…}`).
pub(super) fn outputs_of_instances(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("instance(") {
        let (before, call) = rest.split_at(start);
        out.push_str(before);
        match path_bytes(call) {
            Some(bytes) => {
                let (call, tail) = call.split_at(bytes);
                out.push('\u{1}');
                out.push_str(call);
                out.push('\u{2}');
                rest = tail;
            }
            None => {
                out.push_str("instance(");
                rest = call.strip_prefix("instance(").unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// How many bytes a path `instance('x')/root/item[…]/label` has at the start of a text;
/// `None` when no path follows the call.
fn path_bytes(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    let mut end = text.len();
    for (at, letter) in text.char_indices() {
        match (letter, quote) {
            (close, Some(open)) if close == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) if depth > 0 => quote = Some(letter),
            ('(' | '[', None) => depth += 1,
            (')' | ']', None) => depth = depth.checked_sub(1)?,
            (_, None) if depth > 0 => {}
            (letter, None)
                if letter.is_alphanumeric() || matches!(letter, '/' | '_' | '-' | '.' | '*' | ':') => {}
            _ => {
                end = at;
                break;
            }
        }
    }
    let path = text.get(..end)?;
    (depth == 0 && quote.is_none() && path.contains(")/")).then_some(end)
}

/// What is not closed in an expression, in Japanese and English.
fn unbalanced(expression: &str) -> Option<[&'static str; 2]> {
    let mut open = Vec::new();
    let mut quote: Option<char> = None;
    for letter in expression.chars() {
        match (letter, quote) {
            (end, Some(open)) if end == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(letter),
            ('(', None) => open.push(')'),
            ('[', None) => open.push(']'),
            (')' | ']', None) if open.pop() != Some(letter) => {
                return Some(["閉じ括弧が余っています", "a closing bracket has no opening one"]);
            }
            _ => {}
        }
    }
    if quote.is_some() {
        return Some(["引用符が閉じられていません", "a quotation mark is not closed"]);
    }
    (!open.is_empty()).then_some(["括弧が閉じられていません", "a bracket is not closed"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_computes_when_it_calls_or_reckons() {
        assert!(is_dynamic("today()", "date"));
        assert!(is_dynamic("${a}", "text"));
        assert!(is_dynamic("1 + 1", "integer"));
        assert!(!is_dynamic("2026-11-23", "date"));
        assert!(!is_dynamic("semi-detached", "text"));
        assert!(!is_dynamic("-5", "integer"));
    }

    #[test]
    fn what_is_not_closed_is_named() {
        assert_eq!(unbalanced("if(. > 3, 'a', \"b)\")"), None);
        assert!(unbalanced("if(. > 3, 'a'").is_some());
        assert!(unbalanced("concat('a)").is_some());
    }
}
