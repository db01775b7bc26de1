//! XPath 1.0 with the functions of OpenRosa and ODK XForms.
//!
//! Owns the tree that expressions walk, the grammar, the evaluator and the function
//! library. Does not know forms, answers or choice lists: whatever is not in the tree is
//! asked of a [`Host`]. Has no clock and no randomness of its own; the host tells both.
//!
//! Parse once with [`Expr::parse`], evaluate often with [`eval`] or one of its typed
//! shorthands. An expression reads the tree by reference, so nothing is copied.
//!
//! ```
//! use tsumugi_core::xpath::{Context, Expr, NoHost, Tree, eval_number};
//!
//! let tree = Tree::parse("<data><a>2</a><b>3</b></data>").expect("well-formed");
//! let sum = Expr::parse("/data/a + /data/b * 2").expect("an expression");
//! let context = Context::new(&NoHost, &tree);
//! assert_eq!(eval_number(&sum, &context), Ok(8.0));
//! ```

mod ast;
mod axes;
mod compare;
mod context;
mod convert;
mod date;
mod error;
mod eval;
mod functions;
mod lexer;
mod names;
mod object;
mod parser;
mod print;
mod sum;
mod tree;
mod visit;

#[cfg(test)]
mod tests;

pub use ast::{Axis, Expr, LocationPath, NameTest, NodeTest, Operator, Origin, Step};
pub use context::{Context, Host, NoHost, STEP_BUDGET};
pub use convert::{number_to_string, text_to_number};
pub use date::DateTime;
pub use error::{Arity, EvalError, ParseError, Problem};
pub use eval::{eval, eval_boolean, eval_number, eval_text};
pub use functions::{Function, function_names};
pub use object::{NodeRef, Object};
pub use sum::Sum;
pub use tree::{MAX_XML_BYTES, Name, NodeId, NodeKind, Tree, TreeError};
pub use visit::{Dependencies, Visitor, dependencies, walk};
