//! The survey sheet: rows become an outline of questions, groups and repeats.

use super::{
    choices::Lists,
    finding::{At, Report},
    header::{Field, Record, Table},
    kinds::{Container, TypeWord, type_word, type_words},
    languages::Languages,
    loops,
    outline::Outline,
    reference::single,
    settings::is_yes,
    suggest::closest,
};
use crate::form::Control;

/// Reads rows one after another.
pub(super) struct Reader<'a> {
    pub(super) outline: Outline,
    pub(super) lists: &'a mut Lists,
    pub(super) languages: &'a Languages,
    pub(super) report: &'a mut Report,
    /// Settings that old forms put on the survey sheet.
    pub(super) settings: Vec<(&'static str, String)>,
    /// Groups stand deeper in each other than is read; what follows was not looked at.
    pub(super) too_deep: bool,
    open: Vec<Open>,
}

/// The deepest that groups and repeats may stand in each other. A form is walked level by level
/// on the stack of a browser's thread, which is small; forms of people have ten levels at most.
const DEEPEST: usize = 100;

/// A group or repeat that is not closed yet.
struct Open {
    index: usize,
    container: Container,
    row: u32,
    /// Inside `table-list`: the list of the first select, once it is known.
    table_list: Option<Option<String>>,
}

impl<'a> Reader<'a> {
    /// Starts with an empty outline.
    pub(super) fn new(
        root: &str,
        lists: &'a mut Lists,
        languages: &'a Languages,
        report: &'a mut Report,
    ) -> Self {
        let outline = Outline::new(root);
        Self { outline, lists, languages, report, settings: Vec::new(), too_deep: false, open: Vec::new() }
    }

    /// Reads all rows.
    pub(super) fn read(&mut self, table: &Table) {
        for record in &loops::write_out(&table.records, self.lists, self.report) {
            self.row(record);
            if self.too_deep {
                return;
            }
        }
        for open in std::mem::take(&mut self.open) {
            let sheet = table.records.first().map_or("survey", |record| record.sheet.as_str());
            let word = open.container.word();
            self.report.error(
                "group-open",
                &At::row(sheet, open.row),
                [
                    &format!("begin_{word} が閉じられていません"),
                    &format!("this begin_{word} is never closed"),
                ],
                [
                    &format!("最後の行の後に end_{word} を入れてください"),
                    &format!("add end_{word} after its last row"),
                ],
            );
        }
    }

    fn parent(&self) -> Option<usize> {
        self.open.last().map(|open| open.index)
    }

    fn row(&mut self, record: &Record) {
        let text = record.text("type").trim();
        if is_yes(record.text("disabled")) || record.fields.is_empty() {
            return;
        }
        if text.is_empty() {
            self.row_without_type(record);
            return;
        }
        match type_word(text) {
            None => self.unknown_type(record, text),
            Some(TypeWord::Setting(setting)) => {
                self.settings.push((setting, record.text("name").trim().to_owned()))
            }
            Some(TypeWord::End(container)) => self.end(record, &container),
            Some(TypeWord::Begin(container)) => self.begin(record, container),
            Some(word) => self.question(record.clone(), word),
        }
    }

    /// A row of notes is skipped; a question without a type is an error.
    fn row_without_type(&mut self, record: &Record) {
        if !(record.has("name") || record.has("label")) {
            return;
        }
        self.report.error(
            "type-missing",
            &At::row(&record.sheet, record.row),
            ["type がありません", "the `type` is missing"],
            [
                "text、integer、select_one リスト名 などを入れてください",
                "put in text, integer, select_one LIST or another type",
            ],
        );
    }

    fn unknown_type(&mut self, record: &Record, text: &str) {
        let first = text.split_whitespace().next().unwrap_or_default();
        let remedy = match closest(first, type_words()).or_else(|| closest(text, type_words())) {
            Some(near) => [format!("「{near}」ではありませんか"), format!("did you mean `{near}`?")],
            None => [
                "XLSForm の種類の名前にしてください(text、integer、select_one リスト名 など)".to_owned(),
                "use a type of XLSForm, such as text, integer or select_one LIST".to_owned(),
            ],
        };
        self.report.error(
            "type-unknown",
            &record.at("type"),
            [&format!("種類「{text}」はありません"), &format!("there is no question type `{text}`")],
            [&remedy[0], &remedy[1]],
        );
        // The name stays known, so that one slip does not make every reference to it wrong.
        if !record.text("name").trim().is_empty()
            && let Some(word) = type_word("text")
        {
            let parent = self.parent();
            self.outline.add(parent, word, record.clone(), self.report);
        }
    }

    fn end(&mut self, record: &Record, container: &Container) {
        match self.open.last() {
            Some(open) if open.container.word() == container.word() => drop(self.open.pop()),
            open => {
                let word = container.word();
                let remedy = match open {
                    Some(open) => {
                        let (inner, row) = (open.container.word(), open.row);
                        [
                            format!("{row} 行目の begin_{inner} を先に end_{inner} で閉じてください"),
                            format!("close the begin_{inner} of row {row} first, with end_{inner}"),
                        ]
                    }
                    None => [
                        "この行を消すか、begin を足してください".to_owned(),
                        "remove this row or add its begin".to_owned(),
                    ],
                };
                self.report.error(
                    "group-end",
                    &record.at("type"),
                    [
                        &format!("end_{word} に対応する begin_{word} がありません"),
                        &format!("this end_{word} has no begin_{word}"),
                    ],
                    [&remedy[0], &remedy[1]],
                );
                // Close it nevertheless when it is only hidden behind an unclosed one.
                if let Some(place) = self.open.iter().rposition(|open| open.container.word() == word) {
                    self.open.truncate(place);
                }
            }
        }
    }

    fn begin(&mut self, record: &Record, container: Container) {
        if self.open.len() >= DEEPEST {
            self.too_deep = true;
            self.report.error(
                "group-deep",
                &record.at("type"),
                [
                    &format!("グループの入れ子が深すぎます({DEEPEST} 段まで)"),
                    &format!("groups stand more than {DEEPEST} deep in each other"),
                ],
                ["グループの入れ子を減らしてください", "put fewer groups into each other"],
            );
            return;
        }
        let mut record = record.clone();
        let parent = self.parent();
        if container == Container::Repeat {
            self.check_repeat(&record);
        }
        let count = record.text("repeat_count").trim().to_owned();
        let name = record.text("name").trim().to_owned();
        if !count.is_empty() && single(&count).is_none() {
            self.add_count(parent, &record, &name, &count);
            let header = record.field("repeat_count").map(|field| field.header.clone()).unwrap_or_default();
            let column = record.field("repeat_count").and_then(|field| field.column);
            record.fields.retain(|field| field.base != "repeat_count");
            record.fields.push(Field {
                base: "repeat_count".to_owned(),
                text: format!("${{{name}_count}}"),
                header,
                column,
                ..Field::default()
            });
        }
        let is_table = record.text("appearance").split_whitespace().any(|word| word == "table-list");
        let heading = is_table.then(|| table_list_heading(&mut record)).flatten();
        let row = record.row;
        let index = self.outline.add(parent, TypeWord::Begin(container.clone()), record, self.report);
        self.open.push(Open { index, container, row, table_list: is_table.then_some(None) });
        if let Some(heading) = heading
            && let Some(word) = type_word("note")
        {
            self.outline.add(Some(index), word, heading, self.report);
        }
    }

    /// A repeat's name must be unique anywhere, and no other than the form's.
    fn check_repeat(&mut self, record: &Record) {
        let name = record.text("name").trim();
        if self.outline.has_repeat(name) || name == self.outline.root {
            self.report.error(
                "repeat-name",
                &record.at("name"),
                [
                    &format!("繰り返しの name「{name}」は別の繰り返しか調査票の名前と同じです"),
                    &format!("the repeat's name `{name}` is also the name of another repeat or of the form"),
                ],
                [
                    "調査票の中でほかにない名前にしてください",
                    "give it a name that nothing else in the form has",
                ],
            );
        }
        if !record.has("label") && !super::header::MEDIA.iter().any(|media| record.has(media)) {
            self.report.warn(
                "repeat-label-missing",
                &At::row(&record.sheet, record.row),
                [
                    &format!("繰り返し「{name}」に label がありません"),
                    &format!("the repeat `{name}` has no label"),
                ],
                ["何を繰り返すのかを label に書いてください", "say in `label` what is repeated"],
            );
        }
    }

    /// A count that is computed stands in a calculation beside the repeat.
    fn add_count(&mut self, parent: Option<usize>, record: &Record, name: &str, count: &str) {
        let column = record.field("repeat_count").and_then(|field| field.column);
        let header = record.field("repeat_count").map(|field| field.header.clone()).unwrap_or_default();
        let mut row = Record { sheet: record.sheet.clone(), row: record.row, fields: Vec::new() };
        row.put("type", "calculate");
        row.put("name", format!("{name}_count"));
        row.put("read_only", "true()");
        row.fields.push(Field {
            base: "calculation".to_owned(),
            text: count.to_owned(),
            column,
            header,
            ..Field::default()
        });
        if let Some(word) = type_word("calculate") {
            self.outline.add(parent, word, row, self.report);
        }
    }

    fn question(&mut self, mut record: Record, mut word: TypeWord) {
        if let TypeWord::Plain(plain) = &word
            && plain.word == "audit"
        {
            self.name_audit(&mut record);
        }
        let mut other = None;
        if let TypeWord::Select(select) = &mut word {
            if select.or_other {
                self.lists.add_other(&select.list, self.languages);
                other = Some(specify_other(&record));
            }
            let (list, control) = (select.list.clone(), select.control);
            self.table_row(&mut record, &list, control);
        }
        let parent = self.parent();
        self.outline.add(parent, word, record, self.report);
        if let Some(other) = other
            && let Some(word) = type_word("text")
        {
            self.outline.add(parent, word, other, self.report);
        }
    }

    /// The audit log has one name; whatever else is written is an error.
    fn name_audit(&mut self, record: &mut Record) {
        let name = record.text("name").trim();
        if !name.is_empty() && name != "audit" {
            self.report.error(
                "audit-name",
                &record.at("name"),
                [
                    "audit の name は空か audit でなければなりません",
                    "the name of an audit is empty or `audit`",
                ],
                ["name を空にしてください", "leave the name empty"],
            );
        }
        record.put("name", "audit");
    }

    /// The selects of a `table-list` share one list, whose labels stand once above them.
    fn table_row(&mut self, record: &mut Record, list: &str, control: Control) {
        let parent = self.parent();
        let Some(state) = self.open.last_mut().and_then(|open| open.table_list.as_mut()) else { return };
        let at = record.at("type");
        match state {
            Some(first) if first.as_str() != list => {
                let first = first.clone();
                self.report.error(
                    "table-list",
                    &at,
                    [
                        &format!("table-list の中のリストがそろっていません({first} と {list})"),
                        &format!("a table-list has one list, not `{first}` and `{list}`"),
                    ],
                    [
                        "同じ選択肢リストの質問だけを入れてください",
                        "put only questions with the same list into it",
                    ],
                );
            }
            Some(_) => {}
            None => {
                *state = Some(list.to_owned());
                if record.has("choice_filter") {
                    self.report.error(
                        "table-list-filter",
                        &record.at("choice_filter"),
                        ["table-list では choice_filter は使えません", "a table-list takes no choice_filter"],
                        [
                            "choice_filter を消すか、table-list をやめてください",
                            "remove the filter or the table-list",
                        ],
                    );
                }
                let command =
                    if control == Control::SelectMultiple { "select_multiple" } else { "select_one" };
                let mut heading = Record { sheet: record.sheet.clone(), row: record.row, fields: Vec::new() };
                heading.put("type", format!("{command} {list}"));
                heading.put("name", format!("reserved_name_for_field_list_labels_{}", record.row));
                heading.put("appearance", "label");
                if let Some(word) = type_word(heading.text("type")) {
                    self.outline.add(parent, word, heading, self.report);
                }
            }
        }
        record.put("appearance", "list-nolabel");
    }
}

/// Moves label and hint of a `table-list` group to a note inside it, and makes the
/// appearance one that apps know.
fn table_list_heading(record: &mut Record) -> Option<Record> {
    let words: Vec<&str> =
        record.text("appearance").split_whitespace().filter(|word| *word != "table-list").collect();
    let appearance = std::iter::once("field-list").chain(words).collect::<Vec<_>>().join(" ");
    record.put("appearance", appearance);
    if !record.has("label") && !record.has("hint") {
        return None;
    }
    let mut note = Record { sheet: record.sheet.clone(), row: record.row, fields: Vec::new() };
    note.put("type", "note");
    note.put("name", format!("generated_table_list_label_{}", record.row));
    let (texts, rest) = record
        .fields
        .drain(..)
        .partition::<Vec<_>, _>(|field| matches!(field.base.as_str(), "label" | "hint"));
    note.fields.extend(texts);
    record.fields = rest;
    Some(note)
}

/// The text question beside a select with `or_other`.
fn specify_other(record: &Record) -> Record {
    let name = record.text("name").trim();
    let mut other = Record { sheet: record.sheet.clone(), row: record.row, fields: Vec::new() };
    other.put("type", "text");
    other.put("name", format!("{name}_other"));
    other.put("label", "Specify other.");
    other.put("relevant", format!("selected(../{name}, 'other')"));
    other
}
