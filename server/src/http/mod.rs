//! HTTP: routes, who may use them, failures as problem details.
//!
//! Owns everything that speaks HTTP, one file a resource. A handler is four steps: who,
//! what, act, answer. Knows no SQL and no statistics.

mod accept;
mod auth;
mod backups;
mod bundles;
mod collection;
mod deposits;
mod devices;
mod error;
mod export;
mod forms;
mod health;
mod indicators;
mod live;
mod openapi;
mod pace;
mod print;
mod qr;
mod relay;
mod router;
mod session;
mod stall;
mod surveys;
mod sync;
mod web;

pub use accept::serve;
pub use router::router;
