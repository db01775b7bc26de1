//! Register rows from CSV: each becomes a response through the form's own logic.

use std::collections::BTreeSet;

use tsumugi_core::{
    answers::{Path, Value},
    form::{AnswerRefused, Form, FormEntry, Node, Question, Start},
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    moment::Moment,
    response::ResponseDoc,
    survey::{Mode, Survey, SurveyState},
};

use super::projector::Projector;
use crate::{
    api::FileFinding,
    app::{AppError, Sheet, file_error, read_sheet, read_survey},
    clock, keyring,
    store::StoreError,
};

/// Findings that one file may have; more help nobody.
const MOST_FINDINGS: usize = 500;

/// What became of the rows.
#[derive(Debug, Clone, Default)]
pub struct RowsReport {
    /// Rows that became responses.
    pub accepted: usize,
    /// What is wrong, by row and column.
    pub findings: Vec<FileFinding>,
}

/// A column and the question that it fills.
struct Column<'a> {
    at: usize,
    heading: &'a str,
    path: Path,
    question: &'a Question,
}

/// Reads rows into a register survey. All or nothing: one error, and no row was taken.
///
/// # Errors
/// [`AppError::Conflict`] when the survey is not an open register.
pub fn take_rows(
    projector: &Projector,
    survey: SurveyId,
    bytes: &[u8],
    by: &str,
) -> Result<RowsReport, AppError> {
    let store = projector.app().blocking_store();
    let survey = open_register(&read_survey(store, survey)?)?.clone();
    let wrong = |findings| Ok(RowsReport { accepted: 0, findings });
    let sheet = match read_sheet(bytes) {
        Ok(sheet) => sheet,
        Err(error) => return wrong(vec![error.finding()]),
    };
    let form = projector.form(&survey)?;
    let columns = match columns(&form, &sheet) {
        Ok(columns) => columns,
        Err(findings) => return wrong(findings),
    };
    let now = clock::now();
    let (mut items, mut touched, mut findings) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (line, cells) in &sheet.rows {
        match read_row(&form, &columns, *line, cells, now) {
            Ok(entry) => {
                let response = ResponseId::make(&mut keyring::host_rng());
                items.extend(record(survey.id, response, &entry, by, now)?);
                touched.insert((survey.id, response));
            }
            Err(wrong) => findings.extend(wrong),
        }
        if findings.len() >= MOST_FINDINGS {
            break;
        }
    }
    if !findings.is_empty() {
        return wrong(findings);
    }
    store.insert(items)?;
    projector.project(&touched)?;
    Ok(RowsReport { accepted: touched.len(), findings })
}

fn open_register(survey: &Survey) -> Result<&Survey, AppError> {
    if survey.mode != Mode::Register {
        return Err(AppError::conflict("survey-not-register", "only registers take rows from a file"));
    }
    if survey.state != SurveyState::Open {
        return Err(AppError::conflict("survey-not-open", "open the survey first"));
    }
    Ok(survey)
}

/// Finds the question of each heading: by path, by name, or by label.
fn columns<'a>(form: &'a Form, sheet: &'a Sheet) -> Result<Vec<Column<'a>>, Vec<FileFinding>> {
    let mut questions = Vec::new();
    collect(&form.definition().nodes, &Path::new(""), &mut questions);
    let (mut columns, mut findings) = (Vec::new(), Vec::new());
    for (at, heading) in sheet.columns.iter().enumerate().filter(|(_, heading)| !heading.is_empty()) {
        let labelled = |question: &Question| question.label.0.values().any(|label| label == heading);
        let found = questions
            .iter()
            .find(|(path, _)| path.as_str() == heading)
            .or_else(|| questions.iter().find(|(_, question)| question.name == *heading))
            .or_else(|| questions.iter().find(|(_, question)| labelled(question)));
        match found {
            Some((path, question)) => columns.push(Column { at, heading, path: path.clone(), question }),
            None => findings.push(file_error(
                "row 1",
                heading,
                "column-unknown",
                ["この調査票にない列です。", "the form has no such question"],
                [
                    "質問の名前(name)を見出しにするか、列を消してください。",
                    "use the question's name as the heading, or remove the column",
                ],
            )),
        }
    }
    if findings.is_empty() { Ok(columns) } else { Err(findings) }
}

fn collect<'a>(nodes: &'a [Node], above: &Path, found: &mut Vec<(Path, &'a Question)>) {
    for node in nodes {
        let path = above.child(node.name());
        match node {
            Node::Question(question) => found.push((path, question)),
            Node::Group(group) => collect(&group.children, &path, found),
            Node::Repeat(_) => {}
        }
    }
}

const CORRECT: [&str; 2] = ["値を直してください。", "correct the value"];

fn read_row(
    form: &Form,
    columns: &[Column<'_>],
    line: u64,
    cells: &[String],
    now: Moment,
) -> Result<FormEntry, Vec<FileFinding>> {
    let seed = u64::from_le_bytes(keyring::make_bytes());
    let start = Start {
        now,
        seed,
        device: None,
        properties: std::collections::BTreeMap::new(),
        language: "ja".to_owned(),
    };
    let mut entry = FormEntry::new(form.clone(), &start);
    let place = format!("row {line}");
    let mut findings = Vec::new();
    for column in columns {
        let text = cells.get(column.at).map_or("", String::as_str);
        if text.is_empty() {
            continue;
        }
        if let Err(refused) = put(&mut entry, form, column, text) {
            let reason = refused.reason;
            let what = [reason.message("ja"), reason.message("en")];
            findings.push(file_error(&place, column.heading, reason.code(), what, CORRECT));
        }
    }
    for (ja, en) in entry.validate("ja").iter().zip(&entry.validate("en")) {
        let heading = columns.iter().find(|column| column.path == ja.path).map(|column| column.heading);
        let heading = heading.unwrap_or(ja.path.as_str());
        let what = [ja.message.as_str(), en.message.as_str()];
        findings.push(file_error(&place, heading, "answer-invalid", what, CORRECT));
    }
    if findings.is_empty() { Ok(entry) } else { Err(findings) }
}

/// Puts a cell as it stands, or the choice whose label it is.
fn put(entry: &mut FormEntry, form: &Form, column: &Column<'_>, text: &str) -> Result<(), AnswerRefused> {
    let refused = match entry.set_text(&column.path, text) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    let source = column.question.choices.as_ref();
    let list = source.and_then(|source| form.definition().choices.get(&source.list));
    let choice = list
        .and_then(|list| list.items.iter().find(|choice| choice.label.0.values().any(|label| label == text)));
    match choice {
        Some(choice) => entry.set_text(&column.path, &choice.name),
        None => Err(refused),
    }
}

fn record(
    survey: SurveyId,
    response: ResponseId,
    entry: &FormEntry,
    by: &str,
    now: Moment,
) -> Result<Vec<Item>, AppError> {
    let mut entries: Vec<(Path, Option<Value>)> =
        entry.answers().iter().map(|(path, value)| (path.clone(), Some(value.clone()))).collect();
    let own = [
        ("@submitted", Value::text(clock::rfc3339(now))),
        ("@submitted_by", Value::text(by)),
        ("@revision", Value::Integer(1)),
    ];
    entries.extend(own.map(|(name, value)| (Path::new(name), Some(value))));
    let chunks = ResponseDoc::new()
        .record_all(&entries, &mut keyring::host_rng())
        .map_err(|error| StoreError::Database(Box::new(error)))?;
    Ok(chunks.into_iter().map(|chunk| Item::of_response(ItemKind::Change, survey, response, chunk)).collect())
}
