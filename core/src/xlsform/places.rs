//! Questions that ask for a place: choices on a map, and places that are read unasked.

use super::{
    build::Builder,
    finding::At,
    header::Record,
    reference::{Scope, single},
};
use crate::form::{ChoiceSource, Question};

impl Builder<'_> {
    /// The shapes to choose from on the map: a choice list, a file or a repeat.
    pub(super) fn places(&mut self, index: usize, record: &Record, question: &mut Question) {
        let Some(target) = question.parameters.get("reference-geometry").cloned() else { return };
        let scope = Scope { source: Some(index), use_current: true, to_parent: false };
        let is_repeat = single(&target).is_some();
        if is_repeat {
            let to_parent = Scope { use_current: false, to_parent: true, ..scope };
            let path = self.expand(record, "parameters", &target, to_parent).trim().to_owned();
            let filter = self.expression(record, "choice_filter", Scope { to_parent: true, ..scope });
            let filter = filter
                .map(|filter| filter.replace(&format!("current()/{path}"), ".").replace(&path, "."))
                .unwrap_or_else(|| "./geometry != ''".to_owned());
            question.choices = Some(ChoiceSource {
                nodeset: Some(format!("{path}[{filter}]")),
                value: "geometry".to_owned(),
                label: "geometry".to_owned(),
                ..ChoiceSource::default()
            });
            return;
        }
        let is_list = self.lists.lists.contains_key(&target);
        let is_file = self.names_instance(&target);
        let is_entity = self.entity_lists.contains(&target);
        if is_list && is_file {
            self.two_instances(&record.at("parameters"), &target);
        }
        if !is_list && !is_file && !is_entity {
            self.report.error(
                "reference-geometry",
                &record.at("parameters"),
                [
                    &format!("reference-geometry の「{target}」がありません"),
                    &format!("there is no `{target}` for `reference-geometry`"),
                ],
                [
                    "選択肢リスト、ファイル、または ${繰り返しの name} にしてください",
                    "name a choice list, a file or ${repeat}",
                ],
            );
        }
        question.choices = Some(ChoiceSource {
            list: target,
            filter: self.expression(record, "choice_filter", scope),
            value: "name".to_owned(),
            label: "label".to_owned(),
            ..ChoiceSource::default()
        });
    }

    /// True when some row of the form brings the instance in: a file or a select from one.
    fn names_instance(&self, name: &str) -> bool {
        self.select_file(name).is_some()
    }

    /// The file behind an instance.
    fn select_file(&self, name: &str) -> Option<String> {
        self.outline.elements.iter().find_map(|element| match &element.word {
            super::kinds::TypeWord::External(_) if element.name == name => Some(name.to_owned()),
            super::kinds::TypeWord::Select(select) => {
                let (stem, _) = super::select::file_uri(&select.list)?;
                (stem == name).then(|| select.list.clone())
            }
            _ => None,
        })
    }

    /// A place that is read unasked needs a question whose change reads it, and computes nothing.
    pub(super) fn check_sensor(&mut self, record: &Record, question: &Question) {
        if question.triggers.is_empty() {
            self.report.error(
                "trigger-missing",
                &At::row(&record.sheet, record.row),
                ["background-geopoint に trigger がありません", "a background-geopoint needs a trigger"],
                ["trigger 列に ${質問の name} を入れてください", "put ${question} into `trigger`"],
            );
        }
        if question.bind.calculate.is_some() {
            self.report.error(
                "calculation-forbidden",
                &record.at("calculation"),
                [
                    "background-geopoint では calculation は使えません",
                    "a background-geopoint calculates nothing",
                ],
                ["calculation を空にしてください", "leave `calculation` empty"],
            );
        }
    }
}
