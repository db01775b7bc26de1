//! What a form is, before anybody fills it: the model that XLSForm and XForm are read into.
//!
//! Names follow XLSForm and XForms. Expressions are XPath text in which `${name}` has
//! already become a path (relative inside repeats, as XForms wants it); labels keep
//! outputs as `${expression}`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::Localized;

/// A whole questionnaire.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormDefinition {
    /// `form_id` of the settings sheet; the `id` attribute of the XForm's primary instance.
    pub form_id: String,
    /// `version` of the settings sheet.
    pub version: String,
    /// Title for people.
    pub title: Localized,
    /// Name of the root element of the primary instance (`data`).
    pub root: String,
    /// Language tag that is shown first.
    pub default_language: String,
    /// Language tags in column order, with the name that people see (`ja` → `日本語`).
    pub languages: Vec<Language>,
    /// The questions, groups and repeats in document order.
    pub nodes: Vec<Node>,
    /// Choice lists by `list_name`.
    pub choices: BTreeMap<String, ChoiceList>,
    /// Secondary instances that are not choice lists (`instance('id')`), as XML text by id.
    pub instances: BTreeMap<String, String>,
    /// Files that secondary instances and `pulldata` read, as `jr://…` or file names by instance id.
    pub external: BTreeMap<String, String>,
    /// `instance_name` expression.
    pub instance_name: Option<String>,
    /// The other settings, kept as written.
    pub settings: BTreeMap<String, String>,
    /// Texts that expressions ask for with `jr:itext('id')`, by id.
    pub texts: BTreeMap<String, Localized>,
    /// A form that another tool checked: a name that it does not have is an empty node set,
    /// as XForms clients take it, and no error.
    pub lenient: bool,
    /// Names of the entity lists that responses create or update (ODK XForms Entities); the
    /// elements that do so stand among the nodes as `meta/entity`.
    pub entity_lists: Vec<String>,
}

/// A language of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// BCP 47 tag, or the whole column suffix where it has none.
    pub tag: String,
    /// The language's own name.
    pub name: String,
}

/// An element of the questionnaire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "node", rename_all = "kebab-case")]
pub enum Node {
    /// A question, a note, a calculation, a hidden or a preloaded value.
    Question(Box<Question>),
    /// A group.
    Group(Box<Group>),
    /// A repeat.
    Repeat(Box<Repeat>),
}

impl Node {
    /// The element's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Question(question) => &question.name,
            Self::Group(group) => &group.name,
            Self::Repeat(repeat) => &repeat.name,
        }
    }
}

/// What the instance holds, as in XForms binds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataType {
    /// Text.
    #[default]
    String,
    /// Whole number.
    Int,
    /// Number with a fraction.
    Decimal,
    /// `true` or `false`.
    Boolean,
    /// ISO 8601 date.
    Date,
    /// ISO 8601 time.
    Time,
    /// ISO 8601 date and time with offset.
    DateTime,
    /// Latitude, longitude, altitude, accuracy.
    Geopoint,
    /// Geopoints of a line, separated by `;`.
    Geotrace,
    /// Geopoints of a closed line.
    Geoshape,
    /// Content of a barcode.
    Barcode,
    /// Name of an attached file.
    Binary,
    /// Identifier that an app understands.
    Intent,
    /// XPath list of ranks, space separated (`odk:rank`).
    Rank,
    /// Several values, space separated.
    SelectMultiple,
}

/// What a person meets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// Nothing: calculate, hidden, preload.
    #[default]
    None,
    /// A field.
    Input,
    /// A text with no answer.
    Note,
    /// One of several choices.
    SelectOne,
    /// Any of several choices.
    SelectMultiple,
    /// All choices in an order.
    Rank,
    /// A number between two ends.
    Range,
    /// A tick: `OK`.
    Acknowledge,
    /// A file: image, audio, video, file.
    Upload,
}

/// The logic bound to an element.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bind {
    /// Shown and kept only where this is true.
    pub relevant: Option<String>,
    /// Must be true of an answer (`.`).
    pub constraint: Option<String>,
    /// Shown when the constraint is violated.
    pub constraint_message: Localized,
    /// An answer must be given where this is true.
    pub required: Option<String>,
    /// Shown when a required answer is missing.
    pub required_message: Localized,
    /// Not editable where this is true.
    pub read_only: Option<String>,
    /// Computed from other answers.
    pub calculate: Option<String>,
    /// Preload of the device or the clock: (`timestamp`, `start`).
    pub preload: Option<(String, String)>,
}

/// A question, a note, a calculation, a hidden or a preloaded value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// Name, unique among its siblings.
    pub name: String,
    /// The XLSForm type as written (`select_one freq or_other`).
    pub xls_type: String,
    /// What the instance holds.
    pub data_type: DataType,
    /// What a person meets.
    pub control: Control,
    /// The question.
    pub label: Localized,
    /// Help shown with it.
    pub hint: Localized,
    /// Help shown on request or in print.
    pub guidance: Localized,
    /// Media by kind (`image`, `audio`, `video`, `big-image`) and language.
    pub media: BTreeMap<String, Localized>,
    /// Relevance, constraint, requirement, calculation.
    pub bind: Bind,
    /// Where the choices come from.
    pub choices: Option<ChoiceSource>,
    /// Static default.
    pub default: Option<String>,
    /// Default computed when the form or the repeat instance is made.
    pub dynamic_default: Option<String>,
    /// Names of questions (absolute paths) whose change computes `calculate` once.
    pub triggers: Vec<String>,
    /// What else sets the value when something happens (`setvalue` of XForms).
    pub actions: Vec<Action>,
    /// Words of the appearance column.
    pub appearance: Vec<String>,
    /// The parameters column.
    pub parameters: BTreeMap<String, String>,
    /// Other columns (`bind::…`, `body::…`, entities), kept as written.
    pub extra: BTreeMap<String, String>,
}

/// A group of elements.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Name, unique among its siblings.
    pub name: String,
    /// Heading.
    pub label: Localized,
    /// Relevance and read-only of all within.
    pub bind: Bind,
    /// Words of the appearance column (`field-list`).
    pub appearance: Vec<String>,
    /// Other columns, kept as written.
    pub extra: BTreeMap<String, String>,
    /// Elements within.
    pub children: Vec<Node>,
}

/// A group that is answered any number of times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Repeat {
    /// Name, unique among its siblings.
    pub name: String,
    /// Heading.
    pub label: Localized,
    /// Relevance of all within.
    pub bind: Bind,
    /// `repeat_count` expression: how many instances there are; `None` when a person decides.
    pub count: Option<String>,
    /// The instances that it begins with are all there are (`jr:noAddRemove`).
    pub fixed: bool,
    /// The instances that a new form begins with. An XLSForm repeat begins with one.
    pub starts_with: Vec<RepeatInstance>,
    /// Words of the appearance column.
    pub appearance: Vec<String>,
    /// Other columns, kept as written.
    pub extra: BTreeMap<String, String>,
    /// Elements of an instance.
    pub children: Vec<Node>,
}

/// A repeat instance that a new form begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RepeatInstance {
    /// Values by path inside the instance, where they are not the defaults of the questions.
    pub values: BTreeMap<String, String>,
    /// Instances of the repeats within by path, where they are not what the repeat starts with.
    pub repeats: BTreeMap<String, Vec<RepeatInstance>>,
}

/// Sets the value of a question when something happens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Action {
    /// What must happen.
    pub events: Vec<Event>,
    /// Absolute path of the question or repeat that it happens to; empty for the whole form.
    pub source: String,
    /// The expression that is computed then; empty clears the value.
    pub value: String,
    /// Which of the question's places are set, as an expression that gives their nodes, where it
    /// is not every one (`/data/rep[position() = 1]/a`).
    pub nodes: Option<String>,
}

/// What may happen to a form being filled (ODK XForms, section Events).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A new form is opened (`odk-instance-first-load`).
    InstanceFirstLoad,
    /// A form is opened, new or not (`odk-instance-load`).
    InstanceLoad,
    /// An instance is added to the repeat (`odk-new-repeat`).
    NewRepeat,
    /// The value of the question changed (`xforms-value-changed`).
    ValueChanged,
}

/// Where the choices of a select come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChoiceSource {
    /// Name of the choice list or instance; empty when `nodeset` says it all.
    pub list: String,
    /// `choice_filter`, evaluated on each item.
    pub filter: Option<String>,
    /// A whole nodeset expression (selects from repeats, previous answers).
    pub nodeset: Option<String>,
    /// Child that holds the value (`name`).
    pub value: String,
    /// Child that holds the label (`label`).
    pub label: String,
    /// `randomize=true`.
    pub randomize: bool,
    /// `seed=…`, a number or an expression.
    pub seed: Option<String>,
}

/// A list of choices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChoiceList {
    /// The choices in sheet order.
    pub items: Vec<Choice>,
    /// Names of the other columns in sheet order; one that is not among them comes last.
    pub columns: Vec<String>,
}

/// One choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// Value that is stored.
    pub name: String,
    /// Text that is shown.
    pub label: Localized,
    /// Media by kind and language.
    pub media: BTreeMap<String, Localized>,
    /// The other columns, for `choice_filter`.
    pub columns: BTreeMap<String, String>,
}
