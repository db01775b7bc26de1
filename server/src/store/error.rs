//! What can go wrong with the store.

/// The store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No space is left; nothing was written, reading goes on.
    #[error("no space is left for the database")]
    Full,
    /// The file is not a sound database. It is left as it is.
    #[error("the database is damaged: {detail}")]
    Damaged {
        /// The database's own words.
        detail: String,
    },
    /// Written by a later version of the program.
    #[error("the database has schema version {found}, this program knows {known}")]
    Newer {
        /// Version of the file.
        found: i64,
        /// Version of the program.
        known: i64,
    },
    /// What was asked for changed meanwhile, or is not there.
    #[error("{what} is not there")]
    Missing {
        /// What.
        what: &'static str,
    },
    /// The store is shutting down.
    #[error("the store has stopped")]
    Stopped,
    /// Anything else; the outcome of a write is unknown and must be asked by id.
    #[error("the database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}
