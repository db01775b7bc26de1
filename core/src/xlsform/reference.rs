//! `${name}`: how a row speaks of another row's answer.
//!
//! Owns the way from names to paths. Inside a repeat the path is relative, so that each
//! instance reads its own answers; elsewhere it is absolute, as XForms wants it.

use super::{
    expression::outputs_of_instances,
    name::is_name,
    outline::{Outline, Target},
    suggest::closest,
};

/// From where a reference is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scope {
    /// The element whose cell holds it.
    pub(super) source: Option<usize>,
    /// The text is evaluated on other nodes (choice filters): paths begin at `current()`.
    pub(super) use_current: bool,
    /// All instances of a repeat are meant.
    pub(super) to_parent: bool,
}

/// Why a reference leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Dangling {
    /// No such name; the nearest one.
    Unknown { name: String, near: Option<String> },
    /// Several elements have the name.
    Ambiguous { name: String },
    /// Not of the form `${name}`.
    Malformed { text: String },
}

/// A piece of a text with references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Reference { name: &'a str, last_saved: bool, start: usize, end: usize },
    Malformed(&'a str),
}

/// Splits a text at its references.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut offset = 0;
    while let Some((before, after)) = rest.split_once("${") {
        if !before.is_empty() {
            found.push(Piece::Text(before));
        }
        let start = offset + before.len();
        let Some((inner, tail)) = after.split_once('}') else {
            found.push(Piece::Malformed(after));
            return found;
        };
        let end = start + 2 + inner.len() + 1;
        let (name, last_saved) =
            inner.strip_prefix("last-saved#").map_or((inner, false), |name| (name, true));
        if is_name(name) {
            found.push(Piece::Reference { name, last_saved, start, end });
        } else {
            found.push(Piece::Malformed(inner));
        }
        rest = tail;
        offset = end;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

/// The name when the whole text is one reference.
pub(super) fn single(text: &str) -> Option<&str> {
    match pieces(text.trim()).as_slice() {
        [Piece::Reference { name, last_saved: false, .. }] => Some(name),
        _ => None,
    }
}

impl Outline {
    /// The path that a name leads to, with a blank on either side.
    fn path_of(
        &self,
        text: &str,
        piece: (&str, bool, usize, usize),
        scope: Scope,
    ) -> Result<String, Dangling> {
        let (name, last_saved, start, end) = piece;
        let target = match self.find(name) {
            Target::One(target) => target,
            Target::Many => return Err(Dangling::Ambiguous { name: name.to_owned() }),
            Target::None if name == "instanceID" && !self.omits_id => {
                return Ok(format!(" /{}/meta/instanceID ", self.root));
            }
            Target::None => {
                let near = closest(name, self.names()).map(str::to_owned);
                return Err(Dangling::Unknown { name: name.to_owned(), near });
            }
        };
        if last_saved {
            return Ok(format!(" instance('__last-saved'){} ", self.path(target)));
        }
        let relative = scope
            .source
            .filter(|_| !is_absolute_argument(text, start, end))
            .and_then(|source| self.relative(source, target, scope.to_parent));
        let current = scope.use_current || is_in_instance_predicate(text, start, end);
        Ok(match relative {
            Some(path) if current => format!(" current()/{path} "),
            Some(path) => format!(" {path} "),
            None => format!(" {} ", self.path(target)),
        })
    }

    /// Replaces every `${name}` of an expression by a path, and reports those that lead nowhere.
    pub(super) fn expand(&self, text: &str, scope: Scope, dangling: &mut Vec<Dangling>) -> String {
        self.rewrite(text, scope, dangling, |path| path)
    }

    /// Replaces every `${name}` of a label by `${path}`, which is printed where it stands.
    pub(super) fn expand_label(&self, text: &str, scope: Scope, dangling: &mut Vec<Dangling>) -> String {
        // A path into an instance is an output as a whole; names inside it are paths there.
        let marked = outputs_of_instances(text);
        let mut inside = false;
        let mut out = String::new();
        for part in marked.split(['\u{1}', '\u{2}']) {
            if inside {
                out.push_str(&format!("${{{}}}", self.rewrite(part, scope, dangling, |path| path)));
            } else {
                out.push_str(&self.rewrite(part, scope, dangling, |path| format!("${{{path}}}")));
            }
            inside = !inside;
        }
        out
    }

    fn rewrite(
        &self,
        text: &str,
        scope: Scope,
        dangling: &mut Vec<Dangling>,
        print: impl Fn(String) -> String,
    ) -> String {
        let mut out = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Malformed(inner) => dangling.push(Dangling::Malformed { text: inner.to_owned() }),
                Piece::Reference { name, last_saved, start, end } => {
                    match self.path_of(text, (name, last_saved, start, end), scope) {
                        Ok(path) => out.push_str(&print(path)),
                        Err(problem) => dangling.push(problem),
                    }
                }
            }
        }
        out
    }
}

/// True inside `[…]` of a text that reads a secondary instance: the context there is the
/// item, so the form's own answers are reached from `current()`.
fn is_in_instance_predicate(text: &str, start: usize, end: usize) -> bool {
    if !text.contains("instance(") {
        return false;
    }
    spans(text, "[", ']').iter().any(|(from, to)| *from <= start && end <= *to)
}

/// True for the arguments of `indexed-repeat` that name nodes rather than positions.
fn is_absolute_argument(text: &str, start: usize, end: usize) -> bool {
    let Some((from, _)) =
        spans(text, "indexed-repeat(", ')').into_iter().find(|(from, to)| *from <= start && end <= *to)
    else {
        return false;
    };
    let before = text.get(from..start).unwrap_or_default();
    let argument = before.matches(',').count();
    argument == 0 || argument % 2 == 1
}

/// Where `open … close` stand, without nesting: from the opening to the next closing sign.
fn spans(text: &str, open: &str, close: char) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(open)).map(|at| at + from) {
        let Some(length) = text.get(start..).and_then(|rest| rest.find(close)) else { break };
        found.push((start, start + length + close.len_utf8()));
        from = start + length + close.len_utf8();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_references() {
        assert_eq!(single(" ${a} "), Some("a"));
        assert_eq!(single("${a} + 1"), None);
        assert_eq!(
            pieces("x ${last-saved#a}"),
            [Piece::Text("x "), Piece::Reference { name: "a", last_saved: true, start: 2, end: 17 }]
        );
        assert_eq!(pieces("${ a }"), [Piece::Malformed(" a ")]);
        assert_eq!(pieces("${a"), [Piece::Malformed("a")]);
    }

    #[test]
    fn arguments_of_indexed_repeat_that_name_nodes_stay_absolute() {
        let text = "indexed-repeat(${a}, ${r}, ${i})";
        assert!(is_absolute_argument(text, 15, 19));
        assert!(is_absolute_argument(text, 21, 25));
        assert!(!is_absolute_argument(text, 27, 31));
    }
}
