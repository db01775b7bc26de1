//! From what was published to what is drawn.

use super::{
    compare::baseline_wave,
    definition::{Definition, Period, Sensitivity, TargetKind},
    figure::{Wave, figure, sample_of},
    release::{Published, visible},
    suppress::released,
    tile::{Category, Flag, Tile, Trend, TrendPoint},
};
use crate::text::Localized;

impl Tile {
    /// Builds the tile of an indicator. `companions` are the tiles of its second sources.
    pub fn build(definition: &Definition, published: &Published, companions: Vec<Self>) -> Self {
        let shown = &published.shown;
        let has_interval = shown.interval.is_some();
        Self {
            id: definition.id.clone(),
            level: definition.level,
            role: definition.role,
            names: definition.name.clone(),
            policy: definition.policy.clone(),
            quote_ja: definition.quote_ja.clone(),
            value: shown.value,
            decimals: shown.decimals,
            bound: shown.bound.map(str::to_owned),
            sign: shown.sign,
            flags: shown.flags.clone(),
            unit: definition.unit.code.clone(),
            unit_label: definition.unit.label.clone(),
            interval: shown.interval,
            reason: (!has_interval).then(|| shown.words.clone()),
            interval_method: has_interval.then(|| shown.words.clone()),
            n: shown.n,
            missing: shown.missing,
            baseline: published.baseline.clone(),
            target: published.target.clone(),
            direction: definition.direction,
            status: published.status,
            status_text: published.status_text.clone(),
            progress: published.progress,
            change: published.change.clone(),
            suppressed: shown.is_suppressed(),
            method: definition.method.clone(),
            reading: definition.reading.clone(),
            source_forms: definition.source_forms(),
            fiscal_year: published.fiscal_year,
            period: period(definition, published.fiscal_year),
            breakdowns: definition
                .disaggregations
                .iter()
                .map(|by| Category { id: by.id.clone(), label: by.label.clone() })
                .collect(),
            companions,
            caution: Localized::of([
                ("ja", "指標の変化は施策の効果を直接には示しません。"),
                ("en", "A change of an indicator does not by itself show the effect of a policy."),
            ]),
        }
    }
}

/// The fiscal year in words, with the era's year.
fn period(definition: &Definition, fiscal_year: Option<i32>) -> Localized {
    let Some(year) = fiscal_year else {
        return Localized::of([("ja", "未集計"), ("en", "not yet counted")]);
    };
    let era = era_year(year);
    let what = match definition.period {
        Period::Wave => ["調査", "wave of fiscal year"],
        Period::FiscalYear => ["累計", "sum of fiscal year"],
    };
    Localized::of([
        ("ja", &format!("{era}({year}年度){}", what[0])),
        ("en", &format!("{} {year} (April {year} to March {})", what[1], year + 1)),
    ])
}

/// A fiscal year by its era: 令和7年度. Fiscal 2019 began in 平成 and is called 平成31年度.
fn era_year(year: i32) -> String {
    if year >= 2020 { format!("令和{}年度", year - 2018) } else { format!("平成{}年度", year - 1988) }
}

impl Trend {
    /// Builds the series of an indicator over its waves.
    pub fn of(definition: &Definition, waves: &[Wave<'_>]) -> Self {
        let visible = visible(definition, waves);
        let published = Published::of(definition, waves);
        let years: Vec<i32> = visible.iter().map(|wave| wave.fiscal_year).collect();
        let baseline =
            published.fiscal_year.and_then(|present| baseline_wave(&definition.baseline, present, &years));
        let mut weighted_before = None;
        let points = visible
            .iter()
            .map(|wave| {
                let sample = sample_of(definition, wave);
                let shown = released(definition, wave, &figure(definition, &sample, &|_| true));
                let weighted = sample.is_stratified();
                let method_changed =
                    weighted_before.replace(weighted).is_some_and(|before| before != weighted);
                let mut flags = shown.flags.clone();
                if !wave.closed {
                    flags.push(Flag::Provisional);
                }
                TrendPoint {
                    fiscal_year: wave.fiscal_year,
                    value: shown.value,
                    bound: shown.bound.map(str::to_owned),
                    interval: shown.interval,
                    n: shown.n,
                    sign: shown.sign,
                    flags,
                    method_changed,
                    baseline: baseline == Some(wave.fiscal_year),
                }
            })
            .collect();
        let known = matches!(
            definition.target.kind,
            TargetKind::Level | TargetKind::AnnualCount | TargetKind::AnnualSum
        ) || published.baseline.is_some();
        Self {
            id: definition.id.clone(),
            unit: definition.unit.code.clone(),
            unit_label: definition.unit.label.clone(),
            decimals: if definition.sensitivity == Sensitivity::Anonymous {
                published.shown.decimals
            } else {
                definition.unit.decimals
            },
            points,
            target: published.target.level.filter(|_| known),
        }
    }
}
