//! A relay: a machine without the server's keys that takes bundles and hands them on.
//!
//! Owns what a relay does with parcels (hold them, hand them on, keep the answers) and the way
//! to the next machine, which is the server or another relay. Reads nothing: parcels are sealed
//! to the server and answers to the devices. Does not know who brought a parcel.

mod forward;
mod hold;
mod upstream;

pub use forward::{Forwarded, RelayError, forward, keep_forwarding};
pub use hold::hold;
