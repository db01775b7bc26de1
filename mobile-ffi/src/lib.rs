//! The tablet library: a skin over core's `Device` for Kotlin, Swift and Python.
//!
//! Owns what a phone's platform brings: a SQLite file, the clock, randomness, the key store
//! by a callback. Has no logic: what a method decides, core decides.

mod answering;
mod aside;
mod bundle;
mod error;
mod exchange;
mod host;
mod kiosk;
mod storage;
mod tablet;
mod traffic;
mod types;

pub use bundle::BundleNewsRecord;
pub use error::{KeyError, TabletError};
pub use host::{DataKey, Locale};
pub use storage::{Opened, SqliteStorage};
pub use tablet::{StorageCheck, Tablet};
pub use traffic::*;
pub use types::*;

uniffi::setup_scaffolding!();
