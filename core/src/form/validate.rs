//! What is missing or does not fit, and what may be kept and counted.

use super::{
    Control, Violation, ViolationKind, ViolationView, entry::FormEntry, host::spoken, place::PlaceId,
    rich::plain_text, template::Texts,
};
use crate::answers::{Answers, Path, Value};

impl FormEntry {
    /// All answers that are missing or do not fit, in document order.
    pub fn validate(&self, language: &str) -> Vec<Violation> {
        let model = self.form.model();
        let violation = |place: PlaceId| {
            let ViolationView { kind, message } = self.violation(place, language, true)?;
            let at = self.places.get(place);
            let section = model.element(model.section(at.element)).path.clone();
            Some(Violation { path: at.path.clone(), kind, message, section })
        };
        self.places.in_order().into_iter().filter_map(violation).collect()
    }

    /// What is wrong at one place; a missing answer only when `missing` is asked for.
    pub(super) fn violation(&self, id: PlaceId, language: &str, missing: bool) -> Option<ViolationView> {
        let place = self.places.get(id);
        let element = self.form.model().element(place.element);
        let question = element.question().filter(|_| place.relevant)?;
        let view = |kind, message: &Texts, ja: &str, en: &str| {
            let own = message.get(language).map(|message| plain_text(&self.fill_in(id, message, language)));
            let message =
                own.filter(|message| !message.is_empty()).unwrap_or_else(|| spoken(ja, en, language));
            Some(ViolationView { kind, message })
        };
        let fits =
            || self.rule(id).is_none_or(|rule| place.stored.as_ref().is_none_or(|value| rule.fits(value)));
        if !self.is_computed(id) && !fits() {
            let none = Texts::default();
            return view(
                ViolationKind::Type,
                &none,
                "答えの形が合いません。もう一度入力してください。",
                "The answer is of the wrong type. Enter it again.",
            );
        }
        if !place.valid {
            let message = &element.constraint_message;
            return view(
                ViolationKind::Constraint,
                message,
                "この答えは条件に合いません。",
                "The answer does not meet the condition.",
            );
        }
        let asked = !matches!(question.control, Control::None | Control::Note);
        if missing && asked && place.required && self.places.tree.text(place.node).is_empty() {
            let message = &element.required_message;
            return view(
                ViolationKind::Required,
                message,
                "答えを入力してください。",
                "This question needs an answer.",
            );
        }
        None
    }

    /// The answers to keep: without those that are not relevant, and without choices that
    /// are no longer offered.
    ///
    /// # Errors
    /// All violations, when there is any, in the language of [`Start`](super::Start).
    pub fn finish(self) -> Result<Answers, Vec<Violation>> {
        let violations = self.validate(&self.around.language);
        if !violations.is_empty() {
            return Err(violations);
        }
        let kept = |(path, value): (&Path, &Value)| {
            if path.as_str().starts_with('@') {
                return Some((path.clone(), value.clone()));
            }
            let id = self.places.find(path)?;
            let place = self.places.get(id);
            let is_question = self.form.model().element(place.element).question().is_some();
            let value = if is_question { self.value_at(id) } else { Some(value.clone()) };
            value.filter(|_| place.relevant).map(|value| (path.clone(), value))
        };
        Ok(self.answers.iter().filter_map(kept).collect())
    }

    /// Entered and calculated values, relevant ones only: what is counted and exported. Each
    /// repeat instance has an entry of its own with its order; notes among people stay out.
    pub fn outputs(&self) -> Answers {
        let own = |path: &Path| path.as_str().starts_with('@') && !path.as_str().starts_with("@note/");
        let mut outputs: Answers =
            self.answers.iter().filter(|(path, _)| own(path)).map(|(p, v)| (p.clone(), v.clone())).collect();
        for id in self.places.in_order() {
            let place = self.places.get(id);
            let element = self.form.model().element(place.element);
            if !place.relevant || element.implicit {
                continue;
            }
            let is_instance = element.is_repeat();
            let value = if is_instance { Some(Value::Decimal(place.order)) } else { self.value_at(id) };
            outputs.set(place.path.clone(), value);
        }
        outputs
    }
}
