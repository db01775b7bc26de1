//! Two independent waves.

use serde_json::Value;
use tsumugi_core::indicator::{
    Interval,
    estimate::{
        microdata::{Codes, Measured, Microdata, Stage, rao_scott},
        normal_quantile, t_quantile,
    },
};

use super::{classes, microdata, words};
use crate::statistics::{
    computed::{Computed, ordered},
    data::{Data, column, levels},
};

/// Notes what the data set gives.
pub(super) fn note(data: &Data<'_>, reference: &Value, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("waves")?;
    let strata =
        Codes::of(lines.iter().map(|line| format!("{} {}", line.text("wave"), line.text("stratum"))));
    let design = microdata(&lines, Some("w"), &[Stage { strata: Some(strata), ..Stage::default() }])?;
    let lonely = column(&lines, |line| line.number("lonely"));
    let score = column(&lines, |line| line.number("score"));
    let of =
        |wave: &str, y: &[f64]| design.domain(|row| lines[row].text("wave") == wave).mean(y).map_err(words);
    let waves = ordered(reference, "waves.by_wave.wave", levels(&lines, "wave"));
    let by_wave = waves.iter().map(|wave| of(wave, &lonely)).collect::<Result<Vec<_>, _>>()?;
    out.by("waves.by_wave", "wave", &waves, &by_wave.iter().map(|wave| wave.estimate).collect::<Vec<_>>());
    let covariance = design.covariance_of(&by_wave.iter().collect::<Vec<_>>()).map_err(words)?;
    let places = (0..waves.len()).flat_map(|row| (0..waves.len()).map(move |column| (row, column)));
    out.list("waves.by_wave.cov", places.map(|(row, column)| covariance.at(row, column)));
    changes(&design, &of("0", &lonely)?, &of("1", &lonely)?, out)?;
    // R's test takes one degree of freedom less than the design has.
    let df = design.degrees_of_freedom() - 1.0;
    for (path, y) in [("waves.ttest_lonely", &lonely), ("waves.ttest_score", &score)] {
        let (before, after) = (of("0", y)?, of("1", y)?);
        out.t_test(path, &design.contrast(&[(-1.0, &before), (1.0, &after)]).map_err(words)?, df);
    }
    let tests =
        rao_scott(&design.all(), &classes(&lines, "lonely"), &classes(&lines, "wave")).map_err(words)?;
    out.independence("waves.chisq_F", &tests.second_order);
    Ok(())
}

fn changes(
    design: &Microdata,
    before: &Measured,
    after: &Measured,
    out: &mut Computed,
) -> Result<(), String> {
    let df = design.degrees_of_freedom();
    let points = design.contrast(&[(-1.0, before), (1.0, after)]).map_err(words)?;
    let around = |centre: f64, half: f64| Interval { low: centre - half, high: centre + half };
    out.put("waves.diff.est", points.value);
    out.put("waves.diff.se", points.standard_error());
    out.put("waves.diff.df", df);
    out.interval("waves.diff.ci_t", around(points.value, t_quantile(0.975, df) * points.standard_error()));
    out.interval("waves.diff.ci_z", around(points.value, normal_quantile(0.975) * points.standard_error()));
    let (a, b) = (before.estimate.value, after.estimate.value);
    let log = design.contrast(&[(-1.0 / a, before), (1.0 / b, after)]).map_err(words)?;
    out.put("waves.rel_change.est", b / a - 1.0);
    out.put("waves.rel_change.se_delta", log.standard_error() * b / a);
    out.put("waves.rel_change.log_ratio", (b / a).ln());
    out.put("waves.rel_change.log_se", log.standard_error());
    let ends = around((b / a).ln(), t_quantile(0.975, df) * log.standard_error());
    out.list("waves.rel_change.ci_log_t", [ends.low.exp_m1(), ends.high.exp_m1()]);
    Ok(())
}
