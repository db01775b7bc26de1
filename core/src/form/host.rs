//! What an expression may ask of a form being filled.

use std::{cell::Cell, collections::BTreeMap};

use super::{
    model::{Formula, FormulaId, Model},
    offer,
    place::{PlaceId, Places},
    read::Slot,
    rich::Rich,
    template::{Template, Texts},
};
use crate::{
    answers::Path,
    moment::Moment,
    text::Localized,
    xpath::{Context, EvalError, Host, NodeId, NodeRef, Object, Tree, eval},
};

/// How deep texts may ask for texts.
const DEEPEST_TEXT: u8 = 8;

/// What the host of a form told, for the whole life of the entry.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    /// The instant that the response carries.
    pub(super) now: Moment,
    pub(super) device: Option<String>,
    pub(super) properties: BTreeMap<String, String>,
    pub(super) language: String,
    /// Last wave's answers as `/root/…`.
    pub(super) previous: Option<Tree>,
    /// What the generator began with.
    pub(super) seed: u64,
    /// State of the seeded generator.
    pub(super) random: u64,
    /// What `instanceID` of the `meta` block says.
    pub(super) instance_id: String,
}

/// Evaluates formulas at places.
#[derive(Clone, Copy)]
pub(super) struct Evaluation<'a> {
    pub(super) model: &'a Model,
    pub(super) places: &'a Places,
    pub(super) around: &'a Surroundings,
    pub(super) language: &'a str,
    /// How many texts with outputs this evaluation stands in.
    pub(super) depth: u8,
}

/// One evaluation's view of the form.
struct EntryHost<'a> {
    at: Evaluation<'a>,
    place: PlaceId,
    formula: &'a Formula,
    random: Cell<u64>,
}

impl Evaluation<'_> {
    /// Evaluates to a text; empty when the expression fails.
    pub(super) fn text(&self, place: PlaceId, formula: FormulaId) -> String {
        self.text_and_random(place, formula).0
    }

    /// Evaluates to a text, and tells the state of the generator after it.
    pub(super) fn text_and_random(&self, place: PlaceId, formula: FormulaId) -> (String, u64) {
        let offset = self.around.now.offset_minutes;
        let (text, random) = self.run(place, formula, None, |object| object.to_text(offset).into_owned());
        (text.unwrap_or_default(), random)
    }

    /// Evaluates to true or false; `otherwise` when the expression fails.
    pub(super) fn truth(&self, place: PlaceId, formula: FormulaId, otherwise: bool) -> bool {
        self.run(place, formula, None, |object| object.to_boolean()).0.unwrap_or(otherwise)
    }

    /// Evaluates to a number; not a number when the expression fails.
    pub(super) fn number(&self, place: PlaceId, formula: FormulaId) -> f64 {
        let offset = self.around.now.offset_minutes;
        self.run(place, formula, None, |object| object.to_number(offset)).0.unwrap_or(f64::NAN)
    }

    /// Evaluates to nodes of the form.
    pub(super) fn nodes(&self, place: PlaceId, formula: FormulaId) -> Option<Vec<NodeId>> {
        let nodes = |object: Object<'_>| match object {
            Object::Nodes(nodes) => nodes.iter().map(|node| node.node).collect(),
            _ => Vec::new(),
        };
        self.run(place, formula, None, nodes).0
    }

    /// Evaluates a condition at an item of a list.
    pub(super) fn holds_for(
        &self,
        place: PlaceId,
        formula: FormulaId,
        item: NodeRef<'_>,
        size: (usize, usize),
    ) -> bool {
        self.run(place, formula, Some((item, size)), |object| object.to_boolean()).0.unwrap_or(false)
    }

    /// Evaluates and gives the result to `take` while the form is borrowed.
    pub(super) fn run<R>(
        &self,
        place: PlaceId,
        formula: FormulaId,
        item: Option<(NodeRef<'_>, (usize, usize))>,
        take: impl FnOnce(Object<'_>) -> R,
    ) -> (Option<R>, u64) {
        let formula = self.model.formula(formula);
        let host = EntryHost { at: *self, place, formula, random: Cell::new(self.around.random) };
        let node = NodeRef::new(&self.places.tree, self.places.get(place).node);
        let context = Context::new(&host, &self.places.tree);
        let context = match item {
            Some((item, (position, size))) => {
                context.at_node(item).with_current(node).with_position(position, size)
            }
            None => context.at_node(node),
        };
        let result: Result<R, EvalError> = eval(&formula.expr, &context).map(take);
        let after = host.random.get();
        (result.ok(), after)
    }

    /// A text with the value of each output in its place.
    pub(super) fn fill(&self, place: PlaceId, template: &Template) -> Rich {
        template.fill(|formula| self.text(place, FormulaId(formula)))
    }

    /// A text in the language shown, with its Markdown as the author wrote it.
    pub(super) fn fill_written(&self, place: PlaceId, texts: &Texts) -> String {
        let template = texts.get(self.language);
        let fill = |template: &Template| template.fill_written(|id| self.text(place, FormulaId(id)));
        template.map(fill).unwrap_or_default()
    }

    /// The text that `jr:itext('id')` asks for.
    pub(super) fn itext(&self, place: PlaceId, id: &str) -> Option<String> {
        // A text may ask for itself through its outputs.
        let inner = Evaluation { depth: self.depth + 1, ..*self };
        if let Some(texts) = self.model.texts.get(id).filter(|_| self.depth < DEEPEST_TEXT) {
            return Some(inner.fill_written(place, texts));
        }
        let (list, row) = id.rsplit_once('-')?;
        let shown = self.model.list(list)?.shown(row.parse().ok()?)?;
        Some(shown.label.get(self.language).to_owned())
    }

    /// The label of a choice of the select at `place`, with its Markdown as it was written.
    pub(super) fn choice_text(&self, place: PlaceId, value: &str) -> Option<String> {
        let choice = offer::find(self, place, value)?;
        Some(offer::label_text(self, place, &choice))
    }
}

impl Host for EntryHost<'_> {
    fn instance(&self, id: &str) -> Option<NodeRef<'_>> {
        let tree =
            if id == "previous" { self.at.around.previous.as_ref()? } else { self.at.model.list(id)?.tree() };
        Some(NodeRef::document(tree))
    }

    fn pull(&self, id: &str, column: &str, key_column: &str, key: &str) -> Option<String> {
        let list = self.at.model.list(id).filter(|list| list.has_column(key_column))?;
        let row = list.rows_with(key_column, key).first();
        Some(row.map(|&row| list.cell(column, row).to_owned()).unwrap_or_default())
    }

    fn itext(&self, id: &str) -> Option<Object<'_>> {
        self.at.itext(self.place, id).map(Object::text)
    }

    fn choice_label(&self, question: &str, value: &str, _at: NodeRef<'_>) -> Option<String> {
        let path = question.trim().trim_start_matches("${").trim_end_matches('}');
        let element = match path.strip_prefix('/') {
            Some(absolute) => {
                let root = &self.at.model.element(super::model::ModelId::ROOT).name;
                let below = absolute.strip_prefix(root.as_str()).unwrap_or(absolute);
                self.at.model.find(&Path::new(below.trim_start_matches('/')))?
            }
            None => self.relative(path)?,
        };
        let place = self.at.places.single(self.at.model, self.place, element)?;
        self.at.choice_text(place, value)
    }

    fn now(&self) -> Option<Moment> {
        Some(self.at.around.now)
    }

    fn random(&self) -> Option<f64> {
        let next = split_mix(self.random.get());
        self.random.set(next.0);
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        Some((next.1 >> 11) as f64 / (1_u64 << 53) as f64)
    }

    fn property(&self, name: &str) -> Option<String> {
        match name {
            "deviceid" => self.at.around.device.clone(),
            other => self.at.around.properties.get(other).cloned(),
        }
    }

    fn version(&self) -> Option<String> {
        Some(self.at.model.definition.version.clone())
    }

    fn variable(&self, name: &str) -> Option<Object<'_>> {
        let slot = self.formula.reads.slots.get(name.parse::<usize>().ok()?)?;
        match *slot {
            Slot::Place(element) => {
                let place = self.at.places.single(self.at.model, self.place, element);
                let node =
                    place.map(|place| NodeRef::new(&self.at.places.tree, self.at.places.get(place).node));
                Some(Object::Nodes(node.into_iter().collect()))
            }
            Slot::Sum { element, anchor } => {
                let (model, places) = (self.at.model, self.at.places);
                let anchor = places.single(model, self.place, anchor)?;
                let kept = places.sum(anchor, element);
                Some(Object::Number(kept.unwrap_or_else(|| places.add_up(model, anchor, element))))
            }
            Slot::Count(repeat) => {
                let element = self.at.model.element(repeat);
                let parent = self.at.places.single(self.at.model, self.place, element.parent)?;
                let instances = self.at.places.below(parent, element.ordinal);
                let count = if element.formulas.relevant.is_none() && self.at.places.get(parent).relevant {
                    instances.len()
                } else {
                    instances.iter().filter(|&&id| self.at.places.get(id).relevant).count()
                };
                #[expect(clippy::cast_precision_loss, reason = "there are few thousand instances")]
                Some(Object::Number(count as f64))
            }
            Slot::Position(repeat) => {
                let mut around = self.at.places.upwards(self.place);
                let place = around.find(|&place| self.at.places.get(place).element == repeat)?;
                #[expect(clippy::cast_precision_loss, reason = "there are few thousand instances")]
                Some(Object::Number(self.at.places.get(place).index as f64 + 1.0))
            }
        }
    }
}

impl EntryHost<'_> {
    /// The element at a relative path such as `../size`.
    fn relative(&self, path: &str) -> Option<super::model::ModelId> {
        let mut at = self.formula.owner;
        for step in path.split('/') {
            let element = self.at.model.element(at);
            at = match step.trim() {
                "." | "current()" | "" => at,
                ".." => element.parent,
                name => *element.children.iter().find(|child| self.at.model.element(**child).name == name)?,
            };
        }
        Some(at)
    }
}

/// An identifier of version 4 (RFC 9562), and the next state of the generator.
pub(super) fn uuid_of(state: u64) -> (u64, String) {
    let (state, high) = split_mix(state);
    let (state, low) = split_mix(state);
    let digits = format!("{high:016x}{low:016x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let (a, b, c, d, e) = (part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32));
    (state, format!("uuid:{a}-{b}-4{c}-8{d}-{e}"))
}

/// The next state and number of the generator SplitMix64.
pub(super) fn split_mix(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut number = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (state, number ^ (number >> 31))
}

/// The texts of a message, for the rules that have no wording of their own.
pub(super) fn spoken(ja: &str, en: &str, language: &str) -> String {
    Localized::of([("ja", ja), ("en", en)]).get(language).to_owned()
}
