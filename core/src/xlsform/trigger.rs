//! The trigger column: questions whose change computes another one.

use super::{
    build::Builder,
    header::Record,
    kinds::TypeWord,
    outline::Element,
    reference::{Dangling, Scope, single},
};
use crate::form::Control;

impl Builder<'_> {
    /// Paths of the questions whose change computes this one.
    pub(super) fn triggers(&mut self, record: &Record) -> Vec<String> {
        let text = record.text("trigger").trim();
        if text.is_empty() {
            return Vec::new();
        }
        for name in text.split(',').filter_map(single) {
            self.check_trigger(record, name);
        }
        let mut dangling = Vec::new();
        let paths: Vec<String> = text
            .split(',')
            .filter(|part| !part.trim().is_empty())
            .map(|part| match single(part) {
                Some(name) => self.outline.expand(&format!("${{{name}}}"), Scope::default(), &mut dangling),
                None => {
                    dangling.push(Dangling::Malformed { text: part.trim().to_owned() });
                    String::new()
                }
            })
            .map(|path| path.trim().to_owned())
            .collect();
        self.report_dangling(&record.at("trigger"), &dangling);
        paths
    }

    /// A trigger is a question that somebody answers: what is computed unseen changes without an event.
    fn check_trigger(&mut self, record: &Record, name: &str) {
        let is_hidden = |element: &Element| match &element.word {
            TypeWord::Plain(plain) if plain.control == Control::None => true,
            TypeWord::Plain(_) => {
                let shown = ["label", "hint"].iter().any(|base| element.record.has(base));
                element.record.has("calculation") && !shown
            }
            _ => false,
        };
        let found = self.outline.elements.iter().find(|element| element.name == name);
        if found.is_some_and(is_hidden) {
            self.report.error(
                "trigger-hidden",
                &record.at("trigger"),
                [
                    &format!("「{name}」は画面に出ないので trigger にできません"),
                    &format!("`{name}` is not shown to anybody, so it cannot be a trigger"),
                ],
                ["人が答える質問を trigger にしてください", "name a question that somebody answers"],
            );
        }
    }
}
