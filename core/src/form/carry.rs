//! Takes answers over from another version of a form, by the names of the questions.

use super::{
    Form,
    model::{Model, ModelId},
};
use crate::answers::Path;

/// Where an answer of another version belongs in this one: to the only question of its name,
/// when that stands in repeats of the same names. `None` when there is no such question.
pub(super) fn target(form: &Form, path: &Path) -> Option<Path> {
    let model = form.model();
    let mut found = (0..).map(ModelId).take(model.elements.len()).filter(|&id| {
        let element = model.element(id);
        element.name == path.name() && element.question().is_some() && !element.implicit
    });
    let (element, None) = (found.next()?, found.next()) else { return None };
    let mut here = String::new();
    let way: Vec<ModelId> = model.upwards(element).filter(|&id| id != ModelId::ROOT).collect();
    let mut ids = instances(model, path).into_iter();
    for id in way.into_iter().rev() {
        let name = &model.element(id).name;
        here = if here.is_empty() { name.clone() } else { format!("{here}/{name}") };
        if model.element(id).is_repeat() {
            let (repeat, instance) = ids.next()?;
            if repeat != *name {
                return None;
            }
            here = format!("{here}/{instance}");
        }
    }
    // An answer from a repeat has no one place outside of it.
    ids.next().is_none().then(|| Path::new(here))
}

/// The repeats of this form that stand in a path, each with the id of its instance.
fn instances(model: &Model, path: &Path) -> Vec<(String, String)> {
    let segments: Vec<&str> = path.segments().collect();
    let is_repeat =
        |name: &str| model.elements.iter().any(|element| element.is_repeat() && element.name == name);
    let mut found = Vec::new();
    let mut at = 0;
    while let (Some(name), Some(id)) = (segments.get(at), segments.get(at + 1)) {
        if is_repeat(name) {
            found.push(((*name).to_owned(), (*id).to_owned()));
            at += 1;
        }
        at += 1;
    }
    found
}
