//! Values that are kept as JSON.

use crate::store::{StoreError, Stored};

/// Turns JSON of our own making into a value.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Stored<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged { detail: format!("{what}: {error}") })
}

/// Turns a value into JSON.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Database(Box::new(error)))
}
