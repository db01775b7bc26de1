//! The application: configuration, store and what handlers share.
//!
//! Owns the one door to the store, [`App::store`], and the lock of the data folder.

mod application;

pub use application::*;
