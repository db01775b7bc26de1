//! What a tablet or a browser does, whatever the host.

mod storage;

pub use storage::{Batch, Entry, Storage, StorageError, Write};
