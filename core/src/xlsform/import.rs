//! The whole way from a workbook to a form.

use std::collections::BTreeMap;

use super::{
    archive::Refusal,
    build::Builder,
    choices::{self, Lists},
    entities::Entities,
    finding::{At, Finding, Report},
    header::{Kind, Table},
    languages::Languages,
    name::{is_name, valid_name},
    nested,
    open::open,
    outline::Outline,
    reference::Scope,
    settings::{Settings, is_yes},
    sheet::Workbook,
    suggest::closest,
    survey::Reader,
};
use crate::{
    form::{Form, FormDefinition, Language},
    text::Localized,
};

/// What came of a workbook.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// The form; `None` when there are errors.
    pub definition: Option<FormDefinition>,
    /// All that is wrong, errors first.
    pub findings: Vec<Finding>,
    /// Where the elements came from.
    pub(super) outline: Outline,
}

impl Import {
    /// True when the form can be published.
    pub fn is_publishable(&self) -> bool {
        self.definition.is_some() && !self.findings.iter().any(Finding::is_error)
    }
}

/// Names that stand in for those that a workbook does not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// Name of the root element where the settings have no `name`.
    pub root: String,
    /// Identifier of the form where the settings have no `form_id`.
    pub form_id: String,
}

/// Reads a workbook file (`.xlsx`, `.xlsm`, `.xls`, `.ods`) into a form, and says
/// everything that is wrong with it at once.
pub fn import(bytes: &[u8], file_name: &str) -> Import {
    let stem = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let form_id = if stem.is_empty() { "data" } else { stem };
    match open(bytes) {
        Ok(book) => import_workbook(&book, &Naming { root: "data".to_owned(), form_id: form_id.to_owned() }),
        Err(refusal) => refused(refusal, file_name),
    }
}

/// Reads a workbook of text into a form.
pub fn import_workbook(book: &Workbook, names: &Naming) -> Import {
    let mut report = Report::default();
    let (definition, outline) = read(book, names, &mut report);
    if let Some(definition) = definition.as_ref().filter(|_| !report.has_errors()) {
        compile(definition, &outline, &mut report);
    }
    let definition = definition.filter(|_| !report.has_errors());
    Import { definition, findings: report.finish(), outline }
}

fn read(book: &Workbook, names: &Naming, report: &mut Report) -> (Option<FormDefinition>, Outline) {
    let settings = Settings::read(book, report);
    settings.check(report);
    let Some(survey) = survey_table(book, report) else { return (None, Outline::default()) };
    let (languages, mut lists, external_lists) = read_lists(book, &survey, &settings, report);
    let mut entities = Entities::read(book, report);
    let given = settings.get("name");
    let root = if given.is_empty() { names.root.as_str() } else { given };
    check_root(root, given.is_empty(), report);
    let mut reader = Reader::new(root, &mut lists, &languages, report);
    reader.outline.omits_id = is_yes(settings.get("omit_instanceid"));
    reader.read(&survey);
    if reader.too_deep {
        return (None, Outline::default());
    }
    let (mut outline, moved) = (std::mem::take(&mut reader.outline), std::mem::take(&mut reader.settings));
    entities.check_ends(&survey, report);
    entities.add_to(&mut outline, report);
    let mut builder = Builder {
        outline: &outline,
        lists: &lists,
        languages: &languages,
        report,
        external: BTreeMap::new(),
        external_lists: &external_lists,
        entity_lists: entities.lists(),
    };
    let mut nodes = builder.nodes(None);
    nested::begin_nested(&mut nodes);
    let choices = builder.choice_lists();
    let instance_name = builder.expression(&settings.record, "instance_name", Scope::default());
    let external = builder.external;
    let or_moved = |setting: &str| moved_setting(&settings, &moved, setting);
    let form_id = or_moved("form_id").unwrap_or_else(|| names.form_id.clone());
    let definition = FormDefinition {
        version: settings.get("version").to_owned(),
        title: title(&settings, &languages, or_moved("form_title").unwrap_or_else(|| form_id.clone())),
        form_id,
        root: root.to_owned(),
        default_language: default_language(&languages),
        languages: language_list(&languages),
        nodes,
        instances: BTreeMap::new(),
        external,
        instance_name,
        settings: entities.keep_version(settings.others()),
        choices,
        entity_lists: entities.lists(),
        ..FormDefinition::default()
    };
    (Some(definition), outline)
}

/// The lists of the sheets choices and osm, and those of external_choices.
fn read_lists(
    book: &Workbook,
    survey: &Table,
    settings: &Settings,
    report: &mut Report,
) -> (Languages, Lists, Lists) {
    let mut table = |name: &str| {
        book.sheet(name).map(|sheet| Table::read(sheet, Kind::Choices, report)).unwrap_or_default()
    };
    let (choices, outside, tags) = (table("choices"), table("external_choices"), table("osm"));
    let languages = Languages::of(&[survey, &choices, &outside], settings.get("default_language"));
    let mut lists = choices::read(&choices, &languages, settings.get("allow_choice_duplicates"), report);
    // A cascade repeats its names under other parents: doubles are the rule there.
    let external_lists = choices::read(&outside, &languages, "yes", report);
    for (name, entries) in choices::read(&tags, &languages, "yes", report).lists {
        lists.lists.entry(name).or_insert(entries);
    }
    (languages, lists, external_lists)
}

/// A setting, or what an old form says of it on the survey sheet.
fn moved_setting(settings: &Settings, moved: &[(&'static str, String)], setting: &str) -> Option<String> {
    let text = settings.get(setting);
    if text.is_empty() {
        return moved.iter().rev().find(|(name, _)| *name == setting).map(|(_, text)| text.clone());
    }
    Some(text.to_owned())
}

/// The name of the root element may come from outside of the workbook.
fn check_root(root: &str, is_outside: bool, report: &mut Report) {
    if is_outside && !is_name(root) {
        let better = valid_name(root);
        report.error(
            "name-invalid",
            &At::file(),
            [
                &format!("フォームの名前「{root}」は使えません"),
                &format!("`{root}` cannot be the form's name"),
            ],
            [
                &format!("「{better}」などに直してください"),
                &format!("change it to something like `{better}`"),
            ],
        );
    }
}

/// The survey sheet, or what is said when there is none.
fn survey_table(book: &Workbook, report: &mut Report) -> Option<Table> {
    // A workbook of one sheet needs no name on it.
    let only = book.sheets.first().filter(|_| book.sheets.len() == 1);
    let Some(sheet) = book.sheet("survey").or(only) else {
        let near = closest("survey", book.sheets.iter().map(|sheet| sheet.name.as_str()));
        let remedy = match near {
            Some(near) => [
                format!("シート「{near}」の名前を survey に直してください"),
                format!("rename the sheet `{near}` to `survey`"),
            ],
            None => [
                "質問を並べたシートの名前を survey にしてください".to_owned(),
                "name the sheet of questions `survey`".to_owned(),
            ],
        };
        report.error(
            "survey-missing",
            &At::file(),
            ["survey シートがありません", "there is no sheet `survey`"],
            [&remedy[0], &remedy[1]],
        );
        return None;
    };
    let table = Table::read(sheet, Kind::Survey, report);
    if !table.has("type") {
        report.error(
            "column-missing",
            &At::row(&sheet.name, 1),
            ["type 列がありません", "the column `type` is missing"],
            ["1行目に type, name, label を並べてください", "put type, name and label into row 1"],
        );
        return None;
    }
    if table.records.is_empty() {
        report.error(
            "survey-empty",
            &At::sheet(&sheet.name),
            ["質問がありません", "the form has no question"],
            ["2行目から質問を書いてください", "write questions from row 2"],
        );
    }
    Some(table)
}

/// The title, with translations from columns `translated_title::English (en)`.
fn title(settings: &Settings, languages: &Languages, plain: String) -> Localized {
    let mut title = Localized(BTreeMap::from([(languages.unnamed.clone(), plain)]));
    for field in settings.record.all("translated_title") {
        title.0.insert(languages.tag(field), field.text.trim().to_owned());
    }
    title
}

fn default_language(languages: &Languages) -> String {
    match (languages.unnamed.as_str(), languages.list().next()) {
        ("default", Some((first, _))) => first.to_owned(),
        (unnamed, _) => unnamed.to_owned(),
    }
}

fn language_list(languages: &Languages) -> Vec<Language> {
    languages.list().map(|(tag, name)| Language { tag: tag.to_owned(), name: name.to_owned() }).collect()
}

/// Lets the form room check the whole, and finds the cells of what it says.
fn compile(definition: &FormDefinition, outline: &Outline, report: &mut Report) {
    let issues = match Form::compile(definition.clone()) {
        Ok(form) => form.warnings().to_vec(),
        Err(issues) => issues,
    };
    for issue in issues {
        let path = issue.path.as_str();
        let at = outline
            .at_path(path, &issue.column)
            .unwrap_or_else(|| if path.is_empty() { At::sheet("settings") } else { At::sheet("survey") });
        report.push(issue.severity, &issue.code, &at, issue.what, issue.remedy);
    }
}

/// The one finding of a file that is not opened.
fn refused(refusal: Refusal, file_name: &str) -> Import {
    let mut report = Report::default();
    let save = [
        "Excel で開き、「.xlsx」で保存し直してください",
        "open it in a spreadsheet program and save it as .xlsx",
    ];
    let smaller = ["使わないシートや画像を消してください", "remove sheets and pictures that are not needed"];
    let (code, what, remedy) = match refusal {
        Refusal::Empty => {
            ("file-empty", ["ファイルが空です".to_owned(), "the file is empty".to_owned()], save)
        }
        Refusal::TooLarge => {
            ("file-large", ["ファイルが大きすぎます".to_owned(), "the file is too large".to_owned()], smaller)
        }
        Refusal::NotAWorkbook(kind) => {
            let (ja, en) = if kind.is_empty() {
                ("Excel ブックではありません".to_owned(), "this is no workbook".to_owned())
            } else {
                (format!("Excel ブックではありません({kind})"), format!("this is no workbook but {kind}"))
            };
            ("file-kind", [ja, en], save)
        }
        Refusal::Damaged => (
            "file-damaged",
            [
                "ブックが壊れているか、パスワードがかかっています".to_owned(),
                "the workbook is damaged or protected by a password".to_owned(),
            ],
            save,
        ),
        Refusal::TooManyParts | Refusal::InflatesTooMuch => (
            "file-inflates",
            [
                "ブックを展開すると大きくなりすぎます".to_owned(),
                "the workbook inflates to too many bytes".to_owned(),
            ],
            smaller,
        ),
    };
    let at = At { header: file_name.to_owned(), ..At::file() };
    report.error(code, &at, [&what[0], &what[1]], remedy);
    Import { definition: None, findings: report.finish(), outline: Outline::default() }
}
