//! Rich text: the Markdown subset of XLSForm labels as a tree, and ruby over kanji.

use serde::{Deserialize, Serialize};

/// A label, a hint: pieces of text in order.
pub type Rich = Vec<Piece>;

/// A piece of rich text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Piece {
    /// Plain text.
    Text {
        /// The text.
        v: String,
    },
    /// Strong emphasis (`**…**`).
    Strong {
        /// What is emphasised.
        c: Rich,
    },
    /// Emphasis (`*…*`, `_…_`).
    Em {
        /// What is emphasised.
        c: Rich,
    },
    /// A link (`[…](https://…)`).
    Link {
        /// Target: `https`, `http`, `mailto` or `tel` only.
        href: String,
        /// What is shown.
        c: Rich,
    },
    /// A line break.
    Br,
    /// A heading (`# …`).
    H {
        /// 1 to 6.
        level: u8,
        /// What is shown.
        c: Rich,
    },
    /// Reading above characters (`{漢字|かんじ}`).
    Ruby {
        /// The characters.
        base: String,
        /// How they are read.
        text: String,
    },
}
