//! Why an answer or a repeat instance was not taken.

use crate::answers::Path;

/// An answer that does not fit its question. Nothing was changed; the text that was typed
/// is not part of the error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` refuses the answer: {reason}")]
pub struct AnswerRefused {
    /// The question.
    pub path: Path,
    /// Why.
    pub reason: RefusedReason,
}

/// Why an answer does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RefusedReason {
    /// The form has no such question.
    #[error("the form has no such question")]
    UnknownQuestion,
    /// The form computes this value.
    #[error("the form computes this value")]
    Calculated,
    /// The question is read-only now.
    #[error("the question is read-only")]
    ReadOnly,
    /// Not a number.
    #[error("not a number")]
    NotANumber,
    /// A number with a fraction where a whole one is asked for.
    #[error("not a whole number")]
    NotAWholeNumber,
    /// Commas that do not separate thousands: `1,5`.
    #[error("commas that do not separate thousands")]
    OddThousands,
    /// Too many digits.
    #[error("a number that is too large")]
    TooLarge,
    /// Not a date.
    #[error("not a date")]
    NotADate,
    /// A day that the calendar does not have: 31 April.
    #[error("a day that the calendar does not have")]
    NoSuchDay,
    /// A date outside of the era that it names: 平成40年.
    #[error("a date outside of the era that it names")]
    OutsideEra,
    /// Not a time of day.
    #[error("not a time of day")]
    NotATime,
    /// Neither yes nor no.
    #[error("neither true nor false")]
    NotABoolean,
    /// Not a place: latitude, longitude, altitude, accuracy.
    #[error("not a place on Earth")]
    NotAPlace,
    /// Not among the choices that are offered now.
    #[error("not among the choices")]
    NotAChoice,
    /// More text than an answer may hold.
    #[error("more text than an answer may hold")]
    TooLong,
}

impl RefusedReason {
    /// A stable code for apps and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownQuestion => "unknown-question",
            Self::Calculated => "calculated",
            Self::ReadOnly => "read-only",
            Self::NotANumber => "not-a-number",
            Self::NotAWholeNumber => "not-a-whole-number",
            Self::OddThousands => "odd-thousands",
            Self::TooLarge => "too-large",
            Self::NotADate => "not-a-date",
            Self::NoSuchDay => "no-such-day",
            Self::OutsideEra => "outside-era",
            Self::NotATime => "not-a-time",
            Self::NotABoolean => "not-a-boolean",
            Self::NotAPlace => "not-a-place",
            Self::NotAChoice => "not-a-choice",
            Self::TooLong => "too-long",
        }
    }

    /// A sentence for the person who typed, in Japanese or English.
    pub fn message(self, language: &str) -> &'static str {
        let (ja, en) = match self {
            Self::UnknownQuestion => ("この質問は調査票にありません。", "The form has no such question."),
            Self::Calculated => ("自動で計算される欄です。", "This is calculated."),
            Self::ReadOnly => ("いまは書きかえられない欄です。", "This cannot be changed now."),
            Self::NotANumber => ("数字で入力してください。", "Enter a number."),
            Self::NotAWholeNumber => ("小数のない数字で入力してください。", "Enter a whole number."),
            Self::OddThousands => (
                "「,」の位置を確かめてください(例:1,234)。小数は「.」です。",
                "Check the commas (as in 1,234); the decimal sign is a full stop.",
            ),
            Self::TooLarge => ("数字が大きすぎます。", "The number is too large."),
            Self::NotADate => (
                "日付で入力してください(例:2026-11-22、令和8年11月22日、R8.11.22)。",
                "Enter a date, such as 2026-11-22.",
            ),
            Self::NoSuchDay => ("その日付は暦にありません。", "The calendar has no such day."),
            Self::OutsideEra => ("その元号にはない日付です。", "The date lies outside of that era."),
            Self::NotATime => ("時刻で入力してください(例:9:30)。", "Enter a time, such as 9:30."),
            Self::NotABoolean => ("はい・いいえで答えてください。", "Answer yes or no."),
            Self::NotAPlace => ("緯度と経度で入力してください。", "Enter a latitude and a longitude."),
            Self::NotAChoice => ("選択肢から選んでください。", "Choose one of the choices."),
            Self::TooLong => ("文が長すぎます。", "The text is too long."),
        };
        if language.starts_with("ja") { ja } else { en }
    }
}

/// A repeat instance that cannot be added or removed. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepeatRefused {
    /// The form has no such repeat, or the instance is gone.
    #[error("`{path}` is not a repeat of this form")]
    Unknown {
        /// What was asked for.
        path: Path,
    },
    /// The form counts the instances itself (`repeat_count`).
    #[error("the form decides how many instances `{path}` has")]
    Counted {
        /// The repeat.
        path: Path,
    },
    /// There are as many instances as a form can have.
    #[error("`{path}` has {limit} instances already")]
    TooMany {
        /// The repeat.
        path: Path,
        /// Instances allowed.
        limit: usize,
    },
}
