//! The words of XForms and XLSForm for one another.

use crate::form::{Control, DataType, Question};

/// The data type that a bind names; `None` for a word that nobody knows.
pub(super) fn data_type(word: &str) -> Option<DataType> {
    let local = word.rsplit(':').next().unwrap_or(word);
    Some(match local {
        "string" | "select1" | "note" => DataType::String,
        "int" | "integer" | "long" => DataType::Int,
        "decimal" | "double" | "float" => DataType::Decimal,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date,
        "time" => DataType::Time,
        "dateTime" => DataType::DateTime,
        "geopoint" => DataType::Geopoint,
        "geotrace" => DataType::Geotrace,
        "geoshape" => DataType::Geoshape,
        "barcode" => DataType::Barcode,
        "binary" | "anyURI" => DataType::Binary,
        "intent" => DataType::Intent,
        "rank" => DataType::Rank,
        "select" => DataType::SelectMultiple,
        _ => return None,
    })
}

/// The control of a body element.
pub(super) fn control(element: &str) -> Option<Control> {
    Some(match element {
        "input" | "secret" | "textarea" => Control::Input,
        "select1" => Control::SelectOne,
        "select" => Control::SelectMultiple,
        "rank" => Control::Rank,
        "range" => Control::Range,
        "trigger" => Control::Acknowledge,
        "upload" => Control::Upload,
        _ => return None,
    })
}

/// The XLSForm type of a question.
pub(super) fn xls_type(question: &Question, is_bound: bool) -> String {
    let list = question.choices.as_ref().map_or("", |source| source.list.as_str());
    match question.control {
        Control::None => silent(question).to_owned(),
        Control::Input => typed(question.data_type).to_owned(),
        Control::Note => "note".to_owned(),
        Control::SelectOne => format!("select_one {list}").trim_end().to_owned(),
        Control::SelectMultiple => format!("select_multiple {list}").trim_end().to_owned(),
        Control::Rank => format!("rank {list}").trim_end().to_owned(),
        Control::Range => "range".to_owned(),
        // pyxform writes `trigger` without a type and `acknowledge` with one.
        Control::Acknowledge if is_bound => "acknowledge".to_owned(),
        Control::Acknowledge => "trigger".to_owned(),
        Control::Upload => match question.extra.get("body::mediatype").map(String::as_str) {
            Some("image/*") => "image".to_owned(),
            Some("audio/*") => "audio".to_owned(),
            Some("video/*") => "video".to_owned(),
            _ => "file".to_owned(),
        },
    }
}

fn silent(question: &Question) -> &'static str {
    let preload = question.bind.preload.as_ref();
    match preload.map(|(kind, parameter)| (kind.as_str(), parameter.as_str())) {
        Some(("timestamp", "start")) => "start",
        Some(("timestamp", "end")) => "end",
        Some(("date", "today")) => "today",
        Some(("property", "deviceid")) => "deviceid",
        Some(("property", "email")) => "email",
        Some(("property", "phonenumber")) => "phonenumber",
        Some(("property", "username")) => "username",
        Some(("uid", _)) => "uid",
        _ if question.bind.calculate.is_some() => "calculate",
        _ => "hidden",
    }
}

fn typed(data: DataType) -> &'static str {
    match data {
        DataType::Int => "integer",
        DataType::Decimal => "decimal",
        DataType::Boolean => "boolean",
        DataType::Date => "date",
        DataType::Time => "time",
        DataType::DateTime => "dateTime",
        DataType::Geopoint => "geopoint",
        DataType::Geotrace => "geotrace",
        DataType::Geoshape => "geoshape",
        DataType::Barcode => "barcode",
        _ => "text",
    }
}
