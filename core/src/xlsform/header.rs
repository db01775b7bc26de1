//! Columns: what the heading of a sheet means.
//!
//! Owns the names of columns and their older spellings. Gives rows as [`Record`]s: values
//! by column.

use super::{
    finding::{At, Report},
    sheet::Sheet,
    suggest::closest,
};

/// One column of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Place in the row, from zero.
    pub(super) index: usize,
    /// What the column holds: `label`, `relevant`, `bind::odk:length`, or the heading as written.
    pub(super) base: String,
    /// The language as written (`日本語 (ja)`).
    pub(super) language: Option<String>,
    /// The heading as written.
    pub(super) header: String,
}

/// A value of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) base: String,
    pub(super) language: Option<String>,
    pub(super) text: String,
    /// Place in the row; `None` in rows that the importer made itself.
    pub(super) column: Option<usize>,
    pub(super) header: String,
}

/// A row as values by column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) sheet: String,
    pub(super) row: u32,
    pub(super) fields: Vec<Field>,
}

impl Record {
    /// The value of a column without a language; empty where there is none.
    pub(super) fn text(&self, base: &str) -> &str {
        self.field(base).map_or("", |field| field.text.as_str())
    }

    /// The first value of a column.
    pub(super) fn field(&self, base: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.base == base)
    }

    /// The values of a column in all languages.
    pub(super) fn all<'a>(&'a self, base: &'a str) -> impl Iterator<Item = &'a Field> {
        self.fields.iter().filter(move |field| field.base == base)
    }

    /// True when the column has a value in any language.
    pub(super) fn has(&self, base: &str) -> bool {
        self.field(base).is_some()
    }

    /// Where a column of this row stands; the whole row where it has no such value.
    pub(super) fn at(&self, base: &str) -> At {
        self.field(base).map_or_else(|| At::row(&self.sheet, self.row), |field| self.at_field(field))
    }

    /// Where a value of this row stands.
    pub(super) fn at_field(&self, field: &Field) -> At {
        At {
            sheet: self.sheet.clone(),
            row: Some(self.row),
            column: field.column,
            header: field.header.clone(),
        }
    }

    /// Puts a value without a language, as the importer makes it.
    pub(super) fn put(&mut self, base: &str, text: impl Into<String>) {
        self.fields.retain(|field| field.base != base);
        self.fields.push(Field { base: base.to_owned(), text: text.into(), ..Field::default() });
    }
}

/// Which columns a sheet has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Survey,
    Choices,
    Settings,
    Entities,
}

/// A sheet whose heading is understood.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) records: Vec<Record>,
}

impl Table {
    /// True when some column has this meaning.
    pub(super) fn has(&self, base: &str) -> bool {
        self.columns.iter().any(|column| column.base == base)
    }

    /// Reads the heading and the rows of a sheet.
    pub(super) fn read(sheet: &Sheet, kind: Kind, report: &mut Report) -> Self {
        let Some((heading, body)) = sheet.rows.split_first() else { return Self::default() };
        let double = heading.cells.iter().any(|cell| cell.contains("::"));
        let mut columns: Vec<Column> = Vec::new();
        for (index, header) in heading.cells.iter().enumerate() {
            if header.trim().is_empty() {
                continue;
            }
            let column = column_of(index, header, kind, double);
            let place =
                At { column: Some(index), header: header.clone(), ..At::row(&sheet.name, heading.number) };
            let same = |other: &Column| other.base == column.base && other.language == column.language;
            match columns.iter().position(same) {
                // Of an old and a new name for one setting the new one counts.
                Some(at) if kind == Kind::Settings && snake_case(&column.header) == column.base => {
                    columns.splice(at..=at, [column]);
                }
                Some(at)
                    if kind == Kind::Settings
                        && columns.get(at).is_some_and(|other| {
                            snake_case(&other.header) == other.base
                                && snake_case(&column.header) != column.base
                        }) => {}
                Some(at) => report_double(
                    report,
                    &place,
                    &columns.get(at).map(|other| other.header.clone()).unwrap_or_default(),
                ),
                None => {
                    report_misspelt(report, &place, &column, kind);
                    columns.push(column);
                }
            }
        }
        let records = body
            .iter()
            .filter(|row| !row.is_blank())
            .map(|row| Record {
                sheet: sheet.name.clone(),
                row: row.number,
                fields: columns
                    .iter()
                    .filter(|column| !row.cell(column.index).trim().is_empty())
                    .map(|column| Field {
                        base: column.base.clone(),
                        language: column.language.clone(),
                        text: straight_quotes(row.cell(column.index)),
                        column: Some(column.index),
                        header: column.header.clone(),
                    })
                    .collect(),
            })
            .collect();
        Self { columns, records }
    }
}

/// Replaces typographic quotation marks, which spreadsheets put in by themselves and which
/// no expression understands.
fn straight_quotes(text: &str) -> String {
    text.replace(['\u{2018}', '\u{2019}'], "'").replace(['\u{201c}', '\u{201d}'], "\"")
}

fn report_double(report: &mut Report, at: &At, other: &str) {
    let header = &at.header;
    report.error(
        "column-twice",
        at,
        [
            &format!("列「{header}」は列「{other}」と同じ意味です"),
            &format!("column `{header}` means the same as column `{other}`"),
        ],
        ["どちらか一方の列だけにしてください", "keep one of the two columns"],
    );
}

fn report_misspelt(report: &mut Report, at: &At, column: &Column, kind: Kind) {
    if kind == Kind::Choices || is_known(&column.base, kind) || column.base.contains("::") {
        return;
    }
    let Some(near) = closest(&column.base, known(kind).iter().copied()) else { return };
    let header = &column.header;
    report.warn(
        "column-unknown",
        at,
        [
            &format!("列「{header}」は使われません(近い名前: {near})"),
            &format!("column `{header}` is not used (did you mean `{near}`?)"),
        ],
        [
            &format!("「{near}」に直すか、メモの列なら名前を変えてください"),
            &format!("rename it to `{near}`, or give a column of notes another name"),
        ],
    );
}

/// Columns whose text is shown to people and may be given in several languages.
pub(super) const TRANSLATED: [&str; 10] = [
    "label",
    "hint",
    "guidance_hint",
    "constraint_message",
    "required_message",
    "no_app_error_string",
    "image",
    "big-image",
    "audio",
    "video",
];

/// Kinds of media.
pub(super) const MEDIA: [&str; 4] = ["image", "big-image", "audio", "video"];

const SURVEY: [&str; 40] = [
    "type",
    "name",
    "label",
    "hint",
    "guidance_hint",
    "image",
    "big-image",
    "audio",
    "video",
    "relevant",
    "constraint",
    "constraint_message",
    "required",
    "required_message",
    "read_only",
    "calculation",
    "appearance",
    "default",
    "trigger",
    "choice_filter",
    "parameters",
    "repeat_count",
    "save_to",
    "no_app_error_string",
    "autoplay",
    "intent",
    "disabled",
    "query",
    "sms_field",
    "sms_option",
    "sms_separator",
    "sms_allow_media",
    "sms_date_format",
    "sms_datetime_format",
    "sms_response",
    "bind",
    "body",
    "instance",
    "media",
    "note",
];
const CHOICES: [&str; 8] = ["list_name", "name", "label", "image", "big-image", "audio", "video", "media"];
const SETTINGS: [&str; 26] = [
    "form_title",
    "form_id",
    "version",
    "default_language",
    "instance_name",
    "submission_url",
    "public_key",
    "name",
    "style",
    "auto_send",
    "auto_delete",
    "allow_choice_duplicates",
    "clean_text_values",
    "namespaces",
    "prefix",
    "delimiter",
    "sms_keyword",
    "sms_separator",
    "sms_allow_media",
    "sms_date_format",
    "sms_datetime_format",
    "sms_response",
    "instance_xmlns",
    "omit_instanceid",
    "flat",
    "client_editable",
];

const ENTITIES: [&str; 5] = ["list_name", "label", "entity_id", "create_if", "update_if"];

/// The columns of a sheet.
pub(super) fn known(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Survey => &SURVEY,
        Kind::Choices => &CHOICES,
        Kind::Settings => &SETTINGS,
        Kind::Entities => &ENTITIES,
    }
}

fn is_known(base: &str, kind: Kind) -> bool {
    known(kind).contains(&base)
}

/// Older and other spellings of columns.
fn modern(base: &str, kind: Kind) -> &str {
    match (kind, base) {
        (Kind::Survey, "readonly") => "read_only",
        (Kind::Survey, "relevance") => "relevant",
        (Kind::Survey | Kind::Choices, "caption") => "label",
        (Kind::Survey, "constraining_message" | "jr:constraintmsg") => "constraint_message",
        (Kind::Survey, "requiredmsg" | "jr:requiredmsg") => "required_message",
        (Kind::Survey, "noapperrorstring" | "jr:noapperrorstring") => "no_app_error_string",
        (Kind::Survey, "calculate") => "calculation",
        (Kind::Survey, "command") => "type",
        (Kind::Survey, "tag") => "name",
        (Kind::Survey | Kind::Choices, "value") => "name",
        (Kind::Survey, "count" | "jr:count") => "repeat_count",
        (Kind::Survey, "control") => "body",
        (Kind::Survey, "compact_tag") => "instance::odk:tag",
        (Kind::Survey, "rows") => "body::rows",
        (Kind::Survey, "autoplay") => "body::autoplay",
        (Kind::Survey, "entities:saveto") => "save_to",
        (Kind::Entities, "dataset") => "list_name",
        (Kind::Settings, "set_form_title" | "title") => "form_title",
        (Kind::Settings, "set_form_id" | "id_string") => "form_id",
        (_, other) => other,
    }
}

fn column_of(index: usize, header: &str, kind: Kind, double: bool) -> Column {
    let trimmed = header.trim();
    let parts: Vec<String> =
        if double || trimmed.contains("::") { split(trimmed, "::") } else { split_single(trimmed) };
    let first = parts.first().map(String::as_str).unwrap_or_default();
    let snake = snake_case(first);
    let base = modern(&snake, kind);
    let rest: Vec<&str> = parts.iter().skip(1).map(String::as_str).collect();
    let (base, language) = match (base, rest.as_slice()) {
        ("bind", [name, more @ ..]) => (bound(name, kind), more.first()),
        ("body", [name, ..]) => (body(name, kind), None),
        ("media", [name, more @ ..]) => (snake_case(name).replace('_', "-"), more.first()),
        ("instance" | "attribute", [name, ..]) => (format!("{base}::{name}"), None),
        (base, more) if is_known(base, kind) || base.contains("::") => (base.to_owned(), more.first()),
        _ => (trimmed.to_owned(), None),
    };
    Column { index, base, language: language.map(|name| (*name).to_owned()), header: trimmed.to_owned() }
}

/// The column that `bind::name` stands for.
fn bound(name: &str, kind: Kind) -> String {
    let plain = snake_case(name);
    let modern = modern(&plain, kind);
    if is_known(modern, kind) { modern.to_owned() } else { format!("bind::{name}") }
}

/// The column that `body::name` stands for.
fn body(name: &str, kind: Kind) -> String {
    match modern(&snake_case(name), kind) {
        known @ ("appearance" | "repeat_count") => known.to_owned(),
        _ => format!("body::{name}"),
    }
}

/// Words in small letters, joined by `_`.
pub(super) fn snake_case(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

fn split(header: &str, mark: &str) -> Vec<String> {
    header.split(mark).map(|part| part.trim().to_owned()).collect()
}

/// Splits at single colons, as old forms do, and keeps `jr:count` in one piece.
fn split_single(header: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in split(header, ":") {
        match parts.last_mut() {
            Some(last) if last == "jr" => *last = format!("jr:{part}"),
            _ => parts.push(part),
        }
    }
    parts
}
