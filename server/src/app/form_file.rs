//! A form as a file: an XLSForm workbook, or the XForm of another tool of the ODK family.

use tsumugi_core::{
    form::{Form, FormDefinition, FormIssue, Severity},
    xform, xlsform,
};

use crate::api::FileFinding;

/// What a file holds.
#[derive(Debug, Clone)]
pub struct FormFile {
    /// The form, when it may be published.
    pub definition: Option<FormDefinition>,
    /// Everything that is wrong, at once.
    pub findings: Vec<FileFinding>,
}

/// Reads a file by what it is, not by its name.
pub fn read_form_file(bytes: &[u8], file_name: &str) -> FormFile {
    let text = std::str::from_utf8(bytes).map(|text| text.trim_start_matches('\u{feff}').trim_start());
    match text {
        Ok(text) if text.starts_with('<') => read_xform(text),
        _ => {
            let import = xlsform::import(bytes, file_name);
            let findings = import.findings.iter().map(finding_of_workbook).collect();
            let publishable = import.is_publishable();
            FormFile { definition: import.definition.filter(|_| publishable), findings }
        }
    }
}

fn read_xform(xml: &str) -> FormFile {
    let read = xform::read(xml).and_then(|definition| {
        let form = Form::compile(definition.clone())?;
        Ok((definition, form.warnings().to_vec()))
    });
    match read {
        Ok((definition, issues)) => {
            FormFile { definition: Some(definition), findings: issues.iter().map(finding_of_xform).collect() }
        }
        Err(issues) => FormFile { definition: None, findings: issues.iter().map(finding_of_xform).collect() },
    }
}

fn severity(is_error: bool) -> String {
    if is_error { "error" } else { "warning" }.to_owned()
}

fn finding_of_workbook(found: &xlsform::Finding) -> FileFinding {
    FileFinding {
        severity: severity(found.is_error()),
        sheet: found.sheet.clone(),
        cell: found.cell.clone(),
        column: found.column.clone(),
        what: found.what.clone(),
        remedy: found.remedy.clone(),
        code: found.code.clone(),
    }
}

/// A document has no cells: the path of the element stands for one.
fn finding_of_xform(issue: &FormIssue) -> FileFinding {
    FileFinding {
        severity: severity(issue.severity == Severity::Error),
        sheet: "XForm".to_owned(),
        cell: issue.path.as_str().to_owned(),
        column: issue.column.clone(),
        what: issue.what.clone(),
        remedy: issue.remedy.clone(),
        code: issue.code.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_by_what_it_is() {
        let xml = "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:head>\
                   <model><instance><data id=\"a\"><q/></data></instance><bind nodeset=\"/data/q\" relevant=\"/data/gone = 1\"/>\
                   </model></h:head><h:body><input ref=\"/data/q\"><label>Q</label></input></h:body></h:html>";
        let file = read_form_file(xml.as_bytes(), "form.xlsx");
        assert_eq!(file.definition.map(|form| form.form_id), Some("a".to_owned()));
        assert_eq!(file.findings.iter().map(|found| found.cell.as_str()).collect::<Vec<_>>(), ["q"]);
        let broken = read_form_file(b"<h:html", "form.xml");
        assert!(broken.definition.is_none());
        assert_eq!(broken.findings.first().map(|found| found.code.as_str()), Some("xml-malformed"));
        assert!(read_form_file(b"PK", "form.xlsx").definition.is_none());
    }
}
