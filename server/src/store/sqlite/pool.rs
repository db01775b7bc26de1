//! Readers: a few connections that wait in a row.

use std::{
    path::Path,
    sync::{Condvar, Mutex, PoisonError},
};

use rusqlite::Connection;

use super::connection::open_reader;
use crate::store::StoreError;

/// Connections that only read.
pub(super) struct Pool {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Pool {
    /// Opens `count` readers.
    pub(super) fn open(path: &Path, count: usize) -> Result<Self, StoreError> {
        let readers: Result<Vec<_>, _> = (0..count.max(1)).map(|_| open_reader(path)).collect();
        Ok(Self { idle: Mutex::new(readers?), returned: Condvar::new() })
    }

    /// Runs `job` on a reader, in one view of the database.
    pub(super) fn read<T>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let reader = Borrowed { connection: Some(self.take()), pool: self };
        let connection = reader.connection.as_ref().ok_or(StoreError::Stopped)?;
        connection.prepare_cached("BEGIN")?.execute([])?;
        let outcome = job(connection);
        connection.prepare_cached("COMMIT")?.execute([])?;
        outcome
    }

    fn take(&self) -> Connection {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = idle.pop() {
                return connection;
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Gives the reader back, also when the job panics.
struct Borrowed<'a> {
    connection: Option<Connection>,
    pool: &'a Pool,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            self.pool.returned.notify_one();
        }
    }
}
