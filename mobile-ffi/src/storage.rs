//! A tablet's durable storage: one SQLite file.
//!
//! Owns the file: its journal mode, the checksum of each row, what happens when it is damaged.
//! Values arrive encrypted. WAL with `synchronous = FULL`: in 1,000 simulated power cuts NORMAL
//! lost up to 406 acknowledged rows and FULL none, for 0.25 to 4 ms a commit.
//!
//! The table is WITHOUT ROWID and `secure_delete` is on: the file tells neither the order in
//! which rows came nor what was deleted.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};
use tsumugi_core::device::{Batch, Entry, Storage, StorageError, Write};

use crate::aside;

const SUM_BYTES: usize = 8;
/// Written into the file's header, so that another application's file is never taken.
const APPLICATION_ID: i32 = 0x7473_6d67;
const SCHEMA_VERSION: i32 = 1;

const SCHEMA: &str = "
    CREATE TABLE entries (
        key BLOB PRIMARY KEY,
        value BLOB NOT NULL,
        sum BLOB NOT NULL
    ) WITHOUT ROWID;
";

/// What was found when the file was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Everything passed its checks, or the file is new.
    Sound,
    /// The file was damaged: it was set aside whole, and the rows that pass their checksum were
    /// taken over.
    Salvaged {
        /// Where the damaged file lies.
        aside: PathBuf,
        /// Rows taken over.
        rows: usize,
        /// Rows that were read and did not pass.
        lost: usize,
    },
}

/// One SQLite file.
#[derive(Debug)]
pub struct SqliteStorage {
    connection: Connection,
}

impl SqliteStorage {
    /// Opens the file, or makes it. A damaged one is set aside, never deleted, and what can be
    /// read of it is taken over.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] when the file belongs to another program or a later version;
    /// [`StorageError::Io`] when it cannot be made.
    pub fn open(path: &Path) -> Result<(Self, Opened), StorageError> {
        if let Some(aside) = aside::finish(path).map_err(moving)? {
            return Self::open_new(path)?.tell_salvage(aside);
        }
        match Self::open_sound(path) {
            Ok(storage) => Ok((storage, Opened::Sound)),
            Err(Unsound::Other(error)) => Err(error),
            Err(Unsound::Damaged) => Self::salvage(path),
        }
    }

    /// A storage that ends with the process, for tests.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn in_memory() -> Result<Self, StorageError> {
        let connection = Connection::open_in_memory().map_err(failure)?;
        connection.execute_batch(SCHEMA).map_err(failure)?;
        Ok(Self { connection })
    }

    fn open_sound(path: &Path) -> Result<Self, Unsound> {
        let connection = Connection::open(path).map_err(unsound)?;
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = FULL;
                 PRAGMA secure_delete = ON;
                 PRAGMA busy_timeout = 5000;",
            )
            .map_err(unsound)?;
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let application = pragma("application_id").map_err(unsound)?;
        let version = pragma("user_version").map_err(unsound)?;
        match (application, version) {
            (0, 0) => {
                let marks = format!(
                    "BEGIN;
                     {SCHEMA}
                     PRAGMA application_id = {APPLICATION_ID};
                     PRAGMA user_version = {SCHEMA_VERSION};
                     COMMIT;"
                );
                connection.execute_batch(&marks).map_err(unsound)?;
            }
            (APPLICATION_ID, SCHEMA_VERSION) => {}
            (APPLICATION_ID, later) => {
                let detail = format!("the file was written by a later version ({later})");
                return Err(Unsound::Other(StorageError::Damaged { detail }));
            }
            _ => {
                let detail = "the file belongs to another program".to_owned();
                return Err(Unsound::Other(StorageError::Damaged { detail }));
            }
        }
        let check: String =
            connection.pragma_query_value(None, "quick_check", |row| row.get(0)).map_err(unsound)?;
        let read = rows(&connection).map_err(Unsound::Other)?;
        let sound = check == "ok" && read.iter().all(|row| row.entry().is_some());
        if sound { Ok(Self { connection }) } else { Err(Unsound::Damaged) }
    }

    /// Writes what can be read of a damaged file into a new one, durable before any name changes.
    fn salvage(path: &Path) -> Result<(Self, Opened), StorageError> {
        let read = rows(&Connection::open(path).map_err(failure)?)?;
        let total = read.len();
        aside::forget_rescue(path).map_err(moving)?;
        let mut rescue = Self::open_new(&aside::rescue_of(path))?;
        let mut batch = Batch::default();
        for (key, value) in read.into_iter().filter_map(Row::into_entry) {
            batch.put(key, value);
        }
        let rows = batch.writes.len();
        rescue.commit(batch)?;
        // Closing folds the log into the file, which is what gets the name.
        rescue.connection.close().map_err(|(_, error)| failure(error))?;
        let aside = aside::change_places(path).map_err(moving)?;
        Ok((Self::open_new(path)?, Opened::Salvaged { aside, rows, lost: total - rows }))
    }

    /// Tells again what a salvage had found that a cut kept from telling.
    fn tell_salvage(self, aside: PathBuf) -> Result<(Self, Opened), StorageError> {
        let held = rows(&self.connection)?.len();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let damaged = rows(&Connection::open_with_flags(&aside, flags).map_err(failure)?)?;
        Ok((self, Opened::Salvaged { aside, rows: held, lost: damaged.len().saturating_sub(held) }))
    }

    fn open_new(path: &Path) -> Result<Self, StorageError> {
        Self::open_sound(path).map_err(|error| match error {
            Unsound::Other(error) => error,
            Unsound::Damaged => {
                StorageError::Damaged { detail: "a new file does not pass its checks".to_owned() }
            }
        })
    }
}

enum Unsound {
    Damaged,
    Other(StorageError),
}

/// A row as it lies in the file.
struct Row {
    key: Vec<u8>,
    value: Vec<u8>,
    sum: Vec<u8>,
}

impl Row {
    /// A row whose columns are of other types: one bit of its head makes a key a number.
    const fn unreadable() -> Self {
        Self { key: Vec::new(), value: Vec::new(), sum: Vec::new() }
    }

    fn entry(&self) -> Option<()> {
        (self.sum == sum_of(&self.key, &self.value)).then_some(())
    }

    fn into_entry(self) -> Option<Entry> {
        self.entry().map(|()| (self.key, self.value))
    }
}

/// Every row that can be read; a damaged page ends the walk in one direction, so it goes both ways.
/// A disk that does not answer is no damage: the walk fails, and the file stays as it is.
fn rows(connection: &Connection) -> Result<Vec<Row>, StorageError> {
    let mut found = BTreeMap::new();
    for order in ["ASC", "DESC"] {
        walk(connection, order, &mut found).or_else(|error| match failure(error) {
            StorageError::Damaged { .. } => Ok(()),
            other => Err(other),
        })?;
    }
    Ok(found.into_values().collect())
}

fn walk(connection: &Connection, order: &str, found: &mut BTreeMap<Vec<u8>, Row>) -> rusqlite::Result<()> {
    let sql = format!("SELECT key, value, sum FROM entries ORDER BY key {order}");
    let mut statement = match connection.prepare(&sql) {
        // A file that was cut off or overwritten may have no such table any more.
        Err(rusqlite::Error::SqlInputError { .. }) => return Ok(()),
        prepared => prepared?,
    };
    let mut cursor = statement.query([])?;
    while let Some(row) = cursor.next()? {
        let row = read_row(row).unwrap_or_else(|_| Row::unreadable());
        found.insert(row.key.clone(), row);
    }
    Ok(())
}

fn moving(error: io::Error) -> StorageError {
    match error.kind() {
        io::ErrorKind::StorageFull => StorageError::Full,
        _ => StorageError::Io { detail: error.to_string() },
    }
}

fn sum_of(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update((key.len() as u64).to_le_bytes());
    hash.update(key);
    hash.update(value);
    hash.finalize().into_iter().take(SUM_BYTES).collect()
}

fn put(tx: &Transaction<'_>, key: &[u8], value: &[u8]) -> rusqlite::Result<usize> {
    tx.prepare_cached("INSERT INTO entries (key, value, sum) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET value = ?2, sum = ?3")?
        .execute(params![key, value, sum_of(key, value)])
}

fn delete(tx: &Transaction<'_>, key: &[u8]) -> rusqlite::Result<usize> {
    tx.prepare_cached("DELETE FROM entries WHERE key = ?1")?.execute([key])
}

impl Storage for SqliteStorage {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let row = self
            .connection
            .prepare_cached("SELECT key, value, sum FROM entries WHERE key = ?1")
            .and_then(|mut statement| statement.query_row([key], read_row).optional())
            .map_err(failure)?;
        row.map(|row| checked(row).map(|(_, value)| value)).transpose()
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StorageError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key, value, sum FROM entries WHERE key >= ?1 ORDER BY key")
            .map_err(failure)?;
        let mut cursor = statement.query([prefix]).map_err(failure)?;
        let mut entries = Vec::new();
        while let Some(row) = cursor.next().map_err(failure)? {
            let row = read_row(row).map_err(failure)?;
            if !row.key.starts_with(prefix) {
                break;
            }
            entries.push(checked(row)?);
        }
        Ok(entries)
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StorageError> {
        let tx = self.connection.transaction().map_err(failure)?;
        for write in &batch.writes {
            match write {
                Write::Put { key, value } => put(&tx, key, value),
                Write::Delete { key } => delete(&tx, key),
            }
            .map_err(failure)?;
        }
        tx.commit().map_err(failure)
    }
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row { key: row.get(0)?, value: row.get(1)?, sum: row.get(2)? })
}

fn checked(row: Row) -> Result<Entry, StorageError> {
    row.into_entry()
        .ok_or_else(|| StorageError::Damaged { detail: "a row does not pass its checksum".to_owned() })
}

fn failure(error: rusqlite::Error) -> StorageError {
    if matches!(error, rusqlite::Error::InvalidColumnType(..)) {
        return StorageError::Damaged { detail: "a row has columns of other types".to_owned() };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StorageError::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StorageError::Damaged { detail: "the file does not pass the checks of SQLite".to_owned() }
        }
        _ => StorageError::Io { detail: error.to_string() },
    }
}

fn unsound(error: rusqlite::Error) -> Unsound {
    match failure(error) {
        StorageError::Damaged { .. } => Unsound::Damaged,
        other => Unsound::Other(other),
    }
}

#[cfg(test)]
#[path = "storage_tests.rs"]
mod tests;
