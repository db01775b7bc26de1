//! The parameters column: `start=1 end=10 step=1`.

use std::collections::BTreeMap;

use super::{
    finding::Report,
    header::Record,
    kinds::{Plain, Select},
    reference::single,
    suggest::closest,
};

/// Parameters whose value is text of the form or of a file and keeps its case.
const CASED: [&str; 4] = ["label", "value", "unit", "suffix"];

/// Our own parameter, allowed with every type: the unit that is shown beside a field.
const UNIT: &str = "unit";

/// Reads the pairs of a cell; pairs are separated by blanks, commas or semicolons.
/// `None` when the cell is not made of pairs.
pub(super) fn parse(text: &str) -> Option<BTreeMap<String, String>> {
    let tokens = tokens(text);
    let mut pairs = BTreeMap::new();
    let mut rest = tokens.as_slice();
    while let [key, equals, value, more @ ..] = rest {
        if equals != "=" || key == "=" || value == "=" {
            return None;
        }
        let key = key.to_lowercase();
        let value = if CASED.contains(&key.as_str()) { value.clone() } else { value.to_lowercase() };
        pairs.insert(key, value);
        rest = more;
    }
    rest.is_empty().then_some(pairs)
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    for letter in text.chars() {
        let is_break = letter.is_whitespace() || matches!(letter, ',' | ';' | '=');
        if !is_break {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if letter == '=' {
            tokens.push("=".to_owned());
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

/// Reads the parameters of a row and reports a cell that cannot be read.
pub(super) fn of_row(record: &Record, report: &mut Report) -> BTreeMap<String, String> {
    let text = record.text("parameters");
    parse(text).unwrap_or_else(|| {
        report.error(
            "parameters-malformed",
            &record.at("parameters"),
            [
                &format!("parameters「{text}」が読めません"),
                &format!("the parameters `{text}` cannot be read"),
            ],
            [
                "「名前=値」を空白で区切って書いてください(例: start=1 end=10)",
                "write pairs of name=value with blanks between them, such as start=1 end=10",
            ],
        );
        BTreeMap::new()
    })
}

/// Every parameter of any type, in the order of the alphabet.
pub(super) fn all() -> Vec<&'static str> {
    let types = ["text", "image", "audio", "range", "geopoint", "geotrace", "audit", "select", "select-file"];
    let mut all: Vec<&str> = types.into_iter().filter_map(accepted).flatten().copied().collect();
    all.push(UNIT);
    all.sort_unstable();
    all.dedup();
    all
}

/// The parameters that a type takes; `None` when it takes any.
fn accepted(word: &str) -> Option<&'static [&'static str]> {
    Some(match word {
        "text" => &["rows"],
        "image" => &["max-pixels", "app"],
        "audio" | "background-audio" => &["quality"],
        "range" => &["start", "end", "step", "placeholder", "tick_interval", "tick_labelset"],
        "geopoint" => &["allow-mock-accuracy", "capture-accuracy", "warning-accuracy", "reference-geometry"],
        "geotrace" | "geoshape" => &["allow-mock-accuracy", "incremental", "reference-geometry"],
        "audit" => &[
            "identify-user",
            "location-max-age",
            "location-min-interval",
            "location-priority",
            "track-changes",
            "track-changes-reasons",
        ],
        "select" => &["randomize", "seed"],
        "select-file" => &["label", "randomize", "seed", "value"],
        _ => return None,
    })
}

struct Check<'a> {
    record: &'a Record,
    report: &'a mut Report,
}

impl Check<'_> {
    fn bad(&mut self, key: &str, value: &str, allowed: [&str; 2]) {
        self.report.error(
            "parameter-value",
            &self.record.at("parameters"),
            [
                &format!("parameters の {key} に「{value}」は使えません"),
                &format!("`{value}` is no value for `{key}`"),
            ],
            [&format!("{}にしてください", allowed[0]), &format!("make it {}", allowed[1])],
        );
    }

    fn known(&mut self, word: &str, given: &BTreeMap<String, String>) {
        let Some(accepted) = accepted(word) else { return };
        for key in given.keys().filter(|key| !accepted.contains(&key.as_str()) && key.as_str() != UNIT) {
            let list = accepted.join(", ");
            let near = closest(key, accepted.iter().copied()).unwrap_or(&list);
            self.report.error(
                "parameter-unknown",
                &self.record.at("parameters"),
                [
                    &format!("parameters の「{key}」はこの種類の質問では使えません"),
                    &format!("a question of this type has no parameter `{key}`"),
                ],
                [&format!("使えるもの: {near}"), &format!("use one of: {near}")],
            );
        }
    }

    fn one_of(&mut self, given: &BTreeMap<String, String>, key: &str, allowed: &[&str]) {
        if let Some(value) = given.get(key).filter(|value| !allowed.contains(&value.as_str())) {
            let list = allowed.join(", ");
            self.bad(key, value, [&format!("{list} のどれか"), &format!("one of {list}")]);
        }
    }

    fn whole(&mut self, given: &BTreeMap<String, String>, key: &str, least: Option<i64>) {
        let Some(value) = given.get(key) else { return };
        let fits = value.parse::<i64>().is_ok_and(|number| least.is_none_or(|least| number >= least));
        if !fits {
            self.bad(key, value, ["0 以上の整数", "a whole number, not negative"]);
        }
    }

    fn number(&mut self, given: &BTreeMap<String, String>, key: &str) {
        if let Some(value) = given.get(key).filter(|value| value.parse::<f64>().is_err()) {
            self.bad(key, value, ["数", "a number"]);
        }
    }
}

/// Checks the parameters of a question without choices.
pub(super) fn check_plain(
    plain: Plain,
    given: &BTreeMap<String, String>,
    record: &Record,
    report: &mut Report,
) {
    let mut check = Check { record, report };
    check.known(plain.word, given);
    match plain.word {
        "text" => check.whole(given, "rows", None),
        "image" => {
            check.whole(given, "max-pixels", None);
            check_app(&mut check, given);
        }
        "audio" => check.one_of(given, "quality", &["voice-only", "low", "normal", "external"]),
        "background-audio" => check.one_of(given, "quality", &["voice-only", "low", "normal"]),
        "geopoint" | "geotrace" | "geoshape" => {
            check.one_of(given, "allow-mock-accuracy", &["true", "false"]);
            check.one_of(given, "incremental", &["true", "true()", "yes"]);
            check.number(given, "capture-accuracy");
            check.number(given, "warning-accuracy");
        }
        "audit" => check_audit(&mut check, given),
        _ => {}
    }
}

/// An app for pictures is named like an Android package: `org.example.camera`.
fn check_app(check: &mut Check<'_>, given: &BTreeMap<String, String>) {
    let Some(app) = given.get("app") else { return };
    let appearance = check.record.text("appearance").trim();
    if !appearance.is_empty() && appearance != "annotate" {
        return;
    }
    let mut parts = app.split('.');
    let fits = app.contains('.')
        && parts.all(|part| {
            part.starts_with(|first: char| first.is_ascii_alphabetic())
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        });
    if !fits {
        check.bad("app", app, ["org.example.app のような名前", "a package name such as org.example.app"]);
    }
}

fn check_audit(check: &mut Check<'_>, given: &BTreeMap<String, String>) {
    check.one_of(given, "track-changes", &["true", "false"]);
    check.one_of(given, "identify-user", &["true", "false"]);
    check.one_of(given, "track-changes-reasons", &["on-form-edit"]);
    check.one_of(given, "location-priority", &["no-power", "low-power", "balanced", "high-accuracy"]);
    check.whole(given, "location-min-interval", Some(0));
    check.whole(given, "location-max-age", Some(0));
    let place = ["location-priority", "location-min-interval", "location-max-age"];
    let count = place.iter().filter(|key| given.contains_key(**key)).count();
    if count == 1 || count == 2 {
        let missing: Vec<&str> = place.into_iter().filter(|key| !given.contains_key(*key)).collect();
        let missing = missing.join(", ");
        check.bad(
            "location-*",
            "",
            [&format!("{missing} も書いて、組"), &format!("complete: add {missing}")],
        );
    }
    let number = |key: &str| given.get(key).and_then(|value| value.parse::<i64>().ok());
    if let (Some(age), Some(interval)) = (number("location-max-age"), number("location-min-interval"))
        && age < interval
    {
        check.bad(
            "location-max-age",
            &age.to_string(),
            ["location-min-interval 以上", "at least location-min-interval"],
        );
    }
}

/// Checks the parameters of a question with choices.
pub(super) fn check_select(
    select: &Select,
    given: &BTreeMap<String, String>,
    record: &Record,
    report: &mut Report,
) {
    let mut check = Check { record, report };
    check.known(if select.from_file { "select-file" } else { "select" }, given);
    check.one_of(given, "randomize", &["true", "false"]);
    if let Some(seed) = given.get("seed") {
        if !given.contains_key("randomize") {
            check.bad("seed", seed, ["randomize=true と一緒", "used together with randomize=true"]);
        } else if seed.parse::<f64>().is_err() && single(seed).is_none() {
            check.bad("seed", seed, ["数か ${質問名}", "a number or a reference like ${question}"]);
        }
    }
    for key in ["value", "label"] {
        if let Some(value) = given.get(key).filter(|value| select.from_file && !super::name::is_name(value)) {
            check.bad(key, value, ["ファイルの列の名前", "the name of a column of the file"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn pairs_are_read_whatever_stands_between_them() {
        let pairs = parse("Start=1; end = 10,step=0.5 unit=千円").unwrap_or_default();
        assert_eq!(pairs.get("start").map(String::as_str), Some("1"));
        assert_eq!(pairs.get("end").map(String::as_str), Some("10"));
        assert_eq!(pairs.get("unit").map(String::as_str), Some("千円"));
        assert_eq!(parse("randomize"), None);
        assert_eq!(parse("a=b=c"), None);
    }
}
