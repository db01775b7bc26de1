//! Forms: upload with findings by cell, and publishing.

use tsumugi_core::{
    form::{FormDefinition, Node},
    id::{ItemId, SurveyId},
    item::{Item, ItemKind},
    xlsform,
};

use super::error::AppError;
use crate::{
    api::FileFinding,
    store::{Store, StoredForm},
};

/// What became of a workbook.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The form in the library, when no finding is an error.
    pub form: Option<StoredForm>,
    /// Everything that is wrong, at once.
    pub findings: Vec<FileFinding>,
}

/// The name of a form in the library: that of its item in no survey.
fn library_id(definition: &FormDefinition) -> ItemId {
    let json = serde_json::to_vec(definition).unwrap_or_default();
    Item::of_survey(ItemKind::Form, SurveyId::from_bytes([0; 16]), json).id()
}

/// Reads a workbook and keeps the form when it has no error.
///
/// # Errors
/// [`AppError::Store`] when it could not be kept; what is wrong with the file is in the findings.
pub fn upload_form(store: &dyn Store, bytes: &[u8], file_name: &str, now: i64) -> Result<Upload, AppError> {
    let import = xlsform::import(bytes, file_name);
    let findings: Vec<FileFinding> = import.findings.iter().map(file_finding).collect();
    let publishable = import.is_publishable();
    let Some(definition) = import.definition.filter(|_| publishable) else {
        return Ok(Upload { form: None, findings });
    };
    let id = library_id(&definition);
    let form = match store.form(id)? {
        Some(known) => known,
        None => StoredForm { id, definition, file_name: file_name.to_owned(), published: false },
    };
    store.put_form(form.clone(), now)?;
    Ok(Upload { form: Some(form), findings })
}

/// A finding of the importer as a reply has it.
pub fn file_finding(found: &xlsform::Finding) -> FileFinding {
    FileFinding {
        severity: if found.is_error() { "error" } else { "warning" }.to_owned(),
        sheet: found.sheet.clone(),
        cell: found.cell.clone(),
        column: found.column.clone(),
        what: found.what.clone(),
        remedy: found.remedy.clone(),
        code: found.code.clone(),
    }
}

/// Lets surveys use a form.
///
/// # Errors
/// [`AppError::NotFound`] when the library has no such form.
pub fn publish_form(store: &dyn Store, id: ItemId) -> Result<StoredForm, AppError> {
    store.publish_form(id)?;
    store.form(id)?.ok_or(AppError::NotFound { what: "form" })
}

/// How many questions a person meets.
pub fn question_count(nodes: &[Node]) -> usize {
    nodes
        .iter()
        .map(|node| match node {
            Node::Question(question) => usize::from(question.control != tsumugi_core::form::Control::None),
            Node::Group(group) => question_count(&group.children),
            Node::Repeat(repeat) => question_count(&repeat.children),
        })
        .sum()
}
