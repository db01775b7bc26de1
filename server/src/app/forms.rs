//! Forms: upload with findings by cell, and publishing.

use tsumugi_core::{form::Node, id::ItemId};

use super::error::AppError;
use crate::store::{Store, StoredForm};

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
