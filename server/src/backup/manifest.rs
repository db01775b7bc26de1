//! What a backup says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::store::Contents;

/// The first file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Version of this layout.
    pub layout: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// When it was begun, RFC 3339.
    pub begun: String,
    /// Its number in the life of the log.
    pub number: u64,
    /// The life of the log, hexadecimal.
    pub epoch: String,
    /// What the database holds.
    pub contents: Contents,
    /// Each other file: length and SHA-256.
    pub files: BTreeMap<String, FileSum>,
}

/// Length and hash of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// The layout that this program writes.
pub(super) const LAYOUT: u32 = 1;
/// Name of the manifest in the archive.
pub(super) const MANIFEST: &str = "manifest.json";
/// Name of its hash: the last file of the archive.
pub(super) const MANIFEST_SUM: &str = "manifest.sha256";
/// Name of the database in the archive.
pub(super) const DATABASE: &str = "tsumugi.db";
/// Other files of the data folder that a server needs again.
pub(super) const SETTINGS: [&str; 3] = ["tsumugi.toml", "indicators.toml", "population.csv"];
