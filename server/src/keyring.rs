//! Keys under passphrases, and passwords.
//!
//! Owns Argon2id. A passphrase becomes 32 bytes that lock a survey's secret key (in core);
//! a password becomes a hash. Nothing here is written down.

use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::{CryptoRng, UnwrapErr};
use zeroize::Zeroizing;

/// Fewest characters of a password or passphrase.
pub const MIN_CHARACTERS: usize = 12;

/// Argon2 could not run.
#[derive(Debug, thiserror::Error)]
#[error("a key cannot be derived with {memory_kib} KiB of memory")]
pub struct KeyringError {
    memory_kib: u32,
}

/// The host's source of randomness.
pub fn host_rng() -> impl CryptoRng {
    UnwrapErr(getrandom::SysRng)
}

/// 16 random bytes.
pub fn make_salt() -> [u8; 16] {
    make_bytes()
}

/// Random bytes of the host.
pub fn make_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand_core::Rng::fill_bytes(&mut host_rng(), &mut bytes);
    bytes
}

/// Derives 32 bytes from a passphrase or password: Argon2id, two passes, one lane.
///
/// # Errors
/// [`KeyringError`] when the memory is outside of what Argon2 takes.
pub fn derive(passphrase: &str, salt: &[u8], memory_kib: u32) -> Result<Zeroizing<[u8; 32]>, KeyringError> {
    let failed = |_| KeyringError { memory_kib };
    let params = Params::new(memory_kib, 2, 1, Some(32)).map_err(failed)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(failed)?;
    Ok(key)
}

/// Compares without telling by time where two secrets differ.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::{derive, same};

    #[test]
    fn one_passphrase_and_salt_give_one_key() {
        let key = derive("a long passphrase", b"0123456789abcdef", 64).unwrap();
        assert!(same(
            key.as_slice(),
            derive("a long passphrase", b"0123456789abcdef", 64).unwrap().as_slice()
        ));
        assert!(!same(
            key.as_slice(),
            derive("a long passphrase", b"0123456789abcdeg", 64).unwrap().as_slice()
        ));
    }
}
