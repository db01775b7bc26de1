//! What core computes, by the path that the reference has it under.

use std::collections::BTreeMap;

use tsumugi_core::indicator::{
    CellKey, Interval,
    estimate::{
        Estimate, Line, ProportionBasis, Sample, clopper_pearson, korn_graubard, logit, mean_t,
        normal_quantile, t_two_sided, wilson,
    },
};

/// Numbers by path (`strat.fpc.prop.p`).
#[derive(Default)]
pub(crate) struct Computed(pub(crate) BTreeMap<String, Vec<f64>>);

impl Computed {
    /// Notes one number.
    pub(crate) fn put(&mut self, path: &str, value: f64) {
        self.0.insert(path.to_owned(), vec![value]);
    }

    /// Notes several numbers.
    pub(crate) fn list(&mut self, path: &str, values: impl IntoIterator<Item = f64>) {
        self.0.insert(path.to_owned(), values.into_iter().collect());
    }

    /// Notes an interval.
    pub(crate) fn interval(&mut self, path: &str, interval: Interval) {
        self.list(path, [interval.low, interval.high]);
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

    /// Notes a two-sample t test of a difference.
    pub(crate) fn t_test(&mut self, path: &str, difference: &Estimate, df: f64) {
        let t = difference.value / difference.standard_error();
        self.put(&format!("{path}.t"), t);
        self.put(&format!("{path}.df"), df);
        self.put(&format!("{path}.p"), t_two_sided(t, df));
        self.put(&format!("{path}.diff"), difference.value);
        self.interval(&format!("{path}.ci"), mean_t(difference.value, difference.variance, df));
    }
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
