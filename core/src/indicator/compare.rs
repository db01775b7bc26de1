//! A wave against its baseline and its target, before rounding.

use super::{
    definition::{Baseline, BaselineWave, Comparator, Definition, Direction, Sampling, TargetKind},
    estimate::{
        Difference, Estimate, Line, Sample, difference, paired_points, paired_relative, relative_change,
    },
    figure::{Figure, Wave},
    tile::{Interval, Status},
};
use crate::text::Localized;

/// A change before rounding.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ChangeFigure {
    pub kind: TargetKind,
    pub value: f64,
    pub interval: Option<Interval>,
    pub reason: Option<Localized>,
    pub p: Option<f64>,
    pub improved: bool,
    pub worsened: bool,
}

/// The level that the present is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Base<'b> {
    /// Another wave.
    Wave(&'b Figure, i32),
    /// The same units before.
    Before(Estimate),
    /// A number of the plan.
    Value(f64),
    /// Words of the plan.
    Phrase { low: f64, high: f64 },
}

impl Base<'_> {
    /// The level in the unit of the indicator.
    pub(super) fn level(&self) -> Option<f64> {
        match self {
            Self::Wave(figure, _) => figure.estimate.map(|estimate| estimate.value),
            Self::Before(estimate) => Some(estimate.value),
            Self::Value(value) => Some(*value),
            Self::Phrase { low, high } => Some((low + high) / 2.0),
        }
    }
}

/// The wave that a definition names as its baseline, among those before the present one.
pub(super) fn baseline_wave(baseline: &Baseline, present: i32, years: &[i32]) -> Option<i32> {
    let before = years.iter().copied().filter(|year| *year < present);
    match baseline.wave? {
        BaselineWave::First => before.min(),
        BaselineWave::Previous => before.max(),
        BaselineWave::FiscalYear(year) => before.into_iter().find(|known| *known == year),
    }
}

/// The mean before, of a paired change.
pub(super) fn before(definition: &Definition, sample: &Sample<'_>) -> Option<Estimate> {
    Some(sample.ratio(&|_| true, Line::X, Line::ONE)?.scaled(definition.measure.scale()))
}

/// Points for levels and yearly numbers, relative where the target is.
fn kind_of(definition: &Definition) -> TargetKind {
    match definition.target.kind {
        TargetKind::RelativeChange => TargetKind::RelativeChange,
        _ => TargetKind::Points,
    }
}

/// The change from `base` to the present.
pub(super) fn change(
    definition: &Definition,
    now: &Figure,
    sample: &Sample<'_>,
    base: &Base<'_>,
) -> Option<ChangeFigure> {
    let kind = kind_of(definition);
    let (present, past) = (now.estimate?, base.level()?);
    let value = match kind {
        TargetKind::RelativeChange if past > 0.0 => (present.value / past - 1.0) * 100.0,
        TargetKind::RelativeChange => return None,
        _ => present.value - past,
    };
    if definition.design.sampling == Sampling::Census {
        return Some(without_interval(definition, kind, value, true));
    }
    if let Base::Phrase { low, high } = base {
        return Some(against_phrase(definition, kind, value, now, (*low, *high)));
    }
    let found = match base {
        Base::Before(_) if kind == TargetKind::RelativeChange => paired_relative(sample, &|_| true),
        Base::Before(_) => {
            paired_points(sample, &|_| true).map(|points| stretch(points, definition.measure.scale()))
        }
        _ => {
            let past = match base {
                Base::Wave(figure, _) => figure.estimate?,
                _ => Estimate { value: past, variance: 0.0, df: 0.0, n: 0 },
            };
            if kind == TargetKind::RelativeChange {
                relative_change(&past, &present)
            } else {
                difference(&past, &present)
            }
        }
    };
    let Some(found) = found else { return Some(without_interval(definition, kind, value, false)) };
    let found = if kind == TargetKind::RelativeChange { stretch(found, 100.0) } else { found };
    Some(with_interval(definition, kind, value, found.interval, Some(found.p)))
}

fn stretch(mut found: Difference, scale: f64) -> Difference {
    found.value *= scale;
    found.interval = Interval { low: found.interval.low * scale, high: found.interval.high * scale };
    found
}

fn with_interval(
    definition: &Definition,
    kind: TargetKind,
    value: f64,
    interval: Interval,
    p: Option<f64>,
) -> ChangeFigure {
    let (rose, fell) = (interval.low > 0.0, interval.high < 0.0);
    let (improved, worsened) =
        if definition.direction == Direction::Up { (rose, fell) } else { (fell, rose) };
    ChangeFigure { kind, value, interval: Some(interval), reason: None, p, improved, worsened }
}

fn without_interval(
    definition: &Definition,
    kind: TargetKind,
    value: f64,
    counted_all: bool,
) -> ChangeFigure {
    let better = if definition.direction == Direction::Up { value } else { -value };
    let reason = if counted_all {
        [
            ("ja", "すべてを数えた値どうしの差です(標本誤差なし)"),
            ("en", "both are counts of all units: no sampling error"),
        ]
    } else {
        [
            ("ja", "回答が少なく、差の信頼区間を計算できません"),
            ("en", "too few answers for an interval of the change"),
        ]
    };
    ChangeFigure {
        kind,
        value,
        interval: None,
        reason: Some(Localized::of(reason)),
        p: None,
        improved: counted_all && better > 0.0,
        worsened: counted_all && better < 0.0,
    }
}

/// A phrase is a range: the change is at least what its nearer end gives.
fn against_phrase(
    definition: &Definition,
    kind: TargetKind,
    value: f64,
    now: &Figure,
    (low, high): (f64, f64),
) -> ChangeFigure {
    let Some(ends) = now.interval else { return without_interval(definition, kind, value, false) };
    let interval = match kind {
        TargetKind::RelativeChange if low > 0.0 => {
            Interval { low: (ends.low / high - 1.0) * 100.0, high: (ends.high / low - 1.0) * 100.0 }
        }
        _ => Interval { low: ends.low - high, high: ends.high - low },
    };
    with_interval(definition, kind, value, interval, None)
}

/// The level that the target comes to.
pub(super) fn target_level(definition: &Definition, base: Option<&Base<'_>>) -> Option<f64> {
    let target = &definition.target;
    match target.kind {
        TargetKind::RelativeChange => Some(base?.level()? * (1.0 + target.value / 100.0)),
        TargetKind::Points => Some(base?.level()? + target.value),
        _ => Some(target.value),
    }
}

fn meets(comparator: Comparator, value: f64, target: f64) -> bool {
    // A target that is met to the last digit is met.
    let slack = 1e-9 * target.abs().max(1.0);
    match comparator {
        Comparator::AtLeast => value >= target - slack,
        Comparator::AtMost => value <= target + slack,
    }
}

fn interval_meets(comparator: Comparator, interval: &Interval, target: f64) -> bool {
    let nearest = if comparator == Comparator::AtLeast { interval.low } else { interval.high };
    meets(comparator, nearest, target)
}

fn interval_misses(comparator: Comparator, interval: &Interval, target: f64) -> bool {
    let best = if comparator == Comparator::AtLeast { interval.high } else { interval.low };
    !meets(comparator, best, target)
}

/// Where the present stands, with the sentence that says why.
pub(super) fn status(
    definition: &Definition,
    now: &Figure,
    change: Option<&ChangeFigure>,
    level: Option<f64>,
    wave: &Wave<'_>,
) -> (Status, Localized) {
    let target = &definition.target;
    let is_change = matches!(target.kind, TargetKind::RelativeChange | TargetKind::Points);
    let (Some(value), Some(level)) = (now.estimate.map(|estimate| estimate.value), level) else {
        return say(
            Status::CannotTell,
            "基準がまだないため判定できません",
            "there is no baseline yet to tell by",
        );
    };
    // A change is held against the target of change: its interval knows the baseline's uncertainty.
    let (held, aim) = match change.filter(|_| is_change) {
        Some(change) => (change.interval, target.value),
        None => (now.interval, level),
    };
    let met = meets(target.comparator, value, level);
    let surely = held.as_ref().map_or(met, |interval| interval_meets(target.comparator, interval, aim));
    if met && surely {
        return say(Status::Reached, "目標を達成しています", "the target is reached");
    }
    if change.is_some_and(|change| change.improved) {
        return if met {
            say(
                Status::OnTheWay,
                "基準より改善し、目標値に届いていますが、達成とまでは言い切れません(信頼区間が目標をまたぎます)",
                "better than the baseline and at the target, but the interval reaches below it",
            )
        } else {
            say(Status::OnTheWay, "基準より改善しています", "better than the baseline by more than chance")
        };
    }
    if change.is_some_and(|change| change.worsened) {
        return say(Status::NotYet, "基準より悪化しています", "worse than the baseline");
    }
    without_a_clear_change(definition, change, held.as_ref(), aim, value, wave)
}

fn without_a_clear_change(
    definition: &Definition,
    change: Option<&ChangeFigure>,
    held: Option<&Interval>,
    aim: f64,
    value: f64,
    wave: &Wave<'_>,
) -> (Status, Localized) {
    let is_census = definition.design.sampling == Sampling::Census;
    let yearly = matches!(definition.target.kind, TargetKind::AnnualCount | TargetKind::AnnualSum);
    if yearly && !wave.closed && value > 0.0 {
        return say(Status::OnTheWay, "年度の途中です", "the fiscal year is not over");
    }
    if is_census {
        return say(Status::NotYet, "目標に届いていません", "short of the target");
    }
    if change.is_none()
        && held.is_some_and(|interval| interval_misses(definition.target.comparator, interval, aim))
    {
        return say(Status::NotYet, "目標に届いていません", "short of the target");
    }
    say(
        Status::CannotTell,
        "基準からの変化は誤差の範囲です",
        "the change from the baseline is within what chance gives",
    )
}

fn say(status: Status, ja: &str, en: &str) -> (Status, Localized) {
    (status, Localized::of([("ja", ja), ("en", en)]))
}
