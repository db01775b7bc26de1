//! An indicator in full: how its number comes about, what is hidden of it, and what a wave can show.
//! For those who define it and those who answer for it.

use serde::Serialize;

use super::{
    definition::{Definition, Design, Measure, Sampling, Sensitivity},
    estimate::{Power, normal_quantile},
    tile::{Breakdown, Category, Interval, Sign, Tile},
};
use crate::text::Localized;

/// Everything that is said about one indicator, besides its tile.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Stable name.
    pub id: String,
    /// Name for people.
    pub names: Localized,
    /// The statistic, with its expressions as the indicator file has them.
    pub formula: Localized,
    /// Form whose responses are counted.
    pub form: String,
    /// Repeat whose instances are the units; `null` counts responses.
    pub rows: Option<String>,
    /// Who or what is counted: an expression; `null` for everyone.
    pub population: Option<String>,
    /// Who of them gave a valid answer: an expression; `null` for everyone.
    pub answered: Option<String>,
    /// How rows stand for the population.
    pub weights: Localized,
    /// How the interval is made, or why there is none.
    pub interval: Option<Localized>,
    /// Respondents with a valid answer, as published.
    pub n: Option<u64>,
    /// In the population, but without a valid answer, as published.
    pub missing: Option<u64>,
    /// Which numbers are hidden.
    pub rules: Localized,
    /// Tables of one breakdown each that were released, and how much of them is hidden.
    pub tables: Vec<TableCells>,
    /// Forms that it comes from, second sources included.
    pub sources: Vec<String>,
    /// What waves of this size can show; `null` for a census and where nothing is published.
    pub detectable: Option<Detectable>,
    /// How it is computed, in words.
    pub method: Localized,
    /// Which reading of an ambiguous source is taken.
    pub reading: Localized,
}

/// How much of a table is hidden.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableCells {
    /// The breakdown.
    pub by: Category,
    /// Cells without the totals.
    pub cells: usize,
    /// Hidden because they are small.
    pub small: usize,
    /// Hidden so that those cannot be found by subtraction.
    pub complementary: usize,
}

/// The change between two waves that a two-sided test at 5 % finds with a power of 80 %.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detectable {
    /// Respondents of each wave.
    pub n: u64,
    /// The level that a change is counted from: the baseline's, or the present one where there is none.
    pub from: f64,
    /// Design effect that the published interval shows, with replacement; at least 1.
    pub design_effect: f64,
    /// Smallest fall, in the indicator's unit; `null` where not even 0 would be told apart.
    pub fall: Option<f64>,
    /// Smallest rise, in the indicator's unit; `null` where not even the end of the scale would be.
    pub rise: Option<f64>,
    /// Respondents that each wave needs to show the target; `null` where it is no change, or cannot be.
    pub answers_for_target: Option<u64>,
}

impl Explanation {
    /// Explains a definition whose present numbers are `tile` and `tables`, one for each breakdown.
    pub fn of(definition: &Definition, tile: &Tile, tables: &[Breakdown]) -> Self {
        Self {
            id: definition.id.clone(),
            names: definition.name.clone(),
            formula: formula(&definition.measure),
            form: definition.form.clone(),
            rows: definition.rows.clone(),
            population: definition.population.clone(),
            answered: definition.answered.clone(),
            weights: weights(&definition.design),
            interval: tile.interval_method.clone().or_else(|| tile.reason.clone()),
            n: tile.n,
            missing: tile.missing,
            rules: rules(definition),
            tables: tables.iter().map(cells).collect(),
            sources: definition.source_forms(),
            detectable: detectable(definition, tile),
            method: definition.method.clone(),
            reading: definition.reading.clone(),
        }
    }
}

fn says(ja: &str, en: &str) -> Localized {
    Localized::of([("ja", ja), ("en", en)])
}

fn formula(measure: &Measure) -> Localized {
    match measure {
        Measure::Proportion { numerator } => says(
            &format!("割合(%)= 100 × Σ重み[{numerator}] ÷ Σ重み"),
            &format!("percent = 100 × Σ weight[{numerator}] ÷ Σ weight"),
        ),
        Measure::Mean { value } => says(
            &format!("平均 = Σ重み×({value}) ÷ Σ重み"),
            &format!("mean = Σ weight × ({value}) ÷ Σ weight"),
        ),
        Measure::Total { value } => {
            says(&format!("合計 = Σ重み×({value})"), &format!("total = Σ weight × ({value})"))
        }
        Measure::Count => says("件数 = Σ重み", "count = Σ weight"),
        Measure::DistinctCount { key } => {
            says(&format!("異なる値の数({key})"), &format!("number of different values of ({key})"))
        }
        Measure::Ratio { numerator, denominator, scale } => {
            let text = format!("{scale} × Σ({numerator}) ÷ Σ({denominator})");
            says(&format!("比 = {text}"), &format!("ratio = {text}"))
        }
        Measure::PairedChange { before, after, scale } => says(
            &format!("同じ単位の前後の変化 = {scale} × (平均({after}) − 平均({before}))"),
            &format!("change of the same units = {scale} × (mean({after}) − mean({before}))"),
        ),
    }
}

fn weights(design: &Design) -> Localized {
    if design.sampling == Sampling::Census {
        return says("全数を数える。重みは1", "all units are counted; every weight is 1");
    }
    let (mut ja, mut en) = (Vec::new(), Vec::new());
    let mut add = |in_ja: String, in_en: String| {
        ja.push(in_ja);
        en.push(in_en);
    };
    if let Some(weight) = &design.weight {
        add(format!("行の重み({weight})"), format!("the row's own weight ({weight})"));
    }
    if design.stratified {
        add("層の母集団の大きさ÷回答数".to_owned(), "population of the stratum ÷ its respondents".to_owned());
    }
    if let Some(cluster) = &design.cluster {
        add(format!("集落({cluster})"), format!("clusters ({cluster})"));
    }
    let margins: Vec<&str> = design.calibration.0.iter().map(super::definition::Margin::name).collect();
    match margins.as_slice() {
        [] => (),
        [one] => add(format!("事後層化({one})"), format!("post-stratification ({one})")),
        several => {
            let names = several.join(", ");
            add(format!("レイキング({names})"), format!("raking ({names})"));
        }
    }
    if design.finite_population {
        add("有限母集団修正".to_owned(), "finite population correction".to_owned());
    }
    match ja.is_empty() {
        true => says("単純無作為標本。重みは1", "a simple random sample; every weight is 1"),
        false => says(&ja.join("、"), &en.join(", ")),
    }
}

fn rules(definition: &Definition) -> Localized {
    let smallest = definition.smallest_cell;
    match definition.sensitivity {
        Sensitivity::Anonymous => {
            let companies = definition.design.contributor.is_some();
            let [ja, en] = match companies {
                true => {
                    ["、3社未満、1社が60%を超える", ", under 3 companies, or where one company is over 60 %"]
                }
                false => ["の", ""],
            };
            says(
                &format!(
                    "個人の回答:{smallest}人未満{ja}数値を秘匿。人数は5単位、割合は整数(1,000人以上は小数1桁)"
                ),
                &format!(
                    "answers of persons: hidden under {smallest} respondents{en}; \
                     counts to 5, percentages whole (one decimal from 1,000)"
                ),
            )
        }
        Sensitivity::Company => says(
            &format!("企業の回答:{smallest}社未満と、1社が60%を超える合計を秘匿"),
            &format!(
                "answers of companies: hidden under {smallest} companies, \
                 and sums of which one is over 60 %"
            ),
        ),
        Sensitivity::Register => says("区の記録:秘匿しない", "the ward's own records: nothing is hidden"),
    }
}

/// Counts the cells beside the totals, which stand last.
fn cells(table: &Breakdown) -> TableCells {
    let inner = table.rows.len().saturating_sub(1);
    let shown = table.cells.iter().take(inner).filter_map(|row| row.first());
    let (mut count, mut small, mut complementary) = (0, 0, 0);
    for cell in shown {
        count += 1;
        let hidden = cell.sign == Some(Sign::Suppressed);
        small += usize::from(hidden && !cell.complementary);
        complementary += usize::from(hidden && cell.complementary);
    }
    TableCells { by: table.rows_by.clone(), cells: count, small, complementary }
}

/// Standard error that a published 95 % interval shows.
fn standard_error(interval: Interval) -> f64 {
    (interval.high - interval.low) / (2.0 * normal_quantile(0.975))
}

fn detectable(definition: &Definition, tile: &Tile) -> Option<Detectable> {
    let (value, n, interval) = (tile.value?, tile.n.filter(|n| *n > 0)?, tile.interval?);
    let from = tile.baseline.as_ref().and_then(|baseline| baseline.value).unwrap_or(value);
    let error = standard_error(interval);
    let target = tile.target.level.filter(|level| (level - from).abs() > f64::EPSILON);
    match definition.measure {
        Measure::Proportion { .. } => {
            let scale = definition.measure.scale();
            let (level, share) = (from / scale, value / scale);
            let simple = share * (1.0 - share) / n as f64;
            let effect = if simple > 0.0 { (error / scale).powi(2) / simple } else { 1.0 };
            let design_effect = (effect.max(1.0) * 10.0).round() / 10.0;
            let power = Power { design_effect, ..Power::default() };
            let (low, high) = power.detectable_shares(level, n);
            Some(Detectable {
                n,
                from,
                design_effect,
                fall: low.map(|low| (level - low) * scale),
                rise: high.map(|high| (high - level) * scale),
                answers_for_target: target.and_then(|to| power.answers_for_shares(level, to / scale)),
            })
        }
        Measure::Mean { .. } => {
            // The error holds the design effect already.
            let deviation = error * (n as f64).sqrt();
            let change = Power::default().detectable_mean(deviation, n);
            Some(Detectable {
                n,
                from,
                design_effect: 1.0,
                fall: Some(change),
                rise: Some(change),
                answers_for_target: target
                    .and_then(|to| Power::default().answers_for_means((to - from).abs(), deviation)),
            })
        }
        _ => None,
    }
}
