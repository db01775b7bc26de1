//! One number of one wave before suppression: estimate, interval, and what suppression asks about.

use std::collections::BTreeMap;

use super::{
    definition::{Definition, Margin, Measure, Sampling, Sensitivity},
    disclose::Ledger,
    estimate::{
        Estimate, Frame, Line, PopulationMargin, ProportionBasis, ProportionMethod, Sample, StratumFrame,
        Trouble, mean_t, microdata::EmptyStratum, proportion_interval, weighting::WeightingError,
    },
    tally::{CellKey, Tally},
    tile::Interval,
};
use crate::{survey::Stratum, text::Localized};

/// One wave of the form that an indicator counts.
#[derive(Debug, Clone, Copy)]
pub struct Wave<'a> {
    /// Fiscal year by its first calendar year.
    pub fiscal_year: i32,
    /// Strata of the survey, with their populations where known.
    pub strata: &'a [Stratum],
    /// Its counts.
    pub tally: &'a Tally,
    /// No more answers are taken.
    pub closed: bool,
    /// What was released of it: nothing else is shown.
    pub ledger: &'a Ledger,
}

/// What the rules of suppression look at.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Evidence {
    /// Respondents with a valid answer, unweighted.
    pub counted: u64,
    /// In the population without a valid answer.
    pub missing: u64,
    /// Respondents with y ≠ 0.
    pub nonzero: u64,
    /// Companies, where the design names them.
    pub companies: Option<u64>,
    /// Respondents of the largest company, and of all companies.
    pub largest_rows: (u64, u64),
    /// Σ|y| of the company with the largest, and of all companies.
    pub largest_sum: (f64, f64),
}

/// A number that has not been checked for small cells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// In the unit of the indicator; `None` where nothing was counted.
    pub estimate: Option<Estimate>,
    /// 95 % interval in the unit of the indicator.
    pub interval: Option<Interval>,
    /// How the interval was made, or why there is none.
    pub words: Localized,
    /// What suppression looks at.
    pub evidence: Evidence,
}

pub(super) type Domain<'d> = &'d dyn Fn(&CellKey) -> bool;

/// Puts a wave into the design of its definition.
pub(super) fn sample_of<'a>(definition: &Definition, wave: &Wave<'a>) -> Sample<'a> {
    let design = &definition.design;
    let population = |code: &str| {
        wave.strata.iter().find(|stratum| stratum.code == code).and_then(|stratum| stratum.population)
    };
    // One stratum without a known population makes the weights of all meaningless: then none are used.
    let known = wave.tally.cells().all(|(key, _)| population(&key.stratum).is_some_and(|units| units > 0));
    // While answers come in, strata without one are left out, and the words of the figure name them.
    let mut frame =
        Frame { clustered: design.cluster.is_some(), empty: EmptyStratum::LeaveOut, ..Frame::default() };
    if design.stratified && known {
        frame.stratified = true;
        frame.strata = wave
            .strata
            .iter()
            .filter_map(|stratum| {
                let units = stratum.population? as f64;
                let sampling_units = (design.finite_population && design.cluster.is_none()).then_some(units);
                Some((stratum.code.clone(), StratumFrame { units: Some(units), sampling_units }))
            })
            .collect();
    }
    let sample = Sample::new(wave.tally, frame);
    if !unknown_margins(definition).is_empty() {
        return sample;
    }
    let of_margin =
        |margin: &Margin| PopulationMargin { name: margin.name().to_owned(), totals: margin.totals.clone() };
    let margins: Vec<PopulationMargin> = design.calibration.0.iter().map(of_margin).collect();
    match sample.clone().calibrated(&margins) {
        Ok(calibrated) => calibrated,
        Err(error) => sample.in_trouble(error),
    }
}

/// Margins whose totals are not known here: then none is calibrated to.
fn unknown_margins(definition: &Definition) -> Vec<&str> {
    let margins = definition.design.calibration.0.iter();
    margins.filter(|margin| margin.totals.is_empty()).map(Margin::name).collect()
}

/// Why a sample gives no number, for who reads the dashboard.
fn trouble_in_words(trouble: &Trouble) -> Localized {
    let ja = match trouble {
        Trouble::Weighting(WeightingError::NotConverged { margin, class, .. }) => {
            format!("重みが母集団に合いません(周辺分布「{margin}」の「{class}」)")
        }
        Trouble::Weighting(WeightingError::EmptyClass { margin, class }) => {
            format!("母集団にある区分に回答がなく、重みをつけられません(「{margin}」の「{class}」)")
        }
        Trouble::Weighting(WeightingError::TotalsDisagree { margin, other, .. }) => {
            format!("母集団の合計が一致しません(「{margin}」と「{other}」)")
        }
        Trouble::Weighting(_) | Trouble::Design(_) => "設定した標本設計では推定できません".to_owned(),
    };
    Localized::of([("ja", ja.as_str()), ("en", &format!("no estimate: {trouble}"))])
}

/// Estimates the measure of a definition over a domain of its sample.
pub(super) fn figure(definition: &Definition, sample: &Sample<'_>, domain: Domain<'_>) -> Figure {
    let evidence = evidence(sample.tally(), domain);
    if let Some(trouble) = sample.trouble() {
        return Figure { estimate: None, interval: None, words: trouble_in_words(trouble), evidence };
    }
    let Some(estimate) = estimate(definition, sample, domain, &evidence) else {
        let words = Localized::of([("ja", "数える対象がありません"), ("en", "there is nothing to count")]);
        return Figure { estimate: None, interval: None, words, evidence };
    };
    let (interval, words) = interval(definition, sample, domain, &estimate);
    let words = with_what_is_left_out(words, definition, sample);
    let words = with_unknown_margins(words, definition);
    Figure { estimate: Some(estimate), interval, words, evidence }
}

/// Strata that nobody answered in are said: the number does not speak for them. They are named
/// only where it is companies that did not answer, never where it is persons.
fn with_what_is_left_out(words: Localized, definition: &Definition, sample: &Sample<'_>) -> Localized {
    let empty = sample.empty_strata();
    if empty.is_empty() {
        return words;
    }
    let named = definition.sensitivity != Sensitivity::Anonymous;
    let names = if named { format!(" ({})", empty.join(", ")) } else { String::new() };
    let ja = format!("{}。回答のない層{names}を除く", words.get("ja"));
    let en = format!("{}; without the strata that nobody answered in{names}", words.get("en"));
    Localized::of([("ja", ja.as_str()), ("en", &en)])
}

/// Margins that nobody gave the totals of are named: the number is not weighted to the population.
fn with_unknown_margins(words: Localized, definition: &Definition) -> Localized {
    let unknown = unknown_margins(definition).join(", ");
    if unknown.is_empty() {
        return words;
    }
    let ja = format!(
        "{}。母集団の表に「{unknown}」がないため、人口に合わせた重みづけはしていない",
        words.get("ja")
    );
    let en = format!("{}; not weighted to the population: no totals of {unknown} are given", words.get("en"));
    Localized::of([("ja", ja.as_str()), ("en", &en)])
}

fn estimate(
    definition: &Definition,
    sample: &Sample<'_>,
    domain: Domain<'_>,
    evidence: &Evidence,
) -> Option<Estimate> {
    let found = match &definition.measure {
        Measure::Proportion { .. } | Measure::Mean { .. } | Measure::PairedChange { .. } => {
            sample.ratio(domain, Line::Y, Line::ONE)
        }
        Measure::Ratio { .. } => sample.ratio(domain, Line::Y, Line::X),
        Measure::Total { .. } => Some(sample.total(domain, Line::Y)),
        Measure::Count => Some(sample.total(domain, Line::ONE)),
        Measure::DistinctCount { .. } => {
            let mut keys = std::collections::BTreeSet::new();
            for (_, cell) in sample.tally().cells().filter(|(key, _)| domain(key)) {
                keys.extend(&cell.keys);
            }
            Some(Estimate { value: keys.len() as f64, variance: 0.0, df: 0.0, n: evidence.counted })
        }
    };
    let mut found = found?.scaled(definition.measure.scale());
    if definition.design.sampling == Sampling::Census {
        found.variance = 0.0;
    }
    Some(found)
}

fn interval(
    definition: &Definition,
    sample: &Sample<'_>,
    domain: Domain<'_>,
    estimate: &Estimate,
) -> (Option<Interval>, Localized) {
    let says = |ja: &str, en: &str| Localized::of([("ja", ja), ("en", en)]);
    if definition.design.sampling == Sampling::Census {
        return (
            None,
            says(
                "すべてを数えた値なので標本誤差がなく、信頼区間はありません",
                "every unit is counted: there is no sampling error and so no interval",
            ),
        );
    }
    if estimate.n < 2 || estimate.df <= 0.0 {
        return (
            None,
            says("回答が少なく、信頼区間を計算できません", "too few answers to compute an interval"),
        );
    }
    let scale = definition.measure.scale();
    if !matches!(definition.measure, Measure::Proportion { .. }) {
        let words = says(
            "95%信頼区間(テイラー線形化による分散、t分布)",
            "95 % interval (variance by Taylor linearisation, t distribution)",
        );
        return (Some(mean_t(estimate.value, estimate.variance, estimate.df)), words);
    }
    let basis = ProportionBasis {
        p: (estimate.value / scale).clamp(0.0, 1.0),
        variance: estimate.variance / (scale * scale),
        n: estimate.n as f64,
        df: estimate.df,
    };
    let (method, interval) =
        proportion_interval(&basis, sample.is_simple(domain), sample.assumed_effect(domain));
    let words = match method {
        ProportionMethod::Wilson => says("95%信頼区間(Wilson)", "95 % interval (Wilson)"),
        ProportionMethod::KornGraubard => says(
            "95%信頼区間(Korn–Graubard、実効標本サイズは回答数を上限)",
            "95 % interval (Korn–Graubard, effective size at most the respondents)",
        ),
        ProportionMethod::ClopperPearson => {
            says("95%信頼区間(Clopper–Pearson)", "95 % interval (Clopper–Pearson)")
        }
    };
    (Some(Interval { low: interval.low * scale, high: interval.high * scale }), words)
}

pub(super) fn evidence(tally: &Tally, domain: Domain<'_>) -> Evidence {
    let mut evidence = Evidence::default();
    let mut companies: BTreeMap<&str, (u64, f64)> = BTreeMap::new();
    for (_, cell) in tally.cells().filter(|(key, _)| domain(key)) {
        evidence.counted += cell.counted;
        evidence.missing += cell.missing;
        evidence.nonzero += cell.nonzero;
        for (company, (rows, sum)) in &cell.contributors {
            let known = companies.entry(company).or_default();
            known.0 += rows;
            known.1 += sum.value();
        }
    }
    if !companies.is_empty() {
        let rows: u64 = companies.values().map(|(rows, _)| rows).sum();
        let sum: f64 = companies.values().map(|(_, sum)| sum).sum();
        let largest_rows = companies.values().map(|(rows, _)| *rows).max().unwrap_or(0);
        let largest_sum = companies.values().map(|(_, sum)| *sum).fold(0.0, f64::max);
        evidence.companies = Some(companies.len() as u64);
        evidence.largest_rows = (largest_rows, rows);
        evidence.largest_sum = (largest_sum, sum);
    }
    evidence
}
