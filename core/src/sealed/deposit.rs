//! The batch in which sealed records reach the server, on a route that knows no account.
//!
//! ```text
//! request: version 1 | count 2 | bytes of one record 4 | records, all of that size
//! reply:   version 1 | status 1
//! ```
//!
//! One status answers for the whole batch, and is the same for new and for used cards: a
//! stranger who sends a guessed card learns nothing.

use super::{OpenError, SealedRecord};

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 1 + 2 + 4;
const ACCEPTED: u8 = 0;
const CLOSED: u8 = 1;

/// The most records of a batch.
pub const MAX_DEPOSIT_RECORDS: usize = 500;
/// The most bytes of a batch.
pub const MAX_DEPOSIT_BYTES: usize = 2 * 1024 * 1024;

/// The bytes were not a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DepositError {
    /// Cut, too long, or the parts do not add up.
    #[error("a deposit of {got} bytes is cut, too long or does not add up")]
    Length {
        /// Bytes received.
        got: usize,
    },
    /// A version of later.
    #[error("deposit version {version} is not known here")]
    Version {
        /// The version byte.
        version: u8,
    },
    /// No records, or more than [`MAX_DEPOSIT_RECORDS`].
    #[error("a deposit has 1 to {MAX_DEPOSIT_RECORDS} records, got {got}")]
    Count {
        /// Records announced.
        got: usize,
    },
    /// The records have different sizes.
    #[error("the records of a deposit have one size")]
    MixedSizes,
    /// One of the records is none.
    #[error("record {index} of the deposit: {cause}")]
    Record {
        /// Which record, from 0.
        index: usize,
        /// What is wrong with it.
        cause: OpenError,
    },
}

/// A batch of records of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    /// The records, in no order that means anything.
    pub records: Vec<SealedRecord>,
}

impl Deposit {
    /// The bytes that are sent.
    ///
    /// # Errors
    /// [`DepositError::Count`], [`DepositError::MixedSizes`] or [`DepositError::Length`] when the
    /// batch is one that no server takes.
    pub fn encode(&self) -> Result<Vec<u8>, DepositError> {
        let got = self.records.len();
        let first = self.records.first().ok_or(DepositError::Count { got })?;
        let count = u16::try_from(got).ok().filter(|_| got <= MAX_DEPOSIT_RECORDS);
        let count = count.ok_or(DepositError::Count { got })?;
        let size = SealedRecord::encoded_bytes(first.record_bytes());
        let mut bytes = Vec::with_capacity(HEADER_BYTES + got * size);
        bytes.push(VERSION);
        bytes.extend_from_slice(&count.to_be_bytes());
        let size_field = u32::try_from(size).map_err(|_| DepositError::Length { got: size })?;
        bytes.extend_from_slice(&size_field.to_be_bytes());
        for record in &self.records {
            if record.record_bytes() != first.record_bytes() {
                return Err(DepositError::MixedSizes);
            }
            bytes.extend_from_slice(&record.encode());
        }
        if bytes.len() > MAX_DEPOSIT_BYTES {
            return Err(DepositError::Length { got: bytes.len() });
        }
        Ok(bytes)
    }

    /// Reads what [`Deposit::encode`] wrote.
    ///
    /// # Errors
    /// [`DepositError`] says which part is wrong; nothing of the batch is to be kept then.
    pub fn decode(bytes: &[u8]) -> Result<Self, DepositError> {
        let length = DepositError::Length { got: bytes.len() };
        if bytes.len() > MAX_DEPOSIT_BYTES {
            return Err(length);
        }
        let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(length.clone())?;
        let &[version, count_high, count_low, size @ ..] = header;
        if version != VERSION {
            return Err(DepositError::Version { version });
        }
        let count = usize::from(u16::from_be_bytes([count_high, count_low]));
        if !(1..=MAX_DEPOSIT_RECORDS).contains(&count) {
            return Err(DepositError::Count { got: count });
        }
        let size = usize::try_from(u32::from_be_bytes(size)).map_err(|_| length.clone())?;
        if size == 0 || size.checked_mul(count) != Some(rest.len()) {
            return Err(length);
        }
        let records = rest
            .chunks_exact(size)
            .enumerate()
            .map(|(index, record)| {
                SealedRecord::decode(record).map_err(|cause| DepositError::Record { index, cause })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { records })
    }
}

/// What the server says to a whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DepositReply {
    /// Durable; the copies need not be sent again.
    Accepted,
    /// One of the surveys takes no answers (any more).
    Closed,
}

impl DepositReply {
    /// The bytes that are sent.
    pub const fn encode(self) -> [u8; 2] {
        match self {
            Self::Accepted => [VERSION, ACCEPTED],
            Self::Closed => [VERSION, CLOSED],
        }
    }

    /// Reads what [`DepositReply::encode`] wrote; `None` for anything else.
    pub const fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [VERSION, ACCEPTED] => Some(Self::Accepted),
            [VERSION, CLOSED] => Some(Self::Closed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use proptest::prelude::*;
    use rand_core::SeedableRng as _;

    use super::*;
    use crate::{
        answers::Answers,
        id::SurveyId,
        sealed::{Card, SealKey, seal},
    };

    fn record(record_bytes: usize, seed: u64) -> SealedRecord {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let card = Card::make(SurveyId::from_bytes([1; 16]), 0, &mut rng);
        let public = SealKey::make(&mut rng).public();
        let answers = Answers::default();
        seal(&public, card.survey, 0, card.nullifier(), &answers, record_bytes, &mut rng).expect("it fits")
    }

    #[test]
    fn a_batch_reads_what_it_wrote_and_every_cut_is_refused() {
        let deposit = Deposit { records: (0..8).map(|seed| record(256, seed)).collect() };
        let bytes = deposit.encode().expect("a batch of one size");
        assert_eq!(Deposit::decode(&bytes), Ok(deposit));
        for length in 0..bytes.len() {
            assert!(Deposit::decode(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_batch_that_no_server_takes_is_not_written() {
        assert_eq!(Deposit { records: Vec::new() }.encode(), Err(DepositError::Count { got: 0 }));
        let mixed = Deposit { records: vec![record(256, 1), record(512, 2)] };
        assert_eq!(mixed.encode(), Err(DepositError::MixedSizes));
        let many = Deposit { records: vec![record(256, 1); MAX_DEPOSIT_RECORDS + 1] };
        assert_eq!(many.encode(), Err(DepositError::Count { got: 501 }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Deposit::decode(&bytes).is_err());
        }
    }
}
