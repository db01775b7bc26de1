//! Primitives of the wire: fixed arrays, LEB128 numbers, counted lists with limits.

use super::frame::Protocol;
use crate::item::{Item, ItemError};

/// The bytes were not a message of this protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end early.
    #[error("the message ends inside of {what}")]
    Truncated {
        /// What was being read.
        what: &'static str,
    },
    /// Bytes follow the end of the message.
    #[error("{extra} bytes follow the message")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// A list or a length is over its limit.
    #[error("{what}: {got} is over the limit of {limit}")]
    OverLimit {
        /// What was counted.
        what: &'static str,
        /// How many.
        got: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// A number or a code that has no meaning.
    #[error("{what} has no meaning")]
    Meaningless {
        /// What was being read.
        what: &'static str,
    },
    /// A message of another version.
    #[error(
        "protocol version {version} with flags {flags} is not known here; this build speaks 1 to {}",
        Protocol::NEWEST as u8
    )]
    Version {
        /// The version byte.
        version: u8,
        /// The flags byte.
        flags: u8,
    },
    /// The compressed part is no Zstandard frame, or inflates to more than it may.
    #[error("the message cannot be inflated: {reason}")]
    Inflate {
        /// Why.
        reason: String,
    },
    /// An item inside of the message is none.
    #[error(transparent)]
    Item(#[from] ItemError),
}

/// Writes a message.
#[derive(Debug)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn number(&mut self, mut number: u64) {
        loop {
            let low = number.to_le_bytes()[0] & 0x7f;
            number >>= 7;
            if number == 0 {
                return self.0.push(low);
            }
            self.0.push(low | 0x80);
        }
    }

    /// A signed number, zigzag.
    pub(super) fn signed(&mut self, number: i64) {
        self.number((number << 1).cast_unsigned() ^ (number >> 63).cast_unsigned());
    }

    pub(super) fn list<T>(&mut self, list: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(list.len() as u64);
        for one in list {
            write(self, one);
        }
    }

    pub(super) fn item(&mut self, item: &Item) {
        self.number(item.encoded_len() as u64);
        item.encode_into(&mut self.0);
    }
}

/// Reads a message.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// What was not read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) const fn finish(self) -> Result<(), WireError> {
        match self.0.len() {
            0 => Ok(()),
            extra => Err(WireError::Trailing { extra }),
        }
    }

    pub(super) fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], WireError> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(WireError::Truncated { what })?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], WireError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(WireError::Truncated { what })?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, WireError> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    pub(super) fn flag(&mut self, what: &'static str) -> Result<bool, WireError> {
        match self.byte(what)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(WireError::Meaningless { what }),
        }
    }

    /// A number in its shortest form.
    pub(super) fn number(&mut self, what: &'static str) -> Result<u64, WireError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(what)?;
            let bits = u64::from(byte & 0x7f);
            if (shift == 63 && bits > 1) || (byte == 0 && shift > 0) {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(WireError::Meaningless { what })
    }

    pub(super) fn signed(&mut self, what: &'static str) -> Result<i64, WireError> {
        let number = self.number(what)?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    pub(super) fn count(&mut self, what: &'static str, limit: usize) -> Result<usize, WireError> {
        let got = self.number(what)?;
        match usize::try_from(got) {
            Ok(count) if count <= limit => Ok(count),
            _ => Err(WireError::OverLimit { what, got, limit: limit as u64 }),
        }
    }

    pub(super) fn list<T>(
        &mut self,
        what: &'static str,
        limit: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, WireError>,
    ) -> Result<Vec<T>, WireError> {
        let count = self.count(what, limit)?;
        // Nothing is reserved for elements that the bytes cannot hold.
        let mut list = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            list.push(read(self)?);
        }
        Ok(list)
    }

    /// An item with its length; `None` for the length 0.
    pub(super) fn item(&mut self) -> Result<Option<Item>, WireError> {
        match self.count("item bytes", MAX_ITEM_BYTES)? {
            0 => Ok(None),
            length => Ok(Some(Item::decode(self.take(length, "item")?)?)),
        }
    }
}

/// The most bytes of an encoded item of any kind: a form of 16 MiB and its head.
pub(super) const MAX_ITEM_BYTES: usize = 16 * 1024 * 1024 + 64;
