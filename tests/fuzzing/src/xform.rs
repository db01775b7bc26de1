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
    // The first writing settles what an odd document leaves open: texts that an expression may
    // ask for, a list without choices, a meta block. From then on nothing changes.
    let settled = reread(&definition);
    let again = reread(&settled);
    let lists = |form: &FormDefinition| form.instances.len() + form.choices.len();
    assert_eq!(lists(&settled), lists(&definition), "a list or an instance was lost");
    assert_eq!(lists(&again), lists(&settled), "a list or an instance was lost");
    let (first, second) = (sorted_lines(&settled), sorted_lines(&again));
    for (second, first) in second.iter().zip(&first) {
        assert_eq!(second, first, "what is written a second time differs");
    }
    assert_eq!(second.len(), first.len(), "what is written a second time is longer or shorter");
    if let Ok(form) = Form::compile(definition) {
        fill(form);
    }
}

fn reread(form: &FormDefinition) -> FormDefinition {
    let written = write(form);
    read(&written).unwrap_or_else(|issues| panic!("what we wrote cannot be read: {issues:?}\n{written}"))
}

/// Lines of a form as it is written, one by one since a document is too long to be shown whole,
/// in any order since lists may change places.
fn sorted_lines(form: &FormDefinition) -> Vec<String> {
    let mut lines: Vec<String> = write(form).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}
