//! Odd data: a lone sampling unit, a weight of 0, a missing answer, all the same answer.

use tsumugi_core::indicator::estimate::microdata::{DesignError, LonelyPsu, Policies};

use super::{microdata, words};
use crate::statistics::{
    computed::Computed,
    data::{Data, column, stage},
};

/// Notes what the data set gives.
pub(super) fn note(data: &Data<'_>, out: &mut Computed) -> Result<(), String> {
    let lines = data.read("edge")?;
    let stratified = microdata(&lines, Some("w"), &[stage(&lines, Some("stratum"), None, None)])?;
    let y = column(&lines, |line| line.number("y"));
    for (key, lonely_psu) in [
        ("fail", LonelyPsu::Fail),
        ("remove", LonelyPsu::Remove),
        ("adjust", LonelyPsu::Adjust),
        ("average", LonelyPsu::Average),
        ("certainty", LonelyPsu::Certainty),
    ] {
        let design =
            stratified.clone().under(Policies { lonely_psu, ..Policies::default() }).map_err(words)?;
        let path = |leaf: &str| format!("edge.lonely_psu.{key}.{leaf}");
        match design.all().mean(&y) {
            Ok(share) => {
                out.put(&path("est"), share.estimate.value);
                out.put(&path("se"), share.estimate.standard_error());
            }
            Err(DesignError::LonelyPsu { stratum, stage }) => {
                out.words(&path("error"), [format!("Stratum ({stratum}) has only one PSU at stage {stage}")]);
            }
            Err(error) => return Err(words(error)),
        }
    }
    let flat = microdata(&lines, Some("w"), &[])?;
    out.measured("edge.no_strata", "y", &flat.all().mean(&y).map_err(words)?, flat.degrees_of_freedom());
    let q = flat.domain(|row| lines[row].text("dom") == "q");
    out.measured("edge.domain_q", "y", &q.mean(&y).map_err(words)?, q.degrees_of_freedom());
    for name in ["ones", "zeros"] {
        let column = column(&lines, |line| line.number(name));
        out.measured(
            &format!("edge.{name}"),
            name,
            &flat.all().mean(&column).map_err(words)?,
            flat.degrees_of_freedom(),
        );
    }
    out.put("edge.sum_w", flat.weights().iter().sum());
    Ok(())
}
