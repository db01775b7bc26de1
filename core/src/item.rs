//! Items: immutable bytes named by their hash.
//!
//! Owns the encoding of an item and its name. Does not know what a change or a form means.
//!
//! ```text
//! kind 1 | survey 16 | response 16 (zeros unless kind is Change or Assignment) | payload …
//! ```

use sha2::{Digest, Sha256};

use crate::id::{ItemId, ResponseId, SurveyId};

/// What the payload of an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ItemKind {
    /// A [`Survey`](crate::survey::Survey) as JSON; a later one of the same id replaces it.
    Survey = 1,
    /// A [`FormDefinition`](crate::form::FormDefinition) as JSON.
    Form = 2,
    /// One automerge change chunk of a response.
    Change = 3,
    /// An [`Assignment`](crate::survey::Assignment) as JSON: a response that somebody shall fill.
    Assignment = 4,
    /// A [`CardList`](crate::survey::CardList) as JSON: hashes of the valid cards of a stratum.
    Cards = 5,
}

impl ItemKind {
    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Survey,
            2 => Self::Form,
            3 => Self::Change,
            4 => Self::Assignment,
            5 => Self::Cards,
            _ => return None,
        })
    }

    /// The most bytes that a payload of this kind may have.
    pub const fn max_payload_bytes(self) -> usize {
        match self {
            Self::Change => 256 * 1024,
            Self::Survey | Self::Assignment => 256 * 1024,
            Self::Form | Self::Cards => 16 * 1024 * 1024,
        }
    }
}

/// The bytes were not an item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// Shorter than the header.
    #[error("an item has at least {HEADER_BYTES} bytes, got {got}")]
    TooShort {
        /// Bytes received.
        got: usize,
    },
    /// A kind of a later version.
    #[error("item kind {kind} is not known to this version")]
    UnknownKind {
        /// The kind byte.
        kind: u8,
    },
    /// Over the limit of its kind.
    #[error("the payload has {got} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Bytes received.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

const HEADER_BYTES: usize = 1 + SurveyId::LEN + ResponseId::LEN;

/// Immutable bytes that surveys, forms and answers travel in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    kind: ItemKind,
    survey: SurveyId,
    response: ResponseId,
    payload: Vec<u8>,
    id: ItemId,
}

impl Item {
    /// Makes an item that belongs to a whole survey.
    pub fn of_survey(kind: ItemKind, survey: SurveyId, payload: Vec<u8>) -> Self {
        Self::build(kind, survey, ResponseId::from_bytes([0; ResponseId::LEN]), payload)
    }

    /// Makes an item that belongs to one response.
    pub fn of_response(kind: ItemKind, survey: SurveyId, response: ResponseId, payload: Vec<u8>) -> Self {
        Self::build(kind, survey, response, payload)
    }

    fn build(kind: ItemKind, survey: SurveyId, response: ResponseId, payload: Vec<u8>) -> Self {
        let mut hash = Sha256::new();
        hash.update([kind as u8]);
        hash.update(survey.as_bytes());
        hash.update(response.as_bytes());
        hash.update(&payload);
        let id = ItemId::from_bytes(hash.finalize().into());
        Self { kind, survey, response, payload, id }
    }

    /// The hash of the encoding.
    pub const fn id(&self) -> ItemId {
        self.id
    }

    /// What the payload is.
    pub const fn kind(&self) -> ItemKind {
        self.kind
    }

    /// The survey that the item belongs to.
    pub const fn survey(&self) -> SurveyId {
        self.survey
    }

    /// The response that the item belongs to; `None` for items of a whole survey.
    pub fn response(&self) -> Option<ResponseId> {
        (self.response.as_bytes() != &[0; ResponseId::LEN]).then_some(self.response)
    }

    /// The bytes after the header.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The bytes that are stored, sent and hashed.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_len());
        self.encode_into(&mut bytes);
        bytes
    }

    /// Appends the encoding to `bytes`.
    pub fn encode_into(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.kind as u8);
        bytes.extend_from_slice(self.survey.as_bytes());
        bytes.extend_from_slice(self.response.as_bytes());
        bytes.extend_from_slice(&self.payload);
    }

    /// Length of the encoding in bytes.
    pub const fn encoded_len(&self) -> usize {
        HEADER_BYTES + self.payload.len()
    }

    /// Reads what [`Item::encode`] wrote.
    ///
    /// # Errors
    /// [`ItemError`] when the header is cut, the kind is unknown, or the payload is over its limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, ItemError> {
        let too_short = ItemError::TooShort { got: bytes.len() };
        let (kind, rest) = bytes.split_first().ok_or(too_short.clone())?;
        let (survey, rest) = rest.split_first_chunk::<16>().ok_or(too_short.clone())?;
        let (response, payload) = rest.split_first_chunk::<16>().ok_or(too_short)?;
        let kind = ItemKind::from_byte(*kind).ok_or(ItemError::UnknownKind { kind: *kind })?;
        let limit = kind.max_payload_bytes();
        if payload.len() > limit {
            return Err(ItemError::TooLarge { got: payload.len(), limit });
        }
        Ok(Self::build(
            kind,
            SurveyId::from_bytes(*survey),
            ResponseId::from_bytes(*response),
            payload.to_vec(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_reads_what_it_wrote_and_its_name_binds_the_response() {
        let survey = SurveyId::from_bytes([1; 16]);
        let item = Item::of_response(ItemKind::Change, survey, ResponseId::from_bytes([2; 16]), vec![3]);
        assert_eq!(Item::decode(&item.encode()), Ok(item.clone()));
        let other = Item::of_response(ItemKind::Change, survey, ResponseId::from_bytes([4; 16]), vec![3]);
        assert_ne!(item.id(), other.id());
    }

    #[test]
    fn cut_bytes_are_refused() {
        assert_eq!(Item::decode(&[3; 32]), Err(ItemError::TooShort { got: 32 }));
        assert_eq!(Item::decode(&[9; 40]), Err(ItemError::UnknownKind { kind: 9 }));
    }
}
