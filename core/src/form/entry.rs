//! A form being filled.

use rand_core::CryptoRng;

use super::{AnswerRefused, Form, RepeatRefused, Screen, Violation};
use crate::{
    answers::{Answers, Path, Value},
    moment::Moment,
};

/// Where and when a form is opened, as the host tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Now.
    pub now: Moment,
    /// Seed of `random()`, `uuid()` and of repeat instances that defaults make.
    pub seed: u64,
    /// What `deviceid` preloads; `None` where no device may be told.
    pub device: Option<String>,
    /// Tag of the language that is shown first.
    pub language: String,
}

/// A form being filled: answers, and everything that follows from them.
#[derive(Debug, Clone)]
pub struct FormEntry {
    form: Form,
    answers: Answers,
    language: String,
}

impl FormEntry {
    /// Opens an empty form: defaults and preloads are taken now.
    pub fn new(form: Form, start: &Start) -> Self {
        Self::load(form, &Answers::default(), start)
    }

    /// Opens a form with answers that were entered before. Where there are none, defaults
    /// and preloads are taken as in [`FormEntry::new`]. Nothing is refused here: what does not
    /// fit is told by [`FormEntry::validate`], what the form does not know is [`FormEntry::foreign`].
    pub fn load(form: Form, answers: &Answers, start: &Start) -> Self {
        Self { form, answers: answers.clone(), language: start.language.clone() }
    }

    /// The form.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Answers to questions that this version of the form does not have; kept as they are.
    pub fn foreign(&self) -> Answers {
        Answers::default()
    }

    /// Takes an answer, or with `None` clears it.
    ///
    /// # Errors
    /// [`AnswerRefused`] when the value is not of the question's type, not among its choices,
    /// or the form computes it. A constraint that is not met is told by [`FormEntry::validate`].
    pub fn set_answer(&mut self, path: &Path, value: Option<Value>) -> Result<(), AnswerRefused> {
        self.answers.set(path.clone(), value);
        Ok(())
    }

    /// Takes what a person typed: full-width digits, thousands separators, Japanese dates.
    ///
    /// # Errors
    /// [`AnswerRefused`] as in [`FormEntry::set_answer`].
    pub fn set_text(&mut self, path: &Path, text: &str) -> Result<(), AnswerRefused> {
        self.set_answer(path, Some(Value::text(text)))
    }

    /// Adds an instance at the end of `repeat` and returns its path.
    ///
    /// # Errors
    /// [`RepeatRefused`] when there is no such repeat or the form counts it.
    pub fn add_repeat(&mut self, repeat: &Path, _rng: &mut impl CryptoRng) -> Result<Path, RepeatRefused> {
        Err(RepeatRefused::Unknown { path: repeat.clone() })
    }

    /// Removes `instance` with all answers in it.
    ///
    /// # Errors
    /// [`RepeatRefused`] when there is no such instance or the form counts them.
    pub fn remove_repeat(&mut self, instance: &Path) -> Result<(), RepeatRefused> {
        Err(RepeatRefused::Unknown { path: instance.clone() })
    }

    /// The value at `path`, entered or calculated; `None` where empty or not relevant.
    pub fn value(&self, path: &Path) -> Option<Value> {
        self.answers.get(path).cloned()
    }

    /// True when the element is asked: its own relevance and that of all around it.
    pub fn is_relevant(&self, _path: &Path) -> bool {
        true
    }

    /// True when the question needs an answer.
    pub fn is_required(&self, _path: &Path) -> bool {
        false
    }

    /// True when the element, or what is around it, cannot be changed.
    pub fn is_read_only(&self, _path: &Path) -> bool {
        false
    }

    /// What was entered, relevant or not, with the response's own `@` names.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// What was entered or cleared since the last call, in path order.
    pub fn take_changes(&mut self) -> Vec<(Path, Option<Value>)> {
        Vec::new()
    }

    /// All answers that are missing or do not fit, in document order.
    pub fn validate(&self, _language: &str) -> Vec<Violation> {
        Vec::new()
    }

    /// What to draw.
    pub fn screen(&self, language: &str) -> Screen {
        Screen {
            title: self.form.definition().title.get(language).to_owned(),
            language: language.to_owned(),
            languages: Vec::new(),
            direction: super::Direction::Ltr,
            sections: Vec::new(),
            answered: 0,
            askable: 0,
            errors: 0,
        }
    }

    /// What to draw of one top-level group; the other sections are there without elements.
    pub fn screen_of(&self, _section: &Path, language: &str) -> Screen {
        self.screen(language)
    }

    /// The answers to keep: without those that are not relevant.
    ///
    /// # Errors
    /// All violations, when there is any, in the language of [`Start`].
    pub fn finish(self) -> Result<Answers, Vec<Violation>> {
        let violations = self.validate(&self.language);
        if violations.is_empty() { Ok(self.answers) } else { Err(violations) }
    }

    /// Entered and calculated values, relevant ones only: what is counted and exported.
    pub fn outputs(&self) -> Answers {
        self.answers.clone()
    }

    /// The label of an element as plain text; of a repeat instance with its number.
    pub fn label_of(&self, _path: &Path, _language: &str) -> String {
        String::new()
    }

    /// Takes over what a sync brought: the entry then holds exactly `answers`.
    /// This is not a change of this person: [`FormEntry::take_changes`] does not tell it.
    pub fn merge_in(&mut self, answers: &Answers) {
        self.answers = answers.clone();
    }

    /// Gives last wave's answers, which `instance('previous')/root/…` and the screen show.
    pub fn set_previous(&mut self, _previous: &Answers) {}
}
