//! What may leave: the present of an indicator, compared, suppressed and rounded.
//!
//! [`Published`] is made here only, and a [`Tile`] is built of nothing else.

use super::{
    compare::{Base, ChangeFigure, baseline_wave, before, change, status, target_level},
    definition::{Definition, Sensitivity},
    disclose::Request,
    figure::{Figure, Wave, figure, sample_of},
    request::of_total,
    suppress::{Shown, decimals, released, round_to},
    tile::{Change, Flag, Interval, Status, TileBaseline, TileTarget},
};
use crate::text::Localized;

/// An indicator after suppression: all that a tile is built of.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    pub(super) shown: Shown,
    pub(super) fiscal_year: Option<i32>,
    pub(super) baseline: Option<TileBaseline>,
    pub(super) target: TileTarget,
    pub(super) change: Option<Change>,
    pub(super) status: Status,
    pub(super) status_text: Localized,
    pub(super) progress: Option<f64>,
}

/// Waves that may be counted: answers of persons only after their survey has closed.
pub(super) fn visible<'w, 'a>(definition: &Definition, waves: &'w [Wave<'a>]) -> Vec<&'w Wave<'a>> {
    let may = |wave: &&Wave<'_>| wave.closed || definition.sensitivity != Sensitivity::Anonymous;
    let mut visible: Vec<_> = waves.iter().filter(may).filter(|wave| wave.tally.rows() > 0).collect();
    // One wave a year: a closed one before an open one, the larger before the smaller.
    visible.sort_by_key(|wave| (wave.fiscal_year, !wave.closed, std::cmp::Reverse(wave.tally.rows())));
    visible.dedup_by_key(|wave| wave.fiscal_year);
    visible
}

/// The present: the latest closed wave; of the ward's own records the latest year there is.
fn present<'w, 'a>(definition: &Definition, visible: &[&'w Wave<'a>]) -> Option<&'w Wave<'a>> {
    let running = definition.sensitivity == Sensitivity::Register;
    let closed = visible.iter().rfind(|wave| wave.closed || running);
    closed.or_else(|| visible.last()).copied()
}

impl Published {
    /// What the ledger is asked for before the number of a wave as a whole is shown.
    pub fn request(definition: &Definition, wave: &Wave<'_>) -> Request {
        of_total(definition, wave)
    }

    /// Estimates, compares, suppresses and rounds an indicator over the waves of its form.
    pub fn of(definition: &Definition, waves: &[Wave<'_>]) -> Self {
        let visible = visible(definition, waves);
        let Some(wave) = present(definition, &visible) else { return Self::unknown(definition) };
        let sample = sample_of(definition, wave);
        let now = figure(definition, &sample, &|_| true);
        let mut shown = released(definition, wave, &now);
        if !wave.closed {
            shown.flags.push(Flag::Provisional);
        }
        let years: Vec<i32> = visible.iter().map(|wave| wave.fiscal_year).collect();
        let earlier = baseline_wave(&definition.baseline, wave.fiscal_year, &years)
            .and_then(|year| visible.iter().find(|wave| wave.fiscal_year == year))
            .map(|wave| (figure(definition, &sample_of(definition, wave), &|_| true), *wave));
        let paired = definition.baseline.before.then(|| before(definition, &sample)).flatten();
        // A baseline that must be hidden is no baseline: a shown change would give it away.
        let hidden_baseline =
            earlier.as_ref().is_some_and(|(figure, wave)| released(definition, wave, figure).value.is_none());
        let earlier = earlier.map(|(figure, wave)| (figure, wave.fiscal_year));
        let base = choose_base(definition, earlier.as_ref(), paired, hidden_baseline);
        let level = target_level(definition, base.as_ref());
        let mut published = Self {
            baseline: base.as_ref().map(|base| baseline(definition, base, &shown)),
            target: target(definition, level, shown.decimals),
            fiscal_year: Some(wave.fiscal_year),
            ..Self::unknown(definition)
        };
        if shown.value.is_some() {
            let moved = base.as_ref().and_then(|base| change(definition, &now, &sample, base));
            // Beside a bound, an exact change would say what the bound hides.
            let tells = shown.bound.is_none();
            (published.status, published.status_text) = status(definition, &now, moved.as_ref(), level, wave);
            published.progress = progress(definition, &now, base.as_ref(), level).filter(|_| tells);
            published.change = moved.filter(|_| tells).map(|moved| rounded(definition, &moved, &now));
        } else {
            published.status_text = shown.words.clone();
        }
        published.shown = shown;
        published
    }

    fn unknown(definition: &Definition) -> Self {
        let shown = Shown::unknown(definition);
        Self {
            status_text: shown.words.clone(),
            fiscal_year: None,
            baseline: None,
            target: target(definition, target_level(definition, None), definition.unit.decimals),
            change: None,
            status: Status::CannotTell,
            progress: None,
            shown,
        }
    }
}

/// A counted wave before a number of the plan, and that before its words.
fn choose_base<'f>(
    definition: &Definition,
    earlier: Option<&'f (Figure, i32)>,
    paired: Option<super::estimate::Estimate>,
    hidden: bool,
) -> Option<Base<'f>> {
    let wave = earlier.filter(|_| !hidden).map(|(figure, year)| Base::Wave(figure, *year));
    let value = definition.baseline.value.map(Base::Value);
    let phrase =
        definition.baseline.phrase.as_ref().map(|phrase| Base::Phrase { low: phrase.low, high: phrase.high });
    wave.or(paired.map(Base::Before)).or(value).or(phrase)
}

fn baseline(definition: &Definition, base: &Base<'_>, shown: &Shown) -> TileBaseline {
    let phrase = definition.baseline.phrase.as_ref();
    let plan = phrase.map(|phrase| phrase.text.clone()).unwrap_or_default();
    let says = |ja: String, en: String| {
        let join =
            |first: String, rest: &str| if rest.is_empty() { first } else { format!("{first} {rest}") };
        let plan_ja =
            if plan.is_empty() { String::new() } else { format!("(計画の記述:{})", plan.get("ja")) };
        let plan_en =
            if plan.is_empty() { String::new() } else { format!("(in the plan: {})", plan.get("en")) };
        Localized::of([("ja", &join(ja, &plan_ja)), ("en", &join(en, &plan_en))])
    };
    let round = |value: f64| round_to(value, shown.decimals);
    let (kind, interval, fiscal_year, text) = match base {
        Base::Wave(figure, year) => {
            let interval =
                figure.interval.map(|ends| Interval { low: round(ends.low), high: round(ends.high) });
            let text = says(
                format!("{year}年度の調査による値を使用"),
                format!("measured by the wave of fiscal year {year}"),
            );
            ("wave", interval, Some(*year), text)
        }
        Base::Before(_) => {
            ("before", None, None, says("支援前・改善前の値".to_owned(), "the same units before".to_owned()))
        }
        Base::Value(_) => {
            ("value", None, None, says("計画の基準値".to_owned(), "the number of the plan".to_owned()))
        }
        Base::Phrase { low, high } => {
            let text = says("計画の記述の幅を使用".to_owned(), "the range of the plan's words".to_owned());
            ("phrase", Some(Interval { low: *low, high: *high }), None, text)
        }
    };
    TileBaseline { kind: kind.to_owned(), value: base.level().map(round), interval, fiscal_year, text }
}

fn target(definition: &Definition, level: Option<f64>, decimals: u8) -> TileTarget {
    let target = &definition.target;
    // A level of the plan is shown as written; one that comes from a baseline is as coarse as that.
    let level =
        level.map(|level| if level == target.value { level } else { round_to(level, decimals.max(1)) });
    TileTarget { kind: target.kind, value: target.value, level, comparator: target.comparator }
}

/// Share of the way from the baseline, or from nothing, to the target.
fn progress(
    definition: &Definition,
    now: &Figure,
    base: Option<&Base<'_>>,
    level: Option<f64>,
) -> Option<f64> {
    let start = base.and_then(Base::level).unwrap_or(0.0);
    let (value, level) = (now.estimate?.value, level?);
    let way = level - start;
    if way == 0.0 || (definition.target.kind == super::TargetKind::Level && base.is_none()) {
        return None;
    }
    Some(round_to((value - start) / way * 100.0, 0))
}

fn rounded(definition: &Definition, change: &ChangeFigure, now: &Figure) -> Change {
    let is_relative = change.kind == super::TargetKind::RelativeChange;
    let of_persons = definition.sensitivity == Sensitivity::Anonymous;
    let decimals = match (is_relative, of_persons) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => decimals(definition, now.evidence.counted),
    };
    let round = |number: f64| round_to(number, decimals);
    Change {
        kind: change.kind,
        value: round(change.value),
        interval: change.interval.map(|ends| Interval { low: round(ends.low), high: round(ends.high) }),
        reason: change.reason.clone(),
        p: change.p.map(|p| round_to(p, 2)),
        improved: change.improved,
        worsened: change.worsened,
        flags: if round(change.value) < 0.0 { vec![Flag::Negative] } else { Vec::new() },
    }
}
