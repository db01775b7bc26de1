//! Stories of forms being filled.

mod build;
mod changes;
mod checking;
mod choosing;
mod property;
mod repeating;
mod showing;
