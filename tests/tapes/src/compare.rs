//! Compares the state of an entry with that of a tape.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use crate::{node::Nodes, tape::Node};

/// Identifiers are drawn anew at each opening.
static UUID: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").ok());

/// `5.0` is `5`, in numbers and in the coordinates of places.
static ZEROS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(\d)\.0+\b").ok());
/// Seconds: the recorder's clock ran on while it recorded.
static SECONDS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):\d\d(\.\d+)?([+-])").ok());
/// An attribute with the blank before it.
static ATTRIBUTE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#" [\w:.-]+="[^"]*""#).ok());
/// Points of a line are separated by `;`, with a blank or without.
static POINTS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"; *").ok());

/// The text in one notation: composed characters, numbers without empty fractions, times to
/// the minute, identifiers that are drawn anew as `uuid:*`.
pub(crate) fn in_one_notation(text: &str) -> String {
    let composed: String = text.nfc().collect();
    let rules = [(&UUID, "uuid:*"), (&ZEROS, "$1"), (&SECONDS, "$1:00$3"), (&POINTS, ";")];
    rules.into_iter().fold(composed, |text, (rule, by)| {
        rule.as_ref().map_or_else(|| text.clone(), |regex| regex.replace_all(&text, by).into_owned())
    })
}

/// XML with the attributes of each element in the order of their names, which means nothing.
fn in_order(xml: &str) -> String {
    let Some(attribute) = ATTRIBUTE.as_ref() else { return xml.to_owned() };
    let mut out = String::new();
    for part in xml.split_inclusive('>') {
        let mut attributes: Vec<&str> = attribute.find_iter(part).map(|found| found.as_str()).collect();
        let Some(first) = attribute.find(part).map(|found| found.start()) else {
            out.push_str(part);
            continue;
        };
        attributes.sort_unstable();
        out.push_str(part.get(..first).unwrap_or_default());
        out.extend(attributes);
        out.push_str(if part.ends_with("/>") { "/>" } else { ">" });
    }
    out
}

/// What differs; nothing when the states are the same.
pub(crate) fn differences(
    wanted: &BTreeMap<String, Node>,
    wanted_xml: &str,
    got: &Nodes,
    got_xml: &str,
) -> Vec<Value> {
    let mut found = Vec::new();
    for (reference, node) in wanted {
        let Some(mine) = got.nodes.get(reference) else {
            found.push(json!({ "ref": reference, "expected": node, "got": null }));
            continue;
        };
        let (wanted, mut mine) = (comparable(node), comparable(mine));
        // A heading inside of `repeat` is shown here, as in Collect; the recorder passes it over.
        if wanted.label.is_none() && wanted.kind.starts_with("repeat-") {
            mine.label = None;
        }
        if wanted != mine {
            found.push(json!({ "ref": reference, "differs": fields(&wanted, &mine) }));
        }
    }
    let extra = got.nodes.keys().filter(|reference| !wanted.contains_key(*reference));
    found.extend(extra.map(|reference| json!({ "ref": reference, "expected": null })));
    let (wanted_xml, got_xml) = (in_order(&in_one_notation(wanted_xml)), in_order(&in_one_notation(got_xml)));
    if wanted_xml != got_xml {
        found.push(json!({ "xml": { "expected": wanted_xml, "got": got_xml } }));
    }
    found
}

/// A node without what an implementation is free in: identifiers, the wording of a message
/// that the form does not give.
fn comparable(node: &Node) -> Node {
    let mut node = node.clone();
    node.value = node.value.as_deref().map(in_one_notation);
    node.label = node.label.filter(|label| !label.is_empty());
    node
}

fn fields(wanted: &Node, mine: &Node) -> Value {
    let (wanted, mine) = (json!(wanted), json!(mine));
    let mut found = serde_json::Map::new();
    let names = [&wanted, &mine].into_iter().filter_map(Value::as_object).flat_map(|object| object.keys());
    for name in names {
        let (left, right) = (&wanted[name], &mine[name]);
        if left != right {
            found.insert(name.clone(), json!({ "expected": left, "got": right }));
        }
    }
    Value::Object(found)
}
