//! A form that is ready to be filled.
//!
//! Owns the flat model: elements and formulas by number, lists, the order of computing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use super::{
    Event, FormDefinition, FormIssue, Question, RepeatInstance, Severity, carry, compile,
    graph::Graph,
    list::List,
    read::{Reads, Volatile},
    template::Texts,
};
use crate::{answers::Path, xpath::Expr};

/// A form that is ready to be filled: every expression parsed, every name known, in an
/// order in which each value is computed after what it reads. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Form(Arc<Model>);

/// Number of an element of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ModelId(pub(super) u32);

impl ModelId {
    /// The element that holds all others.
    pub(super) const ROOT: Self = Self(0);

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Number of a formula of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FormulaId(pub(super) usize);

/// What a formula decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Relevant,
    Constraint,
    Required,
    ReadOnly,
    Calculate,
    Count,
    Default,
    Filter,
    Nodeset,
    Seed,
    Output,
    InstanceName,
    Action,
}

impl Role {
    /// The XLSForm column that holds such a formula.
    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Relevant => "relevant",
            Self::Constraint => "constraint",
            Self::Required => "required",
            Self::ReadOnly => "read_only",
            Self::Calculate => "calculation",
            Self::Count => "repeat_count",
            Self::Default => "default",
            Self::Filter => "choice_filter",
            Self::Nodeset => "type",
            Self::Seed => "parameters",
            Self::Output => "label",
            Self::InstanceName => "instance_name",
            Self::Action => "trigger",
        }
    }
}

/// A parsed expression and what it reads.
#[derive(Debug)]
pub(super) struct Formula {
    pub(super) owner: ModelId,
    pub(super) role: Role,
    pub(super) expr: Expr,
    pub(super) reads: Reads,
}

/// What an element is.
#[derive(Debug)]
pub(super) enum Body {
    Root,
    Group(Vec<String>),
    Repeat { appearance: Vec<String>, fixed: bool, starts_with: Vec<RepeatInstance> },
    Question(Box<Question>),
}

/// The formulas of an element.
#[derive(Debug, Default)]
pub(super) struct Formulas {
    pub(super) relevant: Option<FormulaId>,
    pub(super) constraint: Option<FormulaId>,
    pub(super) required: Option<FormulaId>,
    pub(super) read_only: Option<FormulaId>,
    pub(super) calculate: Option<FormulaId>,
    pub(super) count: Option<FormulaId>,
    pub(super) default: Option<FormulaId>,
}

/// The choices of a select.
#[derive(Debug)]
pub(super) struct Choices {
    /// Name of the list; empty when `nodeset` says it all.
    pub(super) list: String,
    /// Conditions `column = formula` that the list's index answers.
    pub(super) equal: Vec<(String, FormulaId)>,
    /// What is left of the filter, evaluated on each item that `equal` leaves.
    pub(super) rest: Option<FormulaId>,
    /// The whole nodeset, for when `list` is no table of such rows.
    pub(super) nodeset: Option<FormulaId>,
    /// What the items show of the answers, when they are nodes of the form.
    pub(super) shown: Vec<FormulaId>,
    /// Names of the elements that `nodeset` takes as rows: `root`, `item`.
    pub(super) rows_of: Option<[String; 2]>,
    /// Where an item has its value: a path of names.
    pub(super) value: String,
    /// Where an item has its label, or the id of the text that is its label.
    pub(super) label: String,
    /// `label` gives the id of a text (`jr:itext`).
    pub(super) label_is_id: bool,
    pub(super) randomize: bool,
    pub(super) seed: Option<FormulaId>,
}

/// Sets a question once when another one changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trigger {
    pub(super) target: ModelId,
    /// What computes the value; nothing clears it.
    pub(super) formula: Option<FormulaId>,
    /// What gives the nodes that are set, where it is not every one.
    pub(super) nodes: Option<FormulaId>,
}

/// An element of the form.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) path: Path,
    pub(super) parent: ModelId,
    pub(super) children: Vec<ModelId>,
    /// Place among the children of the parent.
    pub(super) ordinal: usize,
    pub(super) body: Body,
    pub(super) formulas: Formulas,
    pub(super) choices: Option<Choices>,
    pub(super) label: Texts,
    pub(super) hint: Texts,
    pub(super) guidance: Texts,
    pub(super) constraint_message: Texts,
    pub(super) required_message: Texts,
    /// Attributes that the form writes, for expressions and submissions.
    pub(super) attributes: Vec<(String, String)>,
    /// Number for people.
    pub(super) number: String,
    /// `calculate` is computed only when one of the triggers changes.
    pub(super) triggered: bool,
    /// Questions that are set once when this one changes.
    pub(super) triggers: Vec<Trigger>,
    /// What sets the value when the form is opened or an instance is added.
    pub(super) actions: Vec<(Event, Option<FormulaId>)>,
    /// Part of the `meta` block that every instance has; no answer of anybody.
    pub(super) implicit: bool,
}

impl Element {
    pub(super) fn question(&self) -> Option<&Question> {
        match &self.body {
            Body::Question(question) => Some(question),
            _ => None,
        }
    }

    pub(super) fn is_repeat(&self) -> bool {
        matches!(self.body, Body::Repeat { .. })
    }

    /// True when nobody adds or removes instances: the form counts them, or they are fixed.
    pub(super) fn is_controlled(&self) -> bool {
        self.formulas.count.is_some() || matches!(self.body, Body::Repeat { fixed: true, .. })
    }
}

/// A compiled form.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) definition: FormDefinition,
    pub(super) warnings: Vec<FormIssue>,
    pub(super) elements: Vec<Element>,
    pub(super) formulas: Vec<Formula>,
    pub(super) by_path: HashMap<String, ModelId>,
    pub(super) graph: Graph,
    pub(super) instance_name: Option<FormulaId>,
    /// By element: the elements below which all its places are added up.
    pub(super) summed: Vec<Vec<ModelId>>,
    /// Texts that `jr:itext()` asks for, by id.
    pub(super) texts: BTreeMap<String, Texts>,
    /// Labels of choices that have outputs, by list and row.
    pub(super) choice_texts: BTreeMap<String, BTreeMap<u32, Texts>>,
    /// Choice lists and secondary instances, made when first asked for.
    pub(super) lists: BTreeMap<String, OnceLock<Option<List>>>,
}

impl Model {
    pub(super) fn element(&self, id: ModelId) -> &Element {
        // Ids are made with the elements; the root stands in for what cannot happen.
        self.elements.get(id.index()).unwrap_or(&self.elements[0])
    }

    pub(super) fn formula(&self, id: FormulaId) -> &Formula {
        &self.formulas[id.0]
    }

    /// The element at `path`; repeat instance ids may stand in it or not.
    pub(super) fn find(&self, path: &Path) -> Option<ModelId> {
        if let Some(&found) = self.by_path.get(path.as_str()) {
            return Some(found);
        }
        let mut at = ModelId::ROOT;
        let mut inside_repeat = false;
        for segment in path.segments() {
            let named = |id: &&ModelId| self.element(**id).name == segment;
            match self.element(at).children.iter().find(named) {
                Some(&child) => {
                    at = child;
                    inside_repeat = self.element(child).is_repeat();
                }
                None if inside_repeat => inside_repeat = false,
                None => return None,
            }
        }
        Some(at)
    }

    /// The elements below which all places of `id` are added up.
    pub(super) fn summed_below(&self, id: ModelId) -> &[ModelId] {
        self.summed.get(id.index()).map_or(&[], Vec::as_slice)
    }

    /// True when a formula adds up all places of `id`.
    pub(super) fn is_summed(&self, id: ModelId) -> bool {
        !self.summed_below(id).is_empty()
    }

    /// The elements above `id`, itself first.
    pub(super) fn upwards(&self, id: ModelId) -> impl Iterator<Item = ModelId> {
        std::iter::successors(Some(id), |&at| (at != ModelId::ROOT).then(|| self.element(at).parent))
    }

    /// True when `id` is `ancestor` or stands below it.
    pub(super) fn is_within(&self, id: ModelId, ancestor: ModelId) -> bool {
        self.upwards(id).any(|at| at == ancestor)
    }

    /// The top-level group that `id` stands in; the root for loose questions.
    pub(super) fn section(&self, id: ModelId) -> ModelId {
        let top = self.upwards(id).filter(|&at| at != ModelId::ROOT).last().unwrap_or(ModelId::ROOT);
        if matches!(self.element(top).body, Body::Group(_)) { top } else { ModelId::ROOT }
    }

    /// The choice list or secondary instance `id`; `None` when its rows are not here.
    pub(super) fn list(&self, id: &str) -> Option<&List> {
        self.lists.get(id)?.get_or_init(|| self.load_list(id)).as_ref()
    }

    fn load_list(&self, id: &str) -> Option<List> {
        if let Some(list) = self.definition.choices.get(id) {
            return Some(List::of_choices(id, list));
        }
        let text = self.definition.instances.get(id)?;
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with('<') {
            List::of_xml(text)
        } else if start.starts_with('{') {
            List::of_geojson(text)
        } else {
            Some(List::of_csv(text))
        }
    }
}

impl Form {
    /// Makes a definition ready to be filled.
    ///
    /// # Errors
    /// All issues at once, warnings among them, when any of them is an error.
    pub fn compile(definition: FormDefinition) -> Result<Self, Vec<FormIssue>> {
        let (model, issues) = compile::compile(definition);
        if issues.iter().any(|issue| issue.severity == Severity::Error) {
            return Err(issues);
        }
        Ok(Self(Arc::new(Model { warnings: issues, ..model })))
    }

    pub(super) fn model(&self) -> &Arc<Model> {
        &self.0
    }

    /// The definition it was made of.
    pub fn definition(&self) -> &FormDefinition {
        &self.0.definition
    }

    /// What the author should look at although the form works.
    pub fn warnings(&self) -> &[FormIssue] {
        &self.0.warnings
    }

    /// The question at `path`; instance ids of repeats may stand in it or not.
    pub fn question(&self, path: &Path) -> Option<&Question> {
        self.0.find(path).and_then(|id| self.0.element(id).question())
    }

    /// Where the answer of an answered path belongs in this version of the form: at `path` itself
    /// when a question stands there, or at the question of its name that it is taken over to.
    pub fn question_of(&self, path: &Path) -> Option<Path> {
        if self.question(path).is_some() { Some(path.clone()) } else { carry::target(self, path) }
    }

    /// The first element whose value comes from the clock (`now()`, `today()`, the preloads
    /// `start`, `end`, `today`): an anonymous form must have none.
    pub fn reads_clock(&self) -> Option<Path> {
        let preloaded = |id: ModelId| {
            let question = self.0.element(id).question();
            question.and_then(|question| question.bind.preload.as_ref()).is_some_and(|(kind, parameter)| {
                matches!(kind.as_str(), "timestamp" | "date") && parameter != "random"
            })
        };
        let ids = || (0..).map(ModelId).take(self.0.elements.len());
        let formula =
            self.0.formulas.iter().find(|formula| formula.reads.volatile.contains(&Volatile::Clock));
        let found = ids().find(|&id| preloaded(id)).or(formula.map(|formula| formula.owner));
        found.map(|id| self.0.element(id).path.clone())
    }
}
