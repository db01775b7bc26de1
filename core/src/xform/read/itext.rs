//! The translations of a document.

use std::collections::BTreeMap;

use super::element::{Source, itext_id};
use crate::{
    form::Language,
    text::{Localized, tag_and_name},
    xpath::NodeId,
};

/// The media that a text may come with.
const MEDIA: [&str; 4] = ["image", "big-image", "audio", "video"];

/// Texts by id: form of the text (`""`, `guidance`, `image`) → languages.
#[derive(Debug, Default)]
pub(super) struct Translations {
    by_id: BTreeMap<String, BTreeMap<String, Localized>>,
    /// In document order; empty when the only one is `default`.
    pub(super) languages: Vec<Language>,
    /// Spelling of the language that is shown first.
    pub(super) default: Option<String>,
}

impl Translations {
    /// Reads the `itext` block.
    pub(super) fn read(source: Source<'_>, itext: NodeId) -> Self {
        let mut found = Self::default();
        for translation in source.elements(itext) {
            let spelling = source.attribute(translation, "lang").unwrap_or("default");
            let (tag, name) = tag_and_name(spelling);
            if source
                .attribute(translation, "default")
                .is_some_and(|text| text.starts_with("true") || text == "1")
            {
                found.default = Some(spelling.to_owned());
            }
            if spelling != "default" {
                found.languages.push(Language { tag: tag.clone(), name });
            }
            for text in source.elements(translation) {
                found.add(source, text, &tag);
            }
        }
        found
    }

    fn add(&mut self, source: Source<'_>, text: NodeId, tag: &str) {
        let Some(id) = source.attribute(text, "id") else { return };
        let forms = self.by_id.entry(id.to_owned()).or_default();
        for value in source.elements(text) {
            let form = source.attribute(value, "form").unwrap_or_default();
            let text = source.mixed(value);
            let text = if MEDIA.contains(&form) { file_name(&text) } else { text };
            // pyxform writes `-` where a language has no text.
            if text != "-" {
                forms.entry(form.to_owned()).or_default().0.insert(tag.to_owned(), text);
            }
        }
    }

    fn form(&self, id: &str, form: &str) -> Option<&Localized> {
        self.by_id.get(id).and_then(|forms| forms.get(form))
    }

    /// The text with an id, in all languages.
    pub(super) fn text(&self, id: &str) -> Localized {
        let found = ["", "long", "short"].into_iter().find_map(|form| self.form(id, form));
        found.cloned().unwrap_or_default()
    }

    /// The guidance that comes with a hint.
    pub(super) fn guidance(&self, id: &str) -> Localized {
        self.form(id, "guidance").cloned().unwrap_or_default()
    }

    /// The media files of a text, by kind.
    pub(super) fn media(&self, id: &str) -> BTreeMap<String, Localized> {
        let of = |kind: &&str| Some(((*kind).to_owned(), self.form(id, kind)?.clone()));
        MEDIA.iter().filter_map(of).collect()
    }

    /// A message that is written out or names a text.
    pub(super) fn message(&self, written: &str) -> Localized {
        match itext_id(written) {
            Some(id) => self.text(id),
            None if written.trim_start().starts_with("jr:itext(") => {
                Localized::plain(format!("${{{}}}", written.trim()))
            }
            None => Localized::plain(written),
        }
    }

    /// All texts, for expressions that make an id.
    pub(super) fn all(&self) -> BTreeMap<String, Localized> {
        let with_text = self.by_id.keys().map(|id| (id.clone(), self.text(id)));
        with_text.filter(|(_, text)| !text.is_empty()).collect()
    }
}

/// `jr://images/a.png` names the file `a.png`.
fn file_name(address: &str) -> String {
    let address = address.trim();
    address
        .strip_prefix("jr://")
        .and_then(|rest| rest.split_once('/'))
        .map_or(address, |(_, file)| file)
        .to_owned()
}
