//! The function library: XPath 1.0, XForms, OpenRosa and ODK.
//!
//! One table a theme: name, arity, implementation. The parser looks a name up once; a call
//! holds the function itself. Does not know where instances and labels come from: the host.

mod boolean;
mod call;
mod core;
mod crypto;
mod date;
mod geo;
mod host;
mod number;
mod repeat;
mod select;
mod shuffle;
mod string;
mod table;

pub(super) use call::Call;
pub use table::{Function, function_names};
pub(super) use table::{find, nearest};
