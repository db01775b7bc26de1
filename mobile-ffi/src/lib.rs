//! The tablet library: a skin over core's `Device` for Kotlin, Swift and Python.
//!
//! Owns what a phone's platform brings: a SQLite file, the clock, randomness, the key store
//! by a callback. Has no logic: what a method decides, core decides.

mod storage;

pub use storage::{Opened, SqliteStorage};
