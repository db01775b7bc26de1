//! XForm documents: what is read, written and read again is the same form.

use tsumugi_core::{
    form::{Form, FormDefinition},
    xform::{read, write},
};

use crate::workbook::fill;

/// Any bytes as an XForm document.
///
/// # Panics
/// When the claim does not hold.
pub fn xform(data: &[u8]) {
    let xml = String::from_utf8_lossy(data);
    let definition = match read(&xml) {
        Ok(definition) => definition,
        Err(issues) => return assert!(!issues.is_empty(), "a document is refused and nothing is said"),
    };
    let written = write(&definition);
    let again =
        read(&written).unwrap_or_else(|issues| panic!("what we wrote cannot be read: {issues:?}\n{written}"));
    let lists = |form: &FormDefinition| form.instances.len() + form.choices.len();
    assert_eq!(lists(&again), lists(&definition), "a list or an instance was lost");
    // A list without choices comes back as an instance and changes its place, so lines are
    // compared in any order; and one by one, since a document is too long to be shown whole.
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let (first, second) = (sorted(&written), sorted(&write(&again)));
    for (second, first) in second.iter().zip(&first) {
        assert_eq!(second, first, "what is written a second time differs");
    }
    assert_eq!(second.len(), first.len(), "what is written a second time is longer or shorter");
    if let Ok(form) = Form::compile(definition) {
        fill(form);
    }
}
