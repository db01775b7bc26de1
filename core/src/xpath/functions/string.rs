//! Texts: XPath 1.0 and OpenRosa. Lengths and places count characters.

use std::{borrow::Cow, cell::RefCell, collections::HashMap};

use regex::{Regex, RegexBuilder};

use super::{
    super::{error::EvalError, eval::position_as_number, object::Object},
    call::{Call, Given},
    table::Function,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("string", 0, 1, string),
    Function::variadic("concat", 0, concat),
    Function::new("starts-with", 2, 2, starts_with),
    Function::new("ends-with", 2, 2, ends_with),
    Function::new("contains", 2, 2, contains),
    Function::new("substring-before", 2, 2, substring_before),
    Function::new("substring-after", 2, 2, substring_after),
    Function::new("substring", 2, 3, substring),
    Function::new("substr", 2, 3, substr),
    Function::new("string-length", 0, 1, string_length),
    Function::new("normalize-space", 0, 1, normalize_space),
    Function::new("translate", 3, 3, translate),
    Function::variadic("join", 1, join),
    Function::new("coalesce", 2, 2, coalesce),
    Function::new("regex", 2, 2, regex),
];

fn string<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    call.text_or_context().map(Object::Text)
}

/// OpenRosa joins all nodes of an argument, where XPath 1.0 takes the first.
fn concat<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::text(call.texts_from(0)?.concat()))
}

fn starts_with<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::Boolean(call.text(0)?.starts_with(&*call.text(1)?)))
}

fn ends_with<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::Boolean(call.text(0)?.ends_with(&*call.text(1)?)))
}

fn contains<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::Boolean(call.text(0)?.contains(&*call.text(1)?)))
}

fn substring_before<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (text, mark) = (call.text(0)?, call.text(1)?);
    Ok(Object::text(text.split_once(&*mark).map_or(String::new(), |(before, _)| before.to_owned())))
}

fn substring_after<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (text, mark) = (call.text(0)?, call.text(1)?);
    Ok(Object::text(text.split_once(&*mark).map_or(String::new(), |(_, after)| after.to_owned())))
}

/// XPath 1.0 section 4.2: positions from 1, both ends rounded, NaN takes nothing.
fn substring<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let text = call.text(0)?;
    let from = round_half_up(call.number(1)?);
    let end = if call.count() == 3 { from + round_half_up(call.number(2)?) } else { f64::INFINITY };
    let within = |index: usize| {
        let position = position_as_number(index + 1);
        position >= from && position < end
    };
    let taken = text.chars().enumerate().filter(|(index, _)| within(*index)).map(|(_, c)| c);
    Ok(Object::text(taken.collect::<String>()))
}

/// Rounds as XPath 1.0 does: a half goes up.
pub(super) fn round_half_up(number: f64) -> f64 {
    (number + 0.5).floor()
}

/// From `start` up to but not including `end`, from 0; negative numbers count from the end.
fn substr<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let text = call.text(0)?;
    let length = position_as_number(text.chars().count());
    let place = |number: f64| {
        let whole = number.trunc();
        let from_start = if whole < 0.0 { length + whole } else { whole };
        if from_start.is_nan() { 0.0 } else { from_start.clamp(0.0, length) }
    };
    let start = place(call.number(1)?);
    let end = if call.count() == 3 { place(call.number(2)?) } else { length };
    let within = |index: usize| {
        let index = position_as_number(index);
        index >= start && index < end
    };
    let taken = text.chars().enumerate().filter(|(index, _)| within(*index)).map(|(_, c)| c);
    Ok(Object::text(taken.collect::<String>()))
}

fn string_length<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::Number(position_as_number(call.text_or_context()?.chars().count())))
}

fn normalize_space<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let text = call.text_or_context()?;
    let words: Vec<&str> = text.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
    Ok(Object::text(words.join(" ")))
}

fn translate<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let text = call.text(0)?;
    let from: Vec<char> = call.text(1)?.chars().collect();
    let to: Vec<char> = call.text(2)?.chars().collect();
    let replace = |c: char| match from.iter().position(|wanted| *wanted == c) {
        Some(index) => to.get(index).copied(),
        None => Some(c),
    };
    Ok(Object::text(text.chars().filter_map(replace).collect::<String>()))
}

fn join<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let glue = call.text(0)?;
    Ok(Object::text(call.texts_from(1)?.join(&*glue)))
}

fn coalesce<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let first = call.text(0)?;
    Ok(Object::Text(if first.is_empty() { call.text(1)? } else { first }))
}

/// Linear in the length of the text, whatever the pattern.
fn regex<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (text, pattern): (Cow<'_, str>, Cow<'_, str>) = (call.text(0)?, call.text(1)?);
    compiled(&pattern).map(|regex| Object::Boolean(regex.is_match(&text)))
}

/// Compiled patterns that a thread keeps.
const KEPT_PATTERNS: usize = 64;

/// Most bytes of one compiled pattern.
const PATTERN_BYTES: usize = 1 << 20;

thread_local! {
    static PATTERNS: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

fn compiled(pattern: &str) -> Result<Regex, EvalError> {
    PATTERNS.with_borrow_mut(|kept| {
        if let Some(regex) = kept.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = RegexBuilder::new(pattern)
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES)
            .build()
            .map_err(|_| EvalError::Pattern)?;
        if kept.len() >= KEPT_PATTERNS {
            kept.clear();
        }
        kept.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    })
}
