//! Choices: values of a select are a text with spaces between them.

use super::{
    super::{eval::position_as_number, object::Object},
    call::{Call, Given},
    table::Function,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("selected", 2, 2, selected),
    Function::new("is-selected", 2, 2, selected),
    Function::new("selected-at", 2, 2, selected_at),
    Function::new("count-selected", 1, 1, count_selected),
    Function::new("jr:choice-name", 2, 2, choice_name),
];

/// Nothing is selected exactly where the empty value is asked of an empty answer.
fn selected<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (answer, value) = (call.text(0)?, call.text(1)?);
    let value = value.trim();
    let found = if value.is_empty() {
        answer.trim().is_empty()
    } else {
        answer.split_whitespace().any(|chosen| chosen == value)
    };
    Ok(Object::Boolean(found))
}

fn selected_at<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (answer, index) = (call.text(0)?, call.number(1)?.trunc());
    #[expect(clippy::float_cmp, reason = "both are whole numbers")]
    let chosen = answer
        .split_whitespace()
        .enumerate()
        .find(|(place, _)| position_as_number(*place) == index)
        .map_or_else(String::new, |(_, chosen)| chosen.to_owned());
    Ok(Object::text(chosen))
}

fn count_selected<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::Number(position_as_number(call.text(0)?.split_whitespace().count())))
}

/// The label of a choice; of several values, their labels with commas between them.
fn choice_name<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (value, question) = (call.text(0)?, call.text(1)?);
    let label = |value: &str| call.host().choice_label(&question, value, call.focus.node);
    if let Some(label) = label(&value) {
        return Ok(Object::text(label));
    }
    let labels: Vec<String> = value.split_whitespace().filter_map(label).collect();
    Ok(Object::text(labels.join(", ")))
}
