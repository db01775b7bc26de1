//! Where two people differ: both answers, what each leads to, and the choice.

use std::collections::{BTreeMap, btree_map::Entry};

use rand_core::CryptoRng;

use super::{ConflictValue, ConflictView, Device, DeviceError, Effect, Storage, company::OpenResponse};
use crate::{
    answers::{Path, Value},
    form::{Element, FormEntry, Piece, QuestionView, Rich},
    id::ResponseId,
    moment::Moment,
    response::{Candidate, Conflict, ResponseDoc},
};

/// The conflicts that people decide: on questions, one for each. What stood elsewhere in another
/// version of the form counts for the question that it was taken over to. Names of the response
/// itself and places of repeat instances follow the document's own rule.
pub(super) fn on_questions(doc: &ResponseDoc, entry: &FormEntry) -> Vec<Conflict> {
    let mut found: BTreeMap<Path, Conflict> = BTreeMap::new();
    for conflict in doc.conflicts() {
        let Some(path) = entry.form().question_of(&conflict.path) else { continue };
        match found.entry(path.clone()) {
            Entry::Vacant(place) => drop(place.insert(Conflict { path, ..conflict })),
            Entry::Occupied(mut place) => place.get_mut().values.extend(conflict.values),
        }
    }
    found.into_values().collect()
}

impl<S: Storage> Device<S> {
    /// The questions of an open response where people differ, with what each answer leads to.
    ///
    /// # Errors
    /// [`DeviceError::NotOpen`].
    pub fn conflicts(&self, response: ResponseId, language: &str) -> Result<Vec<ConflictView>, DeviceError> {
        let opened = self.opened(response)?;
        let conflicts = on_questions(&opened.doc, &opened.entry);
        Ok(conflicts.iter().map(|conflict| view(opened, conflict, language)).collect())
    }

    /// Decides a conflict, for one of the answers or another; durable when it returns. The choice
    /// is a change that reaches the others like any answer.
    ///
    /// # Errors
    /// [`DeviceError::AnswerRefused`] when the value does not fit the question.
    pub fn choose(
        &mut self,
        response: ResponseId,
        path: &Path,
        value: Value,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let author = self.author(self.opened(response)?.survey, now);
        let opened = self.opened_to_write(response)?;
        opened.entry.set_answer(path, Some(value.clone()))?;
        let chosen = opened.entry.answers().get(path).cloned().unwrap_or(value);
        let mut changes = opened.entry.take_changes();
        changes.retain(|(changed, _)| changed != path);
        opened.doc.set_author(author);
        let form = opened.entry.form().clone();
        let elsewhere = opened.doc.conflicts().into_iter().map(|conflict| conflict.path);
        let elsewhere: Vec<Path> =
            elsewhere.filter(|old| old != path && form.question_of(old).as_ref() == Some(path)).collect();
        let recorded = opened.doc.record_all(&changes, rng).and_then(|mut chunks| {
            for place in std::iter::once(path).chain(&elsewhere) {
                chunks.extend(opened.doc.choose(place, chosen.clone(), rng)?);
            }
            Ok(chunks)
        });
        let survey = opened.survey;
        self.store_recorded(survey, response, recorded, rng)
    }

    /// Decides a conflict by what a person typed, as [`Device::choose`] does.
    ///
    /// # Errors
    /// As [`Device::choose`].
    pub fn choose_text(
        &mut self,
        response: ResponseId,
        path: &Path,
        text: &str,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let mut tried = self.opened(response)?.entry.clone();
        tried.set_text(path, text)?;
        match tried.answers().get(path).cloned() {
            Some(value) => self.choose(response, path, value, now, rng),
            None => Err(DeviceError::NotRecorded("an empty answer decides nothing".to_owned())),
        }
    }
}

fn view(opened: &OpenResponse, conflict: &Conflict, language: &str) -> ConflictView {
    let values: Vec<ConflictValue> =
        conflict.values.iter().map(|candidate| value_view(opened, conflict, candidate, language)).collect();
    let mut effects: Vec<Effect> = Vec::new();
    for effect in values.iter().flat_map(|value| &value.effects) {
        if !effects.contains(effect) {
            effects.push(effect.clone());
        }
    }
    ConflictView {
        path: conflict.path.clone(),
        label: opened.entry.label_of(&conflict.path, language),
        section: section_of(&conflict.path),
        values,
        effects,
    }
}

fn value_view(
    opened: &OpenResponse,
    conflict: &Conflict,
    candidate: &Candidate,
    language: &str,
) -> ConflictValue {
    let mut tried = opened.entry.clone();
    // A value that the form refuses now (a choice that is gone) is shown as it was stored.
    let fits = tried.set_answer(&conflict.path, Some(candidate.value.clone())).is_ok();
    let shown = fits.then(|| shown_text(&tried, &conflict.path, language)).flatten();
    let author = candidate.author.as_ref();
    ConflictValue {
        value: candidate.value.clone(),
        text: shown.unwrap_or_else(|| candidate.value.to_string()),
        by: author.map(|author| author.by.clone()).unwrap_or_default(),
        at: author.map(|author| author.at.clone()).unwrap_or_default(),
        mine: candidate.by_this_device,
        effects: effects(&opened.entry, &tried, &conflict.path, language),
    }
}

/// Values that differ between two entries, but for the one at `chosen`.
fn effects(now: &FormEntry, then: &FormEntry, chosen: &Path, language: &str) -> Vec<Effect> {
    let (before, after) = (now.outputs(), then.outputs());
    let mut paths: Vec<&Path> = before.iter().chain(after.iter()).map(|(path, _)| path).collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .filter(|path| *path != chosen && before.get(path) != after.get(path))
        .map(|path| Effect {
            path: path.clone(),
            label: now.label_of(path, language),
            from: before.get(path).cloned(),
            to: after.get(path).cloned(),
        })
        .collect()
}

/// The answer as people read it: labels of choices, else the field's text with its unit.
fn shown_text(entry: &FormEntry, path: &Path, language: &str) -> Option<String> {
    let screen = entry.screen(language);
    let question = screen.sections.iter().find_map(|section| find(&section.elements, path))?;
    let chosen: Vec<String> =
        question.choices.iter().filter(|choice| choice.selected).map(|choice| plain(&choice.label)).collect();
    if !chosen.is_empty() {
        return Some(chosen.join(", "));
    }
    let unit = if question.unit.is_empty() { String::new() } else { format!(" {}", question.unit) };
    Some(format!("{}{unit}", question.text))
}

fn find<'a>(elements: &'a [Element], path: &Path) -> Option<&'a QuestionView> {
    elements.iter().find_map(|element| match element {
        Element::Question(question) => (question.path == *path).then_some(&**question),
        Element::Group(group) => find(&group.elements, path),
        Element::Repeat(repeat) => {
            repeat.instances.iter().find_map(|instance| find(&instance.elements, path))
        }
    })
}

fn plain(rich: &Rich) -> String {
    rich.iter()
        .map(|piece| match piece {
            Piece::Text { v } => v.clone(),
            Piece::Strong { c } | Piece::Em { c } | Piece::Link { c, .. } | Piece::H { c, .. } => plain(c),
            Piece::Br => " ".to_owned(),
            Piece::Ruby { base, .. } => base.clone(),
        })
        .collect()
}

/// The top-level group that a path stands in; empty for loose questions.
fn section_of(path: &Path) -> Path {
    let mut segments = path.segments();
    match (segments.next(), segments.next()) {
        (Some(first), Some(_)) => Path::new(first),
        _ => Path::new(""),
    }
}
