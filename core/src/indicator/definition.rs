//! What an indicator is: the words of `indicators.toml`.
//!
//! Owns the types only; [`IndicatorFile::parse`] stands in `parse`. Expressions are XPath
//! over the outputs of one response (or of one repeat instance where `rows` is set).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::estimate::PopulationMargin;
use crate::text::Localized;

/// All indicators of a deployment, in file order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IndicatorFile {
    /// The indicators.
    pub indicators: Vec<Definition>,
}

impl IndicatorFile {
    /// The indicator named `id`, second sources included.
    pub fn get(&self, id: &str) -> Option<&Definition> {
        self.all().find(|definition| definition.id == id)
    }

    /// Takes the totals of named margins over from a file of margins; one that it does not have
    /// stays unknown.
    #[must_use]
    pub fn with_margins(mut self, known: &[PopulationMargin]) -> Self {
        let definitions = self.indicators.iter_mut().flat_map(|definition| {
            std::iter::once(&mut definition.design)
                .chain(definition.companions.iter_mut().map(|companion| &mut companion.design))
        });
        for margin in definitions.flat_map(|design| &mut design.calibration.0) {
            if let Some(found) = known.iter().find(|known| margin.margin.as_ref() == Some(&known.name)) {
                margin.totals.clone_from(&found.totals);
            }
        }
        self
    }

    /// Every definition that needs a tally: the indicators and their second sources.
    pub fn all(&self) -> impl Iterator<Item = &Definition> {
        self.indicators
            .iter()
            .flat_map(|definition| std::iter::once(definition).chain(&definition.companions))
    }
}

/// Rank of an indicator in the policy's tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Key goal indicator.
    #[serde(rename = "KGI")]
    Kgi,
    /// Key success indicator.
    #[serde(rename = "KSI")]
    Ksi,
    /// Key performance indicator.
    #[serde(rename = "KPI")]
    Kpi,
}

/// What a KPI is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// What changed for people.
    Outcome,
    /// What was done.
    Output,
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// Stable name (`S1-KGI`).
    pub id: String,
    /// KGI, KSI or KPI.
    pub level: Level,
    /// Outcome or output, for a KPI.
    pub role: Option<Role>,
    /// Name for people.
    pub name: Localized,
    /// The policy that it belongs to.
    pub policy: Localized,
    /// The sentence of the plan that defines it, word for word.
    pub quote_ja: String,
    /// `form_id` of the form whose responses are counted.
    pub form: String,
    /// Repeat whose instances are the units; `None` counts responses.
    pub rows: Option<String>,
    /// Who or what is counted: an expression that is true in the population.
    pub population: Option<String>,
    /// Who of the population gave a valid answer; the others are item non-response.
    pub answered: Option<String>,
    /// The statistic.
    pub measure: Measure,
    /// How rows came into the data.
    pub design: Design,
    /// What the present is compared with.
    pub baseline: Baseline,
    /// What is to be reached.
    pub target: Target,
    /// Which way is better.
    pub direction: Direction,
    /// What a number covers.
    pub period: Period,
    /// Unit of the value.
    pub unit: Unit,
    /// By what the number may be broken down.
    pub disaggregations: Vec<Disaggregation>,
    /// How it is computed, for people.
    pub method: Localized,
    /// Which reading of an ambiguous source is taken.
    pub reading: Localized,
    /// Whose data it is; decides the suppression rules.
    pub sensitivity: Sensitivity,
    /// Fewest respondents (or companies) that a shown number rests on.
    pub smallest_cell: u64,
    /// Second sources and second readings, shown beside and never pooled.
    pub companions: Vec<Definition>,
}

impl Definition {
    /// The forms that the number comes from, second sources included.
    pub fn source_forms(&self) -> Vec<String> {
        let mut forms = vec![self.form.clone()];
        for companion in &self.companions {
            if !forms.contains(&companion.form) {
                forms.push(companion.form.clone());
            }
        }
        forms
    }

    /// Names what is counted, without texts and targets: a cached [`Tally`](super::Tally)
    /// made under another fingerprint must be counted again.
    pub fn fingerprint(&self) -> String {
        let margins: Vec<&String> = self.design.calibration.0.iter().map(|margin| &margin.by).collect();
        let design = (&self.design.weight, &self.design.cluster, &self.design.contributor, margins);
        let groups: Vec<_> = self.disaggregations.iter().map(|by| (&by.id, &by.expression)).collect();
        let counted = (
            &self.form,
            &self.rows,
            &self.population,
            &self.answered,
            &self.measure,
            design,
            groups,
            TALLY_VERSION,
        );
        let text = serde_json::to_vec(&counted).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(text).into();
        hex::encode(digest.split_at(16).0)
    }
}

/// Rises when the layout of a tally changes.
const TALLY_VERSION: u32 = 1;

/// The statistic of an indicator; the expressions are evaluated on each counted row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Measure {
    /// Share of the population for which `numerator` is true, in percent.
    Proportion {
        /// Condition.
        numerator: String,
    },
    /// Mean of `value`.
    Mean {
        /// Number.
        value: String,
    },
    /// Sum of `value`.
    Total {
        /// Number.
        value: String,
    },
    /// How many rows.
    Count,
    /// How many different keys.
    DistinctCount {
        /// Text; empty keys are not counted.
        key: String,
    },
    /// Sum of `numerator` over sum of `denominator`, times `scale`.
    Ratio {
        /// Number.
        numerator: String,
        /// Number.
        denominator: String,
        /// 100 for percent.
        scale: f64,
    },
    /// The same unit before and after: mean after, mean before and their change.
    PairedChange {
        /// Number before.
        before: String,
        /// Number after.
        after: String,
        /// 100 where the numbers are shares shown in percent.
        scale: f64,
    },
}

impl Measure {
    /// What turns the statistic into the unit that is shown.
    pub fn scale(&self) -> f64 {
        match self {
            Self::Proportion { .. } => 100.0,
            Self::Ratio { scale, .. } | Self::PairedChange { scale, .. } => *scale,
            _ => 1.0,
        }
    }
}

/// Whether the rows are all there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// All units are counted: there is no sampling error and no interval.
    Census,
    /// Some units answer for all.
    #[default]
    Sample,
}

/// How rows came into the data, in the words of survey statistics.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Design {
    /// Census or sample.
    pub sampling: Sampling,
    /// Weighted by the survey's strata, where their population sizes are known.
    pub stratified: bool,
    /// Finite population correction by the strata's population sizes.
    pub finite_population: bool,
    /// Number: weight of a row before stratum weighting; 1 where absent.
    pub weight: Option<String>,
    /// Text: primary sampling unit; rows are their own where absent.
    pub cluster: Option<String>,
    /// Text: the company that a row is about, for the rules of three companies and of dominance.
    pub contributor: Option<String>,
    /// Adjustment to known totals of the population.
    pub calibration: Calibration,
}

/// Known totals that weights are adjusted to: one margin is post-stratification, several are raking.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Calibration(pub Vec<Margin>);

/// Population totals by one characteristic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Margin {
    /// Text: the class of a row.
    pub by: String,
    /// Name of the margin in the file of margins; `None` where the definition has the totals.
    pub margin: Option<String>,
    /// Population of each class; empty while the file of margins does not have them.
    pub totals: std::collections::BTreeMap<String, f64>,
}

impl Margin {
    /// What messages call it.
    pub fn name(&self) -> &str {
        self.margin.as_deref().unwrap_or(&self.by)
    }
}

/// Which wave is the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineWave {
    /// The earliest counted wave.
    First,
    /// The wave before the present one.
    Previous,
    /// The wave of a fiscal year, by its first calendar year.
    FiscalYear(i32),
}

/// A level that a plan gives in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phrase {
    /// The words.
    pub text: Localized,
    /// Smallest value that the words can mean, in the indicator's unit.
    pub low: f64,
    /// Largest value that the words can mean, in the indicator's unit.
    pub high: f64,
}

/// What the present is compared with. Where there are several, the wave is used when it was counted,
/// then the value, then the middle of the phrase; the tile says which.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Baseline {
    /// A counted wave.
    pub wave: Option<BaselineWave>,
    /// A number in the indicator's unit.
    pub value: Option<f64>,
    /// Words with their range.
    pub phrase: Option<Phrase>,
    /// The numbers before, of a paired change.
    pub before: bool,
}

/// How the target is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// A level of the value.
    Level,
    /// A change relative to the baseline, in percent of it.
    RelativeChange,
    /// A change against the baseline, in points of the value.
    Points,
    /// A count within the fiscal year.
    AnnualCount,
    /// A sum within the fiscal year.
    AnnualSum,
}

/// How the value is held against the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparator {
    /// At least.
    AtLeast,
    /// At most.
    AtMost,
}

/// What is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// What `value` is.
    pub kind: TargetKind,
    /// Level in the indicator's unit, or signed change (−15 for a fall by 15).
    pub value: f64,
    /// At least or at most.
    pub comparator: Comparator,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
}

/// What a number covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// One wave of a survey, named by its fiscal year (年度).
    Wave,
    /// All rows of a fiscal year (年度).
    FiscalYear,
}

/// Unit of a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Stable word (`percent`, `yen`, `hours`).
    pub code: String,
    /// What people read after the number.
    pub label: Localized,
    /// Digits after the point, where the rules of disclosure allow them.
    pub decimals: u8,
}

/// A breakdown that may be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disaggregation {
    /// Stable word (`size`).
    pub id: String,
    /// Name for people.
    pub label: Localized,
    /// Text: the class of a row.
    pub expression: String,
    /// Classes in the order shown, with their names; others are shown last under their code.
    pub classes: Vec<(String, Localized)>,
}

/// Whose data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sensitivity {
    /// Answers of persons: fewer than ten are hidden.
    Anonymous,
    /// Answers of companies: fewer than three are hidden, and sums that one company dominates.
    Company,
    /// The ward's own records: not sensitive.
    Register,
}
