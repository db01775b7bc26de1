//! Sealing of anonymous answers.
//!
//! Owns the envelope (encoding, padding, HPKE of RFC 9180), the cards that give the right to
//! answer once, the batch that sealed records travel in, and the lock on a survey's secret.
//! Does not know who answered, when, or on which device; nothing in this room takes such a
//! value, and it may not import `response`. Opening is the mirror of sealing and is used for
//! counting only.

mod card;
mod code;
mod deposit;
mod envelope;
mod key;
mod wrap;

pub use card::{Card, CardSerial};
pub use code::{CardCode, CardCodeError};
pub use deposit::{Deposit, DepositError, DepositReply, MAX_DEPOSIT_BYTES, MAX_DEPOSIT_RECORDS};
pub use envelope::{MAX_RECORD_BYTES, MIN_RECORD_BYTES, OpenError, SealError, SealedRecord, open, seal};
pub use key::{ParseSealKeyError, SealKey, SealPublic};
pub use wrap::{WrapError, lock, unlock};
