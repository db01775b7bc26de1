//! The choices sheet.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    build::Builder,
    finding::{At, Report},
    header::{MEDIA, Record, TRANSLATED, Table},
    languages::Languages,
    name::is_prefixed_name,
    reference::Scope,
    settings::is_yes,
};
use crate::{
    form::{Choice, ChoiceList},
    text::Localized,
};

/// The choice lists with the rows that their choices came from.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    pub(super) lists: BTreeMap<String, Vec<Entry>>,
    /// Names of the lists in sheet order.
    pub(super) order: Vec<String>,
}

/// A choice with its row.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    pub(super) record: Record,
    pub(super) choice: Choice,
}

impl Lists {
    /// Adds `other` to a list that does not have it, for questions with `or_other`.
    pub(super) fn add_other(&mut self, list: &str, languages: &Languages) {
        let Some(entries) = self.lists.get_mut(list) else { return };
        if entries.iter().any(|entry| entry.choice.name == "other") {
            return;
        }
        let mut tags: BTreeSet<String> =
            entries.iter().flat_map(|entry| entry.choice.label.0.keys().cloned()).collect();
        if tags.is_empty() {
            tags.insert(languages.unnamed.clone());
        }
        let label = |tag: &String| if tag.starts_with("ja") { "その他" } else { "Other" }.to_owned();
        let label = Localized(tags.iter().map(|tag| (tag.clone(), label(tag))).collect());
        let choice = Choice { name: "other".to_owned(), label, ..Choice::default() };
        entries.push(Entry { record: Record::default(), choice });
    }
}

impl Builder<'_> {
    /// The lists as a form has them, with references in labels made outputs.
    pub(super) fn choice_lists(&mut self) -> BTreeMap<String, ChoiceList> {
        let (lists, outside) = (&self.lists.lists, &self.external_lists.lists);
        let outside = outside.iter().filter(|(name, _)| !lists.contains_key(*name));
        let mut found = BTreeMap::new();
        for (name, entries) in lists.iter().chain(outside) {
            let mut items = Vec::new();
            for entry in entries {
                let mut choice = entry.choice.clone();
                choice.label = self.choice_texts(&entry.record, "label", &choice.label);
                for (kind, texts) in &mut choice.media {
                    *texts = self.choice_texts(&entry.record, kind, texts);
                }
                items.push(choice);
            }
            let own =
                |record: &Record| record.fields.iter().map(|field| field.base.clone()).collect::<Vec<_>>();
            let mut columns: Vec<String> = Vec::new();
            for column in entries.iter().flat_map(|entry| own(&entry.record)) {
                let is_kept = items.iter().any(|item: &Choice| item.columns.contains_key(&column));
                if is_kept && !columns.contains(&column) {
                    columns.push(column);
                }
            }
            found.insert(name.clone(), ChoiceList { items, columns });
        }
        found
    }

    fn choice_texts(&mut self, record: &Record, base: &str, texts: &Localized) -> Localized {
        let mut texts = texts.clone();
        let mut dangling = Vec::new();
        for text in texts.0.values_mut().filter(|text| text.contains("${")) {
            *text = self.outline.expand_label(text, Scope::default(), &mut dangling);
        }
        self.report_dangling(&record.at(base), &dangling);
        texts
    }
}

/// Reads the choices sheet.
pub(super) fn read(table: &Table, languages: &Languages, allow_double: &str, report: &mut Report) -> Lists {
    let mut lists = Lists::default();
    if !table.records.is_empty() && !table.has("name") {
        let sheet = table.records.first().map_or("choices", |record| record.sheet.as_str());
        report.error(
            "column-missing",
            &At::row(sheet, 1),
            ["name 列がありません", "the column `name` is missing"],
            ["1行目に list_name, name, label を並べてください", "put list_name, name and label into row 1"],
        );
        return lists;
    }
    warn_headers(table, report);
    for record in &table.records {
        if let Some((list, entry)) = read_choice(record, table, languages, report) {
            if !lists.lists.contains_key(&list) {
                lists.order.push(list.clone());
            }
            lists.lists.entry(list).or_default().push(entry);
        }
    }
    if !is_yes(allow_double) {
        report_doubles(&lists, report);
    }
    lists
}

fn is_own(base: &str) -> bool {
    matches!(base, "list_name" | "name") || TRANSLATED.contains(&base)
}

/// Columns for choice filters become elements of an item, so their heading must be a name.
fn warn_headers(table: &Table, report: &mut Report) {
    let sheet = table.records.first().map_or("choices", |record| record.sheet.as_str());
    for column in
        table.columns.iter().filter(|column| !is_own(&column.base) && !is_prefixed_name(&column.base))
    {
        let header = &column.header;
        let at = At { column: Some(column.index), header: header.clone(), ..At::row(sheet, 1) };
        report.warn(
            "choice-column-name",
            &at,
            [
                &format!("列「{header}」は choice_filter で使えない名前なので無視しました"),
                &format!("column `{header}` is ignored: choice filters cannot name it"),
            ],
            ["空白や記号のない名前にしてください", "give it a name without blanks and signs"],
        );
    }
}

fn read_choice(
    record: &Record,
    table: &Table,
    languages: &Languages,
    report: &mut Report,
) -> Option<(String, Entry)> {
    let list = record.text("list_name").trim();
    let name = record.text("name").trim();
    if list.is_empty() {
        if !name.is_empty() {
            report.error(
                "list-name-missing",
                &At::row(&record.sheet, record.row),
                [
                    &format!("選択肢「{name}」に list_name がありません"),
                    &format!("choice `{name}` has no list_name"),
                ],
                ["どの選択肢リストのものか、list_name を入れてください", "say which list it belongs to"],
            );
        }
        return None;
    }
    if name.is_empty() {
        report.error(
            "choice-name-missing",
            &At::row(&record.sheet, record.row),
            [
                &format!("リスト「{list}」の選択肢に name がありません"),
                &format!("a choice of `{list}` has no name"),
            ],
            ["保存される短い値を name に入れてください", "put the short value that is stored into `name`"],
        );
        return None;
    }
    let label = languages.localized(record, "label");
    let media: BTreeMap<_, _> = MEDIA
        .iter()
        .map(|kind| ((*kind).to_owned(), languages.localized(record, kind)))
        .filter(|(_, texts)| !texts.is_empty())
        .collect();
    if label.is_empty() && media.is_empty() {
        report.warn(
            "choice-label-missing",
            &At::row(&record.sheet, record.row),
            [&format!("選択肢「{name}」に label がありません"), &format!("choice `{name}` has no label")],
            ["回答者に見せる文を label に入れてください", "put the text that people read into `label`"],
        );
    }
    let columns = table
        .columns
        .iter()
        .filter(|column| !is_own(&column.base) && is_prefixed_name(&column.base))
        .filter_map(|column| {
            record.field(&column.base).map(|field| (column.base.clone(), field.text.trim().to_owned()))
        })
        .collect();
    let choice = Choice { name: name.to_owned(), label, media, columns };
    Some((list.to_owned(), Entry { record: record.clone(), choice }))
}

fn report_doubles(lists: &Lists, report: &mut Report) {
    for (list, entries) in &lists.lists {
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        for entry in entries {
            let name = entry.choice.name.as_str();
            let Some(row) = seen.insert(name, entry.record.row) else { continue };
            report.error(
                "choice-twice",
                &entry.record.at("name"),
                [
                    &format!("リスト「{list}」の name「{name}」は {row} 行目と同じです"),
                    &format!("`{name}` of list `{list}` is also in row {row}"),
                ],
                [
                    "別の name にしてください(意図したものなら settings の allow_choice_duplicates を yes に)",
                    "use another name, or set allow_choice_duplicates to yes on the settings sheet",
                ],
            );
        }
    }
}
