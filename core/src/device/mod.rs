//! What a tablet or a browser does, whatever the host.
//!
//! Owns a device's durable state (surveys, responses, sealed records, cursors), the entry in
//! progress and the exchange with the server as a state machine. Does not open files or
//! connections, has no clock and no threads: the host brings a [`Storage`], a data key,
//! moments and randomness, and sends the requests that [`Device`] hands it.
//!
//! `outbox` and everything that an anonymous entry touches know nothing of `response`.

mod again;
mod anonymous;
mod bundle;
mod carry;
mod catalog;
mod company;
mod condense;
mod conflicts;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
#[expect(clippy::module_inception, reason = "the file is named after the one door of the room")]
mod device;
mod enrol;
mod error;
mod exchange;
mod keys;
mod ledger;
mod live;
mod memory;
mod outbox;
mod pace;
mod problem;
mod replica;
mod safe;
mod shelf;
mod storage;
mod submit;
mod surveys;
#[cfg(test)]
mod tests;
mod vault;
mod views;

pub use anonymous::{FinishError, check_anonymous};
pub use bundle::{BUNDLE_TYPE, BundleRefused};
pub use device::Device;
pub use enrol::{EnrolError, Enrolment, Role};
pub use error::{CardRefused, DeviceError, NotAnonymous, OpenAnonymousError};
pub use live::{LiveNews, Person, Place, Presence};
pub use memory::MemoryStorage;
pub use outbox::DEPOSIT_RECORDS;
pub use pace::Pace;
pub use storage::{Batch, Entry, Storage, StorageError, Write};
pub use submit::SubmitError;
pub use vault::{Vault, VaultError};
pub use views::*;
