//! The SQLite log holds core's contract of an item store.

use std::sync::Mutex;

use tsumugi_core::item_store_contract;
use tsumugi_server::store::{Items, SqliteStore};

/// A store that lives as long as the test process, in a folder that is removed at its end.
fn empty() -> &'static SqliteStore {
    static FOLDERS: Mutex<Vec<tempfile::TempDir>> = Mutex::new(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("log.db"), 2, 0).unwrap();
    FOLDERS.lock().unwrap().push(folder);
    Box::leak(Box::new(store))
}

item_store_contract!(Items(empty()));
