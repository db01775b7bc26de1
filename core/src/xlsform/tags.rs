//! Tags of OpenStreetMap: what an `osm` question asks of a feature (`osm building_tags`).

use super::{build::Builder, header::Record, suggest::closest};
use crate::form::{ChoiceSource, Question};

impl Builder<'_> {
    /// The list of tags that the type names, from the sheet `osm`.
    pub(super) fn tags(&mut self, record: &Record, question: &mut Question) {
        let Some(list) = record.text("type").trim().strip_prefix("osm ").map(str::trim) else { return };
        if !self.lists.lists.contains_key(list) {
            let near = closest(list, self.lists.lists.keys().map(String::as_str)).unwrap_or("osm");
            self.report.error(
                "osm-list",
                &record.at("type"),
                [
                    &format!("osm シートにリスト「{list}」がありません"),
                    &format!("the sheet `osm` has no list `{list}`"),
                ],
                [&format!("「{near}」を確かめてください"), &format!("check `{near}`")],
            );
            return;
        }
        question.choices = Some(ChoiceSource { list: list.to_owned(), ..ChoiceSource::default() });
    }
}
