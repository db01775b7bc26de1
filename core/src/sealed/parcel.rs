//! A parcel: one request of a device, sealed to the server, for whoever carries it.
//!
//! ```text
//! parcel  version 1 | suite 1 | key 8 | enc 32 | ciphertext + 16
//! plain   1 items   | token length 1 | token | request of the sync
//!         2 records | deposit
//! reply   version 1 | nonce 24 | ciphertext + 16
//! plain   status 2 | epoch 8 | begun 8 | body
//! ```
//!
//! Suite 1 is that of the records: HPKE base mode, here with the server's own key; `key` is the
//! beginning of that key's hash, and everything before the ciphertext is its `aad`. The reply is
//! sealed with XChaCha20-Poly1305 under a secret that both sides export from the HPKE context, as
//! in RFC 9458; its `aad` is the name of the parcel. So who carries a parcel or its reply reads
//! neither and can change neither, and only who knows the device's token can make a parcel of
//! that device. A parcel is opened and answered as often as it comes: requests of the protocol
//! may be repeated.
//!
//! The two kinds never stand in one parcel: what a person answered without a name is not
//! beside the token of a tablet.

use std::fmt;

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    SealKey, SealPublic,
    envelope::{Aead, ENC_BYTES, EncappedKey, Kdf, TAG_BYTES},
    key::Kem,
};
use crate::id::ParcelId;

const VERSION: u8 = 1;
const SUITE: u8 = 1;
const INFO: &[u8] = b"tsumugi/parcel/v1";
const REPLY: &[u8] = b"tsumugi/parcel/reply/v1";
const KEY_NAME_BYTES: usize = 8;
const CLEAR_BYTES: usize = 1 + 1 + KEY_NAME_BYTES;
const NONCE_BYTES: usize = 24;
const ITEMS: u8 = 1;
const RECORDS: u8 = 2;

/// The most bytes of a parcel: the largest request of the sync and what stands around it.
pub const MAX_PARCEL_BYTES: usize = 4 * 1024 * 1024 + 1024;

/// Bytes are no parcel, or not one for this server; or a reply is not that of this parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParcelError {
    /// Cut, or longer than any parcel.
    #[error("a parcel of {got} bytes is cut or too long")]
    Length {
        /// Bytes received.
        got: usize,
    },
    /// A version or suite of later.
    #[error("parcel version {version} with suite {suite} is not known here")]
    Unknown {
        /// The version byte.
        version: u8,
        /// The suite byte.
        suite: u8,
    },
    /// The key of the receiver is no key.
    #[error("the public key of the server is not an X25519 key")]
    PublicKey,
    /// For another server.
    #[error("the parcel is sealed to the key of another server")]
    OtherServer,
    /// Sealed to this server, and changed on the way.
    #[error("the parcel was changed on the way")]
    Changed,
    /// What was sealed is no request.
    #[error("what the parcel holds is no request")]
    Contents,
}

/// What a parcel asks of the server.
#[derive(Clone, PartialEq, Eq)]
pub enum Errand {
    /// A request of the sync, with the token that `POST /v1/sync` would carry.
    Items {
        /// The device's bearer token, at most 255 bytes.
        token: String,
        /// The bytes of the request.
        request: Vec<u8>,
    },
    /// A deposit of sealed records, which come from nobody in particular.
    Records {
        /// The bytes of the deposit.
        deposit: Vec<u8>,
    },
}

impl fmt::Debug for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Items { request, .. } => write!(f, "Items({} bytes, token not shown)", request.len()),
            Self::Records { deposit } => write!(f, "Records({} bytes)", deposit.len()),
        }
    }
}

impl Errand {
    fn encode(&self) -> Result<Zeroizing<Vec<u8>>, ParcelError> {
        let mut plain = Zeroizing::new(Vec::new());
        match self {
            Self::Items { token, request } => {
                let length = u8::try_from(token.len()).map_err(|_| ParcelError::Contents)?;
                plain.extend_from_slice(&[ITEMS, length]);
                plain.extend_from_slice(token.as_bytes());
                plain.extend_from_slice(request);
            }
            Self::Records { deposit } => {
                plain.push(RECORDS);
                plain.extend_from_slice(deposit);
            }
        }
        Ok(plain)
    }

    fn decode(plain: &[u8]) -> Option<Self> {
        match plain.split_first()? {
            (&ITEMS, rest) => {
                let (&length, rest) = rest.split_first()?;
                let (token, request) = rest.split_at_checked(usize::from(length))?;
                let token = std::str::from_utf8(token).ok()?.to_owned();
                Some(Self::Items { token, request: request.to_vec() })
            }
            (&RECORDS, deposit) => Some(Self::Records { deposit: deposit.to_vec() }),
            _ => None,
        }
    }
}

/// One sealed request. Whoever holds it sees its size, and which server it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel(Vec<u8>);

impl Parcel {
    /// Seals `errand` to the server whose public key is `server`. The secret opens the reply.
    ///
    /// # Errors
    /// [`ParcelError::PublicKey`], [`ParcelError::Length`] when the errand is too long, and
    /// [`ParcelError::Contents`] when its token is.
    pub fn seal(
        server: &SealPublic,
        errand: &Errand,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, ReplySecret), ParcelError> {
        let plain = errand.encode()?;
        let public = server.for_hpke().map_err(|_| ParcelError::PublicKey)?;
        let failed = |_| ParcelError::PublicKey;
        let (enc, mut context) =
            hpke::setup_sender_with_rng::<Aead, Kdf, Kem>(&OpModeS::Base, &public, INFO, rng)
                .map_err(failed)?;
        let mut bytes = clear_fields(server);
        let ciphertext = context.seal(&plain, &bytes).map_err(failed)?;
        let enc: [u8; ENC_BYTES] = enc.to_bytes().into();
        bytes.extend_from_slice(&enc);
        bytes.extend_from_slice(&ciphertext);
        if bytes.len() > MAX_PARCEL_BYTES {
            return Err(ParcelError::Length { got: bytes.len() });
        }
        let mut secret = Zeroizing::new([0; 32]);
        context.export(REPLY, secret.as_mut_slice()).map_err(failed)?;
        Ok((Self(bytes), ReplySecret(secret)))
    }

    /// Opens a parcel with the server's key. The secret seals the reply.
    ///
    /// # Errors
    /// [`ParcelError::OtherServer`], [`ParcelError::Changed`] or [`ParcelError::Contents`].
    pub fn open(&self, key: &SealKey) -> Result<(Errand, ReplySecret), ParcelError> {
        let cut = ParcelError::Length { got: self.0.len() };
        let (clear, rest) = self.0.split_at_checked(CLEAR_BYTES).ok_or(cut)?;
        let (enc, ciphertext) = rest.split_first_chunk::<ENC_BYTES>().ok_or(cut)?;
        if clear != clear_fields(&key.public()) {
            return Err(ParcelError::OtherServer);
        }
        let changed = |_| ParcelError::Changed;
        let secret = key.for_hpke().map_err(|_| ParcelError::OtherServer)?;
        let enc = EncappedKey::from_bytes(enc).map_err(changed)?;
        let mut context =
            hpke::setup_receiver::<Aead, Kdf, Kem>(&OpModeR::Base, &secret, &enc, INFO).map_err(changed)?;
        let plain = Zeroizing::new(context.open(ciphertext, clear).map_err(changed)?);
        let errand = Errand::decode(&plain).ok_or(ParcelError::Contents)?;
        let mut secret = Zeroizing::new([0; 32]);
        context.export(REPLY, secret.as_mut_slice()).map_err(changed)?;
        Ok((errand, ReplySecret(secret)))
    }

    /// The name: SHA-256 of the bytes.
    pub fn id(&self) -> ParcelId {
        ParcelId::from_bytes(Sha256::digest(&self.0).into())
    }

    /// The bytes that are carried.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes bytes that may be a parcel; what is sealed is not looked at.
    ///
    /// # Errors
    /// [`ParcelError::Length`] or [`ParcelError::Unknown`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, ParcelError> {
        let length = ParcelError::Length { got: bytes.len() };
        if !(CLEAR_BYTES + ENC_BYTES + TAG_BYTES..=MAX_PARCEL_BYTES).contains(&bytes.len()) {
            return Err(length);
        }
        match bytes.first_chunk() {
            Some([VERSION, SUITE]) => Ok(Self(bytes)),
            Some(&[version, suite]) => Err(ParcelError::Unknown { version, suite }),
            None => Err(length),
        }
    }
}

fn clear_fields(server: &SealPublic) -> Vec<u8> {
    let hash: [u8; 32] = Sha256::digest(server.as_bytes()).into();
    let name = hash.first_chunk::<KEY_NAME_BYTES>().copied().unwrap_or_default();
    [&[VERSION, SUITE][..], &name].concat()
}

/// What the server answered to a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelAnswer {
    /// The status that the request would have had over HTTP.
    pub status: u16,
    /// The life of the server's log.
    pub epoch: u64,
    /// How many backups were begun when the request had been done.
    pub backups_begun: u64,
    /// The body of the reply.
    pub body: Vec<u8>,
}

impl ParcelAnswer {
    const HEAD_BYTES: usize = 2 + 8 + 8;

    fn encode(&self) -> Vec<u8> {
        let head =
            [&self.status.to_be_bytes()[..], &self.epoch.to_be_bytes(), &self.backups_begun.to_be_bytes()];
        [&head.concat(), self.body.as_slice()].concat()
    }

    fn decode(plain: &[u8]) -> Option<Self> {
        let (head, body) = plain.split_first_chunk::<{ Self::HEAD_BYTES }>()?;
        let (status, rest) = head.split_first_chunk()?;
        let (epoch, rest) = rest.split_first_chunk()?;
        Some(Self {
            status: u16::from_be_bytes(*status),
            epoch: u64::from_be_bytes(*epoch),
            backups_begun: u64::from_be_bytes(*rest.first_chunk()?),
            body: body.to_vec(),
        })
    }
}

/// What seals and opens the reply to one parcel. Wiped from memory when dropped.
#[derive(Clone)]
pub struct ReplySecret(Zeroizing<[u8; 32]>);

impl ReplySecret {
    /// Takes the secret as [`ReplySecret::as_bytes`] gave it.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret, to be kept under the device's data key until the reply comes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals the answer to the parcel of that name.
    pub fn seal(&self, parcel: ParcelId, answer: &ParcelAnswer, rng: &mut impl CryptoRng) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let plain = answer.encode();
        let payload = Payload { msg: &plain, aad: &reply_aad(parcel) };
        let ciphertext = XChaCha20Poly1305::new(&Key::from(*self.0))
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a reply in memory is far under the 256 GiB limit of the cipher");
        [&[VERSION][..], &nonce, &ciphertext].concat()
    }

    /// Opens the answer to the parcel of that name.
    ///
    /// # Errors
    /// [`ParcelError`] when the bytes are not what the server sealed for this parcel.
    pub fn open(&self, parcel: ParcelId, sealed: &[u8]) -> Result<ParcelAnswer, ParcelError> {
        let cut = ParcelError::Length { got: sealed.len() };
        let (&version, rest) = sealed.split_first().ok_or(cut)?;
        if version != VERSION {
            return Err(ParcelError::Unknown { version, suite: 0 });
        }
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(cut)?;
        let plain = XChaCha20Poly1305::new(&Key::from(*self.0))
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &reply_aad(parcel) })
            .map_err(|_| ParcelError::Changed)?;
        ParcelAnswer::decode(&plain).ok_or(ParcelError::Contents)
    }
}

impl fmt::Debug for ReplySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplySecret(not shown)")
    }
}

fn reply_aad(parcel: ParcelId) -> Vec<u8> {
    [REPLY, &[VERSION], parcel.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(21)
    }

    fn errand() -> Errand {
        Errand::Items { token: "tsm_secret".to_owned(), request: b"what is asked".to_vec() }
    }

    fn answer() -> ParcelAnswer {
        ParcelAnswer { status: 200, epoch: 7, backups_begun: 3, body: b"what is answered".to_vec() }
    }

    #[test]
    fn a_parcel_goes_to_the_server_and_its_reply_to_the_device() {
        let mut rng = rng();
        let server = SealKey::make(&mut rng);
        for errand in [errand(), Errand::Records { deposit: b"records".to_vec() }] {
            let (parcel, mine) = Parcel::seal(&server.public(), &errand, &mut rng).expect("it fits");
            let carried = Parcel::from_bytes(parcel.as_bytes().to_vec()).expect("a parcel");
            let (opened, theirs) = carried.open(&server).expect("the server's own key");
            assert_eq!(opened, errand);
            let reply = theirs.seal(carried.id(), &answer(), &mut rng);
            assert_eq!(mine.open(parcel.id(), &reply), Ok(answer()));
        }
    }

    #[test]
    fn who_carries_a_parcel_reads_neither_it_nor_its_reply() {
        let mut rng = rng();
        let server = SealKey::make(&mut rng);
        let (parcel, secret) = Parcel::seal(&server.public(), &errand(), &mut rng).expect("it fits");
        let reply = secret.seal(parcel.id(), &answer(), &mut rng);
        for (bytes, word) in [(parcel.as_bytes(), &b"tsm_secret"[..]), (&reply, b"answered")] {
            assert!(!bytes.windows(word.len()).any(|part| part == word));
        }
        assert_eq!(parcel.open(&SealKey::make(&mut rng)).err(), Some(ParcelError::OtherServer));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_of_a_parcel_is_refused() {
        let mut rng = rng();
        let server = SealKey::make(&mut rng);
        let (parcel, _) = Parcel::seal(&server.public(), &errand(), &mut rng).expect("it fits");
        let open =
            |bytes: Vec<u8>| Parcel::from_bytes(bytes).and_then(|parcel| parcel.open(&server).map(drop));
        let bytes = parcel.as_bytes();
        assert_eq!(open(bytes.to_vec()), Ok(()));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(changed).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(open(bytes[..length].to_vec()).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn every_flipped_bit_of_a_reply_is_refused_and_so_is_the_reply_to_another_parcel() {
        let mut rng = rng();
        let server = SealKey::make(&mut rng);
        let (parcel, secret) = Parcel::seal(&server.public(), &errand(), &mut rng).expect("it fits");
        let reply = secret.seal(parcel.id(), &answer(), &mut rng);
        for bit in 0..reply.len() * 8 {
            let mut changed = reply.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(secret.open(parcel.id(), &changed).is_err(), "bit {bit}");
        }
        let (other, theirs) = Parcel::seal(&server.public(), &errand(), &mut rng).expect("it fits");
        assert_ne!(other.id(), parcel.id(), "the same request twice is two parcels");
        assert_eq!(secret.open(other.id(), &reply), Err(ParcelError::Changed));
        assert_eq!(theirs.open(parcel.id(), &reply), Err(ParcelError::Changed));
    }
}
