//! What can be wrong with an expression, and what goes wrong when it is evaluated.
//!
//! Neither error holds a value from the tree: it may be an answer.

use std::fmt;

use crate::text::Localized;

/// How many arguments a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arity {
    /// At least so many.
    pub least: usize,
    /// At most so many; `None` when there is no limit.
    pub most: Option<usize>,
}

impl Arity {
    /// True when `count` arguments may be given.
    pub const fn takes(self, count: usize) -> bool {
        count >= self.least
            && match self.most {
                Some(most) => count <= most,
                None => true,
            }
    }
}

impl fmt::Display for Arity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.most {
            Some(most) if most == self.least => write!(f, "{most}"),
            Some(most) => write!(f, "{} to {most}", self.least),
            None => write!(f, "{} or more", self.least),
        }
    }
}

/// Why a text is not an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (at character {})", position + 1)]
pub struct ParseError {
    /// Byte offset into the expression.
    pub offset: usize,
    /// The same place counted in characters, from 0.
    pub position: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with an expression at some place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The expression is empty or blank.
    #[error("the expression is empty")]
    Empty,
    /// Something else was expected.
    #[error("found `{found}` where {expected} was expected")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What could stand there.
        expected: &'static str,
    },
    /// The expression ends too early.
    #[error("the expression ends where {expected} was expected")]
    Ended {
        /// What could stand there.
        expected: &'static str,
    },
    /// A quote that is never closed.
    #[error("the text that begins with {quote} is never closed")]
    OpenText {
        /// The quote.
        quote: char,
    },
    /// A typographic quote, as word processors put.
    #[error("`{found}` is a typographic quote; write ' or \"")]
    TypographicQuote {
        /// The quote.
        found: char,
    },
    /// A function that does not exist.
    #[error("there is no function `{name}()`{}", suggestion(*nearest))]
    UnknownFunction {
        /// The name as written.
        name: String,
        /// A function with a similar name.
        nearest: Option<&'static str>,
    },
    /// A function with too few or too many arguments.
    #[error("`{name}()` takes {expected} arguments, got {got}")]
    Arguments {
        /// The function.
        name: &'static str,
        /// How many it takes.
        expected: Arity,
        /// How many there are.
        got: usize,
    },
    /// An axis that does not exist.
    #[error("there is no axis `{name}`")]
    UnknownAxis {
        /// The name as written.
        name: String,
    },
    /// Parentheses within parentheses beyond what is evaluated.
    #[error("more than {limit} levels of parentheses and brackets")]
    TooDeep {
        /// Most levels.
        limit: usize,
    },
}

fn suggestion(nearest: Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}()`?"))
}

impl ParseError {
    /// The same in the languages of the people who write forms.
    pub fn explain(&self) -> Localized {
        let place = self.position + 1;
        let ja = match &self.problem {
            Problem::Empty => "式が空です".to_owned(),
            Problem::Unexpected { found, expected } => {
                format!("「{found}」は、ここには置けません（ここに置けるもの: {expected}）")
            }
            Problem::Ended { expected } => format!("式が途中で終わっています（続くはずのもの: {expected}）"),
            Problem::OpenText { quote } => format!("{quote} で始まる文字列が閉じられていません"),
            Problem::TypographicQuote { found } => {
                format!("「{found}」は飾りの引用符です。' または \" を使ってください")
            }
            Problem::UnknownFunction { name, nearest } => {
                let hint = nearest.map_or_else(String::new, |near| format!("（{near}() ではありませんか）"));
                format!("関数 {name}() はありません{hint}")
            }
            Problem::Arguments { name, expected, got } => {
                format!("{name}() の引数の数が違います（正: {expected}、誤: {got}）")
            }
            Problem::UnknownAxis { name } => format!("軸 {name} はありません"),
            Problem::TooDeep { limit } => format!("かっこの入れ子が {limit} 段を超えています"),
        };
        Localized::of([("ja", &format!("{ja}（{place} 文字目）")), ("en", &self.to_string())])
    }
}

/// Why an expression could not be evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// More work than the budget allows; see [`Context::with_budget`](super::Context::with_budget).
    #[error("the expression takes more than {budget} steps")]
    Budget {
        /// Steps that were allowed.
        budget: u64,
    },
    /// Nodes were needed.
    #[error("{what} needs nodes of the form")]
    NotNodes {
        /// The function or the path.
        what: &'static str,
    },
    /// A function that the library does not have.
    #[error("there is no function `{name}()`")]
    UnknownFunction {
        /// The name as written.
        name: Box<str>,
    },
    /// A function with too few or too many arguments.
    #[error("`{function}()` has too few or too many arguments")]
    Arguments {
        /// The function.
        function: &'static str,
    },
    /// An argument that the function cannot use.
    #[error("argument {number} of `{function}()` is not {expected}")]
    Argument {
        /// The function.
        function: &'static str,
        /// Which argument, from 1.
        number: usize,
        /// What it should be.
        expected: &'static str,
    },
    /// A prefix that stands for no namespace, or for another one than the function's.
    #[error("the prefix `{prefix}` does not stand for the namespace that is meant")]
    Prefix {
        /// The prefix.
        prefix: Box<str>,
    },
    /// A variable that the host does not know.
    #[error("there is no variable `${name}`")]
    UnknownVariable {
        /// The name.
        name: Box<str>,
    },
    /// A regular expression that does not compile, or is too large.
    #[error("the regular expression does not compile")]
    Pattern,
    /// The host has not what a function needs.
    #[error("`{function}()` needs {what}, which is not there")]
    Unavailable {
        /// The function.
        function: &'static str,
        /// What is missing.
        what: &'static str,
    },
}
