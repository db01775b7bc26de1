//! HTTP: routes, who may use them, failures as problem details.
//!
//! Owns everything that speaks HTTP, one file a resource. A handler is four steps: who,
//! what, act, answer. Knows no SQL and no statistics.

mod accept;
mod health;
mod router;

pub use accept::serve;
pub use router::router;
