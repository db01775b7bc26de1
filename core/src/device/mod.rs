//! What a tablet or a browser does, whatever the host.
//!
//! Owns a device's durable state (surveys, responses, sealed records, cursors), the entry in
//! progress and the exchange with the server as a state machine. Does not open files or
//! connections, has no clock and no threads: the host brings a [`Storage`], a data key,
//! moments and randomness, and sends the requests that [`Device`] hands it.
//!
//! `outbox` and everything that an anonymous entry touches know nothing of `response`.

mod catalog;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod error;
mod keys;
mod memory;
mod safe;
mod storage;
mod vault;
mod views;

pub use error::{CardRefused, DeviceError, NotAnonymous, OpenAnonymousError};
pub use memory::MemoryStorage;
pub use storage::{Batch, Entry, Storage, StorageError, Write};
pub use vault::{Vault, VaultError};
pub use views::*;

use safe::Safe;
