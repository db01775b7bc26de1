//! Reading of case files.

use std::io::Read as _;

use serde::de::DeserializeOwned;

/// Reads gzip-compressed JSON.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_string(&mut text)
        .map_err(|error| format!("not gzip-compressed text: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("not a file of cases: {error}"))
}
