//! Languages: what stands after `::` in a heading (`label::日本語 (ja)`).

use std::collections::BTreeMap;

use super::header::{Field, Record, TRANSLATED, Table};
use crate::text::{Localized, tag_and_name};

/// Languages of the headings: the tag of each spelling, in column order.
#[derive(Debug, Clone, Default)]
pub(super) struct Languages {
    /// Spelling in headings, tag, name for people.
    known: Vec<(String, String, String)>,
    /// The tag that a column without a language has.
    pub(super) unnamed: String,
}

impl Languages {
    /// Collects the languages of the columns; `default` is the setting `default_language`.
    pub(super) fn of(tables: &[&Table], default: &str) -> Self {
        let mut languages = Self { known: Vec::new(), unnamed: "default".to_owned() };
        for column in tables.iter().flat_map(|table| &table.columns) {
            if let Some(spelling) =
                column.language.as_ref().filter(|_| TRANSLATED.contains(&column.base.as_str()))
            {
                languages.add(spelling);
            }
        }
        if !default.is_empty() && default != "default" {
            languages.unnamed = languages.find(default).unwrap_or_else(|| languages.add(default));
        }
        languages
    }

    fn add(&mut self, spelling: &str) -> String {
        if let Some((_, tag, _)) = self.known.iter().find(|(known, ..)| known == spelling) {
            return tag.clone();
        }
        let (tag, name) = tag_and_name(spelling);
        let taken = self.known.iter().any(|(_, known, _)| *known == tag);
        let (tag, name) = if taken { (spelling.to_owned(), spelling.to_owned()) } else { (tag, name) };
        self.known.push((spelling.to_owned(), tag.clone(), name));
        tag
    }

    /// The tag of a language named by its spelling, its tag or its name.
    fn find(&self, word: &str) -> Option<String> {
        let by =
            |test: &dyn Fn(&(String, String, String)) -> bool| self.known.iter().find(|known| test(known));
        by(&|(spelling, ..)| spelling == word)
            .or_else(|| by(&|(_, tag, _)| tag == word))
            .or_else(|| by(&|(.., name)| name == word))
            .map(|(_, tag, _)| tag.clone())
    }

    /// The tag of a field's language.
    pub(super) fn tag(&self, field: &Field) -> String {
        field
            .language
            .as_ref()
            .map_or_else(|| self.unnamed.clone(), |name| self.find(name).unwrap_or_else(|| name.clone()))
    }

    /// Tags and names in column order.
    pub(super) fn list(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.iter().map(|(_, tag, name)| (tag.as_str(), name.as_str()))
    }

    /// A column of a record in all its languages.
    pub(super) fn localized(&self, record: &Record, base: &str) -> Localized {
        let mut texts = BTreeMap::new();
        // A text that stands alone without a language is for all of them.
        let is_plain = record.all(base).all(|field| field.language.is_none());
        for field in record.all(base) {
            let tag = if is_plain { "default".to_owned() } else { self.tag(field) };
            // A column with the language wins over one without.
            if field.language.is_some() || !texts.contains_key(&tag) {
                texts.insert(tag, field.text.trim().to_owned());
            }
        }
        Localized(texts)
    }
}
