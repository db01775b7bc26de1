//! Sealing of anonymous answers.
//!
//! Owns the envelope (encoding, padding, HPKE of RFC 9180), the cards that give the right to
//! answer once, the batch that sealed records travel in, and the lock on a survey's secret.
//! Owns the parcels too, in which a request goes to the server without a network of its own,
//! and the bundles, files of parcels that anybody may carry.
//! Does not know who answered, when, or on which device; nothing in this room takes such a
//! value, and it may not import `response`. Opening is the mirror of sealing and is used for
//! counting only.

mod bundle;
mod card;
mod code;
mod deposit;
mod envelope;
mod key;
mod parcel;
mod wrap;

pub use bundle::{
    Bundle, BundleError, BundleReply, Fate, MAX_BUNDLE_BYTES, MAX_BUNDLE_PARCELS, MAX_POST_BYTES,
    MAX_POST_PARCELS, Notice, is_reply,
};
pub use card::{Card, CardSerial};
pub use code::{CardCode, CardCodeError};
pub use deposit::{Deposit, DepositError, DepositReply, MAX_DEPOSIT_BYTES, MAX_DEPOSIT_RECORDS};
pub use envelope::{MAX_RECORD_BYTES, MIN_RECORD_BYTES, OpenError, SealError, SealedRecord, open, seal};
pub use key::{ParseSealKeyError, SealKey, SealPublic};
pub use parcel::{Errand, MAX_PARCEL_BYTES, Parcel, ParcelAnswer, ParcelError, ReplySecret};
pub use wrap::{WrapError, lock, unlock};
