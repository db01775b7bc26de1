//! The envelope of one anonymous response.
//!
//! ```text
//! version 1 | suite 1 | survey 16 | stratum 2 | nullifier 32 | enc 32 | ciphertext record_bytes + 16
//! ```
//!
//! Suite 1 is HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
//! ChaCha20-Poly1305. All clear fields are its `aad`. The plaintext is the answers as JSON
//! behind their length, padded with zeros to the survey's `record_bytes`: every record of a
//! survey has the same size, whatever was answered. There is no time, no device and no order.

use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    SealKey, SealPublic,
    key::{Kem, PrivateKey, PublicKey},
};
use crate::{
    answers::Answers,
    id::{Nullifier, SurveyId},
};

pub(super) type Aead = hpke::aead::ChaCha20Poly1305;
pub(super) type Kdf = hpke::kdf::HkdfSha256;
pub(super) type EncappedKey = <Kem as hpke::Kem>::EncappedKey;

const VERSION: u8 = 1;
const SUITE: u8 = 1;
const INFO: &[u8] = b"tsumugi/seal/v1";
pub(super) const ENC_BYTES: usize = 32;
pub(super) const TAG_BYTES: usize = 16;
const LENGTH_BYTES: usize = 4;
const CLEAR_BYTES: usize = 1 + 1 + SurveyId::LEN + 2 + Nullifier::LEN;

/// The fewest bytes that a survey may pad its plaintexts to.
pub const MIN_RECORD_BYTES: usize = 64;
/// The most bytes that a survey may pad its plaintexts to.
pub const MAX_RECORD_BYTES: usize = 64 * 1024;

/// Answers could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The answers are longer than the survey's records.
    #[error("the answers need {needed} bytes, records of this survey hold {record_bytes}")]
    TooLarge {
        /// Bytes needed.
        needed: usize,
        /// Bytes that a record of the survey holds.
        record_bytes: usize,
    },
    /// The survey asks for a size outside [`MIN_RECORD_BYTES`] to [`MAX_RECORD_BYTES`].
    #[error("records of {record_bytes} bytes are outside {MIN_RECORD_BYTES} to {MAX_RECORD_BYTES}")]
    RecordSize {
        /// The size asked for.
        record_bytes: usize,
    },
    /// The survey's public key is not one.
    #[error("the public key of the survey is not an X25519 key")]
    PublicKey,
}

/// Bytes could not be read as a record, or a record could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Cut, or longer than any survey's records.
    #[error("a sealed record of {got} bytes is cut or too long")]
    Length {
        /// Bytes received.
        got: usize,
    },
    /// A version or suite of later.
    #[error("version {version} with suite {suite} is not known here")]
    Unknown {
        /// The version byte.
        version: u8,
        /// The suite byte.
        suite: u8,
    },
    /// Sealed to another key, or changed on the way.
    #[error("the key does not open this record")]
    WrongKey,
    /// What was sealed is not answers.
    #[error("the sealed bytes are not answers")]
    NotAnswers,
}

/// One anonymous response: clear fields that decide where it counts, and a ciphertext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRecord {
    survey: SurveyId,
    stratum: u16,
    nullifier: Nullifier,
    enc: [u8; ENC_BYTES],
    ciphertext: Vec<u8>,
}

impl SealedRecord {
    /// The survey that is answered.
    pub const fn survey(&self) -> SurveyId {
        self.survey
    }

    /// The stratum of the card.
    pub const fn stratum(&self) -> u16 {
        self.stratum
    }

    /// What decides that the card is counted once.
    pub const fn nullifier(&self) -> Nullifier {
        self.nullifier
    }

    /// Bytes that the plaintext was padded to.
    pub const fn record_bytes(&self) -> usize {
        self.ciphertext.len() - TAG_BYTES
    }

    /// Bytes of the encoding of records that are padded to `record_bytes`.
    pub const fn encoded_bytes(record_bytes: usize) -> usize {
        CLEAR_BYTES + ENC_BYTES + record_bytes + TAG_BYTES
    }

    /// The bytes that are kept, sent again until acknowledged, and hashed.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = clear_fields(self.survey, self.stratum, self.nullifier);
        bytes.extend_from_slice(&self.enc);
        bytes.extend_from_slice(&self.ciphertext);
        bytes
    }

    /// Reads what [`SealedRecord::encode`] wrote.
    ///
    /// # Errors
    /// [`OpenError::Length`] or [`OpenError::Unknown`]; the ciphertext is not looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, OpenError> {
        let length = OpenError::Length { got: bytes.len() };
        let (&[version, suite], rest) = bytes.split_first_chunk::<2>().ok_or(length)?;
        let (survey, rest) = rest.split_first_chunk::<{ SurveyId::LEN }>().ok_or(length)?;
        let (stratum, rest) = rest.split_first_chunk::<2>().ok_or(length)?;
        let (nullifier, rest) = rest.split_first_chunk::<{ Nullifier::LEN }>().ok_or(length)?;
        let (enc, ciphertext) = rest.split_first_chunk::<ENC_BYTES>().ok_or(length)?;
        if (version, suite) != (VERSION, SUITE) {
            return Err(OpenError::Unknown { version, suite });
        }
        if !(MIN_RECORD_BYTES + TAG_BYTES..=MAX_RECORD_BYTES + TAG_BYTES).contains(&ciphertext.len()) {
            return Err(length);
        }
        Ok(Self {
            survey: SurveyId::from_bytes(*survey),
            stratum: u16::from_be_bytes(*stratum),
            nullifier: Nullifier::from_bytes(*nullifier),
            enc: *enc,
            ciphertext: ciphertext.to_vec(),
        })
    }
}

/// Seals `answers` to the survey's key. Two seals of the same answers differ: keep the bytes
/// and send those again, or the card counts as used twice.
///
/// # Errors
/// [`SealError::TooLarge`] when the answers do not fit `record_bytes`; the other variants when
/// the survey itself is wrong.
pub fn seal(
    public: &SealPublic,
    survey: SurveyId,
    stratum: u16,
    nullifier: Nullifier,
    answers: &Answers,
    record_bytes: usize,
    rng: &mut impl CryptoRng,
) -> Result<SealedRecord, SealError> {
    let plain = pad(answers, record_bytes)?;
    let public = public.for_hpke().map_err(|_| SealError::PublicKey)?;
    let aad = clear_fields(survey, stratum, nullifier);
    let (enc, ciphertext) = seal_bytes(&public, INFO, &aad, &plain, rng).ok_or(SealError::PublicKey)?;
    Ok(SealedRecord { survey, stratum, nullifier, enc, ciphertext })
}

/// Opens a record with the survey's key.
///
/// # Errors
/// [`OpenError::WrongKey`] when key or bytes are not those of sealing;
/// [`OpenError::NotAnswers`] when a card holder sealed something else.
pub fn open(key: &SealKey, record: &SealedRecord) -> Result<Answers, OpenError> {
    let secret = key.for_hpke().map_err(|_| OpenError::WrongKey)?;
    let aad = clear_fields(record.survey, record.stratum, record.nullifier);
    let plain =
        open_bytes(&secret, INFO, &aad, &record.enc, &record.ciphertext).ok_or(OpenError::WrongKey)?;
    unpad(&plain).ok_or(OpenError::NotAnswers)
}

fn clear_fields(survey: SurveyId, stratum: u16, nullifier: Nullifier) -> Vec<u8> {
    let mut clear = Vec::with_capacity(CLEAR_BYTES);
    clear.extend_from_slice(&[VERSION, SUITE]);
    clear.extend_from_slice(survey.as_bytes());
    clear.extend_from_slice(&stratum.to_be_bytes());
    clear.extend_from_slice(nullifier.as_bytes());
    clear
}

fn pad(answers: &Answers, record_bytes: usize) -> Result<Zeroizing<Vec<u8>>, SealError> {
    if !(MIN_RECORD_BYTES..=MAX_RECORD_BYTES).contains(&record_bytes) {
        return Err(SealError::RecordSize { record_bytes });
    }
    let json = Zeroizing::new(serde_json::to_vec(answers).expect("answers are a map of numbers and texts"));
    let needed = LENGTH_BYTES + json.len();
    let too_large = SealError::TooLarge { needed, record_bytes };
    let length = u32::try_from(json.len()).map_err(|_| too_large)?;
    if needed > record_bytes {
        return Err(too_large);
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(record_bytes));
    plain.extend_from_slice(&length.to_be_bytes());
    plain.extend_from_slice(&json);
    plain.resize(record_bytes, 0);
    Ok(plain)
}

fn unpad(plain: &[u8]) -> Option<Answers> {
    let (length, rest) = plain.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (json, padding) = rest.split_at_checked(length)?;
    if padding.iter().any(|byte| *byte != 0) {
        return None;
    }
    serde_json::from_slice(json).ok()
}

fn seal_bytes(
    public: &PublicKey,
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
    rng: &mut impl CryptoRng,
) -> Option<([u8; ENC_BYTES], Vec<u8>)> {
    let (enc, ciphertext) =
        hpke::single_shot_seal_with_rng::<Aead, Kdf, Kem>(&OpModeS::Base, public, info, plain, aad, rng)
            .ok()?;
    Some((enc.to_bytes().into(), ciphertext))
}

fn open_bytes(
    secret: &PrivateKey,
    info: &[u8],
    aad: &[u8],
    enc: &[u8; ENC_BYTES],
    ciphertext: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let enc = EncappedKey::from_bytes(enc).ok()?;
    hpke::single_shot_open::<Aead, Kdf, Kem>(&OpModeR::Base, secret, &enc, info, ciphertext, aad)
        .ok()
        .map(Zeroizing::new)
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
