//! Backups: one file with everything, verified by restoring it.
//!
//! Owns the archive (tar, encrypted with age where keys are named), the making, the check and
//! the way back. A backup counts when its very bytes on the disk were opened, unpacked and
//! read to the last row; only then do devices let go of their copies.

mod archive;
mod error;
mod key;
mod make;
mod manifest;
mod restore;

pub use error::BackupError;
pub use key::{Keys, new_identity, parse_recipient};
pub use make::{Made, is_due, make};
pub use manifest::Manifest;
pub use restore::{Restored, restore, verify};
