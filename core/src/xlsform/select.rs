//! Where the choices of a question come from.

use std::collections::BTreeMap;

use super::{
    build::Builder,
    finding::At,
    header::Record,
    kinds::Select,
    name::is_name,
    parameters,
    reference::{Piece, Scope, pieces},
    suggest::closest,
};
use crate::form::{ChoiceSource, Control};

impl Builder<'_> {
    /// The choice source of a select, with everything about it checked.
    pub(super) fn choice_source(
        &mut self,
        index: usize,
        record: &Record,
        select: &Select,
        given: &BTreeMap<String, String>,
    ) -> ChoiceSource {
        parameters::check_select(select, given, record, self.report);
        self.check_other(record, select);
        let has_reference = pieces(&select.list).iter().any(|piece| matches!(piece, Piece::Reference { .. }));
        let mut source = if has_reference {
            self.source_in_repeat(index, record, select)
        } else if let Some((stem, uri)) = file_uri(&select.list).filter(|_| !select.external) {
            self.bring_in(&record.at("type"), stem, uri);
            self.check_no_search(record);
            let is_places = select.list.ends_with(".geojson");
            let or = |key: &str, plain: &str, places: &str| {
                given.get(key).cloned().unwrap_or_else(|| if is_places { places } else { plain }.to_owned())
            };
            ChoiceSource {
                list: stem.to_owned(),
                value: or("value", "name", "id"),
                label: or("label", "label", "title"),
                ..ChoiceSource::default()
            }
        } else {
            self.check_list(record, select);
            if self.external.contains_key(&select.list) && self.lists.lists.contains_key(&select.list) {
                self.two_instances(&record.at("type"), &select.list);
            }
            ChoiceSource {
                list: select.list.clone(),
                value: "name".to_owned(),
                label: "label".to_owned(),
                ..ChoiceSource::default()
            }
        };
        if !has_reference {
            let scope = Scope { source: Some(index), use_current: true, to_parent: false };
            source.filter = self.expression(record, "choice_filter", scope);
        }
        source.randomize = given.get("randomize").is_some_and(|value| value == "true");
        source.seed = given.get("seed").filter(|_| source.randomize).map(|seed| {
            let scope = Scope { source: Some(index), ..Scope::default() };
            self.expand(record, "parameters", seed, scope).trim().to_owned()
        });
        source
    }

    /// Choices that were answered before: `select_one ${member_name}`.
    fn source_in_repeat(&mut self, index: usize, record: &Record, select: &Select) -> ChoiceSource {
        let scope = Scope { source: Some(index), use_current: false, to_parent: true };
        let path = self.expand(record, "type", &select.list, scope);
        let Some((above, name)) = path.trim().rsplit_once('/') else { return ChoiceSource::default() };
        let scope = Scope { use_current: true, ..scope };
        let filter = match self.expression(record, "choice_filter", scope) {
            Some(filter) => filter.replace(&format!("current()/{above}"), ".").replace(above, "."),
            None => format!("./{name} != ''"),
        };
        ChoiceSource {
            nodeset: Some(format!("{above}[{filter}]")),
            value: name.to_owned(),
            label: name.to_owned(),
            ..ChoiceSource::default()
        }
    }

    /// `search()` looks into a file by itself; the question that names a file has no use for it.
    fn check_no_search(&mut self, record: &Record) {
        if record.text("appearance").trim_start().starts_with("search(") {
            self.report.error(
                "search-in-file",
                &record.at("appearance"),
                [
                    "ファイルから選ぶ質問では search() は使えません",
                    "a question that selects from a file cannot use search()",
                ],
                [
                    "search() を消すか、select_one / select_multiple にしてください",
                    "remove search(), or make it a select_one or select_multiple",
                ],
            );
        }
    }

    fn check_other(&mut self, record: &Record, select: &Select) {
        if select.or_other && record.has("choice_filter") {
            self.report.error(
                "other-filter",
                &record.at("choice_filter"),
                [
                    "or_other と choice_filter は一緒に使えません",
                    "or_other and choice_filter cannot be used together",
                ],
                [
                    "「その他」を選択肢に加え、別の text 質問を relevant で出してください",
                    "add the choice yourself, with a text question that is relevant for it",
                ],
            );
        }
    }

    fn check_list(&mut self, record: &Record, select: &Select) {
        let list = select.list.as_str();
        let at = record.at("type");
        if select.external {
            self.check_external_list(&at, list);
            return;
        }
        let Some(entries) = self.lists.lists.get(list) else {
            if select.from_file {
                self.report.error(
                    "file-extension",
                    &at,
                    [
                        &format!("「{list}」はファイル名ではありません"),
                        &format!("`{list}` is no name of a file"),
                    ],
                    [".csv、.xml、.geojson のどれかにしてください", "let it end with .csv, .xml or .geojson"],
                );
                return;
            }
            self.unknown_list(&at, list);
            return;
        };
        if select.control == Control::SelectMultiple {
            let bad: Vec<_> = entries
                .iter()
                .filter(|entry| entry.choice.name.contains(char::is_whitespace))
                .map(|entry| (entry.record.at("name"), entry.choice.name.clone()))
                .collect();
            for (at, name) in bad {
                self.report.error(
                    "choice-name-blank",
                    &at,
                    [
                        &format!("複数回答の選択肢の name「{name}」に空白があります"),
                        &format!(
                            "`{name}` has a blank, and answers to a select_multiple are separated by blanks"
                        ),
                    ],
                    ["空白を _ にしてください", "replace the blank by `_`"],
                );
            }
        }
        if select.from_file {
            self.report.error(
                "file-extension",
                &at,
                [&format!("「{list}」はファイル名ではありません"), &format!("`{list}` is no name of a file")],
                ["ファイル名にするか、select_one にしてください", "name a file, or use select_one"],
            );
        }
    }

    fn unknown_list(&mut self, at: &At, list: &str) {
        let near = closest(list, self.lists.lists.keys().map(String::as_str)).map(str::to_owned);
        let known = self.lists.order.join(", ");
        let remedy = match near {
            Some(near) => [format!("「{near}」ではありませんか"), format!("did you mean `{near}`?")],
            None if known.is_empty() => [
                "choices シートを作り、list_name, name, label を入れてください".to_owned(),
                "add a sheet `choices` with list_name, name and label".to_owned(),
            ],
            None => [format!("あるリスト: {known}"), format!("the lists are: {known}")],
        };
        self.report.error(
            "list-unknown",
            at,
            [&format!("選択肢リスト「{list}」がありません"), &format!("there is no choice list `{list}`")],
            [&remedy[0], &remedy[1]],
        );
    }

    fn check_external_list(&mut self, at: &At, list: &str) {
        if self.external_lists.lists.contains_key(list) {
            return;
        }
        let known = self.external_lists.order.join(", ");
        self.report.error(
            "list-unknown",
            at,
            [
                &format!("external_choices シートにリスト「{list}」がありません"),
                &format!("the sheet external_choices has no list `{list}`"),
            ],
            [
                &format!("external_choices シートに list_name「{list}」の行を入れてください(ある: {known})"),
                &format!("add rows with list_name `{list}` to the sheet external_choices (it has: {known})"),
            ],
        );
    }
}

/// The stem of a file of choices and the address that apps find it at.
pub(super) fn file_uri(list: &str) -> Option<(&str, String)> {
    let (stem, kind) = list.rsplit_once('.')?;
    let folder = match kind {
        "csv" => "file-csv",
        "xml" | "geojson" => "file",
        _ => return None,
    };
    (!stem.is_empty() && is_name(stem)).then(|| (stem, format!("jr://{folder}/{list}")))
}
