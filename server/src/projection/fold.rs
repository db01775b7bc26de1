//! Folding: the answers of one response into the row that is counted and exported.

use sha2::{Digest, Sha256};
use tsumugi_core::{
    answers::{Answers, Path, Value},
    form::{Form, FormEntry, Start},
    moment::Moment,
};

/// The instant that the response itself carries: calculations that read the clock use it,
/// so that the same answers give the same row on every day.
fn own_moment(answers: &Answers) -> Moment {
    let told = ["@submitted", "@start"].into_iter().find_map(|name| match answers.get(&Path::new(name)) {
        Some(Value::Text(text)) => text.parse::<jiff::Timestamp>().ok(),
        _ => None,
    });
    Moment::tokyo(told.map_or(0, jiff::Timestamp::as_millisecond))
}

/// Opens a response with core's own form logic, for counting: no device, a seed of its own.
pub(super) fn open(form: &Form, answers: &Answers, previous: &Answers, name: &[u8]) -> FormEntry {
    let hash: [u8; 32] = Sha256::digest(name).into();
    let seed = u64::from_le_bytes(hash.first_chunk().copied().unwrap_or_default());
    let start = Start {
        now: own_moment(answers),
        seed,
        device: None,
        properties: std::collections::BTreeMap::new(),
        language: "ja".to_owned(),
    };
    let mut entry = FormEntry::load(form.clone(), answers, &start);
    if !previous.is_empty() {
        entry.set_previous(previous);
    }
    entry
}

/// True when a person has handed the response in.
pub(super) fn is_submitted(answers: &Answers) -> bool {
    answers.get(&Path::new("@submitted")).is_some()
}
