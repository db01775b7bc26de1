//! The lock on a survey's secret: authenticated encryption under a key that the caller derived
//! from a passphrase.
//!
//! ```text
//! version 1 | nonce 24 | ciphertext 32 + 16      XChaCha20-Poly1305, aad = context, version, survey
//! ```

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::SealKey;
use crate::id::SurveyId;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const CONTEXT: &[u8] = b"tsumugi/wrap/v1";

/// A locked secret could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// Cut, or of a later version.
    #[error("a locked survey secret begins with version {VERSION} and has {expected} bytes, got {got}")]
    Malformed {
        /// Bytes that a locked secret has.
        expected: usize,
        /// Bytes received.
        got: usize,
    },
    /// Another key, another survey, or changed bytes.
    #[error("the key does not open the secret of this survey")]
    WrongKey,
}

const LOCKED_BYTES: usize = 1 + NONCE_BYTES + 32 + 16;

/// Locks the secret half of `pair` under `key`, bound to `survey`.
pub fn lock(pair: &SealKey, key: &[u8; 32], survey: SurveyId, rng: &mut impl CryptoRng) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let secret = pair.secret_bytes();
    let ciphertext = XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&XNonce::from(nonce), Payload { msg: &*secret, aad: &aad(survey) })
        .expect("32 bytes are far under the limit of the cipher");
    [&[VERSION][..], &nonce, &ciphertext].concat()
}

/// Opens what [`lock`] made.
///
/// # Errors
/// [`WrapError::WrongKey`] when key, survey or bytes differ from those of locking.
pub fn unlock(locked: &[u8], key: &[u8; 32], survey: SurveyId) -> Result<SealKey, WrapError> {
    let malformed = WrapError::Malformed { expected: LOCKED_BYTES, got: locked.len() };
    let (&version, rest) = locked.split_first().ok_or(malformed)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(malformed)?;
    if version != VERSION || locked.len() != LOCKED_BYTES {
        return Err(malformed);
    }
    let secret = XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &aad(survey) })
        .map(Zeroizing::new)
        .map_err(|_| WrapError::WrongKey)?;
    SealKey::from_secret_bytes(&secret).map_err(|_| WrapError::WrongKey)
}

fn aad(survey: SurveyId) -> Vec<u8> {
    [CONTEXT, &[VERSION], survey.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn a_locked_secret_opens_with_its_key_for_its_survey_and_every_changed_bit_is_refused() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let pair = SealKey::make(&mut rng);
        let (key, survey) = ([5; 32], SurveyId::from_bytes([1; 16]));
        let locked = lock(&pair, &key, survey, &mut rng);
        let opened = unlock(&locked, &key, survey).expect("the right key opens");
        assert_eq!(opened.public(), pair.public());
        assert_eq!(*opened.secret_bytes(), *pair.secret_bytes());

        assert!(unlock(&locked, &[6; 32], survey).is_err());
        assert!(unlock(&locked, &key, SurveyId::from_bytes([2; 16])).is_err());
        for bit in 0..locked.len() * 8 {
            let mut changed = locked.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(unlock(&changed, &key, survey).is_err(), "bit {bit}");
        }
    }
}
