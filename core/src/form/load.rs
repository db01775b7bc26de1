//! Opening a form: places for what was entered before, defaults and preloads for what is new.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Event, Form, RepeatInstance, carry,
    entry::{FormEntry, Opening, Start},
    host::{Surroundings, uuid_of},
    meta,
    model::{Body, Element, ModelId},
    place::{PlaceId, Places},
    settle::Queue,
};
use crate::{
    answers::{Answers, Path, Value},
    moment::Moment,
};

/// Order of an instance that was removed on one device and filled on another: last.
const NO_ORDER: f64 = 1e12;

impl FormEntry {
    /// Opens an empty form: defaults and preloads are taken now.
    pub fn new(form: Form, start: &Start) -> Self {
        Self::load(form, &Answers::default(), start)
    }

    /// Opens a form with answers that were entered before. Where there are none, defaults
    /// and preloads are taken as in [`FormEntry::new`]. Nothing is refused here: what does not
    /// fit is told by [`FormEntry::validate`], what the form does not know is [`FormEntry::foreign`].
    pub fn load(form: Form, answers: &Answers, start: &Start) -> Self {
        let fresh = answers.is_empty();
        let around = Surroundings {
            now: start_of(answers).unwrap_or(start.now),
            device: start.device.clone(),
            properties: start.properties.clone(),
            language: start.language.clone(),
            previous: None,
            seed: start.seed,
            random: start.seed,
            // Another stream than that of `random()`, so that neither tells the other.
            instance_id: uuid_of(start.seed ^ 0x6f72_783a_6d65_7461).1,
        };
        let mut entry = Self::empty(form, around);
        if fresh && entry.form.reads_clock().is_some() {
            entry.answers.set(Path::new("@start"), Some(Value::Text(start.now.to_rfc3339())));
            entry.changes.insert(Path::new("@start"), Some(Value::Text(start.now.to_rfc3339())));
        }
        entry.fill(answers, if fresh { Opening::New } else { Opening::Again });
        entry
    }

    fn empty(form: Form, around: Surroundings) -> Self {
        let places = Places::new(form.model(), around.now.offset_minutes);
        Self {
            form,
            places,
            around,
            answers: Answers::default(),
            foreign: Answers::default(),
            previous: Answers::default(),
            changes: BTreeMap::new(),
            queue: Queue::new(),
            unset: VecDeque::new(),
            fired: VecDeque::new(),
            opening: Opening::Merge,
            growing: false,
            carried: Vec::new(),
            loading: true,
        }
    }

    fn fill(&mut self, answers: &Answers, opening: Opening) {
        let model = self.form.model().clone();
        for (path, value) in answers.iter() {
            if path.as_str().starts_with('@') || is_known(&self.form, path) {
                self.answers.set(path.clone(), Some(value.clone()));
                continue;
            }
            // What stands elsewhere in this version is taken over, unless it is answered there.
            let target = carry::target(&self.form, path).filter(|target| answers.get(target).is_none());
            match target {
                Some(target) => {
                    self.answers.set(target.clone(), Some(value.clone()));
                    self.changes.insert(target.clone(), Some(value.clone()));
                    self.carried.push((path.clone(), target));
                }
                None => self.foreign.set(path.clone(), Some(value.clone())),
            }
        }
        self.loading = true;
        self.opening = opening;
        self.furnish(PlaceId::ROOT, opening == Opening::New);
        self.push_children(PlaceId::ROOT);
        for &child in model
            .element(ModelId::ROOT)
            .children
            .iter()
            .filter(|id| model.element(**id).formulas.count.is_some())
        {
            self.push(PlaceId::ROOT, child, super::graph::Cell::Count);
        }
        self.settle();
        self.loading = false;
        self.opening = Opening::Merge;
    }

    /// Takes over what a sync brought: the entry then holds exactly `answers`.
    /// This is not a change of this person: [`FormEntry::take_changes`] does not tell it.
    pub fn merge_in(&mut self, answers: &Answers) {
        let mut merged = Self::empty(self.form.clone(), self.around.clone());
        merged.previous.clone_from(&self.previous);
        merged.fill(answers, Opening::Merge);
        merged.changes.append(&mut self.changes);
        *self = merged;
    }

    /// Makes the places below `parent`.
    fn furnish(&mut self, parent: PlaceId, fresh: bool) {
        let model = self.form.model().clone();
        let element = self.places.get(parent).element;
        for &child in &model.element(element).children {
            let this = model.element(child);
            let path = self.places.get(parent).path.child(&this.name);
            match &this.body {
                Body::Question(_) => {
                    let place = self.places.make(&model, parent, child, path, 0);
                    self.furnish_question(place, fresh);
                }
                Body::Repeat { .. } if this.formulas.count.is_some() => {}
                Body::Repeat { starts_with, fixed, .. } => {
                    for (index, (order, id)) in self.instances_of(&path).into_iter().enumerate() {
                        let place = self.places.make(&model, parent, child, path.child(&id), index);
                        self.places.get_mut(place).order = order;
                        self.furnish(place, false);
                    }
                    let there = self.places.below(parent, this.ordinal).len();
                    for (index, instance) in starts_with.iter().enumerate().skip(there) {
                        if fresh || *fixed {
                            self.begin_with(parent, child, index, instance);
                        }
                    }
                }
                Body::Group(_) | Body::Root => {
                    let place = self.places.make(&model, parent, child, path, 0);
                    self.furnish(place, fresh);
                }
            }
        }
    }

    fn furnish_question(&mut self, place: PlaceId, fresh: bool) {
        let model = self.form.model().clone();
        let element = model.element(self.places.get(place).element);
        let stored = self.answers.get(&self.places.get(place).path).cloned();
        if meta::is_instance_id(element) {
            let id = self.around.instance_id.clone();
            let node = self.places.get(place).node;
            self.places.tree.set_text(node, &id);
            return;
        }
        let Some(question) = element.question().filter(|_| fresh && stored.is_none()) else {
            self.places.get_mut(place).stored = stored;
            self.expect_actions(place, element, false);
            return;
        };
        if let Some((kind, parameter)) = &question.bind.preload {
            let value = self.preloaded(kind, parameter);
            self.store(place, value.map(Value::Text));
        } else if let Some(default) = &question.default {
            let value = self
                .rule(place)
                .and_then(|rule| rule.read(default).unwrap_or_else(|_| rule.computed(default)));
            self.store(place, value);
        }
        self.unset.extend(element.formulas.default.map(|formula| (place, Some(formula))));
        self.expect_actions(place, element, true);
    }

    /// Queues the actions of a question whose place was made.
    fn expect_actions(&mut self, place: PlaceId, element: &Element, fresh: bool) {
        let happens = |event: Event| match event {
            Event::InstanceFirstLoad => self.opening == Opening::New && fresh,
            Event::InstanceLoad => self.opening != Opening::Merge,
            Event::NewRepeat => self.growing && fresh,
            Event::ValueChanged => false,
        };
        let due: Vec<_> = element.actions.iter().filter(|(event, _)| happens(*event)).collect();
        self.unset.extend(due.into_iter().map(|(_, formula)| (place, *formula)));
    }

    fn preloaded(&mut self, kind: &str, parameter: &str) -> Option<String> {
        match (kind, parameter) {
            ("timestamp", "start") => Some(self.around.now.to_rfc3339()),
            ("date", "today") => self.around.now.to_rfc3339().split('T').next().map(str::to_owned),
            ("property", "deviceid") => self.around.device.clone(),
            ("property", name) => self.around.properties.get(name).cloned(),
            ("uid", _) => {
                let (state, id) = uuid_of(self.around.random);
                self.around.random = state;
                Some(id)
            }
            _ => None,
        }
    }

    fn begin_with(&mut self, parent: PlaceId, repeat: ModelId, index: usize, instance: &RepeatInstance) {
        let model = self.form.model().clone();
        let id = format!("{:08x}", index + 1);
        let path = self.places.get(parent).path.child(&model.element(repeat).name).child(&id);
        let order = i32::try_from(index + 1).map_or(NO_ORDER, f64::from);
        self.answers.set(path.clone(), Some(Value::Decimal(order)));
        self.changes.insert(path.clone(), Some(Value::Decimal(order)));
        let place = self.places.make(&model, parent, repeat, path.clone(), index);
        self.places.get_mut(place).order = order;
        self.furnish(place, true);
        self.begin_within(&path, instance);
        self.begin_values(&path, instance);
    }

    /// Takes the values that the form writes into an instance.
    fn begin_values(&mut self, path: &Path, instance: &RepeatInstance) {
        for (name, text) in &instance.values {
            if let Some(question) = self.places.find(&Path::new(format!("{path}/{name}"))) {
                let value = self
                    .rule(question)
                    .and_then(|rule| rule.read(text).unwrap_or_else(|_| rule.computed(text)));
                self.store(question, value);
            }
        }
    }

    /// Makes the instances of the repeats within, where they are not as the repeat starts.
    fn begin_within(&mut self, path: &Path, instance: &RepeatInstance) {
        let model = self.form.model().clone();
        for (name, instances) in &instance.repeats {
            let repeat = Path::new(format!("{path}/{name}"));
            let Some((parent, element)) = self.range_at(&repeat) else { continue };
            if model.element(element).formulas.count.is_some() {
                continue;
            }
            while let Some(&last) = self.places.below(parent, model.element(element).ordinal).last() {
                let gone = self.places.get(last).path.clone();
                let below: Vec<Path> = self.entered_below(&gone).map(|(path, _)| path.clone()).collect();
                for path in below.into_iter().chain([gone]) {
                    self.answers.set(path.clone(), None);
                    self.changes.remove(&path);
                }
                self.places.remove(&model, last);
            }
            for (index, instance) in instances.iter().enumerate() {
                self.begin_with(parent, element, index, instance);
            }
        }
    }

    /// The instances of a repeat that answers tell of, in order.
    fn instances_of(&self, repeat: &Path) -> Vec<(f64, String)> {
        let prefix = repeat.segments().count();
        let ids: BTreeSet<String> = self
            .entered_below(repeat)
            .filter_map(|(path, _)| path.segments().nth(prefix).map(str::to_owned))
            .collect();
        let order = |id: &String| match self.answers.get(&repeat.child(id)) {
            Some(Value::Decimal(order)) => *order,
            #[expect(clippy::cast_precision_loss, reason = "an order that large is no order")]
            Some(Value::Integer(order)) => *order as f64,
            _ => NO_ORDER,
        };
        let mut instances: Vec<(f64, String)> = ids.into_iter().map(|id| (order(&id), id)).collect();
        instances.sort_by(|left, right| left.0.total_cmp(&right.0).then_with(|| left.1.cmp(&right.1)));
        instances
    }

    /// Makes an instance of a repeat with everything in it. Answers that stand below its path
    /// are taken; where there are none, defaults are.
    pub(super) fn grow(&mut self, parent: PlaceId, repeat: ModelId, id: &str, index: usize) {
        let model = self.form.model().clone();
        let path = self.places.get(parent).path.child(&model.element(repeat).name).child(id);
        let new = !self.loading || self.opening == Opening::New;
        let fresh = new && self.entered_below(&path).next().is_none();
        let order = match self.answers.get(&path) {
            Some(Value::Decimal(order)) => *order,
            _ => i32::try_from(index + 1).map_or(NO_ORDER, f64::from),
        };
        let place = self.places.make(&model, parent, repeat, path, index);
        self.places.get_mut(place).order = order;
        self.growing = true;
        self.furnish(place, fresh);
        self.growing = false;
        if let Body::Repeat { starts_with, .. } = &model.element(repeat).body
            && let Some(instance) =
                starts_with.get(index).filter(|_| fresh && model.element(repeat).formulas.count.is_some())
        {
            let path = self.places.get(place).path.clone();
            self.begin_values(&path, instance);
        }
        self.push_place(place);
        self.push_children(place);
    }

    /// Queues everything below a place.
    fn push_children(&mut self, top: PlaceId) {
        let mut open: Vec<PlaceId> = self.places.get(top).children.iter().flatten().copied().collect();
        while let Some(place) = open.pop() {
            self.push_place(place);
            open.extend(self.places.get(place).children.iter().flatten());
        }
    }
}

/// The instant that a response carries.
fn start_of(answers: &Answers) -> Option<Moment> {
    let Some(Value::Text(text)) = answers.get(&Path::new("@start")) else { return None };
    let unix_ms = text.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    let pieces = jiff::fmt::temporal::Pieces::parse(text.as_str()).ok()?;
    let seconds = pieces.to_numeric_offset().map_or(0, jiff::tz::Offset::seconds);
    Some(Moment { unix_ms, offset_minutes: i16::try_from(seconds / 60).ok()? })
}

/// True when the form has a question, or a repeat instance, at `path`.
pub(super) fn is_known(form: &Form, path: &Path) -> bool {
    let model = form.model();
    let mut at = ModelId::ROOT;
    let mut wants_id = false;
    let segments: Vec<&str> = path.segments().collect();
    let mut rest = segments.as_slice();
    while let Some((&segment, after)) = rest.split_first() {
        rest = after;
        if wants_id {
            wants_id = false;
            if segment.len() > 32 || !segment.chars().all(|c| c.is_ascii_alphanumeric()) {
                return false;
            }
            continue;
        }
        // The attribute of a leaf has one name: `leaf/@attribute`.
        let attribute =
            after.first().filter(|next| next.starts_with('@')).map(|next| format!("{segment}/{next}"));
        if let Some(name) = attribute {
            return model.element(at).children.iter().any(|&id| model.element(id).name == name);
        }
        let named = |id: &&ModelId| model.element(**id).name == segment;
        let Some(&child) = model.element(at).children.iter().find(named) else { return false };
        at = child;
        wants_id = model.element(child).is_repeat();
    }
    let this = model.element(at);
    !wants_id && (this.question().is_some() || this.is_repeat())
}
