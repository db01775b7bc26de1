//! Texts for people, by language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The same text in several languages, by BCP 47 tag (`ja`, `ja-simple`, `en`).
/// The tag `default` holds the text of a column without a language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localized(pub BTreeMap<String, String>);

impl Localized {
    /// One text without a language.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(BTreeMap::from([("default".to_owned(), text.into())]))
    }

    /// Texts by language.
    pub fn of<const N: usize>(texts: [(&str, &str); N]) -> Self {
        Self(texts.into_iter().map(|(tag, text)| (tag.to_owned(), text.to_owned())).collect())
    }

    /// True when no language has a text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in `language`, else in its base language, else without language, else
    /// in Japanese, else in English, else in the first language there is.
    pub fn get(&self, language: &str) -> &str {
        let base = language.split('-').next().unwrap_or(language);
        [language, base, "default", "ja", "en"]
            .into_iter()
            .find_map(|tag| self.0.get(tag))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }
}

/// `日本語 (ja)` is tag `ja` and name `日本語`; a spelling without a tag is both.
pub fn tag_and_name(spelling: &str) -> (String, String) {
    let split = spelling.strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    match split {
        Some((name, tag)) if is_tag(tag) && !name.is_empty() => (tag.to_owned(), name.to_owned()),
        _ => (spelling.to_owned(), spelling.to_owned()),
    }
}

/// True for what looks like a BCP 47 tag.
fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    parts
        .next()
        .is_some_and(|main| (2..=3).contains(&main.len()) && main.chars().all(|c| c.is_ascii_alphabetic()))
        && parts.all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::Localized;

    #[test]
    fn easy_japanese_falls_back_to_japanese() {
        let text = Localized::of([("ja", "孤独"), ("en", "lonely")]);
        assert_eq!(text.get("ja-simple"), "孤独");
        assert_eq!(text.get("en"), "lonely");
        assert_eq!(text.get("ko"), "孤独");
    }
}
