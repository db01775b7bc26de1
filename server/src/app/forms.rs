//! Forms: upload with findings by cell, and publishing.

use tsumugi_core::{
    form::{FormDefinition, Node},
    id::{ItemId, SurveyId},
    item::{Item, ItemKind},
};

use super::{
    error::AppError,
    form_file::{FormFile, read_form_file},
};
use crate::{
    api::FileFinding,
    store::{Store, StoredForm},
};

/// What became of a file.
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

/// Reads a workbook or an XForm and keeps the form when it has no error.
///
/// # Errors
/// [`AppError::Store`] when it could not be kept; what is wrong with the file is in the findings.
pub fn upload_form(store: &dyn Store, bytes: &[u8], file_name: &str, now: i64) -> Result<Upload, AppError> {
    let FormFile { definition, findings } = read_form_file(bytes, file_name);
    let Some(definition) = definition else { return Ok(Upload { form: None, findings }) };
    let id = library_id(&definition);
    let form = match store.form(id)? {
        Some(known) => known,
        None => StoredForm { id, definition, file_name: file_name.to_owned(), published: false },
    };
    store.put_form(form.clone(), now)?;
    Ok(Upload { form: Some(form), findings })
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
