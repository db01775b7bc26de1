//! What core computes, by the path that the reference has it under.

use std::collections::BTreeMap;

use serde_json::Value;
use tsumugi_core::indicator::{
    CellKey, Interval,
    estimate::{
        Estimate, Line, ProportionBasis, Sample, arcsine, clopper_pearson, korn_graubard, logit, mean_t,
        microdata::{Domain, Independence, Measured},
        normal_quantile, t_two_sided, wilson,
    },
};

use super::profile::interpolated;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Leaf {
    Numbers(Vec<f64>),
    Words(Vec<String>),
}

/// Numbers and words by path (`strat.fpc.prop.p`). What core computes in two ways (from sums
/// per cell and from rows) is noted twice, and both have to agree with the reference.
#[derive(Default)]
pub(crate) struct Computed(pub(crate) BTreeMap<String, Vec<Leaf>>);

impl Computed {
    /// Notes one number.
    pub(crate) fn put(&mut self, path: &str, value: f64) {
        self.list(path, [value]);
    }

    /// Notes several numbers.
    pub(crate) fn list(&mut self, path: &str, values: impl IntoIterator<Item = f64>) {
        self.0.entry(path.to_owned()).or_default().push(Leaf::Numbers(values.into_iter().collect()));
    }

    /// Notes words.
    pub(crate) fn words<T: Into<String>>(&mut self, path: &str, words: impl IntoIterator<Item = T>) {
        let words = words.into_iter().map(Into::into).collect();
        self.0.entry(path.to_owned()).or_default().push(Leaf::Words(words));
    }

    /// Notes labels that the reference may have as numbers.
    pub(crate) fn labels(&mut self, path: &str, labels: &[String]) {
        match labels.iter().map(|label| label.parse().ok()).collect::<Option<Vec<f64>>>() {
            Some(numbers) => self.list(path, numbers),
            None => self.words(path, labels),
        }
    }

    /// Notes an interval.
    pub(crate) fn interval(&mut self, path: &str, interval: Interval) {
        self.list(path, [interval.low, interval.high]);
    }

    /// Notes the share of schools with the intervals that the reference gives for it.
    pub(crate) fn schools(&mut self, path: &str, share: &Estimate, df: f64) {
        self.put(&format!("{path}.est"), share.value);
        self.put(&format!("{path}.se"), share.standard_error());
        let basis = ProportionBasis { p: share.value, variance: share.variance, n: share.n as f64, df };
        self.interval(&format!("{path}.beta"), korn_graubard(basis.p, basis.effective_n_df()));
        self.interval(&format!("{path}.logit"), logit(&basis));
        self.interval(&format!("{path}.xlogit"), logit(&basis));
    }

    /// Notes a mean or total with its intervals at given degrees of freedom.
    pub(crate) fn estimate(&mut self, path: &str, estimate: &Estimate, df: f64) {
        self.vector(path, &[*estimate], df);
    }

    /// Notes several means or totals of one kind.
    pub(crate) fn vector(&mut self, path: &str, estimates: &[Estimate], df: f64) {
        self.list(&format!("{path}.est"), estimates.iter().map(|e| e.value));
        self.list(&format!("{path}.se"), estimates.iter().map(Estimate::standard_error));
        let z = normal_quantile(0.975);
        let normal = |e: &Estimate| [e.value - z * e.standard_error(), e.value + z * e.standard_error()];
        // R prints one row for each, the lower and the upper limit beside each other.
        self.list(&format!("{path}.ci_normal"), estimates.iter().flat_map(normal));
        let t = |e: &Estimate| {
            let ends = mean_t(e.value, e.variance, df);
            [ends.low, ends.high]
        };
        self.list(&format!("{path}.ci_t"), estimates.iter().flat_map(t));
        self.put(&format!("{path}.df"), df);
    }

    /// Notes a mean or total from rows, with its name and its design effect.
    pub(crate) fn measured(&mut self, path: &str, name: &str, measured: &Measured, df: f64) {
        self.several(path, &[name.to_owned()], std::slice::from_ref(measured), df);
    }

    /// Notes several means or totals from rows.
    pub(crate) fn several(&mut self, path: &str, names: &[String], measured: &[Measured], df: f64) {
        let estimates: Vec<Estimate> = measured.iter().map(|measured| measured.estimate).collect();
        self.vector(path, &estimates, df);
        self.words(&format!("{path}.name"), names);
        self.list(
            &format!("{path}.deff"),
            measured.iter().map(|measured| measured.effect.without_replacement),
        );
    }

    /// Notes a proportion with every interval that core offers.
    pub(crate) fn proportion(&mut self, path: &str, estimate: &Estimate) {
        let Estimate { value: p, variance, df, n } = *estimate;
        let basis = ProportionBasis { p, variance, n: n as f64, df };
        for (key, number) in [
            ("p", p),
            ("se", estimate.standard_error()),
            ("n", basis.n),
            ("df", df),
            ("n_eff", basis.effective_n()),
            ("n_eff_df", basis.effective_n_df()),
        ] {
            self.put(&format!("{path}.{key}"), number);
        }
        let korn = korn_graubard(p, basis.effective_n_df());
        for (key, interval) in [
            ("ci_logit", logit(&basis)),
            ("ci_xlogit", logit(&basis)),
            ("ci_asin", arcsine(&basis)),
            ("ci_beta", korn),
            ("ci_korn_graubard", korn),
            ("ci_mean", mean_t(p, variance, df)),
            ("ci_wilson_neff", wilson(p, basis.effective_n())),
            ("ci_wilson_neff_df", wilson(p, basis.effective_n_df())),
            ("ci_kg_capped", clopper_pearson(p * basis.effective_n_capped(), basis.effective_n_capped())),
        ] {
            self.interval(&format!("{path}.{key}"), interval);
        }
    }

    /// Notes a proportion from rows.
    pub(crate) fn share(&mut self, path: &str, domain: &Domain<'_>, y: &[f64]) -> Result<(), String> {
        let measured = domain.mean(y).map_err(|error| error.to_string())?;
        self.proportion(path, &measured.estimate);
        let Estimate { value: p, variance, df, n } = measured.estimate;
        let basis = ProportionBasis { p, variance, n: n as f64, df };
        self.interval(&format!("{path}.ci_likelihood"), interpolated(&basis, domain, y));
        self.put(&format!("{path}.deff"), measured.effect.without_replacement);
        Ok(())
    }

    /// Notes estimates by class.
    pub(crate) fn by(&mut self, path: &str, key: &str, labels: &[String], estimates: &[Estimate]) {
        self.labels(&format!("{path}.{key}"), labels);
        self.list(&format!("{path}.est"), estimates.iter().map(|e| e.value));
        self.list(&format!("{path}.se"), estimates.iter().map(Estimate::standard_error));
    }

    /// Notes a two-sample t test of a difference.
    pub(crate) fn t_test(&mut self, path: &str, difference: &Estimate, df: f64) {
        let t = difference.value / difference.standard_error();
        self.put(&format!("{path}.t"), t);
        self.put(&format!("{path}.df"), df);
        self.put(&format!("{path}.p"), t_two_sided(t, df));
        self.put(&format!("{path}.diff"), difference.value);
        self.interval(&format!("{path}.ci"), mean_t(difference.value, difference.variance, df));
    }

    /// Notes a test of independence.
    pub(crate) fn independence(&mut self, path: &str, test: &Independence) {
        self.put(&format!("{path}.stat"), test.statistic);
        self.put(&format!("{path}.p"), test.p);
        let below = Some(test.df_below).filter(|df| df.is_finite());
        self.list(&format!("{path}.df"), std::iter::once(test.df).chain(below));
    }
}

/// The labels at a path of the reference, where they are those of the data; else the data's own.
pub(crate) fn ordered(reference: &Value, path: &str, own: Vec<String>) -> Vec<String> {
    let place = path.split('.').fold(reference, |value, key| &value[key]);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let named: Vec<String> = match place {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Null => Vec::new(),
        one => vec![text(one)],
    };
    let mut sorted = named.clone();
    sorted.sort();
    if sorted == own { named } else { own }
}

/// Every cell.
pub(crate) fn all(_: &CellKey) -> bool {
    true
}

/// Cells of one class of the first grouping.
pub(crate) fn group(class: &str) -> impl Fn(&CellKey) -> bool + use<> {
    let class = class.to_owned();
    move |key| key.groups.first() == Some(&class)
}

/// The mean of y, an error where nothing is counted.
pub(crate) fn mean(sample: &Sample<'_>, domain: &dyn Fn(&CellKey) -> bool) -> Result<Estimate, String> {
    sample.ratio(domain, Line::Y, Line::ONE).ok_or_else(|| "a domain is empty".to_owned())
}

/// The ratio of y to x.
pub(crate) fn ratio(sample: &Sample<'_>) -> Result<Estimate, String> {
    sample.ratio(&all, Line::Y, Line::X).ok_or_else(|| "the denominator is zero".to_owned())
}
