//! Computes again what depends on what changed, and nothing else.
//!
//! Cells wait in a queue in the order of the graph, so each is computed after all that it
//! reads. A cell that comes out as it was wakes nobody.

use std::collections::BTreeSet;

use super::{
    DataType,
    entry::FormEntry,
    graph::{Cell, Dependent, cells_of},
    host::Evaluation,
    meta,
    model::{FormulaId, ModelId, Role, Trigger},
    number::as_integer,
    offer,
    place::PlaceId,
    read::Volatile,
    typed::TypeRule,
};
use crate::{answers::Value, xpath::NodeId};

/// The most instances that a form may count for itself.
pub(super) const MOST_INSTANCES: usize = 5_000;
/// Computations in a row after which relevance that depends on itself is left as it is.
const MOST_COMPUTATIONS: usize = 2_000_000;

/// A cell that waits to be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Job {
    rank: u32,
    /// Place in document order: a running total goes from the first instance to the last.
    order: u64,
    /// The place of the element; for `Count`, of the element around the repeat.
    place: PlaceId,
    element: ModelId,
    cell: Cell,
}

/// What waits.
pub(super) type Queue = BTreeSet<Job>;

impl FormEntry {
    pub(super) fn evaluation(&self) -> Evaluation<'_> {
        Evaluation {
            model: self.form.model(),
            places: &self.places,
            around: &self.around,
            language: &self.around.language,
            depth: 0,
        }
    }

    pub(super) fn push(&mut self, place: PlaceId, element: ModelId, cell: Cell) {
        let order = self.places.tree.rank(self.places.get(place).node);
        let rank = self.form.model().graph.rank(element, cell);
        self.queue.insert(Job { rank, order, place, element, cell });
    }

    /// Queues everything that is computed at a new place.
    pub(super) fn push_place(&mut self, place: PlaceId) {
        let model = self.form.model().clone();
        let id = self.places.get(place).element;
        let element = model.element(id);
        for (cell, _) in cells_of(element).into_iter().filter(|(cell, _)| *cell != Cell::Count) {
            self.push(place, id, cell);
        }
        if element.choices.is_some() {
            self.push(place, id, Cell::Choices);
        }
        if self.places.get(place).stored.is_some() {
            self.push(place, id, Cell::Value);
        }
        for &child in element.children.iter().filter(|child| model.element(**child).formulas.count.is_some())
        {
            self.push(place, child, Cell::Count);
        }
    }

    /// Computes until nothing waits, then what triggers set, until nothing is triggered.
    pub(super) fn settle(&mut self) {
        let mut left = MOST_COMPUTATIONS;
        loop {
            while let Some(job) = self.queue.pop_first() {
                left = left.saturating_sub(1);
                if left == 0 {
                    self.queue.clear();
                    self.fired.clear();
                    return;
                }
                self.compute(job);
            }
            if let Some((place, formula)) = self.unset.pop_front() {
                self.set_once(place, formula);
            } else if let Some((source, trigger)) = self.fired.pop_front() {
                self.trigger(source, trigger);
            } else {
                return;
            }
        }
    }

    fn compute(&mut self, job: Job) {
        let at = self.places.get(job.place);
        if !self.places.is_alive(job.place) || (job.cell != Cell::Count && at.element != job.element) {
            return;
        }
        let model = self.form.model().clone();
        let formulas = &model.element(job.element).formulas;
        match job.cell {
            Cell::Relevant => {
                if let Some(formula) = formulas.relevant {
                    self.places.get_mut(job.place).own_relevant =
                        self.evaluation().truth(job.place, formula, true);
                }
                self.inherit(job.place);
            }
            Cell::ReadOnly => {
                if let Some(formula) = formulas.read_only {
                    self.places.get_mut(job.place).own_read_only =
                        self.evaluation().truth(job.place, formula, false);
                }
                self.inherit(job.place);
            }
            Cell::Required => {
                if let Some(formula) = formulas.required {
                    self.places.get_mut(job.place).required =
                        self.evaluation().truth(job.place, formula, false);
                }
            }
            Cell::Count => {
                if let Some(formula) = formulas.count {
                    self.recount(job.place, job.element, formula);
                }
            }
            Cell::Choices => self.reoffer(job.place),
            Cell::Value => self.revalue(job.place),
            Cell::Constraint => self.recheck(job.place, formulas.constraint),
        }
    }

    /// Hands relevance and read-only down to everything within.
    fn inherit(&mut self, top: PlaceId) {
        let mut open = vec![top];
        while let Some(id) = open.pop() {
            let place = self.places.get(id);
            let above = self.places.get(place.parent);
            let at_root = id == PlaceId::ROOT;
            let relevant = place.own_relevant && (at_root || above.relevant);
            let read_only = place.own_read_only || (!at_root && above.read_only);
            if relevant == place.relevant && read_only == place.read_only {
                continue;
            }
            let changed = relevant != place.relevant;
            open.extend(place.children.iter().flatten());
            self.places.get_mut(id).read_only = read_only;
            if changed {
                self.appear(id, relevant);
            }
        }
    }

    /// Makes a place relevant or not, and wakes who reads it.
    fn appear(&mut self, id: PlaceId, relevant: bool) {
        let model = self.form.model().clone();
        self.places.set_relevant(&model, id, relevant);
        let place = self.places.get(id);
        let (element, parent, index) = (place.element, place.parent, place.index);
        if model.element(element).is_repeat() {
            self.wake_structure(parent, element, index.saturating_add(1));
        } else if model.element(element).question().is_some() {
            self.push(id, element, Cell::Value);
            for dependent in model.graph.values.get(element.index()).into_iter().flatten() {
                self.wake(id, dependent);
            }
        }
    }

    fn recheck(&mut self, place: PlaceId, constraint: Option<FormulaId>) {
        let Some(formula) = constraint else { return };
        let at = self.places.get(place);
        let empty = self.places.tree.text(at.node).is_empty();
        let valid = empty || !at.relevant || self.evaluation().truth(place, formula, true);
        self.places.get_mut(place).valid = valid;
    }

    fn reoffer(&mut self, place: PlaceId) {
        let offer = offer::offer(&self.evaluation(), place);
        if offer != self.places.get(place).offer {
            self.places.get_mut(place).offer = offer;
            let element = self.places.get(place).element;
            self.push(place, element, Cell::Value);
        }
    }

    fn revalue(&mut self, id: PlaceId) {
        let model = self.form.model().clone();
        let place = self.places.get(id);
        let element = model.element(place.element);
        let calculate = element.formulas.calculate.filter(|_| !element.triggered);
        let text = match calculate {
            _ if meta::is_instance_id(element) => self.around.instance_id.clone(),
            _ if !place.relevant => String::new(),
            Some(formula) if is_captured(&model.formula(formula).reads.volatile) => self.capture(id, formula),
            Some(formula) => self.cast(id, self.evaluation().text(id, formula)),
            None => offer::offered_text(&self.evaluation(), id),
        };
        self.show(id, &text);
    }

    /// Puts the text where expressions read it, and wakes who reads it.
    fn show(&mut self, id: PlaceId, text: &str) {
        let place = self.places.get(id);
        let (node, element) = (place.node, place.element);
        if self.places.tree.text(node) == text {
            // The constraint of an answer that was cleared and never shown stays in step.
            if !self.places.get(id).valid {
                self.push(id, element, Cell::Constraint);
            }
            return;
        }
        let model = self.form.model().clone();
        self.places.set_text(&model, id, text);
        if model.element(element).formulas.constraint.is_some() {
            self.push(id, element, Cell::Constraint);
        }
        for dependent in model.graph.values.get(element.index()).into_iter().flatten() {
            self.wake(id, dependent);
        }
        if !self.loading {
            let triggers = &model.element(element).triggers;
            self.fired.extend(triggers.iter().map(|&trigger| (id, trigger)));
        }
    }

    /// Queues a dependent at all places that stand together with `changed` below its anchor.
    pub(super) fn wake(&mut self, changed: PlaceId, dependent: &Dependent) {
        let model = self.form.model().clone();
        let anchor =
            self.places.upwards(changed).find(|&place| self.places.get(place).element == dependent.anchor);
        let Some(anchor) = anchor else { return };
        self.wake_below(&model, anchor, dependent);
    }

    fn wake_below(&mut self, model: &super::model::Model, anchor: PlaceId, dependent: &Dependent) {
        let place_of = if dependent.cell == Cell::Count {
            model.element(dependent.owner).parent
        } else {
            dependent.owner
        };
        for place in self.places.all_of(model, anchor, place_of) {
            self.push(place, dependent.owner, dependent.cell);
        }
    }

    /// Wakes who reads how many instances a repeat has, and whose place moved.
    pub(super) fn wake_structure(&mut self, parent: PlaceId, repeat: ModelId, from: usize) {
        let model = self.form.model().clone();
        for dependent in model.graph.structures.get(repeat.index()).into_iter().flatten() {
            self.wake(parent, dependent);
        }
        let moved =
            self.places.below(parent, model.element(repeat).ordinal).get(from..).unwrap_or_default().to_vec();
        for dependent in model.graph.positions.get(repeat.index()).into_iter().flatten() {
            for &instance in &moved {
                self.wake_below(&model, instance, dependent);
            }
        }
    }

    fn recount(&mut self, parent: PlaceId, repeat: ModelId, formula: FormulaId) {
        let model = self.form.model().clone();
        let ordinal = model.element(repeat).ordinal;
        let wanted = self.evaluation().number(parent, formula).floor();
        // An empty count is one that is being typed: nothing is lost meanwhile.
        if wanted.is_nan() {
            return;
        }
        let wanted = as_integer(wanted).and_then(|count| usize::try_from(count.max(0)).ok()).unwrap_or(0);
        let wanted = wanted.min(MOST_INSTANCES);
        let there = self.places.below(parent, ordinal).len();
        let first_moved = there.min(wanted);
        for index in there..wanted {
            self.grow(parent, repeat, &format!("{:08x}", index + 1), index);
        }
        while let Some(&last) = self.places.below(parent, ordinal).get(wanted..).and_then(<[PlaceId]>::last) {
            self.places.remove(&model, last);
        }
        if there != wanted {
            self.wake_structure(parent, repeat, first_moved);
        }
    }

    /// What a calculation gives, as its question's type has it: whole numbers lose their fraction.
    fn cast(&self, id: PlaceId, text: String) -> String {
        match self.rule(id).map(|rule| (rule.data_type, rule.computed(&text))) {
            Some((DataType::Int, Some(value))) => value.to_string(),
            _ => text,
        }
    }

    /// A value that is computed once and then counts as entered.
    fn capture(&mut self, id: PlaceId, formula: FormulaId) -> String {
        let volatile = &self.form.model().formula(formula).reads.volatile;
        let place = self.places.get(id);
        let stored = place.stored.as_ref().map(Value::to_string).unwrap_or_default();
        let keeps = self.loading || volatile.contains(&Volatile::Once);
        if keeps && !stored.is_empty() {
            return stored;
        }
        let (text, random) = self.evaluation().text_and_random(id, formula);
        self.around.random = random;
        let typed = self.rule(id).and_then(|rule| rule.computed(&text));
        self.store(id, typed);
        text
    }

    fn trigger(&mut self, source: PlaceId, trigger: Trigger) {
        let Trigger { target, formula, nodes } = trigger;
        let model = self.form.model().clone();
        let anchor =
            self.places.upwards(source).find(|&at| model.is_within(target, self.places.get(at).element));
        let Some(anchor) = anchor else { return };
        let chosen = nodes.and_then(|nodes| self.evaluation().nodes(source, nodes));
        let is_chosen = |node: &NodeId| chosen.as_ref().is_none_or(|chosen| chosen.contains(node));
        for place in self.places.all_of(&model, anchor, target) {
            if !is_chosen(&self.places.get(place).node) {
                continue;
            }
            if !self.places.get(place).relevant {
                continue;
            }
            self.set_once(place, formula);
        }
    }

    /// Sets a question to what a dynamic default or an action gives; nothing clears it.
    fn set_once(&mut self, place: PlaceId, formula: Option<FormulaId>) {
        if !self.places.is_alive(place) {
            return;
        }
        let text = formula.map(|formula| {
            let (text, random) = self.evaluation().text_and_random(place, formula);
            self.around.random = random;
            text
        });
        let typed = text.as_deref().and_then(|text| {
            self.rule(place).and_then(|rule| rule.read(text).ok().flatten().or(rule.computed(text)))
        });
        // A default that gives nothing leaves what the form writes.
        let is_default =
            formula.is_some_and(|formula| self.form.model().formula(formula).role == Role::Default);
        if typed.is_some() || !is_default {
            let element = self.places.get(place).element;
            self.store(place, typed);
            self.push(place, element, Cell::Value);
        }
    }

    /// How the answer at a place must look.
    pub(super) fn rule(&self, place: PlaceId) -> Option<TypeRule<'_>> {
        let question = self.form.model().element(self.places.get(place).element).question()?;
        Some(TypeRule::of(question, self.around.now.offset_minutes))
    }

    /// Keeps an entered value, and that it changed.
    pub(super) fn store(&mut self, id: PlaceId, value: Option<Value>) {
        let place = self.places.get_mut(id);
        if place.stored == value {
            return;
        }
        place.stored.clone_from(&value);
        let path = place.path.clone();
        self.answers.set(path.clone(), value.clone());
        self.changes.insert(path, value);
    }
}

/// True when a calculation must not be computed twice.
pub(super) fn is_captured(volatile: &[Volatile]) -> bool {
    volatile.contains(&Volatile::Random) || volatile.contains(&Volatile::Once)
}
