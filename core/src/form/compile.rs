//! Turns a definition into a model: numbers for elements, parsed formulas, known names.

use std::{collections::HashMap, sync::OnceLock};

use super::{
    Bind, FormDefinition, FormIssue, Node, Question, check,
    graph::Graph,
    meta,
    model::{Body, Element, Formula, FormulaId, Formulas, Model, ModelId, Role, Trigger},
    read::{Slot, Unknown},
    reads,
    template::Texts,
};
use crate::{answers::Path, text::Localized, xpath::Expr};

/// A model in the making.
pub(super) struct Draft {
    pub(super) definition: FormDefinition,
    pub(super) elements: Vec<Element>,
    pub(super) formulas: Vec<Formula>,
    pub(super) by_path: HashMap<String, ModelId>,
    pub(super) issues: Vec<FormIssue>,
}

/// Compiles `definition`; the model is good to use when no issue is an error.
pub(super) fn compile(definition: FormDefinition) -> (Model, Vec<FormIssue>) {
    let mut draft = Draft {
        definition,
        elements: Vec::new(),
        formulas: Vec::new(),
        by_path: HashMap::new(),
        issues: Vec::new(),
    };
    let nodes = std::mem::take(&mut draft.definition.nodes);
    draft.add_elements(&nodes);
    meta::add(&mut draft);
    draft.add_formulas(&nodes, ModelId::ROOT);
    draft.definition.nodes = nodes;
    draft.add_triggers();
    draft.add_actions();
    let instance_name = draft.definition.instance_name.clone();
    let instance_name = instance_name
        .and_then(|source| draft.formula(ModelId::ROOT, Role::InstanceName, "instance_name", &source));
    meta::name_instance(&mut draft, instance_name);
    check::check(&mut draft);
    let choice_texts = draft.choice_texts();
    let texts = std::mem::take(&mut draft.definition.texts);
    let parsed =
        texts.iter().map(|(id, text)| (id.clone(), draft.texts(ModelId::ROOT, "label", text))).collect();
    draft.definition.texts = texts;
    let (graph, cycles) = Graph::build(&draft.elements, &draft.formulas);
    for cycle in cycles {
        check::report_cycle(&mut draft, &cycle);
    }
    let known = draft.definition.choices.keys().chain(draft.definition.instances.keys());
    let lists = known.map(|id| (id.clone(), OnceLock::new())).collect();
    let Draft { definition, elements, formulas, by_path, mut issues } = draft;
    issues.sort_by_key(|issue| issue.severity);
    let summed = summed(elements.len(), &formulas);
    let model = Model {
        definition,
        warnings: Vec::new(),
        elements,
        formulas,
        by_path,
        graph,
        instance_name,
        summed,
        texts: parsed,
        choice_texts,
        lists,
    };
    (model, issues)
}

impl Draft {
    fn add_elements(&mut self, nodes: &[Node]) {
        let name = if self.definition.root.is_empty() { "data" } else { &self.definition.root };
        let mut root = Element::new(name.to_owned(), Path::new(""), ModelId::ROOT, Body::Root);
        let settings = self.definition.settings.iter();
        let own = settings.filter_map(|(name, value)| Some((name.strip_prefix("attribute::")?, value)));
        root.attributes = [("id", &self.definition.form_id), ("version", &self.definition.version)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .chain(own)
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        self.elements.push(root);
        self.by_path.insert(String::new(), ModelId::ROOT);
        self.add_below(ModelId::ROOT, nodes);
        self.number_questions();
    }

    fn add_below(&mut self, parent: ModelId, nodes: &[Node]) {
        for (ordinal, node) in nodes.iter().enumerate() {
            let id = ModelId(u32::try_from(self.elements.len()).unwrap_or(u32::MAX));
            let path = self.element(parent).path.child(node.name());
            let body = match node {
                Node::Question(question) => Body::Question(question.clone()),
                Node::Group(group) => Body::Group(group.appearance.clone()),
                Node::Repeat(repeat) => Body::Repeat {
                    appearance: repeat.appearance.clone(),
                    fixed: repeat.fixed,
                    starts_with: repeat.starts_with.clone(),
                },
            };
            let mut element = Element::new(node.name().to_owned(), path.clone(), parent, body);
            element.ordinal = ordinal;
            element.attributes = attributes_of(node);
            self.elements.push(element);
            self.elements[parent.index()].children.push(id);
            if self.by_path.insert(path.as_str().to_owned(), id).is_some() {
                check::report_double(self, &path);
            }
            match node {
                Node::Question(_) => {}
                Node::Group(group) => self.add_below(id, &group.children),
                Node::Repeat(repeat) => self.add_below(id, &repeat.children),
            }
        }
    }

    /// Numbers questions as on paper: section and place in it, whatever is relevant.
    fn number_questions(&mut self) {
        let sections = self.elements[0].children.clone();
        let many = sections.iter().filter(|&&id| !self.is_question(id)).count() > 1;
        let mut section = 0;
        let mut place = 0;
        let mut loose = false;
        for (at, &top) in sections.iter().enumerate() {
            let continues = self.is_question(top) && loose;
            loose = self.is_question(top);
            // Elements are numbered parents first, so what stands in a section is a run.
            let end = sections.get(at + 1).map_or(self.elements.len(), |next| next.index());
            let asked: Vec<ModelId> =
                (top.0..).map(ModelId).take(end - top.index()).filter(|&id| self.is_asked(id)).collect();
            if many && !continues && !asked.is_empty() {
                section += 1;
                place = 0;
            }
            for id in asked {
                place += 1;
                self.elements[id.index()].number =
                    if many { format!("{section}-{place}") } else { place.to_string() };
            }
        }
    }

    fn is_asked(&self, id: ModelId) -> bool {
        use super::Control;
        let control = self.element(id).question().map(|question| question.control);
        control.is_some_and(|control| !matches!(control, Control::None | Control::Note))
    }

    fn add_formulas(&mut self, nodes: &[Node], parent: ModelId) {
        for (ordinal, node) in nodes.iter().enumerate() {
            let Some(&id) = self.element(parent).children.get(ordinal) else { continue };
            match node {
                Node::Question(question) => {
                    self.add_bind(id, &question.bind);
                    self.add_question(id, question);
                }
                Node::Group(group) => {
                    self.add_bind(id, &group.bind);
                    self.elements[id.index()].label = self.texts(id, "label", &group.label);
                    self.add_formulas(&group.children, id);
                }
                Node::Repeat(repeat) => {
                    self.add_bind(id, &repeat.bind);
                    self.elements[id.index()].label = self.texts(id, "label", &repeat.label);
                    let count = repeat.count.as_deref();
                    let count =
                        count.and_then(|source| self.formula(id, Role::Count, "repeat_count", source));
                    self.elements[id.index()].formulas.count = count;
                    self.add_formulas(&repeat.children, id);
                }
            }
        }
    }

    fn add_bind(&mut self, id: ModelId, bind: &Bind) {
        let calculate = bind.calculate.clone().filter(|_| !self.element(id).implicit);
        let mut formula = |role: Role, source: &Option<String>| {
            let source = source.as_deref().filter(|source| !source.trim().is_empty())?;
            self.formula(id, role, role.column(), source)
        };
        let formulas = Formulas {
            relevant: formula(Role::Relevant, &bind.relevant),
            constraint: formula(Role::Constraint, &bind.constraint),
            required: formula(Role::Required, &bind.required),
            read_only: formula(Role::ReadOnly, &bind.read_only),
            calculate: formula(Role::Calculate, &calculate),
            count: None,
            default: None,
        };
        self.elements[id.index()].formulas = formulas;
        let constraint_message = self.texts(id, "constraint_message", &bind.constraint_message);
        let required_message = self.texts(id, "required_message", &bind.required_message);
        let element = &mut self.elements[id.index()];
        element.constraint_message = constraint_message;
        element.required_message = required_message;
    }

    fn add_question(&mut self, id: ModelId, question: &Question) {
        let default = question.dynamic_default.as_deref().filter(|source| !source.trim().is_empty());
        let default = default.and_then(|source| self.formula(id, Role::Default, "default", source));
        let label = self.texts(id, "label", &question.label);
        let hint = self.texts(id, "hint", &question.hint);
        let guidance = self.texts(id, "guidance_hint", &question.guidance);
        let choices = self.choices(id, question);
        let element = &mut self.elements[id.index()];
        element.formulas.default = default;
        element.label = label;
        element.hint = hint;
        element.guidance = guidance;
        element.choices = choices;
        element.triggered = !question.triggers.is_empty();
    }

    fn add_triggers(&mut self) {
        let ids: Vec<ModelId> = (0..).map(ModelId).take(self.elements.len()).collect();
        for id in ids {
            let triggers = self.element(id).question().map(|question| question.triggers.clone());
            for trigger in triggers.unwrap_or_default() {
                match self.find_absolute(&trigger) {
                    Some(source) => {
                        let calculate = self.element(id).formulas.calculate;
                        self.elements[source.index()].triggers.push(Trigger {
                            target: id,
                            formula: calculate,
                            nodes: None,
                        });
                    }
                    None => {
                        let unknown = Unknown::Name { name: trigger, below: ModelId::ROOT };
                        check::report_unknown(self, id, "trigger", &unknown);
                    }
                }
            }
        }
    }

    pub(super) fn texts(&mut self, owner: ModelId, column: &str, source: &Localized) -> Texts {
        Texts::parse(source, |expression| {
            self.formula(owner, Role::Output, column, expression).map(|id| id.0)
        })
    }

    pub(super) fn parse(&mut self, owner: ModelId, role: Role, column: &str, source: &str) -> Option<Expr> {
        match Expr::parse(source) {
            Ok(expr) => Some(expr),
            Err(error) => {
                check::report_parse(self, owner, role, column, &error);
                None
            }
        }
    }

    pub(super) fn formula(
        &mut self,
        owner: ModelId,
        role: Role,
        column: &str,
        source: &str,
    ) -> Option<FormulaId> {
        let expr = self.parse(owner, role, column, source)?;
        Some(self.add(owner, role, column, expr))
    }

    pub(super) fn add(&mut self, owner: ModelId, role: Role, column: &str, mut expr: Expr) -> FormulaId {
        check::look_at(self, owner, column, &expr);
        let (reads, unknown) = reads::resolve(self, owner, &mut expr);
        self.keep(owner, column, Formula { owner, role, expr, reads }, &unknown)
    }

    /// Adds a condition on items of a list, whose relative paths are columns.
    pub(super) fn add_item_formula(&mut self, owner: ModelId, mut expr: Expr) -> FormulaId {
        check::look_at(self, owner, "choice_filter", &expr);
        let (reads, unknown) = reads::resolve_item(self, owner, &mut expr);
        self.keep(owner, "choice_filter", Formula { owner, role: Role::Filter, expr, reads }, &unknown)
    }

    fn keep(&mut self, owner: ModelId, column: &str, formula: Formula, unknown: &[Unknown]) -> FormulaId {
        for unknown in unknown {
            check::report_unknown(self, owner, column, unknown);
        }
        self.formulas.push(formula);
        FormulaId(self.formulas.len() - 1)
    }

    pub(super) fn element(&self, id: ModelId) -> &Element {
        self.elements.get(id.index()).unwrap_or(&self.elements[0])
    }

    pub(super) fn name(&self, id: ModelId) -> &str {
        &self.element(id).name
    }

    pub(super) fn parent(&self, id: ModelId) -> ModelId {
        self.element(id).parent
    }

    pub(super) fn children(&self, id: ModelId) -> &[ModelId] {
        &self.element(id).children
    }

    pub(super) fn is_repeat(&self, id: ModelId) -> bool {
        self.element(id).is_repeat()
    }

    pub(super) fn is_question(&self, id: ModelId) -> bool {
        self.element(id).question().is_some()
    }

    pub(super) fn upwards(&self, id: ModelId) -> Vec<ModelId> {
        let up = |&at: &ModelId| (at != ModelId::ROOT).then(|| self.parent(at));
        std::iter::successors(Some(id), up).collect()
    }

    pub(super) fn is_within(&self, id: ModelId, ancestor: ModelId) -> bool {
        self.upwards(id).contains(&ancestor)
    }

    pub(super) fn has_instance(&self, id: &str) -> bool {
        let definition = &self.definition;
        definition.choices.contains_key(id)
            || definition.instances.contains_key(id)
            || definition.external.contains_key(id)
            || definition.entity_lists.iter().any(|list| list == id)
            || id == "previous"
            || id == "__last-saved"
    }

    /// Names that every form may read without writing them: the metadata of OpenRosa.
    pub(super) fn is_reserved(name: &str) -> bool {
        matches!(name, "meta" | "instanceID" | "instanceName" | "deprecatedID" | "entity" | "audit")
    }
}

/// By element, below what its places are added up.
fn summed(elements: usize, formulas: &[Formula]) -> Vec<Vec<ModelId>> {
    let mut summed: Vec<Vec<ModelId>> = vec![Vec::new(); elements];
    for slot in formulas.iter().flat_map(|formula| &formula.reads.slots) {
        if let Slot::Sum { element, anchor } = *slot
            && let Some(anchors) = summed.get_mut(element.index())
            && !anchors.contains(&anchor)
        {
            anchors.push(anchor);
        }
    }
    summed
}

/// Attributes of the instance's element.
fn attributes_of(node: &Node) -> Vec<(String, String)> {
    let extra = match node {
        Node::Question(question) => &question.extra,
        Node::Group(group) => &group.extra,
        Node::Repeat(repeat) => &repeat.extra,
    };
    let named = |(name, value): (&String, &String)| {
        name.strip_prefix("instance::").map(|name| (name.to_owned(), value.clone()))
    };
    extra.iter().filter_map(named).collect()
}

impl Element {
    pub(super) fn new(name: String, path: Path, parent: ModelId, body: Body) -> Self {
        Self {
            name,
            path,
            parent,
            children: Vec::new(),
            ordinal: 0,
            body,
            formulas: Formulas::default(),
            choices: None,
            label: Texts::default(),
            hint: Texts::default(),
            guidance: Texts::default(),
            constraint_message: Texts::default(),
            required_message: Texts::default(),
            attributes: Vec::new(),
            number: String::new(),
            triggered: false,
            triggers: Vec::new(),
            actions: Vec::new(),
            implicit: false,
        }
    }
}
