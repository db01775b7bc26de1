//! Types of questions: what the word in the `type` column means.

use crate::form::{Control, DataType};

/// What a row of the survey sheet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TypeWord {
    /// Opens a group, a repeat or a loop.
    Begin(Container),
    /// Closes it.
    End(Container),
    /// A select or a rank.
    Select(Select),
    /// Any other question.
    Plain(Plain),
    /// A setting that old forms put on the survey sheet.
    Setting(&'static str),
    /// An instance from a file: `xml-external`, `csv-external`.
    External(&'static str),
}

/// What `begin` opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Container {
    Group,
    Repeat,
    /// A group for each choice of a list; empty when none is named.
    Loop(String),
}

impl Container {
    /// The word after `begin` and `end`.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Repeat => "repeat",
            Self::Loop(_) => "loop",
        }
    }
}

/// A question with choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Select {
    pub(super) control: Control,
    /// Name of the choice list, the file or the repeat (`${members}`).
    pub(super) list: String,
    /// `or_other`.
    pub(super) or_other: bool,
    /// `select_one_from_file`, `select_multiple_from_file`.
    pub(super) from_file: bool,
    /// `select_one_external`.
    pub(super) external: bool,
}

/// A question without choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plain {
    /// The one word of XLSForm for all its spellings.
    pub(super) word: &'static str,
    pub(super) data: DataType,
    pub(super) control: Control,
    pub(super) media: Option<&'static str>,
    pub(super) preload: Option<(&'static str, &'static str)>,
}

const fn plain(word: &'static str, data: DataType, control: Control) -> Plain {
    Plain { word, data, control, media: None, preload: None }
}

const fn file(word: &'static str, media: &'static str) -> Plain {
    Plain { word, data: DataType::Binary, control: Control::Upload, media: Some(media), preload: None }
}

const fn preload(word: &'static str, data: DataType, kind: &'static str, parameter: &'static str) -> Plain {
    Plain { word, data, control: Control::None, media: None, preload: Some((kind, parameter)) }
}

/// The words of XLSForm, each with its spellings.
const PLAIN: &[(&[&str], Plain)] = &[
    (&["text", "string", "q string", "add text prompt"], plain("text", DataType::String, Control::Input)),
    (&["integer", "int", "q int", "add integer prompt"], plain("integer", DataType::Int, Control::Input)),
    (&["decimal", "q decimal", "add decimal prompt"], plain("decimal", DataType::Decimal, Control::Input)),
    (&["date", "q date", "add date prompt"], plain("date", DataType::Date, Control::Input)),
    (&["time"], plain("time", DataType::Time, Control::Input)),
    (
        &[
            "datetime",
            "dateTime",
            "date time",
            "q dateTime",
            "q date time",
            "add date time prompt",
            "add dateTime prompt",
        ],
        plain("dateTime", DataType::DateTime, Control::Input),
    ),
    (&["note", "q note", "add note prompt"], plain("note", DataType::String, Control::Note)),
    (
        &["geopoint", "gps", "location", "q location", "q geopoint", "add location prompt"],
        plain("geopoint", DataType::Geopoint, Control::Input),
    ),
    (&["geotrace", "q geotrace"], plain("geotrace", DataType::Geotrace, Control::Input)),
    (&["geoshape", "q geoshape"], plain("geoshape", DataType::Geoshape, Control::Input)),
    (&["barcode", "q barcode", "add barcode prompt"], plain("barcode", DataType::Barcode, Control::Input)),
    (
        &["acknowledge", "q acknowledge", "add acknowledge prompt"],
        plain("acknowledge", DataType::String, Control::Acknowledge),
    ),
    (&["trigger"], plain("trigger", DataType::String, Control::Acknowledge)),
    (&["range"], plain("range", DataType::Int, Control::Range)),
    (
        &["calculate", "q calculate", "add calculate prompt"],
        plain("calculate", DataType::String, Control::None),
    ),
    (&["hidden"], plain("hidden", DataType::String, Control::None)),
    (
        &["image", "photo", "q picture", "q image", "add image prompt", "add photo prompt"],
        file("image", "image/*"),
    ),
    (&["audio", "q audio", "add audio prompt"], file("audio", "audio/*")),
    (&["video", "q video", "add video prompt"], file("video", "video/*")),
    (&["file", "add file prompt"], file("file", "application/*")),
    (&["osm"], file("osm", "osm/*")),
    (&["start", "start time", "get start time"], preload("start", DataType::DateTime, "timestamp", "start")),
    (&["end", "end time", "get end time"], preload("end", DataType::DateTime, "timestamp", "end")),
    (&["today", "get today"], preload("today", DataType::Date, "date", "today")),
    (
        &["deviceid", "device id", "imei", "get device id"],
        preload("deviceid", DataType::String, "property", "deviceid"),
    ),
    (
        &["subscriberid", "subscriber id", "get subscriber id"],
        preload("subscriberid", DataType::String, "property", "subscriberid"),
    ),
    (&["simserial", "sim id", "get sim id"], preload("simserial", DataType::String, "property", "simserial")),
    (
        &["phonenumber", "get phone number"],
        preload("phonenumber", DataType::String, "property", "phonenumber"),
    ),
    (&["username"], preload("username", DataType::String, "property", "username")),
    (&["email"], preload("email", DataType::String, "property", "email")),
    (&["uri:deviceid"], preload("uri:deviceid", DataType::String, "property", "uri:deviceid")),
    (&["uri:subscriberid"], preload("uri:subscriberid", DataType::String, "property", "uri:subscriberid")),
    (&["uri:simserial"], preload("uri:simserial", DataType::String, "property", "uri:simserial")),
    (&["uri:phonenumber"], preload("uri:phonenumber", DataType::String, "property", "uri:phonenumber")),
    (&["uri:username"], preload("uri:username", DataType::String, "property", "uri:username")),
    (&["uri:email"], preload("uri:email", DataType::String, "property", "uri:email")),
    (&["audit"], plain("audit", DataType::Binary, Control::None)),
    (&["start-geopoint"], plain("start-geopoint", DataType::Geopoint, Control::None)),
    (&["background-geopoint"], plain("background-geopoint", DataType::Geopoint, Control::None)),
    (&["background-audio"], plain("background-audio", DataType::Binary, Control::None)),
    (&["phone number"], plain("phone number", DataType::String, Control::Input)),
    (&["percentage"], plain("percentage", DataType::Int, Control::Input)),
    (&["number of days in last month"], plain("number of days in last month", DataType::Int, Control::Input)),
    (
        &["number of days in last six months"],
        plain("number of days in last six months", DataType::Int, Control::Input),
    ),
    (&["number of days in last year"], plain("number of days in last year", DataType::Int, Control::Input)),
];

/// What the older types with a built-in check allow, and the hint that goes with them.
pub(super) fn built_in(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "phone number" => (r"regex(., '^\d*$')", "Enter numbers only."),
        "percentage" => ("0 <= . and . <= 100", ""),
        "number of days in last month" => ("0 <= . and . <= 31", "Enter a number 0-31."),
        "number of days in last six months" => ("0 <= . and . <= 183", "Enter a number 0-183."),
        "number of days in last year" => ("0 <= . and . <= 365", "Enter a number 0-365."),
        _ => return None,
    })
}

/// Beginnings of select types, longest first.
const SELECTS: &[(&str, Control, bool, bool)] = &[
    ("select_one_from_file", Control::SelectOne, true, false),
    ("select one from file", Control::SelectOne, true, false),
    ("select_multiple_from_file", Control::SelectMultiple, true, false),
    ("select multiple from file", Control::SelectMultiple, true, false),
    ("select_one_external", Control::SelectOne, false, true),
    ("add select one prompt using", Control::SelectOne, false, false),
    ("add select multiple prompt using", Control::SelectMultiple, false, false),
    ("select all that apply from", Control::SelectMultiple, false, false),
    ("select all that apply", Control::SelectMultiple, false, false),
    ("select multiple from", Control::SelectMultiple, false, false),
    ("select multiple using", Control::SelectMultiple, false, false),
    ("select one from", Control::SelectOne, false, false),
    ("select one using", Control::SelectOne, false, false),
    ("select_one", Control::SelectOne, false, false),
    ("select one", Control::SelectOne, false, false),
    ("select1", Control::SelectOne, false, false),
    ("select_multiple", Control::SelectMultiple, false, false),
    ("rank", Control::Rank, false, false),
];

const OTHER: [&str; 3] = [" or specify other", " or_other", " or other"];

/// Reads the word in the `type` column; `None` when no such type exists.
pub(super) fn type_word(text: &str) -> Option<TypeWord> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(word) = container(&text) {
        return Some(word);
    }
    if let Some(select) = select(&text) {
        return Some(TypeWord::Select(select));
    }
    if text.starts_with("osm ") {
        return Some(TypeWord::Plain(file("osm", "osm/*")));
    }
    match text.as_str() {
        "xml-external" => return Some(TypeWord::External("xml")),
        "csv-external" => return Some(TypeWord::External("csv")),
        "form_title" | "set_form_title" | "set form title" => return Some(TypeWord::Setting("form_title")),
        "form_id" | "set_form_id" | "set form id" => return Some(TypeWord::Setting("form_id")),
        _ => {}
    }
    let find =
        |word: &str| PLAIN.iter().find(|(spellings, _)| spellings.contains(&word)).map(|(_, plain)| *plain);
    find(&text).or_else(|| find(&text.to_lowercase())).map(TypeWord::Plain)
}

fn container(text: &str) -> Option<TypeWord> {
    let text = text.to_lowercase();
    let (is_begin, rest) = match (text.strip_prefix("begin"), text.strip_prefix("end")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return None,
    };
    let rest = rest.strip_prefix([' ', '_'])?;
    let (word, list) = rest.split_once(' ').unwrap_or((rest, ""));
    let list = list.strip_prefix("over ").unwrap_or(list);
    let container = match word {
        "group" => Container::Group,
        "repeat" | "lgroup" => Container::Repeat,
        "looped" if list == "group" => Container::Repeat,
        "loop" => Container::Loop(list.to_owned()),
        _ => return None,
    };
    Some(if is_begin { TypeWord::Begin(container) } else { TypeWord::End(container) })
}

fn select(text: &str) -> Option<Select> {
    let lower = text.to_lowercase();
    let (start, control, from_file, external) = SELECTS
        .iter()
        .find(|(start, ..)| lower.strip_prefix(start).is_some_and(|rest| rest.starts_with(' ')))?;
    let rest: String = text.chars().skip(start.chars().count() + 1).collect();
    let (list, or_other) = OTHER
        .iter()
        .find_map(|other| rest.strip_suffix(other).map(|list| (list.to_owned(), true)))
        .unwrap_or((rest, false));
    (!list.is_empty() && !list.contains(' ')).then_some(Select {
        control: *control,
        list,
        or_other,
        from_file: *from_file,
        external: *external,
    })
}

/// All types with their spellings, for the list of what is known.
pub(super) fn spellings() -> Vec<Vec<&'static str>> {
    let plain = PLAIN.iter().map(|(spellings, _)| spellings.to_vec());
    let of_select = |(control, from_file, external): (Control, bool, bool)| {
        let same = SELECTS.iter().filter(move |(_, c, f, e)| (*c, *f, *e) == (control, from_file, external));
        same.map(|(start, ..)| *start).collect::<Vec<_>>()
    };
    let selects = [
        (Control::SelectOne, false, false),
        (Control::SelectMultiple, false, false),
        (Control::Rank, false, false),
        (Control::SelectOne, true, false),
        (Control::SelectMultiple, true, false),
        (Control::SelectOne, false, true),
    ];
    let containers = [
        ["begin_group", "begin group"],
        ["end_group", "end group"],
        ["begin_repeat", "begin repeat"],
        ["end_repeat", "end repeat"],
        ["begin_loop", "begin loop"],
        ["end_loop", "end loop"],
    ];
    let others = [vec!["xml-external"], vec!["csv-external"]];
    plain
        .chain(selects.into_iter().map(of_select))
        .chain(containers.map(|spellings| spellings.to_vec()))
        .chain(others)
        .collect()
}

/// Words to suggest for a misspelt type.
pub(super) fn type_words() -> impl Iterator<Item = &'static str> {
    PLAIN
        .iter()
        .map(|(_, plain)| plain.word)
        .chain(["select_one", "select_multiple", "rank", "select_one_from_file", "select_multiple_from_file"])
        .chain(["begin_group", "end_group", "begin_repeat", "end_repeat", "xml-external", "csv-external"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_type_mean_the_same() {
        assert_eq!(type_word("int"), type_word("integer"));
        assert_eq!(type_word("begin group"), Some(TypeWord::Begin(Container::Group)));
        assert_eq!(type_word("end_repeat"), Some(TypeWord::End(Container::Repeat)));
        assert_eq!(
            type_word("begin loop over fruits"),
            Some(TypeWord::Begin(Container::Loop("fruits".into())))
        );
        assert_eq!(type_word("begin dancing"), None);
    }

    #[test]
    fn a_select_names_its_list_and_its_other() {
        let Some(TypeWord::Select(select)) = type_word("select_one freq or_other") else {
            panic!("a select")
        };
        assert_eq!((select.list.as_str(), select.or_other), ("freq", true));
        assert_eq!(type_word("select_one"), None);
        assert_eq!(type_word("select_one a b"), None);
    }
}
