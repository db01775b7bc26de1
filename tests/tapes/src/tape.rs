//! The file format of tapes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A file of tapes.
#[derive(Debug, Deserialize)]
pub struct Tapes {
    /// XForm XML by id.
    pub(crate) forms: BTreeMap<String, String>,
    /// Texts of files by id.
    #[serde(default)]
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) tapes: Vec<Tape>,
}

impl Tapes {
    /// Puts another document in the place of each form.
    pub fn map_forms(&mut self, rewrite: impl Fn(&str) -> String) {
        for xml in self.forms.values_mut() {
            *xml = rewrite(xml);
        }
    }
}

/// A file that a form reads.
#[derive(Debug, Deserialize)]
pub(crate) struct Resource {
    pub(crate) body: String,
}

/// One filling of a form.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tape {
    pub(crate) id: String,
    pub(crate) form: String,
    pub(crate) now: String,
    pub(crate) initial: State,
    #[serde(default)]
    pub(crate) steps: Vec<TapeStep>,
    /// Resource ids by address.
    #[serde(default)]
    pub(crate) resources: BTreeMap<String, String>,
    /// The state before was restored or edited from an earlier tape of the same test.
    #[serde(default)]
    pub(crate) forked: bool,
    /// XML of the submission that is edited.
    pub(crate) edit_instance: Option<String>,
    /// What the device tells: `deviceID`, `email`, …
    #[serde(default)]
    pub(crate) preload: BTreeMap<String, String>,
}

/// The whole state of a form.
#[derive(Debug, Deserialize)]
pub(crate) struct State {
    pub(crate) nodes: Vec<Node>,
    pub(crate) xml: String,
    #[serde(default)]
    pub(crate) language: String,
}

/// One operation, and how the state differs after it.
#[derive(Debug, Deserialize)]
pub(crate) struct TapeStep {
    pub(crate) op: String,
    #[serde(default)]
    pub(crate) args: Vec<Value>,
    #[serde(rename = "ref", default)]
    pub(crate) reference: Option<String>,
    pub(crate) set: Option<String>,
    #[serde(default)]
    pub(crate) changed: Vec<Node>,
    #[serde(default)]
    pub(crate) removed: Vec<String>,
    pub(crate) xml: String,
    pub(crate) language: Option<String>,
}

/// A node of the instance as a person meets it.
#[derive(Debug, Clone, PartialEq, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Node {
    #[serde(rename = "ref")]
    pub(crate) reference: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    #[serde(default = "yes")]
    pub(crate) relevant: bool,
    #[serde(default)]
    pub(crate) readonly: bool,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) options: Option<Vec<(String, String)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) constraint_violated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) required_missing: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<usize>,
}

fn yes() -> bool {
    true
}
