//! Encryption of what a device keeps: XChaCha20-Poly1305 under the data key.
//!
//! ```text
//! version 1 | nonce 24 | ciphertext + 16      aad = context, version, the storage key of the value
//! ```
//!
//! The data key lives in the platform's key store and comes from the host. A value moved under
//! another storage key does not open.

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use rand_core::CryptoRng;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const CONTEXT: &[u8] = b"tsumugi/vault/v1";

/// A value could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Cut, or of a later version.
    #[error("a stored value of {got} bytes is cut or of a later version")]
    Malformed {
        /// Bytes read.
        got: usize,
    },
    /// Another data key, or changed bytes.
    #[error("the data key does not open what is stored")]
    WrongKey,
}

/// The cipher under the device's data key.
pub struct Vault(XChaCha20Poly1305);

impl Vault {
    /// Takes the data key.
    pub fn new(data_key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(*data_key)))
    }

    /// Encrypts `plain` for the place `storage_key`.
    pub fn seal(&self, storage_key: &[u8], plain: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: &aad(storage_key) };
        let ciphertext = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a value in memory is far under the 256 GiB limit of the cipher");
        [&[VERSION][..], &nonce, &ciphertext].concat()
    }

    /// Decrypts what [`Vault::seal`] made for the same place.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] when the data key, the place or the bytes are not those of sealing.
    pub fn open(&self, storage_key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let malformed = VaultError::Malformed { got: sealed.len() };
        let (&version, rest) = sealed.split_first().ok_or(malformed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(malformed)?;
        if version != VERSION {
            return Err(malformed);
        }
        self.0
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &aad(storage_key) })
            .map_err(|_| VaultError::WrongKey)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(key not shown)")
    }
}

fn aad(storage_key: &[u8]) -> Vec<u8> {
    [CONTEXT, &[VERSION], storage_key].concat()
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn a_value_opens_in_its_place_with_its_key_and_every_changed_bit_is_refused() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let vault = Vault::new(&[1; 32]);
        let sealed = vault.seal(b"place", b"value", &mut rng);
        assert_eq!(vault.open(b"place", &sealed).as_deref(), Ok(&b"value"[..]));
        assert_eq!(vault.open(b"elsewhere", &sealed), Err(VaultError::WrongKey));
        assert_eq!(Vault::new(&[2; 32]).open(b"place", &sealed), Err(VaultError::WrongKey));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(vault.open(b"place", &changed).is_err(), "bit {bit}");
        }
        assert!(!sealed.windows(5).any(|part| part == b"value"));
    }
}
