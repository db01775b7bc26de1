//! The table of functions.

use std::fmt;

use super::{
    super::{
        error::{Arity, EvalError},
        object::Object,
    },
    boolean,
    call::Call,
    core, crypto, date, geo, host, number, repeat, select, string,
};

/// What a function does with its arguments, which it evaluates as it needs them.
type Run = for<'c, 't> fn(&Call<'_, 'c, 't>) -> Result<Object<'t>, EvalError>;

/// A function of the library.
pub struct Function {
    name: &'static str,
    arity: Arity,
    run: Run,
}

impl Function {
    /// A function with a fixed or limited number of arguments.
    pub(super) const fn new(name: &'static str, least: usize, most: usize, run: Run) -> Self {
        Self { name, arity: Arity { least, most: Some(most) }, run }
    }

    /// A function with any number of arguments from `least`.
    pub(super) const fn variadic(name: &'static str, least: usize, run: Run) -> Self {
        Self { name, arity: Arity { least, most: None }, run }
    }

    /// The name with its prefix, as written in forms.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How many arguments it takes.
    pub const fn arity(&self) -> Arity {
        self.arity
    }

    pub(in crate::xpath) fn run<'t>(&self, call: &Call<'_, '_, 't>) -> Result<Object<'t>, EvalError> {
        (self.run)(call)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({})", self.name)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

const THEMES: [&[Function]; 10] = [
    core::FUNCTIONS,
    string::FUNCTIONS,
    number::FUNCTIONS,
    boolean::FUNCTIONS,
    date::FUNCTIONS,
    select::FUNCTIONS,
    repeat::FUNCTIONS,
    host::FUNCTIONS,
    geo::FUNCTIONS,
    crypto::FUNCTIONS,
];

fn all() -> impl Iterator<Item = &'static Function> {
    THEMES.into_iter().flatten()
}

/// The function of a name.
pub(in crate::xpath) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// The names of all functions.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    all().map(Function::name)
}

/// A function whose name differs little from `name`, for the message about a misspelling.
pub(in crate::xpath) fn nearest(name: &str) -> Option<&'static str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = plain(name);
    let limit = wanted.chars().count() / 4 + 1;
    function_names()
        .map(|known| (distance(&plain(known), &wanted), known))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, own) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&right) {
            let replaced = diagonal + usize::from(own != *other);
            diagonal = *cell;
            before = replaced.min(before + 1).min(*cell + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
