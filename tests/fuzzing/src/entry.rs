//! A form being filled: whatever is entered in whatever order, checking and finishing agree.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tsumugi_core::{
    answers::Path,
    form::{Form, FormEntry},
};

use crate::{
    draw::Draw,
    generate::{definition, start},
};

const TYPED: [&str; 12] =
    ["", "1", "2", "0", "-3", "2.5", "１２", "2026-11-26", "令和8年11月26日", "a", "0 1", "1e9"];
const MOST_STEPS: usize = 60;

/// Any bytes as a small form and what is done with it.
///
/// # Panics
/// When the claim does not hold.
pub fn entry(data: &[u8]) {
    let mut draw = Draw::new(data);
    // Circles and unknown names are refused, which is right.
    let Ok(form) = Form::compile(definition(&mut draw)) else { return };
    let mut entry = FormEntry::new(form.clone(), &start());
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    for _ in 0..MOST_STEPS {
        if draw.is_empty() {
            break;
        }
        step(&mut draw, &form, &mut entry, &mut rng);
    }
    agree(&entry);
    let loaded = FormEntry::load(form, entry.answers(), &start());
    assert_eq!(loaded.outputs(), entry.outputs(), "answers that are loaded again give other values");
    assert_eq!(
        loaded.validate("ja"),
        entry.validate("ja"),
        "answers that are loaded again are checked otherwise"
    );
}

/// What is refused changes nothing, which is part of the claim.
fn step(draw: &mut Draw<'_>, form: &Form, entry: &mut FormEntry, rng: &mut ChaCha20Rng) {
    let path = path(draw, entry);
    match draw.below(8) {
        0..=3 => {
            let before = entry.outputs();
            if entry.set_text(&path, draw.pick(&TYPED)).is_err() {
                assert_eq!(before, entry.outputs(), "a refused answer changed something");
            }
        }
        4 => drop(entry.add_repeat(&path, rng)),
        5 => drop(entry.remove_repeat(&path)),
        6 => agree(entry),
        _ => {
            let other = FormEntry::load(form.clone(), entry.answers(), &start());
            entry.merge_in(other.answers());
        }
    }
}

/// The path of an element, with instances of repeats as they are now.
fn path(draw: &mut Draw<'_>, entry: &FormEntry) -> Path {
    let mut path = Path::new("");
    let places: Vec<Path> = entry.outputs().iter().map(|(path, _)| path.clone()).collect();
    if let Some(place) = places.get(draw.below(places.len())) {
        path = if draw.one_in(2) { place.clone() } else { place.parent().unwrap_or(path) };
    }
    for _ in 0..draw.below(3) {
        path = path.child(&format!("q{}", draw.below(crate::generate::ELEMENTS)));
    }
    path
}

/// Finishing refuses exactly what checking tells, and what is wrong is asked.
fn agree(entry: &FormEntry) {
    let violations = entry.validate("ja");
    for violation in &violations {
        assert!(entry.is_relevant(&violation.path), "{} is wrong and not asked", violation.path);
    }
    let screen = entry.screen("ja");
    assert!(screen.answered <= screen.askable, "more answers than questions");
    match entry.clone().finish() {
        Ok(_) => assert!(violations.is_empty(), "finishing takes what checking refuses"),
        Err(refused) => assert_eq!(refused, violations, "finishing refuses otherwise than checking"),
    }
}
