//! The key pair of a survey: sealed to in the field, opened with when it is counted.

use std::{fmt, str::FromStr};

use hpke::{Deserializable as _, Kem as _, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The KEM of suite 1 (RFC 9180, 7.1).
pub(super) type Kem = hpke::kem::X25519HkdfSha256;
pub(super) type PublicKey = <Kem as hpke::Kem>::PublicKey;
pub(super) type PrivateKey = <Kem as hpke::Kem>::PrivateKey;

/// Bytes of a public and of a secret key.
const KEY_BYTES: usize = 32;

/// The text or bytes were not a key of suite 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a survey key is {KEY_BYTES} bytes of an X25519 key, 64 hexadecimal digits")]
pub struct ParseSealKeyError;

/// The public half: answers are sealed to it. Prints and reads hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealPublic([u8; KEY_BYTES]);

impl SealPublic {
    /// The bytes of the X25519 key.
    pub const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    pub(super) fn for_hpke(&self) -> Result<PublicKey, ParseSealKeyError> {
        PublicKey::from_bytes(&self.0).map_err(|_| ParseSealKeyError)
    }
}

impl fmt::Display for SealPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for SealPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealPublic({self})")
    }
}

impl FromStr for SealPublic {
    type Err = ParseSealKeyError;

    fn from_str(text: &str) -> Result<Self, ParseSealKeyError> {
        let mut bytes = [0; KEY_BYTES];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| ParseSealKeyError)?;
        let key = Self(bytes);
        key.for_hpke().map(|_| key)
    }
}

/// The pair of a survey. The secret half is wiped from memory when dropped and is never printed.
pub struct SealKey {
    secret: Zeroizing<[u8; KEY_BYTES]>,
    public: SealPublic,
}

impl SealKey {
    /// Makes a new pair.
    pub fn make(rng: &mut impl CryptoRng) -> Self {
        let mut material = Zeroizing::new([0; KEY_BYTES]);
        rng.fill_bytes(&mut *material);
        let (secret, public) = Kem::derive_keypair(&*material);
        Self {
            secret: Zeroizing::new(secret.to_bytes().into()),
            public: SealPublic(public.to_bytes().into()),
        }
    }

    /// Takes the secret half as [`SealKey::secret_bytes`] gave it.
    ///
    /// # Errors
    /// [`ParseSealKeyError`] when the bytes are not 32.
    pub fn from_secret_bytes(secret: &[u8]) -> Result<Self, ParseSealKeyError> {
        let secret: Zeroizing<[u8; KEY_BYTES]> =
            Zeroizing::new(secret.try_into().map_err(|_| ParseSealKeyError)?);
        let private = PrivateKey::from_bytes(&*secret).map_err(|_| ParseSealKeyError)?;
        let public = SealPublic(Kem::sk_to_pk(&private).to_bytes().into());
        Ok(Self { secret, public })
    }

    /// The public half.
    pub const fn public(&self) -> SealPublic {
        self.public
    }

    /// The secret half, to be locked ([`super::lock`]) and kept; wiped when dropped.
    pub fn secret_bytes(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.secret.clone()
    }

    pub(super) fn for_hpke(&self) -> Result<PrivateKey, ParseSealKeyError> {
        PrivateKey::from_bytes(&*self.secret).map_err(|_| ParseSealKeyError)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey(public {}, secret not shown)", self.public)
    }
}
