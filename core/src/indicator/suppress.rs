//! Primary suppression and rounding: from a figure to what may be shown.
//!
//! Rules (docs/INDICATORS.md): fewer than ten persons, fewer than three companies, one
//! company with more than 60 % of the respondents or of the sum, and the same answer of all.
//! [`Shown`] can be made here only.

use super::{
    definition::{Definition, Measure, Sensitivity},
    figure::{Evidence, Figure, Wave},
    request::is_released,
    tile::{Flag, Interval, Sign},
};
use crate::text::Localized;

/// Companies that a number must rest on.
const FEWEST_COMPANIES: u64 = 3;
/// The largest share that one company may have: three fifths.
const DOMINANCE: (u64, u64) = (3, 5);
/// Below this many respondents a number is for reference only.
const REFERENCE_BELOW: u64 = 30;
/// From this many respondents on, percentages of persons have a decimal.
const DECIMAL_FROM: u64 = 1_000;

/// What the rules say about a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may be shown.
    Show,
    /// Nothing was counted.
    Nothing,
    /// It must not be shown.
    Hide,
    /// All gave the answer: only "more than 95 %" may be shown.
    AllSame,
    /// Nobody gave the answer: only "less than 5 %" may be shown.
    NoneSame,
}

/// Applies the rules of primary suppression.
pub(super) fn verdict(definition: &Definition, evidence: &Evidence) -> Verdict {
    if evidence.counted == 0 {
        let adds = matches!(
            definition.measure,
            Measure::Total { .. } | Measure::Count | Measure::DistinctCount { .. }
        );
        return if adds && definition.sensitivity == Sensitivity::Register {
            Verdict::Show
        } else {
            Verdict::Nothing
        };
    }
    if definition.sensitivity == Sensitivity::Register {
        return Verdict::Show;
    }
    if evidence.counted < definition.smallest_cell {
        return Verdict::Hide;
    }
    let is_share = matches!(definition.measure, Measure::Proportion { .. });
    if let Some(companies) = evidence.companies {
        let dominated =
            if is_share { dominates(evidence.largest_rows) } else { dominates_sum(evidence.largest_sum) };
        if companies < FEWEST_COMPANIES || dominated {
            return Verdict::Hide;
        }
    }
    match evidence.nonzero {
        0 if is_share => Verdict::NoneSame,
        nonzero if is_share && nonzero == evidence.counted => Verdict::AllSame,
        _ => Verdict::Show,
    }
}

/// True when one company has more than 60 % of the respondents.
const fn dominates((largest, all): (u64, u64)) -> bool {
    largest.saturating_mul(DOMINANCE.1) > all.saturating_mul(DOMINANCE.0)
}

/// True when one company has more than 60 % of the sum. Whole numbers are compared exactly; of
/// others a tie is in doubt, and hidden.
fn dominates_sum((largest, all): (f64, f64)) -> bool {
    let (part, limit) = (largest * DOMINANCE.1 as f64, all * DOMINANCE.0 as f64);
    let exact = largest.fract() == 0.0 && all.fract() == 0.0 && part < 2_f64.powi(53);
    part > if exact { limit } else { limit * (1.0 - 1e-9) }
}

/// A number that may be shown, rounded, or the sign that stands in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub(super) value: Option<f64>,
    pub(super) bound: Option<&'static str>,
    pub(super) interval: Option<Interval>,
    pub(super) words: Localized,
    pub(super) n: Option<u64>,
    pub(super) missing: Option<u64>,
    pub(super) sign: Option<Sign>,
    pub(super) decimals: u8,
    pub(super) flags: Vec<Flag>,
    pub(super) complementary: bool,
}

impl Shown {
    /// Hidden for confidentiality.
    pub(super) fn hidden(definition: &Definition, complementary: bool) -> Self {
        let words = Localized::of([
            ("ja", "回答が少ないため、秘匿しています"),
            ("en", "hidden for confidentiality: it rests on too few answers"),
        ]);
        Self { complementary, ..Self::sign(definition, Sign::Suppressed, words) }
    }

    /// No wave has been counted.
    pub(super) fn unknown(definition: &Definition) -> Self {
        let words = Localized::of([
            ("ja", "集計された調査がまだありません"),
            ("en", "no survey has been counted yet"),
        ]);
        Self::sign(definition, Sign::Unknown, words)
    }

    fn sign(definition: &Definition, sign: Sign, words: Localized) -> Self {
        Self {
            value: None,
            bound: None,
            interval: None,
            words,
            n: None,
            missing: None,
            sign: Some(sign),
            decimals: definition.unit.decimals,
            flags: Vec::new(),
            complementary: false,
        }
    }

    /// True when the number is hidden for confidentiality.
    pub(super) fn is_suppressed(&self) -> bool {
        self.sign == Some(Sign::Suppressed)
    }
}

/// The number of a wave as a whole: shown when the ledger has it.
pub(super) fn released(definition: &Definition, wave: &Wave<'_>, figure: &Figure) -> Shown {
    let shown = release(definition, figure);
    if shown.value.is_some() && !is_released(definition, wave) {
        return Shown::hidden(definition, true);
    }
    shown
}

/// Checks a figure and rounds what may be shown of it.
pub(super) fn release(definition: &Definition, figure: &Figure) -> Shown {
    let verdict = verdict(definition, &figure.evidence);
    let Some(estimate) = figure.estimate.filter(|_| verdict != Verdict::Nothing) else {
        return Shown::sign(definition, Sign::None, figure.words.clone());
    };
    if verdict == Verdict::Hide {
        return Shown::hidden(definition, false);
    }
    let decimals = decimals(definition, figure.evidence.counted);
    let round = |number: f64| round_to(number, decimals);
    let mut shown = Shown {
        value: Some(round(estimate.value)),
        bound: None,
        interval: figure.interval.map(|ends| Interval { low: round(ends.low), high: round(ends.high) }),
        words: figure.words.clone(),
        n: Some(round_count(definition, figure.evidence.counted)),
        missing: missing(definition, figure.evidence.missing),
        sign: None,
        decimals,
        flags: Vec::new(),
        complementary: false,
    };
    if definition.sensitivity != Sensitivity::Register && figure.evidence.counted < REFERENCE_BELOW {
        shown.flags.push(Flag::Reference);
    }
    let (value, bound) = match verdict {
        Verdict::AllSame => (95.0, ">"),
        Verdict::NoneSame => (5.0, "<"),
        _ => return shown,
    };
    shown.value = Some(value);
    shown.bound = Some(bound);
    shown.interval = None;
    shown.words = Localized::of([
        ("ja", "全員の回答が同じになるため、幅で示しています"),
        ("en", "all gave the same answer: only a bound is shown"),
    ]);
    shown
}

/// Digits after the point that may be shown: whole points for answers of persons, one
/// decimal from a thousand respondents on.
pub(super) fn decimals(definition: &Definition, counted: u64) -> u8 {
    let of_persons = definition.sensitivity == Sensitivity::Anonymous;
    if of_persons && definition.unit.code == "percent" {
        return definition.unit.decimals.min(u8::from(counted >= DECIMAL_FROM));
    }
    definition.unit.decimals
}

/// Counts of persons are shown to the nearest five.
pub(super) fn round_count(definition: &Definition, count: u64) -> u64 {
    if definition.sensitivity == Sensitivity::Anonymous { (count + 2) / 5 * 5 } else { count }
}

/// Who did not answer is a group too: how many they are is told from ten on, and for nobody.
fn missing(definition: &Definition, missing: u64) -> Option<u64> {
    let few =
        definition.sensitivity == Sensitivity::Anonymous && (1..definition.smallest_cell).contains(&missing);
    (!few).then(|| round_count(definition, missing))
}

/// Rounds half away from zero to digits after the point; never −0.
pub(super) fn round_to(number: f64, decimals: u8) -> f64 {
    let unit = 10_f64.powi(i32::from(decimals));
    // A number that prints as a half (2.675 × 100 = 267.49999…) is a half for people.
    let scaled = number * unit;
    let nudged = scaled + scaled.signum() * scaled.abs() * 1e-12;
    nudged.round() / unit + 0.0
}
