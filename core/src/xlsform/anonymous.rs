//! What an anonymous questionnaire must not ask and should not.
//!
//! A time, a place or the name of a device makes an answer traceable whatever is done with
//! it later, so such a form is refused, with the cell named. Free text is a warning: people
//! write names into it.

use super::{
    finding::{At, Finding, Report},
    import::Import,
    outline::{Element, Outline},
};
use crate::{
    answers::Path,
    form::{Control, DataType, Form, Node, Question},
};

impl Import {
    /// Says what forbids (errors) or speaks against (warnings) answering this form without
    /// a name. Empty for a workbook that did not import: its own findings come first.
    ///
    /// ```
    /// use tsumugi_core::xlsform::{Naming, Workbook, import_workbook};
    /// let book = Workbook::from_markdown("| survey |\n| | type | name | label |\n| | start | begun | |\n| | text | why | Why? |");
    /// let import = import_workbook(&book, &Naming { root: "data".into(), form_id: "mood".into() });
    /// let found = import.check_anonymous();
    /// let codes: Vec<_> = found.iter().map(|finding| (finding.cell.as_str(), finding.code.as_str())).collect();
    /// assert_eq!(codes, [("A2", "anonymous-clock"), ("A3", "anonymous-text")]);
    /// ```
    pub fn check_anonymous(&self) -> Vec<Finding> {
        let mut report = Report::default();
        let Some(definition) = &self.definition else { return Vec::new() };
        if let Ok(form) = Form::compile(definition.clone())
            && let Some(path) = form.reads_clock()
        {
            clock(&clock_cell(&self.outline, &path), &mut report);
        }
        self.check_nodes(&Path::new(""), &definition.nodes, &mut report);
        report.finish()
    }

    fn check_nodes(&self, above: &Path, nodes: &[Node], report: &mut Report) {
        for node in nodes {
            let path = above.child(node.name());
            match node {
                Node::Group(group) => self.check_nodes(&path, &group.children, report),
                Node::Repeat(repeat) => self.check_nodes(&path, &repeat.children, report),
                Node::Question(question) => {
                    let at = || self.outline.at_path(path.as_str(), "type").unwrap_or_default();
                    if names_a_device(question) {
                        device(&at(), &question.xls_type, report);
                    } else if takes_free_text(question) {
                        free_text(&at(), &question.name, report);
                    }
                }
            }
        }
    }
}

/// The cell that calls `now()` or `today()`; the type where the type itself reads the clock.
fn clock_cell(outline: &Outline, path: &Path) -> At {
    let Some(element) = outline.at(path.as_str()) else { return At::sheet("survey") };
    let calls = |element: &Element| {
        let field = element.record.fields.iter().find(|field| {
            field.base != "name" && ["now(", "today("].iter().any(|call| field.text.contains(call))
        })?;
        Some(element.record.at_field(field))
    };
    calls(element).unwrap_or_else(|| element.record.at("type"))
}

fn names_a_device(question: &Question) -> bool {
    let is_property = question.bind.preload.as_ref().is_some_and(|(kind, _)| kind == "property");
    let is_sensor = matches!(
        question.xls_type.as_str(),
        "audit" | "start-geopoint" | "background-geopoint" | "background-audio"
    );
    let is_place = matches!(question.data_type, DataType::Geopoint | DataType::Geotrace | DataType::Geoshape);
    is_property || is_sensor || is_place || question.control == Control::Upload
}

fn takes_free_text(question: &Question) -> bool {
    question.control == Control::Input
        && question.bind.calculate.is_none()
        && matches!(question.data_type, DataType::String | DataType::Barcode)
}

fn clock(at: &At, report: &mut Report) {
    report.error(
        "anonymous-clock",
        at,
        [
            "無記名の調査票では時刻を読めません(いつの答えかが分かると、だれの答えかが分かります)",
            "an anonymous form cannot read the clock: who knows when it was answered knows by whom",
        ],
        ["この行を消すか、記名の調査にしてください", "remove this row, or run the survey with names"],
    );
}

fn device(at: &At, kind: &str, report: &mut Report) {
    report.error(
        "anonymous-device",
        at,
        [
            &format!("無記名の調査票では「{kind}」は使えません(端末・場所・人が分かります)"),
            &format!("an anonymous form cannot have `{kind}`: it tells the device, the place or the person"),
        ],
        ["この行を消すか、記名の調査にしてください", "remove this row, or run the survey with names"],
    );
}

fn free_text(at: &At, name: &str, report: &mut Report) {
    report.warn(
        "anonymous-text",
        at,
        [
            &format!("無記名の調査票に自由記述「{name}」があります(個人が分かる/端末の予測変換に残る)"),
            &format!("`{name}` takes free text in an anonymous form: it can name people and stays in the keyboard's suggestions"),
        ],
        ["選択肢で聞けないか考えてください", "consider asking it with choices"],
    );
}
