//! What the platform brings: clock, randomness, the key store.

use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use rand_core::{Rng as _, UnwrapErr};
use tsumugi_core::{form::Start, moment::Moment};

use crate::error::KeyError;

/// The platform's key store (Android Keystore, Keychain). It wraps the 32-byte data key.
#[uniffi::export(with_foreign)]
pub trait DataKey: Send + Sync {
    /// Gives the data key: 32 bytes, always the same on this device.
    ///
    /// # Errors
    /// [`KeyError`] when the store is locked.
    fn data_key(&self) -> Result<Vec<u8>, KeyError>;
}

/// Where the tablet stands.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Locale {
    /// Tag of the language that forms show first.
    pub language: String,
    /// Minutes east of UTC (Tokyo: 540).
    pub utc_offset_minutes: i16,
}

/// The operating system's randomness; a device without any cannot work.
pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

impl Locale {
    /// Now, by the platform's clock; before 1970 counts backwards.
    pub(crate) fn now(&self) -> Moment {
        let unix_ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Moment { unix_ms, offset_minutes: self.utc_offset_minutes }
    }

    /// How a form is opened here and now.
    pub(crate) fn start(&self, device: Option<String>) -> Start {
        Start {
            now: self.now(),
            seed: rng().next_u64(),
            device,
            properties: std::collections::BTreeMap::new(),
            language: self.language.clone(),
        }
    }
}
