//! Actions: what sets a value when something happens.

use super::{
    binds::Binds,
    element::{Source, literal},
};
use crate::{
    form::{Action, Event, Question},
    xpath::NodeId,
};

/// An action element of a document.
#[derive(Debug, Clone)]
pub(super) struct Occurrence {
    /// Path of the question that is set.
    pub(super) target: String,
    /// What sets it: `setvalue`, `setgeopoint`, `recordaudio`.
    kind: Kind,
    pub(super) action: Action,
    /// `odk:quality` of a recording.
    quality: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Value,
    Geopoint,
    Audio,
}

fn kind(name: &str) -> Option<Kind> {
    match name {
        "setvalue" => Some(Kind::Value),
        "setgeopoint" => Some(Kind::Geopoint),
        "recordaudio" => Some(Kind::Audio),
        _ => None,
    }
}

/// True for the name of an action.
pub(super) fn is_action(name: &str) -> bool {
    kind(name).is_some()
}

/// Reads an action that stands in the element bound to `around`.
pub(super) fn read(
    source: Source<'_>,
    node: NodeId,
    binds: &Binds,
    context: &str,
    around: &str,
) -> Option<Occurrence> {
    let target = binds.target(source, node, context)?;
    let events = source.attribute(node, "event").unwrap_or_default();
    let events: Vec<Event> = events.split_whitespace().filter_map(event).collect();
    let value = match source.attribute(node, "value") {
        Some(value) => value.to_owned(),
        None => {
            let text = source.tree.text(node);
            if text.is_empty() { String::new() } else { literal(&text) }
        }
    };
    let happens_inside = events.iter().any(|event| matches!(event, Event::NewRepeat | Event::ValueChanged));
    let around = if happens_inside { around.to_owned() } else { String::new() };
    let quality = source.attribute(node, "quality").map(str::to_owned);
    let kind = kind(source.name(node))?;
    let nodes = source.attribute(node, "ref").filter(|path| path.contains('[')).map(str::to_owned);
    Some(Occurrence { target, kind, action: Action { events, source: around, value, nodes }, quality })
}

fn event(word: &str) -> Option<Event> {
    Some(match word.rsplit(':').next().unwrap_or(word) {
        "odk-instance-first-load" | "xforms-ready" => Event::InstanceFirstLoad,
        "odk-instance-load" => Event::InstanceLoad,
        "odk-new-repeat" => Event::NewRepeat,
        "xforms-value-changed" => Event::ValueChanged,
        _ => return None,
    })
}

/// Gives a question the actions that set it, in the words of XLSForm where it has them.
pub(super) fn apply(question: &mut Question, occurrences: &[&Occurrence], in_repeat: bool) {
    for occurrence in occurrences {
        match occurrence.kind {
            Kind::Geopoint if occurrence.action.events.contains(&Event::ValueChanged) => {
                "background-geopoint".clone_into(&mut question.xls_type);
                question.triggers.push(occurrence.action.source.clone());
            }
            Kind::Geopoint => "start-geopoint".clone_into(&mut question.xls_type),
            Kind::Audio => {
                "background-audio".clone_into(&mut question.xls_type);
                let quality = occurrence.quality.clone();
                question.parameters.extend(quality.map(|quality| ("quality".to_owned(), quality)));
            }
            Kind::Value => question.actions.push(occurrence.action.clone()),
        }
    }
    take_default(question, in_repeat);
    take_triggers(question);
}

/// One value when the form or the instance is new is a dynamic default.
fn take_default(question: &mut Question, in_repeat: bool) {
    let is_new = |action: &Action| {
        action.events.iter().all(|event| matches!(event, Event::InstanceFirstLoad | Event::NewRepeat))
            && !action.value.is_empty()
    };
    let new: Vec<&Action> = question.actions.iter().filter(|action| is_new(action)).collect();
    let Some(first) = new.first() else { return };
    let has = |event: Event| new.iter().any(|action| action.events.contains(&event));
    let same = new.iter().all(|action| action.value == first.value);
    if same && has(Event::InstanceFirstLoad) && has(Event::NewRepeat) == in_repeat {
        question.dynamic_default = Some(first.value.clone());
        question.actions.retain(|action| !is_new(action));
    }
}

/// One value whenever some questions change is a calculation with triggers.
fn take_triggers(question: &mut Question) {
    let is_change = |action: &Action| action.events == [Event::ValueChanged] && action.nodes.is_none();
    let changes: Vec<&Action> = question.actions.iter().filter(|action| is_change(action)).collect();
    let Some(first) = changes.first() else { return };
    if question.bind.calculate.is_some() || changes.iter().any(|action| action.value != first.value) {
        return;
    }
    let calculate = Some(first.value.clone()).filter(|value| !value.is_empty());
    let sources: Vec<String> = changes.iter().map(|action| action.source.clone()).collect();
    question.bind.calculate = calculate;
    question.triggers.extend(sources);
    question.actions.retain(|action| !is_change(action));
}
