//! Who recorded a change and when, as a company form shows it beside a conflict.

use serde::{Deserialize, Serialize};

/// The most bytes that the commit message of a change may have.
pub(super) const MAX_MESSAGE_BYTES: usize = 256;

/// Who recorded a change and when: a claim of the device, shown to people of the same
/// response, never used to order or to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Name or department as typed on the device (`経理 佐藤`).
    pub by: String,
    /// RFC 3339 instant of the device's clock.
    pub at: String,
}

impl Author {
    /// The commit message: JSON `{"by":…,"at":…}` of at most 256 bytes; a longer name is cut
    /// at a character.
    pub(super) fn to_message(&self) -> Option<String> {
        let mut by = self.by.clone();
        loop {
            let message = serde_json::to_string(&Self { by: by.clone(), at: self.at.clone() }).ok()?;
            if message.len() <= MAX_MESSAGE_BYTES {
                return Some(message);
            }
            by.pop()?;
        }
    }

    /// Reads a commit message; `None` when a change says nothing readable about its author.
    pub(super) fn from_message(message: &str) -> Option<Self> {
        serde_json::from_str(message).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        let author = Author { by: "佐藤".repeat(100), at: "2026-11-22T09:12:00+09:00".to_owned() };
        let message = author.to_message().unwrap();
        assert!(message.len() <= MAX_MESSAGE_BYTES && message.len() > MAX_MESSAGE_BYTES - 3);
        let read = Author::from_message(&message).unwrap();
        assert!(author.by.starts_with(&read.by));
        assert_eq!(read.at, author.at);
    }

    #[test]
    fn a_message_of_another_shape_names_nobody() {
        assert_eq!(Author::from_message("hello"), None);
        assert_eq!(Author::from_message(""), None);
    }
}
