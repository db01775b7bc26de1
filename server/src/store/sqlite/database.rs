//! The database as a whole.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use rusqlite::Connection;

use super::{connection, pool::Pool, totals::Totals, writer::Writer};
use crate::{
    keyring,
    store::{Store, StoreError, Stored, Upkeep},
};

/// The server's database in one SQLite file.
pub struct SqliteStore {
    // Readers go first: the writer's last checkpoint then has the file alone.
    pool: Pool,
    writer: Writer,
    file: PathBuf,
    epoch: AtomicU64,
    totals: Totals,
}

impl SqliteStore {
    /// Opens the file at `path`, makes it when it is missing, and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and [`StoreError::Newer`] leave the file as it is.
    pub fn open(path: &Path, readers: usize, max_pages: u64) -> Stored<Self> {
        let writer = connection::open_writer(path, max_pages)?;
        let epoch = connection::meta_or_insert(&writer, "epoch", &keyring::make_bytes::<8>())?;
        // Zero means "no epoch yet" on the wire.
        let epoch = u64::from_le_bytes(epoch.try_into().unwrap_or_default()).max(1);
        let pool = Pool::open(path, readers)?;
        Ok(Self {
            pool,
            writer: Writer::start(writer)?,
            file: path.to_owned(),
            epoch: AtomicU64::new(epoch),
            totals: Totals::default(),
        })
    }

    pub(super) fn log_epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    pub(super) const fn totals(&self) -> &Totals {
        &self.totals
    }

    pub(super) fn set_epoch(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::Relaxed);
    }

    pub(super) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.writer.write(job)
    }

    /// Runs a long job on a connection of its own, outside of any transaction.
    pub(super) fn copy<T>(&self, job: impl FnOnce(&Connection) -> Stored<T>) -> Stored<T> {
        job(&connection::open_reader(&self.file)?)
    }

    pub(super) fn read<T>(&self, job: impl FnOnce(&Connection) -> Stored<T>) -> Stored<T> {
        self.pool.read(job)
    }
}

impl Upkeep for SqliteStore {
    fn secret(&self, name: &'static str) -> Stored<[u8; 32]> {
        let key = format!("secret/{name}");
        if let Some(bytes) = self.read(|db| connection::meta(db, &key))? {
            return bytes.try_into().map_err(|_| StoreError::Missing { what: "a secret of 32 bytes" });
        }
        let made: [u8; 32] = keyring::make_bytes();
        let bytes = self.write(move |db| connection::meta_or_insert(db, &key, &made))?;
        bytes.try_into().map_err(|_| StoreError::Missing { what: "a secret of 32 bytes" })
    }

    fn verify(&self) -> Stored<Vec<String>> {
        self.read(|db| {
            let mut wrong = connection::integrity(db)?;
            wrong.extend(super::log::changed_items(db)?);
            wrong.extend(super::catalogue::changed_forms(db)?);
            wrong.extend(super::sealed::changed_records(db)?);
            wrong.extend(super::parcels::changed_parcels(db)?);
            Ok(wrong)
        })
    }
}

impl Store for SqliteStore {}
