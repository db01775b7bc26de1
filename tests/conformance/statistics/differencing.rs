//! Numbers that are each safe and together give somebody away.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tsumugi_core::indicator::{
    Contribution, CountedUnit, IndicatorFile, Published, Tally, Tile, Wave,
    disclose::{Decision, Ledger, Line, MicroTable, Request},
};

use crate::report::Outcome;

const SMALLEST: u64 = 10;

/// What comes of a case; `None` for a kind that is not known.
pub(super) fn outcome(case: &Value) -> Option<Outcome> {
    let published = &case["published"];
    if let Some(list) = published.as_array() {
        let counts: Vec<u64> = list.iter().filter_map(|number| number["n"].as_u64()).collect();
        return match counts.as_slice() {
            [one] => Some(alike(*one, list.first()?["lonely"].as_u64()?)),
            [a, b] => Some(nested(*a.min(b), *a.max(b))),
            _ => None,
        };
    }
    // A limit of an interval tells how many answered, whatever it is rounded to.
    published["wilson"].is_array().then_some(Outcome::Skipped("the ledger takes every shown count as known"))
}

/// One group within another: the second may be released when their difference is nobody or many.
fn nested(inner: u64, outer: u64) -> Outcome {
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>();
    let counts =
        BTreeMap::from([(vec!["inner".to_owned()], inner), (vec!["rest".to_owned()], outer - inner)]);
    let micro = MicroTable::new(vec!["group".to_owned()], counts);
    let ask = |list: &[&str]| {
        let line = Line { who: BTreeMap::from([("group".to_owned(), codes(list))]), answer: false };
        Request { shown: BTreeSet::from([line]), smallest: SMALLEST, ..Request::default() }
    };
    let mut ledger = Ledger::default();
    let first = ledger.admit(&micro, &ask(&["inner"]));
    let second = ledger.admit(&micro, &ask(&["inner", "rest"]));
    let leaks = (1..SMALLEST).contains(&(outer - inner));
    if first == Decision::Released && (second == Decision::Released) != leaks {
        return Outcome::Passed;
    }
    Outcome::Failed(json!({ "difference": outer - inner, "decision": format!("{second:?}") }))
}

/// A group that all answered alike is shown as a bound.
fn alike(n: u64, yes: u64) -> Outcome {
    const FILE: &str = include_str!("../../../forms/indicators.toml");
    let Ok(file) = IndicatorFile::parse(FILE) else { return Outcome::Failed(json!("no indicators")) };
    let Some(definition) = file.get("S2-KPI-O1") else { return Outcome::Failed(json!("no indicator")) };
    let mut tally = Tally::new();
    for row in 0..n {
        let value = Contribution { x: 1.0, y: f64::from(u8::from(row < yes)), key: None };
        let groups = vec![String::new(); definition.disaggregations.len()];
        tally.add(&CountedUnit { groups, weight: 1.0, value: Some(value), ..CountedUnit::default() });
    }
    let mut ledger = Ledger::default();
    let wave = |ledger| Wave { fiscal_year: 2025, strata: &[], tally: &tally, closed: true, ledger };
    let nothing = Ledger::default();
    let request = Published::request(definition, &wave(&nothing));
    ledger.admit(&MicroTable::of_tally(definition, &tally), &request);
    let tile = Tile::build(definition, &Published::of(definition, &[wave(&ledger)]), Vec::new());
    let shows = (tile.value, tile.bound.as_deref(), tile.interval.is_some());
    let expected = if yes == n { (Some(95.0), Some(">"), false) } else { (Some(5.0), Some("<"), false) };
    if (yes > 0 && yes < n) || shows == expected {
        return Outcome::Passed;
    }
    Outcome::Failed(json!({ "value": tile.value, "bound": tile.bound }))
}
