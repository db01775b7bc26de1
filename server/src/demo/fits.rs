//! Every made-up answer fits its form: checked on the forms themselves, without a server.

use rand_core::SeedableRng as _;
use tsumugi_core::{
    answers::Path,
    form::{Form, FormEntry, Start},
    moment::Moment,
    xlsform,
};

use super::{
    company::{self, Typed},
    dice::Dice,
    office::WORKBOOKS,
    people, registers,
    tablet::instances,
    ward,
};

const SEED: u64 = 7;

fn form(name: &str) -> Form {
    let (_, workbook) = WORKBOOKS.iter().find(|(workbook, _)| *workbook == name).expect("one of the ten");
    let import = xlsform::import(workbook, &format!("{name}.xlsx"));
    Form::compile(import.definition.expect("a form")).expect("a sound form")
}

fn fill(form: &Form, typed: &Typed, sites: &[Typed]) -> FormEntry {
    let start = Start {
        now: Moment::tokyo(1_790_000_000_000),
        seed: 7,
        device: None,
        properties: std::collections::BTreeMap::new(),
        language: "ja".to_owned(),
    };
    let mut entry = FormEntry::new(form.clone(), &start);
    let mut rng = chacha20::ChaCha20Rng::from_seed([7; 32]);
    for (path, text) in typed {
        entry
            .set_text(&Path::new(path), text)
            .unwrap_or_else(|refused| panic!("{path} = {text}: {refused:?}"));
    }
    let mut there = instances(&entry.screen("ja")).into_iter();
    for site in sites {
        let instance = there
            .next()
            .unwrap_or_else(|| entry.add_repeat(&Path::new("profile/sites"), &mut rng).expect("a site"));
        for (name, text) in site {
            entry
                .set_text(&instance.child(name), text)
                .unwrap_or_else(|refused| panic!("{name} = {text}: {refused:?}"));
        }
    }
    entry
}

fn assert_fits(form: &Form, typed: &Typed, sites: &[Typed]) {
    let violations = fill(form, typed, sites).validate("ja");
    assert!(violations.is_empty(), "{typed:?}: {violations:?}");
}

#[test]
fn companies_fit_in_every_wave() {
    let form = form("company-telework");
    for company in ward::companies(SEED).iter().step_by(7) {
        let mut previous = None;
        for wave in 0..3 {
            let answers = company::answers(SEED, company, wave);
            let typed: Typed = answers.sections.concat();
            let mut entry = fill(&form, &typed, &answers.sites);
            if let Some(previous) = &previous {
                entry.set_previous(previous);
            }
            let violations = entry.validate("ja");
            assert!(violations.is_empty(), "{} in wave {wave}: {violations:?}", company.name);
            previous = Some(entry.answers().clone());
        }
    }
}

#[test]
fn people_fit() {
    let (loneliness, resident, juku) = (form("loneliness"), form("resident"), form("digital-juku-follow-up"));
    let mut dice = Dice::of(SEED, "people");
    for wave in 0..2 {
        for _ in 0..60 {
            assert_fits(&loneliness, &people::employee(&mut dice, wave, "30-99"), &[]);
            assert_fits(&resident, &people::resident(&mut dice, wave, "north"), &[]);
            assert_fits(&juku, &people::participant(&mut dice), &[]);
        }
    }
}

#[test]
fn registers_fit() {
    let companies = ward::companies(SEED);
    for wave in 0..2 {
        for (name, rows) in [
            ("support-register", registers::support(SEED, &companies, wave, 2026)),
            ("training-register", registers::trainings(SEED, wave, 2026)),
            ("procedure-inventory", registers::procedures(SEED, wave, 2026)),
            ("staff-attendance", registers::attendance(SEED, wave, 2026)),
            ("bpr-register", registers::workload(SEED, wave, 2026)),
        ] {
            let form = form(name);
            for row in rows {
                assert_fits(&form, &row, &[]);
            }
        }
    }
    let follow_up = form("supported-company-follow-up");
    let mut dice = Dice::of(SEED, "follow-up");
    for company in companies.iter().take(20) {
        assert_fits(&follow_up, &registers::follow_up(&mut dice, company, 2026), &[]);
    }
}
