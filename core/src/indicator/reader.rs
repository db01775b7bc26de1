//! Reading a TOML table key by key, keeping every issue with its line.

use std::collections::BTreeSet;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::issue::IndicatorIssue;
use crate::text::Localized;

/// What was wrong so far, and where texts stand in the source.
pub(super) struct Report<'s> {
    source: &'s str,
    /// Id of the indicator that is being read.
    pub(super) indicator: String,
    pub(super) issues: Vec<IndicatorIssue>,
}

impl<'s> Report<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, indicator: String::new(), issues: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        at: Option<usize>,
        field: &str,
        ja: impl Into<String>,
        en: impl Into<String>,
    ) {
        let line = at.map(|at| 1 + self.source.bytes().take(at).filter(|byte| *byte == b'\n').count());
        let what = Localized::of([("ja", &ja.into()), ("en", &en.into())]);
        self.issues.push(IndicatorIssue {
            line,
            indicator: self.indicator.clone(),
            field: field.to_owned(),
            what,
        });
    }
}

/// A table, with the table that it inherits missing keys from.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    table: &'t DeTable<'t>,
    start: usize,
    above: Option<&'t DeTable<'t>>,
}

impl<'t> Node<'t> {
    pub(super) fn new(value: &'t Spanned<DeTable<'t>>) -> Self {
        Self { table: value.get_ref(), start: value.span().start, above: None }
    }

    fn of(table: &'t DeTable<'t>, start: usize) -> Self {
        Self { table, start, above: None }
    }

    /// This table, taking missing keys from `above`.
    pub(super) fn under(self, above: Self) -> Self {
        Self { above: Some(above.table), ..self }
    }

    pub(super) const fn start(self) -> usize {
        self.start
    }

    pub(super) fn get(self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key).or_else(|| self.above.and_then(|above| above.get(key)))
    }

    /// The key's value in this table itself.
    pub(super) fn own(self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key)
    }

    pub(super) fn keys(self) -> impl Iterator<Item = (&'t str, usize)> {
        self.table.keys().map(|key| (key.get_ref().as_ref(), key.span().start))
    }

    /// Reports every key that is not in `known`: a misspelt key must not be silently without effect.
    pub(super) fn refuse_other_keys(self, report: &mut Report<'_>, known: &[&str]) {
        let known: BTreeSet<&str> = known.iter().copied().collect();
        for (key, at) in self.keys().filter(|(key, _)| !known.contains(key)) {
            let list = known.iter().copied().collect::<Vec<_>>().join(", ");
            report.add(
                Some(at),
                key,
                format!("知らないキーです。使えるキー: {list}"),
                format!("this key is not known; known are {list}"),
            );
        }
    }

    fn missing(self, report: &mut Report<'_>, key: &str) {
        report.add(Some(self.start), key, "必須のキーがありません", "this key is required");
    }

    fn wrong(report: &mut Report<'_>, at: usize, key: &str, ja: &str, en: &str) {
        report.add(Some(at), key, format!("{ja}を書いてください"), format!("write {en}"));
    }

    pub(super) fn text_or_none(self, report: &mut Report<'_>, key: &str) -> Option<String> {
        let value = self.get(key)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.to_string());
        }
        Self::wrong(report, value.span().start, key, "文字列", "a text in quotes");
        None
    }

    pub(super) fn text(self, report: &mut Report<'_>, key: &str) -> String {
        if self.get(key).is_none() {
            self.missing(report, key);
        }
        self.text_or_none(report, key).unwrap_or_default()
    }

    pub(super) fn number_or_none(self, report: &mut Report<'_>, key: &str) -> Option<f64> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        if number.is_none() {
            Self::wrong(report, value.span().start, key, "数値", "a number");
        }
        number
    }

    pub(super) fn number(self, report: &mut Report<'_>, key: &str) -> f64 {
        if self.get(key).is_none() {
            self.missing(report, key);
        }
        self.number_or_none(report, key).unwrap_or_default()
    }

    pub(super) fn whole_or_none(self, report: &mut Report<'_>, key: &str) -> Option<i64> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            Self::wrong(report, value.span().start, key, "整数", "a whole number");
        }
        number
    }

    pub(super) fn flag(self, report: &mut Report<'_>, key: &str) -> bool {
        match self.get(key).map(|value| (value.get_ref(), value.span().start)) {
            None => false,
            Some((DeValue::Boolean(flag), _)) => *flag,
            Some((_, at)) => {
                Self::wrong(report, at, key, "true か false", "true or false");
                false
            }
        }
    }

    /// One of the words given; the first where the key is wrong.
    pub(super) fn word<T: Copy>(
        self,
        report: &mut Report<'_>,
        key: &str,
        words: &[(&str, T)],
        required: bool,
    ) -> T {
        let fallback = words.first().expect("every list of words is written here and has one").1;
        let Some(value) = self.get(key) else {
            if required {
                self.missing(report, key);
            }
            return fallback;
        };
        let found = match value.get_ref() {
            DeValue::String(text) => words.iter().find(|(word, _)| *word == text.as_ref()),
            _ => None,
        };
        if let Some((_, meaning)) = found {
            return *meaning;
        }
        let list = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        report.add(
            Some(value.span().start),
            key,
            format!("次のどれかを書いてください: {list}"),
            format!("write one of {list}"),
        );
        fallback
    }

    pub(super) fn table(self, report: &mut Report<'_>, key: &str) -> Option<Self> {
        let value = self.get(key)?;
        if let DeValue::Table(table) = value.get_ref() {
            return Some(Self::of(table, value.span().start));
        }
        Self::wrong(report, value.span().start, key, "表({ … })", "a table ({ … })");
        None
    }

    pub(super) fn required_table(self, report: &mut Report<'_>, key: &str) -> Option<Self> {
        if self.get(key).is_none() {
            self.missing(report, key);
        }
        self.table(report, key)
    }

    /// Tables of an array; inherited only where `inherit`.
    pub(super) fn tables(self, report: &mut Report<'_>, key: &str, inherit: bool) -> Vec<Self> {
        let Some(value) = (if inherit { self.get(key) } else { self.own(key) }) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            Self::wrong(report, value.span().start, key, "表の配列([[ … ]])", "an array of tables ([[ … ]])");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => tables.push(Self::of(table, item.span().start)),
                _ => Self::wrong(report, item.span().start, key, "表({ … })", "a table ({ … })"),
            }
        }
        tables
    }

    /// A text in Japanese and English; both are required.
    pub(super) fn localized(self, report: &mut Report<'_>, key: &str) -> Localized {
        let Some(table) = self.required_table(report, key) else { return Localized::default() };
        table.both_languages(report, key)
    }

    /// `ja` and `en` of this table.
    pub(super) fn both_languages(self, report: &mut Report<'_>, field: &str) -> Localized {
        let mut text = Localized::default();
        for tag in ["ja", "en"] {
            let words = self.text_or_none(report, tag).unwrap_or_default();
            if words.trim().is_empty() {
                report.add(
                    Some(self.start),
                    &format!("{field}.{tag}"),
                    "日本語と英語の両方が必要です",
                    "both Japanese and English are required",
                );
            }
            text.0.insert(tag.to_owned(), words);
        }
        text
    }
}
