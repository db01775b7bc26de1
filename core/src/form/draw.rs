//! Fills the views that every screen draws.

use std::collections::BTreeMap;

use super::{
    ChoiceView, Control, DataType, Direction, Element as View, GroupView, InstanceView, LanguageView, Piece,
    Question, QuestionView, RepeatView, Rich, Screen, Section, SectionState,
    entry::FormEntry,
    host::Evaluation,
    model::{Body, ModelId},
    number::with_thousands,
    offer,
    place::PlaceId,
    rich::plain_text,
    template::{Template, Texts},
};
use crate::{
    answers::{Path, Value},
    text::Localized,
};

/// Value of the choice "do not want to answer".
const DECLINE: &str = "na";
/// Languages that are written from right to left.
const RIGHT_TO_LEFT: [&str; 8] = ["ar", "fa", "he", "ur", "ps", "ckb", "yi", "dv"];

/// What is counted while a section is drawn.
#[derive(Default)]
struct Progress {
    answered: usize,
    askable: usize,
    errors: usize,
    /// Questions that need an answer, and how many of them have none.
    required: usize,
    missing: usize,
}

impl Progress {
    fn state(&self) -> SectionState {
        if self.errors > 0 {
            SectionState::Invalid
        } else if self.answered == 0 && self.askable > 0 {
            SectionState::Empty
        } else if self.missing == 0 && (self.required > 0 || self.answered == self.askable) {
            SectionState::Complete
        } else {
            SectionState::Partial
        }
    }
}

impl FormEntry {
    /// What to draw.
    pub fn screen(&self, language: &str) -> Screen {
        self.draw(language, |_| true)
    }

    /// What to draw of one top-level group; the other sections are there without elements.
    pub fn screen_of(&self, section: &Path, language: &str) -> Screen {
        self.draw(language, |path| path == section)
    }

    fn draw(&self, language: &str, wanted: impl Fn(&Path) -> bool) -> Screen {
        let definition = self.form.definition();
        let brush = Brush { entry: self, language };
        let mut screen = Screen {
            title: definition.title.get(language).to_owned(),
            language: language.to_owned(),
            languages: definition
                .languages
                .iter()
                .map(|language| LanguageView { tag: language.tag.clone(), name: language.name.clone() })
                .collect(),
            direction: direction(language),
            sections: Vec::new(),
            answered: 0,
            askable: 0,
            errors: 0,
        };
        for (path, label, elements, progress) in brush.sections() {
            screen.answered += progress.answered;
            screen.askable += progress.askable;
            screen.errors += progress.errors;
            let state = progress.state();
            let Progress { answered, askable, .. } = progress;
            let elements = if wanted(&path) { elements } else { Vec::new() };
            screen.sections.push(Section { path, label, state, answered, askable, elements });
        }
        screen
    }

    /// The label of an element as plain text; of a repeat instance with its number.
    pub fn label_of(&self, path: &Path, language: &str) -> String {
        let brush = Brush { entry: self, language };
        let label = match self.places.find(path) {
            Some(place) if self.form.model().element(self.places.get(place).element).is_repeat() => {
                brush.instance_label(place)
            }
            Some(place) => {
                brush.label(place, &self.form.model().element(self.places.get(place).element).label)
            }
            None => match self.range_at(path) {
                Some((parent, repeat)) => brush.label(parent, &self.form.model().element(repeat).label),
                None => Rich::new(),
            },
        };
        let text = plain_text(&label);
        if text.is_empty() { path.name().to_owned() } else { text }
    }

    /// The name that the form gives this response (`instance_name`), if it gives one.
    pub fn instance_name(&self) -> Option<String> {
        let formula = self.form.model().instance_name?;
        Some(self.evaluation().text(PlaceId::ROOT, formula)).filter(|name| !name.is_empty())
    }

    /// A label with its outputs, evaluated at a place.
    pub(super) fn fill_in(&self, place: PlaceId, template: &Template, language: &str) -> Rich {
        Evaluation { language, ..self.evaluation() }.fill(place, template)
    }

    /// As [`FormEntry::fill_in`], with its Markdown as the author wrote it.
    pub(super) fn fill_written(&self, place: PlaceId, texts: &Texts, language: &str) -> String {
        Evaluation { language, ..self.evaluation() }.fill_written(place, texts)
    }
}

fn direction(language: &str) -> Direction {
    let base = language.split('-').next().unwrap_or(language);
    if RIGHT_TO_LEFT.contains(&base) { Direction::Rtl } else { Direction::Ltr }
}

struct Brush<'a> {
    entry: &'a FormEntry,
    language: &'a str,
}

impl Brush<'_> {
    /// Top-level groups, and loose questions together where the first of them stands.
    fn sections(&self) -> Vec<(Path, Rich, Vec<View>, Progress)> {
        let model = self.entry.form.model();
        let mut sections: Vec<(Path, Rich, Vec<View>, Progress)> = Vec::new();
        for &child in &model.element(ModelId::ROOT).children {
            let element = model.element(child);
            if element.implicit {
                continue;
            }
            let is_group = matches!(element.body, Body::Group(_));
            let mut elements = Vec::new();
            let mut progress = Progress::default();
            self.element(PlaceId::ROOT, child, &mut elements, &mut progress);
            if !is_group {
                let loose = sections.iter_mut().find(|(path, ..)| path.as_str().is_empty());
                match loose {
                    Some((_, _, all, sum)) => {
                        all.append(&mut elements);
                        sum.add(&progress);
                    }
                    None if elements.is_empty() => {}
                    None => sections.push((Path::new(""), Rich::new(), elements, progress)),
                }
            } else if let Some(View::Group(group)) = elements.pop() {
                sections.push((group.path, group.label, group.elements, progress));
            }
        }
        sections
    }

    fn element(&self, parent: PlaceId, id: ModelId, elements: &mut Vec<View>, progress: &mut Progress) {
        let model = self.entry.form.model();
        let element = model.element(id);
        let Body::Repeat { appearance, .. } = &element.body else {
            let place = self.entry.places.below(parent, element.ordinal).first().copied();
            let Some(place) = place.filter(|&place| self.entry.places.get(place).relevant) else { return };
            match &element.body {
                Body::Question(question) => elements.extend(self.question(place, question, progress)),
                Body::Group(appearance) => {
                    let mut within = Vec::new();
                    element
                        .children
                        .iter()
                        .for_each(|&child| self.element(place, child, &mut within, progress));
                    let path = self.entry.places.get(place).path.clone();
                    let label = self.label(place, &element.label);
                    elements.push(View::Group(GroupView {
                        path,
                        label,
                        appearance: appearance.clone(),
                        elements: within,
                    }));
                }
                _ => {}
            }
            return;
        };
        if !self.entry.is_range_relevant(parent, id) {
            return;
        }
        let controlled = element.is_controlled();
        let read_only = self.entry.places.get(parent).read_only;
        let mut instances = Vec::new();
        for &place in self.entry.places.below(parent, element.ordinal) {
            let at = self.entry.places.get(place);
            if at.relevant {
                let mut within = Vec::new();
                element.children.iter().for_each(|&child| self.element(place, child, &mut within, progress));
                instances.push(InstanceView {
                    path: at.path.clone(),
                    label: self.instance_label(place),
                    elements: within,
                });
            }
        }
        let open = !controlled && !read_only;
        elements.push(View::Repeat(RepeatView {
            path: self.entry.places.get(parent).path.child(&element.name),
            label: self.label(parent, &element.label),
            appearance: appearance.clone(),
            can_add: open,
            can_remove: open && !instances.is_empty(),
            instances,
        }));
    }

    fn label(&self, place: PlaceId, texts: &Texts) -> Rich {
        texts
            .get(self.language)
            .map(|label| self.entry.fill_in(place, label, self.language))
            .unwrap_or_default()
    }

    /// The repeat's label with the number of the instance.
    fn instance_label(&self, place: PlaceId) -> Rich {
        let at = self.entry.places.get(place);
        let mut label = self.label(place, &self.entry.form.model().element(at.element).label);
        let number = at.index + 1;
        let space = if label.is_empty() { "" } else { " " };
        label.push(Piece::Text { v: format!("{space}{number}") });
        label
    }

    fn question(&self, place: PlaceId, question: &Question, progress: &mut Progress) -> Option<View> {
        let calculated = self.entry.is_computed(place);
        let element = self.entry.form.model().element(self.entry.places.get(place).element);
        if question.control == Control::None {
            return None;
        }
        let at = self.entry.places.get(place);
        let value = self.entry.value_at(place);
        let violation = self.entry.violation(place, self.language, false);
        let asked = question.control != Control::Note && !calculated && !at.read_only;
        if asked {
            progress.askable += 1;
            progress.answered += usize::from(value.is_some());
            progress.required += usize::from(at.required);
            progress.missing += usize::from(at.required && value.is_none());
        }
        progress.errors += usize::from(violation.is_some());
        let thousands_sep = question.appearance.iter().any(|word| word == "thousands-sep");
        let choices = self.choices(place, value.as_ref());
        let decline =
            choices.iter().find(|choice| choice.value == DECLINE).map(|choice| choice.value.clone());
        Some(View::Question(Box::new(QuestionView {
            path: at.path.clone(),
            name: question.name.clone(),
            number: element.number.clone(),
            control: question.control,
            data_type: question.data_type,
            label: self.label(place, &element.label),
            hint: self.label(place, &element.hint),
            guidance: self.label(place, &element.guidance),
            media: self.media(&question.media),
            required: at.required,
            read_only: at.read_only || calculated,
            text: shown(value.as_ref(), question.data_type, thousands_sep),
            value,
            unit: question.parameters.get("unit").cloned().unwrap_or_default(),
            thousands_sep,
            appearance: question.appearance.clone(),
            parameters: question.parameters.clone(),
            choices,
            violation,
            calculated,
            previous: self.entry.previous_at(&at.path).cloned(),
            decline,
        })))
    }

    fn choices(&self, place: PlaceId, value: Option<&Value>) -> Vec<ChoiceView> {
        let chosen = value.map(Value::to_string).unwrap_or_default();
        let element = self.entry.form.model().element(self.entry.places.get(place).element);
        let Some(choices) = &element.choices else { return Vec::new() };
        let several = element
            .question()
            .is_some_and(|question| matches!(question.data_type, DataType::SelectMultiple | DataType::Rank));
        let is_chosen = |value: &str| {
            if several { chosen.split_whitespace().any(|word| word == value) } else { chosen == value }
        };
        let list = self.entry.form.model().list(&choices.list);
        let at = Evaluation { language: self.language, ..self.entry.evaluation() };
        let view = |choice: offer::Offered<'_>| {
            let look = choice.row.and_then(|row| list.and_then(|list| list.shown(row)));
            ChoiceView {
                value: choice.value.to_owned(),
                label: offer::label(&at, place, &choice),
                selected: is_chosen(choice.value),
                media: look.map(|look| self.media(&look.media)).unwrap_or_default(),
            }
        };
        offer::offered(&at, place).into_iter().map(view).collect()
    }

    fn media(&self, media: &BTreeMap<String, Localized>) -> BTreeMap<String, String> {
        let file = |(kind, file): (&String, &Localized)| (kind.clone(), file.get(self.language).to_owned());
        media.iter().map(file).filter(|(_, file)| !file.is_empty()).collect()
    }
}

impl Progress {
    fn add(&mut self, other: &Self) {
        self.answered += other.answered;
        self.askable += other.askable;
        self.errors += other.errors;
        self.required += other.required;
        self.missing += other.missing;
    }
}

/// What a field shows for a value.
fn shown(value: Option<&Value>, data_type: DataType, thousands_sep: bool) -> String {
    let text = value.map(Value::to_string).unwrap_or_default();
    let is_number = matches!(data_type, DataType::Int | DataType::Decimal);
    if is_number && thousands_sep { with_thousands(&text) } else { text }
}
