//! A form being filled.
//!
//! Owns what was entered and keeps everything else in step with it. Does not know where
//! answers are kept or who gave them.

use std::collections::{BTreeMap, VecDeque};

use rand_core::CryptoRng;

use super::{
    AnswerRefused, Form, RefusedReason, RepeatRefused,
    host::Surroundings,
    model::{FormulaId, ModelId, Trigger},
    offer,
    place::{PlaceId, Places},
    settle::{MOST_INSTANCES, Queue, is_captured},
};
use crate::{
    answers::{Answers, Path, Value},
    moment::Moment,
};

/// Where and when a form is opened, as the host tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Now.
    pub now: Moment,
    /// Seed of `random()`, `uuid()` and of orders that are drawn.
    pub seed: u64,
    /// What `deviceid` preloads; `None` where no device may be told.
    pub device: Option<String>,
    /// What else the device may tell: `username`, `email`, `phonenumber`, …
    pub properties: BTreeMap<String, String>,
    /// Tag of the language that is shown first.
    pub language: String,
}

/// A form being filled: answers, and everything that follows from them.
///
/// ```
/// use tsumugi_core::{answers::{Path, Value}, form::*, moment::Moment, text::Localized};
///
/// let mut price = Question { name: "price".to_owned(), data_type: DataType::Int, ..Question::default() };
/// price.control = Control::Input;
/// let mut total = Question { name: "total".to_owned(), data_type: DataType::Int, ..Question::default() };
/// total.bind.calculate = Some("/data/price * 2".to_owned());
/// let nodes = vec![Node::Question(Box::new(price)), Node::Question(Box::new(total))];
/// let definition = FormDefinition { root: "data".to_owned(), nodes, ..FormDefinition::default() };
///
/// let form = Form::compile(definition).expect("a form without issues");
/// let start = Start { now: Moment::tokyo(0), seed: 1, device: None, properties: Default::default(), language: "ja".to_owned() };
/// let mut entry = FormEntry::new(form, &start);
/// entry.set_text(&Path::new("price"), "1,200").expect("a number");
/// assert_eq!(entry.value(&Path::new("total")), Some(Value::Integer(2400)));
/// ```
#[derive(Debug, Clone)]
pub struct FormEntry {
    pub(super) form: Form,
    pub(super) places: Places,
    pub(super) around: Surroundings,
    pub(super) answers: Answers,
    pub(super) foreign: Answers,
    pub(super) previous: Answers,
    pub(super) changes: BTreeMap<Path, Option<Value>>,
    pub(super) queue: Queue,
    /// Questions that are still to be set, and what computes the value.
    pub(super) unset: VecDeque<(PlaceId, Option<FormulaId>)>,
    /// Triggers that went off, and where.
    pub(super) fired: VecDeque<(PlaceId, Trigger)>,
    /// Why answers are being taken over.
    pub(super) opening: Opening,
    /// Answers that stood elsewhere in another version of the form: where, and where now.
    pub(super) carried: Vec<(Path, Path)>,
    /// A repeat instance is being made that was not there before.
    pub(super) growing: bool,
    /// Answers are being taken over; nothing is triggered.
    pub(super) loading: bool,
}

/// Why a form takes answers over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// Nothing was entered before: defaults are taken.
    New,
    /// It was filled before.
    Again,
    /// A sync brought answers while it was open.
    Merge,
}

impl FormEntry {
    /// The form.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Answers to questions that this version of the form does not have; kept as they are.
    pub fn foreign(&self) -> &Answers {
        &self.foreign
    }

    /// Answers that were taken over from another version of the form, in which the question had
    /// the same name in another group: the path there and the path here. What a version does not
    /// have at all is [`FormEntry::foreign`]; what no longer fits its type is told by
    /// [`FormEntry::validate`].
    pub fn carried(&self) -> &[(Path, Path)] {
        &self.carried
    }

    /// Takes an answer, or with `None` clears it.
    ///
    /// # Errors
    /// [`AnswerRefused`] when the value is not of the question's type, not among its choices,
    /// or the form computes it. A constraint that is not met is told by [`FormEntry::validate`].
    pub fn set_answer(&mut self, path: &Path, value: Option<Value>) -> Result<(), AnswerRefused> {
        let refused = |reason| AnswerRefused { path: path.clone(), reason };
        let place = self.open_place(path).map_err(refused)?;
        let rule = self.rule(place).ok_or(refused(RefusedReason::UnknownQuestion))?;
        let value = value.map(|value| rule.accept(&value)).transpose().map_err(refused)?.flatten();
        self.enter(place, value).map_err(refused)
    }

    /// Takes what a person typed: full-width digits, thousands separators, Japanese dates.
    ///
    /// # Errors
    /// [`AnswerRefused`] as in [`FormEntry::set_answer`].
    pub fn set_text(&mut self, path: &Path, text: &str) -> Result<(), AnswerRefused> {
        let refused = |reason| AnswerRefused { path: path.clone(), reason };
        let place = self.open_place(path).map_err(refused)?;
        let rule = self.rule(place).ok_or(refused(RefusedReason::UnknownQuestion))?;
        let value = rule.read(text).map_err(refused)?;
        self.enter(place, value).map_err(refused)
    }

    /// The place of a question that a person may answer.
    fn open_place(&self, path: &Path) -> Result<PlaceId, RefusedReason> {
        let place = self.places.find(path).ok_or(RefusedReason::UnknownQuestion)?;
        let element = self.form.model().element(self.places.get(place).element);
        if element.question().is_none() {
            return Err(RefusedReason::UnknownQuestion);
        }
        if element.formulas.calculate.is_some() && !element.triggered {
            return Err(RefusedReason::Calculated);
        }
        if self.places.get(place).read_only { Err(RefusedReason::ReadOnly) } else { Ok(place) }
    }

    fn enter(&mut self, place: PlaceId, value: Option<Value>) -> Result<(), RefusedReason> {
        let value = match value {
            Some(value) => Some(self.among_choices(place, value)?),
            None => None,
        };
        let element = self.places.get(place).element;
        self.store(place, value);
        self.push(place, element, super::graph::Cell::Value);
        self.settle();
        Ok(())
    }

    /// Refuses what is not offered, and puts several choices in the order of the list, so
    /// that two people who choose the same write the same.
    fn among_choices(&self, id: PlaceId, value: Value) -> Result<Value, RefusedReason> {
        use super::DataType;
        let question = self.form.model().element(self.places.get(id).element).question();
        let Some(question) = question.filter(|question| question.choices.is_some()) else { return Ok(value) };
        let at = self.evaluation();
        let text = value.to_string();
        if !matches!(question.data_type, DataType::SelectMultiple | DataType::Rank) {
            return if offer::is_offered(&at, id, &text) {
                Ok(value)
            } else {
                Err(RefusedReason::NotAChoice)
            };
        }
        let mut chosen: Vec<(usize, &str)> = Vec::new();
        for word in text.split_whitespace() {
            chosen.push((offer::position_of(&at, id, word).ok_or(RefusedReason::NotAChoice)?, word));
        }
        if question.data_type == DataType::SelectMultiple
            && !question.choices.as_ref().is_some_and(|c| c.randomize)
        {
            chosen.sort_by_key(|(position, _)| *position);
        }
        let words: Vec<&str> = chosen.into_iter().map(|(_, word)| word).collect();
        Ok(Value::text(words.join(" ")))
    }

    /// Adds an instance at the end of `repeat` and returns its path.
    ///
    /// # Errors
    /// [`RepeatRefused`] when there is no such repeat, the form counts it, or it is full.
    pub fn add_repeat(&mut self, repeat: &Path, rng: &mut impl CryptoRng) -> Result<Path, RepeatRefused> {
        self.insert_repeat(repeat, None, rng)
    }

    /// Adds an instance to `repeat` before another one, or at the end.
    ///
    /// # Errors
    /// As [`FormEntry::add_repeat`].
    pub fn insert_repeat(
        &mut self,
        repeat: &Path,
        before: Option<&Path>,
        rng: &mut impl CryptoRng,
    ) -> Result<Path, RepeatRefused> {
        let (parent, element) = self.repeat_at(repeat)?;
        let model = self.form.model().clone();
        let siblings = self.places.below(parent, model.element(element).ordinal);
        if siblings.len() >= MOST_INSTANCES {
            return Err(RepeatRefused::TooMany { path: repeat.clone(), limit: MOST_INSTANCES });
        }
        let index = match before.map(|before| self.places.find(before)) {
            None => siblings.len(),
            Some(before) => {
                let at = before.and_then(|before| siblings.iter().position(|&sibling| sibling == before));
                at.ok_or_else(|| RepeatRefused::Unknown { path: repeat.clone() })?
            }
        };
        let order_at = |at: usize| siblings.get(at).map(|&sibling| self.places.get(sibling).order);
        let left = index.checked_sub(1).and_then(order_at);
        let order = match (left, order_at(index)) {
            (left, None) => left.unwrap_or(0.0).floor() + 1.0,
            (left, Some(right)) => f64::midpoint(left.unwrap_or(right - 2.0), right),
        };
        let id = loop {
            let mut bytes = [0_u8; 4];
            rng.fill_bytes(&mut bytes);
            let id = hex::encode(bytes);
            if self.places.find(&repeat.child(&id)).is_none() {
                break id;
            }
        };
        self.write(repeat.child(&id), Some(Value::Decimal(order)));
        self.grow(parent, element, &id, index);
        self.wake_structure(parent, element, index);
        self.settle();
        Ok(repeat.child(&id))
    }

    /// Removes `instance` with all answers in it.
    ///
    /// # Errors
    /// [`RepeatRefused`] when there is no such instance or the form counts them.
    pub fn remove_repeat(&mut self, instance: &Path) -> Result<(), RepeatRefused> {
        let model = self.form.model().clone();
        let unknown = || RepeatRefused::Unknown { path: instance.clone() };
        let place = self.places.find(instance).ok_or_else(unknown)?;
        let element = self.places.get(place).element;
        if !model.element(element).is_repeat() {
            return Err(unknown());
        }
        if model.element(element).is_controlled() {
            return Err(RepeatRefused::Counted { path: instance.clone() });
        }
        let gone: Vec<Path> = self.entered_below(instance).map(|(path, _)| path.clone()).collect();
        for path in gone.into_iter().chain([instance.clone()]) {
            self.write(path, None);
        }
        let (parent, index) = (self.places.get(place).parent, self.places.get(place).index);
        self.places.remove(&model, place);
        self.wake_structure(parent, element, index);
        self.settle();
        Ok(())
    }

    fn repeat_at(&self, repeat: &Path) -> Result<(PlaceId, ModelId), RepeatRefused> {
        let model = self.form.model();
        let unknown = || RepeatRefused::Unknown { path: repeat.clone() };
        let parent =
            self.places.find(&repeat.parent().unwrap_or_else(|| Path::new(""))).ok_or_else(unknown)?;
        let children = &model.element(self.places.get(parent).element).children;
        let named =
            |id: &&ModelId| model.element(**id).name == repeat.name() && model.element(**id).is_repeat();
        let element = *children.iter().find(named).ok_or_else(unknown)?;
        if model.element(element).is_controlled() {
            return Err(RepeatRefused::Counted { path: repeat.clone() });
        }
        Ok((parent, element))
    }

    /// What was entered below `path`, in path order.
    pub(super) fn entered_below<'a>(
        &'a self,
        path: &Path,
    ) -> impl Iterator<Item = (&'a Path, &'a Value)> + use<'a> {
        let prefix = format!("{path}/");
        let from = Path::new(&prefix);
        self.answers.0.range(from..).take_while(move |(path, _)| path.as_str().starts_with(&prefix))
    }

    /// Writes an answer that has no place: the order of a repeat instance.
    fn write(&mut self, path: Path, value: Option<Value>) {
        if self.answers.get(&path) != value.as_ref() {
            self.answers.set(path.clone(), value.clone());
            self.changes.insert(path, value);
        }
    }

    /// The value at `path`, entered or calculated; `None` where empty or not relevant.
    pub fn value(&self, path: &Path) -> Option<Value> {
        self.places.find(path).and_then(|place| self.value_at(place))
    }

    pub(super) fn value_at(&self, id: PlaceId) -> Option<Value> {
        let place = self.places.get(id);
        let text = self.places.tree.text(place.node);
        let element = self.form.model().element(place.element);
        element.question()?;
        if text.is_empty() {
            return None;
        }
        if element.formulas.calculate.is_some() && !element.triggered {
            return self.rule(id).and_then(|rule| rule.computed(&text));
        }
        // What was entered, less the choices that are no longer offered.
        match &place.stored {
            Some(Value::Text(_)) | None => Some(Value::text(text)),
            stored => stored.clone(),
        }
    }

    /// True when the element is asked: its own relevance and that of all around it.
    pub fn is_relevant(&self, path: &Path) -> bool {
        match self.places.find(path) {
            Some(place) => self.places.get(place).relevant,
            None => {
                self.range_at(path).is_some_and(|(parent, repeat)| self.is_range_relevant(parent, repeat))
            }
        }
    }

    /// The repeat at `path` with the place around it.
    pub(super) fn range_at(&self, path: &Path) -> Option<(PlaceId, ModelId)> {
        let parent = self.places.find(&path.parent().unwrap_or_else(|| Path::new("")))?;
        let model = self.form.model();
        let children = &model.element(self.places.get(parent).element).children;
        children.iter().find(|id| model.element(**id).name == path.name()).map(|&id| (parent, id))
    }

    /// A repeat is shown where one of its instances is, or would be.
    pub(super) fn is_range_relevant(&self, parent: PlaceId, repeat: ModelId) -> bool {
        let element = self.form.model().element(repeat);
        let instances = self.places.below(parent, element.ordinal);
        if !instances.is_empty() {
            return instances.iter().any(|&instance| self.places.get(instance).relevant);
        }
        let own =
            element.formulas.relevant.is_none_or(|formula| self.evaluation().truth(parent, formula, true));
        own && self.places.get(parent).relevant
    }

    /// True when the question needs an answer.
    pub fn is_required(&self, path: &Path) -> bool {
        self.places.find(path).is_some_and(|place| self.places.get(place).required)
    }

    /// True when the element, or what is around it, cannot be changed.
    pub fn is_read_only(&self, path: &Path) -> bool {
        self.places.find(path).is_some_and(|place| self.places.get(place).read_only)
    }

    /// What was entered, relevant or not, with the response's own `@` names.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// What was entered or cleared since the last call, in path order.
    pub fn take_changes(&mut self) -> Vec<(Path, Option<Value>)> {
        std::mem::take(&mut self.changes).into_iter().collect()
    }

    /// Puts the end of filling into questions that preload it (`end`).
    pub fn stamp_end(&mut self, now: Moment) {
        let model = self.form.model().clone();
        let ends = |place: &PlaceId| {
            let question = model.element(self.places.get(*place).element).question();
            let preload = question.and_then(|question| question.bind.preload.as_ref());
            preload.is_some_and(|(kind, parameter)| kind == "timestamp" && parameter == "end")
        };
        let places: Vec<PlaceId> = self.places.in_order().into_iter().filter(ends).collect();
        for place in places {
            let element = self.places.get(place).element;
            self.store(place, Some(Value::Text(now.to_rfc3339())));
            self.push(place, element, super::graph::Cell::Value);
        }
        self.settle();
    }

    /// True when the value at `id` is computed on the spot and never entered.
    pub(super) fn is_computed(&self, id: PlaceId) -> bool {
        let model = self.form.model();
        let element = model.element(self.places.get(id).element);
        let formula = element.formulas.calculate.filter(|_| !element.triggered);
        formula.is_some_and(|formula| !is_captured(&model.formula(formula).reads.volatile))
    }
}
