//! Workbook files: any bytes are a form or are refused with findings.

use tsumugi_core::{
    form::{Form, FormDefinition, FormEntry, Severity},
    xform,
    xlsform::{Import, import},
};

use crate::generate::start;

/// Any bytes as the file of a workbook.
///
/// # Panics
/// When the claim does not hold.
pub fn workbook(data: &[u8]) {
    check(&import(data, "form.xlsx"));
}

/// A form that came out is one that can be filled and given to other clients; where none came
/// out, it is said why.
pub(crate) fn check(import: &Import) {
    let Some(definition) = &import.definition else {
        assert!(!import.findings.is_empty(), "a workbook is refused and nothing is said");
        return;
    };
    let form = Form::compile(definition.clone());
    let form = form.unwrap_or_else(|issues| panic!("what was imported does not compile: {issues:?}"));
    assert!(form.warnings().iter().all(|issue| issue.severity != Severity::Error), "a warning is an error");
    fill(form);
    reread(definition);
}

/// Opens a form, shows it and gives it up.
pub(crate) fn fill(form: Form) {
    let entry = FormEntry::new(form, &start());
    let _ = entry.screen("ja");
    let violations = entry.validate("ja");
    assert_eq!(entry.finish().is_err(), !violations.is_empty(), "checking and finishing disagree");
}

/// What we write as an XForm we can read.
fn reread(definition: &FormDefinition) {
    let xml = xform::write(definition);
    let read = xform::read(&xml);
    assert!(read.is_ok(), "what we wrote cannot be read: {:?}", read.err());
}
