//! The object that an app holds.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    str::FromStr,
    sync::{Arc, Mutex},
};

use tsumugi_core::device::Device;

use crate::{
    error::TabletError,
    host::{DataKey, Locale, rng},
    storage::{Opened, SqliteStorage},
};

const FILE: &str = "tsumugi.db";

/// What was found when the storage was opened.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum StorageCheck {
    /// Everything passed.
    Sound,
    /// The file was damaged; it was set aside whole, and what could be read was taken over.
    Salvaged {
        /// Where the damaged file lies.
        aside: String,
        /// Entries taken over.
        entries: u64,
        /// Entries that did not pass their checksum.
        lost: u64,
    },
}

impl From<Opened> for StorageCheck {
    fn from(opened: Opened) -> Self {
        match opened {
            Opened::Sound => Self::Sound,
            Opened::Salvaged { aside, rows, lost } => {
                Self::Salvaged { aside: aside.display().to_string(), entries: rows as u64, lost: lost as u64 }
            }
        }
    }
}

/// A tablet: core's `Device` over one SQLite file. Every call is synchronous; the app calls
/// from a background thread and moves the bytes of the exchange itself.
#[derive(uniffi::Object)]
pub struct Tablet {
    device: Mutex<Device<SqliteStorage>>,
    pub(crate) locale: Locale,
    check: StorageCheck,
}

#[uniffi::export]
impl Tablet {
    /// Opens the tablet's file in `folder`, or makes it.
    ///
    /// # Errors
    /// [`TabletError::StorageDamaged`] when the data key is another one than the file was written
    /// with, or the file belongs to another program.
    #[uniffi::constructor]
    pub fn open(folder: String, key: Arc<dyn DataKey>, locale: Locale) -> Result<Arc<Self>, TabletError> {
        caught(|| {
            let data_key = key.data_key().map_err(|error| TabletError::internal(&error))?;
            let data_key = <[u8; 32]>::try_from(data_key).map_err(|key| {
                TabletError::internal(&format!("a data key has 32 bytes, got {}", key.len()))
            })?;
            let (storage, opened) = SqliteStorage::open(&Path::new(&folder).join(FILE))?;
            let device = Device::open(storage, data_key, locale.now(), &mut rng())?;
            Ok(Arc::new(Self { device: Mutex::new(device), locale, check: opened.into() }))
        })
    }

    /// What was found when the storage was opened.
    pub fn storage_check(&self) -> StorageCheck {
        self.check.clone()
    }
}

impl Tablet {
    /// Runs `call` on the device, alone. After a panic the object stays closed: the app opens
    /// another one, which holds what the storage holds.
    pub(crate) fn with<T>(
        &self,
        call: impl FnOnce(&mut Device<SqliteStorage>) -> Result<T, TabletError>,
    ) -> Result<T, TabletError> {
        let mut device =
            self.device.lock().map_err(|_| TabletError::internal(&"closed after a fault; open it again"))?;
        caught(|| call(&mut device))
    }
}

/// Turns a panic into a report.
fn caught<T>(call: impl FnOnce() -> Result<T, TabletError>) -> Result<T, TabletError> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(TabletError::internal(&"a fault was caught; open the tablet again")))
}

/// Reads an id that came from the app.
pub(crate) fn id<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, TabletError> {
    text.parse().map_err(|error: T::Err| TabletError::internal(&error))
}
