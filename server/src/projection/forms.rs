//! Compiled forms, kept while the server runs: a form's item never changes.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tsumugi_core::{
    form::{Form, FormDefinition},
    id::ItemId,
    survey::Survey,
};

use crate::{
    app::AppError,
    store::{Store, StoreError},
};

/// Forms by the name of their item.
#[derive(Default)]
pub(super) struct Forms(Mutex<HashMap<ItemId, Form>>);

impl Forms {
    /// The form of a survey.
    pub(super) fn of(&self, store: &dyn Store, survey: &Survey) -> Result<Form, AppError> {
        let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(form) = forms.get(&survey.form) {
            return Ok(form.clone());
        }
        let item = store.get(&[survey.form])?.pop().ok_or(AppError::NotFound { what: "form" })?;
        let definition: FormDefinition = serde_json::from_slice(item.payload())
            .map_err(|error| StoreError::Damaged { detail: format!("form {}: {error}", survey.form) })?;
        let form = Form::compile(definition).map_err(|issues| StoreError::Damaged {
            detail: format!("form {} no longer passes its check: {} issues", survey.form, issues.len()),
        })?;
        forms.insert(survey.form, form.clone());
        Ok(form)
    }
}
