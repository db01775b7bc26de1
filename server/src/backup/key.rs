//! Keys of backups, in the format of age (X25519).

use std::{io::BufRead, str::FromStr};

use age::{Identity, Recipient, secrecy::ExposeSecret, x25519};

use super::BackupError;

/// Secret keys that may open a backup.
#[derive(Default)]
pub struct Keys(pub(super) Vec<x25519::Identity>);

impl Keys {
    /// Reads a key file: a line `AGE-SECRET-KEY-1…` for each key, `#` before a remark.
    ///
    /// # Errors
    /// [`BackupError::Key`] names the line; the line itself is not repeated.
    pub fn read(text: impl BufRead) -> Result<Self, BackupError> {
        let mut keys = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |reason: String| BackupError::Key { text: format!("line {number}"), reason };
            let line = line.map_err(|error| wrong(error.to_string()))?;
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                keys.push(x25519::Identity::from_str(line).map_err(|reason| wrong(reason.to_owned()))?);
            }
        }
        Ok(Self(keys))
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &dyn Identity> {
        self.0.iter().map(|key| key as &dyn Identity)
    }
}

/// Makes a key: the text of its file, and the public key that backups are encrypted for.
pub fn new_identity() -> (String, String) {
    let identity = x25519::Identity::generate();
    let public = identity.to_public().to_string();
    let file = format!("# public key: {public}\n{}\n", identity.to_string().expose_secret());
    (file, public)
}

/// Reads a public key (`age1…`).
///
/// # Errors
/// [`BackupError::Key`].
pub fn parse_recipient(text: &str) -> Result<Box<dyn Recipient + Send>, BackupError> {
    let text = text.trim();
    let secret = text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY");
    match x25519::Recipient::from_str(text) {
        Ok(recipient) => Ok(Box::new(recipient)),
        Err(_) if secret => Err(BackupError::Key {
            text: "AGE-SECRET-KEY-…".to_owned(),
            reason: "this is a secret key; give the public key, which begins with `age1`".to_owned(),
        }),
        Err(reason) => Err(BackupError::Key { text: text.to_owned(), reason: reason.to_owned() }),
    }
}
