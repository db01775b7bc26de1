//! What cannot be read, in words for the person who wrote the form.

use crate::{
    answers::Path,
    form::{FormIssue, Severity},
    text::Localized,
    xpath::TreeError,
};

/// The deepest that elements may stand in each other.
pub(super) const DEEPEST: usize = 200;

fn issue(code: &str, place: &str, what: [&str; 2], remedy: [&str; 2]) -> FormIssue {
    let localized = |[ja, en]: [&str; 2]| Localized::of([("ja", ja), ("en", en)]);
    FormIssue {
        path: Path::new(""),
        column: place.to_owned(),
        code: code.to_owned(),
        what: localized(what),
        remedy: localized(remedy),
        severity: Severity::Error,
    }
}

/// The text is no XML.
pub(in crate::xform) fn malformed(error: &TreeError) -> FormIssue {
    let ja = match error {
        TreeError::Malformed { line, column, .. } => {
            format!("XML として読めません({line} 行 {column} 文字目)")
        }
        TreeError::TooLarge { .. } => "ファイルが大きすぎます".to_owned(),
    };
    issue(
        "xml-malformed",
        "",
        [&ja, &error.to_string()],
        [
            "調査票を作ったツールから XForm(.xml)を出力し直してください",
            "export the XForm (.xml) again from the tool that made the form",
        ],
    )
}

/// A part that every XForm has is missing.
pub(in crate::xform) fn missing(part: &str) -> FormIssue {
    issue(
        "xform-part-missing",
        part,
        [&format!("XForm に {part} がありません"), &format!("the XForm has no `{part}`")],
        [
            "ODK XForms の文書か確かめてください(h:html の中に h:head の model と h:body)",
            "check that this is an ODK XForms document: h:html with a model in h:head, and h:body",
        ],
    )
}

/// Elements stand in each other beyond measure.
pub(super) fn too_deep() -> FormIssue {
    issue(
        "xform-too-deep",
        "",
        [
            &format!("要素の入れ子が深すぎます({DEEPEST} 段まで)"),
            &format!("elements stand more than {DEEPEST} deep in each other"),
        ],
        ["グループの入れ子を減らしてください", "put fewer groups into each other"],
    )
}
