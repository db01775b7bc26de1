//! The settings sheet.

use std::collections::BTreeMap;

use super::{
    finding::{At, Report},
    header::{Kind, Record, Table},
    name::{is_prefixed_name, valid_name},
    sheet::Workbook,
};

/// What the settings sheet says.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) record: Record,
    pub(super) has_sheet: bool,
}

/// True for the words that mean yes in an XLSForm.
pub(super) fn is_yes(text: &str) -> bool {
    matches!(text.trim(), "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()")
}

/// True for the words that mean no in an XLSForm.
pub(super) fn is_no(text: &str) -> bool {
    matches!(text.trim(), "no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()")
}

/// Settings with a place of their own in a form.
const PLACED: [&str; 5] = ["form_title", "form_id", "version", "instance_name", "name"];

impl Settings {
    /// Reads the first row of the settings sheet.
    pub(super) fn read(book: &Workbook, report: &mut Report) -> Self {
        let Some(sheet) = book.sheet("settings") else { return Self::default() };
        let record = match Table::read(sheet, Kind::Settings, report).records.first() {
            Some(record) => record.clone(),
            None => Record { sheet: sheet.name.clone(), row: 2, fields: Vec::new() },
        };
        let settings = Self { record, has_sheet: true };
        let name = settings.get("name");
        if !name.is_empty() && !is_prefixed_name(name) {
            report.error(
                "name-invalid",
                &settings.record.at("name"),
                [&format!("name「{name}」は使えません"), &format!("`{name}` cannot be a name")],
                [
                    &format!("「{}」などに直してください", valid_name(name)),
                    &format!("change it to something like `{}`", valid_name(name)),
                ],
            );
        }
        settings
    }

    /// A setting as written, without blanks around it.
    pub(super) fn get(&self, base: &str) -> &str {
        self.record.text(base).trim()
    }

    /// The settings without a place of their own, kept as written.
    pub(super) fn others(&self) -> BTreeMap<String, String> {
        self.record
            .fields
            .iter()
            .filter(|field| !PLACED.contains(&field.base.as_str()) && field.language.is_none())
            .map(|field| (field.base.clone(), field.text.trim().to_owned()))
            .collect()
    }

    /// Says what a form that is to be published should have.
    pub(super) fn check(&self, report: &mut Report) {
        let at =
            if self.has_sheet { At::row(&self.record.sheet, self.record.row) } else { At::sheet("settings") };
        if self.get("form_id").is_empty() {
            report.warn(
                "form-id-missing",
                &at,
                ["settings に form_id がありません", "the settings have no form_id"],
                [
                    "集計で使う短い英数字の名前を form_id に入れてください",
                    "give the form a short name in `form_id`; indicators refer to it",
                ],
            );
        }
        if is_yes(self.get("omit_instanceid")) && !self.get("public_key").is_empty() {
            report.error(
                "instance-id-omitted",
                &at,
                [
                    "暗号化する調査票では instanceID を省けません",
                    "a form that is encrypted needs its instanceID",
                ],
                ["omit_instanceID か public_key を消してください", "remove omit_instanceID or public_key"],
            );
        }
    }
}
