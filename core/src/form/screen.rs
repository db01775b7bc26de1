//! What a screen must draw: the same tree for tablets, browsers and print.
//!
//! Owns the views. Does not decide anything: [`FormEntry`](super::FormEntry) fills them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Control, DataType, Rich};
use crate::answers::{Path, Value};

/// A form being filled, in one language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Screen {
    /// Title of the form.
    pub title: String,
    /// Tag of the language shown.
    pub language: String,
    /// The languages that the form has.
    pub languages: Vec<LanguageView>,
    /// Writing direction of the language.
    pub direction: Direction,
    /// Top-level groups; loose questions stand in a section with an empty path.
    pub sections: Vec<Section>,
    /// Questions that have an answer, of those that can be asked now.
    pub answered: usize,
    /// Questions that can be asked now.
    pub askable: usize,
    /// Answers that do not fit.
    pub errors: usize,
}

/// A language in its own name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageView {
    /// BCP 47 tag.
    pub tag: String,
    /// The language's own name.
    pub name: String,
}

/// Writing direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

/// How far a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SectionState {
    /// Nothing was answered.
    Empty,
    /// Something is left to answer.
    Partial,
    /// Everything that is required was answered.
    Complete,
    /// An answer does not fit.
    Invalid,
}

/// A part of the form that one person can take on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// The top-level group; empty for loose questions.
    pub path: Path,
    /// Heading.
    pub label: Rich,
    /// How far it is.
    pub state: SectionState,
    /// Questions that have an answer, of those that can be asked now.
    pub answered: usize,
    /// Questions that can be asked now.
    pub askable: usize,
    /// What stands in it; only what is relevant.
    pub elements: Vec<Element>,
}

/// Something to draw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Element {
    /// A question or a note.
    Question(Box<QuestionView>),
    /// A group within a section.
    Group(GroupView),
    /// A repeat with its instances.
    Repeat(RepeatView),
}

/// A group within a section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    /// The group.
    pub path: Path,
    /// Heading.
    pub label: Rich,
    /// Words of the appearance column (`field-list`, `table-list`).
    pub appearance: Vec<String>,
    /// What stands in it.
    pub elements: Vec<Element>,
}

/// A repeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepeatView {
    /// The repeat, to add an instance to.
    pub path: Path,
    /// Heading.
    pub label: Rich,
    /// Words of the appearance column.
    pub appearance: Vec<String>,
    /// A person may add an instance.
    pub can_add: bool,
    /// A person may remove an instance.
    pub can_remove: bool,
    /// The instances in order.
    pub instances: Vec<InstanceView>,
}

/// One instance of a repeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceView {
    /// The instance (`sites/7f3a`).
    pub path: Path,
    /// Heading, with its number where the repeat's label does not tell instances apart.
    pub label: Rich,
    /// What stands in it.
    pub elements: Vec<Element>,
}

/// A question or a note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuestionView {
    /// Where its answer goes.
    pub path: Path,
    /// Its name in the form.
    pub name: String,
    /// Number for people (`2-3`), the same on paper; empty for notes.
    pub number: String,
    /// What a person meets.
    pub control: Control,
    /// What the answer is.
    pub data_type: DataType,
    /// The question.
    pub label: Rich,
    /// Help shown with it.
    pub hint: Rich,
    /// Help shown on request or in print.
    pub guidance: Rich,
    /// Media files by kind.
    pub media: BTreeMap<String, String>,
    /// An answer must be given.
    pub required: bool,
    /// The answer cannot be changed now.
    pub read_only: bool,
    /// The answer.
    pub value: Option<Value>,
    /// What to show in the field.
    pub text: String,
    /// Unit beside the field (`千円`, `人`).
    pub unit: String,
    /// Numbers are shown with thousands separators.
    pub thousands_sep: bool,
    /// Words of the appearance column.
    pub appearance: Vec<String>,
    /// The parameters column.
    pub parameters: BTreeMap<String, String>,
    /// Choices offered now.
    pub choices: Vec<ChoiceView>,
    /// What is wrong with the answer.
    pub violation: Option<ViolationView>,
    /// The form computes the value.
    pub calculated: bool,
    /// Last wave's answer.
    pub previous: Option<Value>,
    /// Value of the choice "do not want to answer".
    pub decline: Option<String>,
}

/// A choice offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceView {
    /// What is stored.
    pub value: String,
    /// What is shown.
    pub label: Rich,
    /// It is chosen.
    pub selected: bool,
    /// Media files by kind.
    pub media: BTreeMap<String, String>,
}

/// What is wrong with an answer, beside its field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViolationView {
    /// Which rule it breaks.
    pub kind: ViolationKind,
    /// A sentence for the person who answers.
    pub message: String,
}

/// Which rule an answer breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViolationKind {
    /// An answer is missing.
    Required,
    /// The constraint is not true of the answer.
    Constraint,
    /// The stored answer is of another type than the question asks for.
    Type,
}

/// An answer that is missing or does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The question.
    pub path: Path,
    /// Which rule is broken.
    pub kind: ViolationKind,
    /// A sentence for the person who answers.
    pub message: String,
    /// The top-level group; empty for loose questions.
    pub section: Path,
}
