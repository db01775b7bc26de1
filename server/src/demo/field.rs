//! A year in the field: who answers what, on which tablet, and who leaves something open.

use tsumugi_core::{id::SurveyId, moment::Moment};

use super::{
    DemoError,
    client::Client,
    company::{self, Typed},
    dice::Dice,
    facts::CompanyFact,
    office::Office,
    people, registers,
    tablet::Tablet,
    ward::Company,
    waves::{AREAS, EMPLOYEE_STRATA, Wave},
};
use crate::api::CompanyLetter;

/// Surveyors' tablets that share the anonymous surveys.
pub(crate) const TABLETS: usize = 12;
/// Companies of a hundred that do not answer.
const SILENT_PERCENT: u32 = 12;
/// Companies of the open wave that have begun, and those of them with two answers.
const BEGUN: usize = 9;
const CONFLICTING: usize = 4;

/// What a year needs.
pub(crate) struct Field<'a> {
    pub(crate) seed: u64,
    pub(crate) url: &'a str,
    pub(crate) now: Moment,
    pub(crate) office: &'a Office,
    pub(crate) companies: &'a [Company],
}

/// One person's card and answers, waiting for a tablet.
type Visit = (SurveyId, String, Typed);

impl Field<'_> {
    /// The anonymous survey of `wave` is answered by as many people as there are cards drawn.
    pub(crate) fn anonymous(&self, survey: SurveyId, wave: &Wave) -> Result<Vec<Visit>, DemoError> {
        let mut dice = Dice::of(self.seed, &format!("{}:{}", wave.form, wave.number));
        let groups: Vec<(&str, u32)> = match wave.form {
            "loneliness" => EMPLOYEE_STRATA.iter().map(|stratum| (stratum.0, stratum.4)).collect(),
            "resident" => AREAS.iter().map(|area| (area.0, area.4)).collect(),
            _ => vec![("all", 240)],
        };
        let mut visits = Vec::new();
        for (stratum, people) in groups {
            for card in self.office.cards(survey, stratum, people)? {
                let answers = match wave.form {
                    "loneliness" => people::employee(&mut dice, wave.number, stratum),
                    "resident" => people::resident(&mut dice, wave.number, stratum),
                    _ => people::participant(&mut dice),
                };
                visits.push((survey, card, answers));
            }
        }
        Ok(visits)
    }

    /// Twelve tablets share the visits: each works offline, then syncs once.
    pub(crate) fn on_tablets(&self, surveys: &[SurveyId], mut visits: Vec<Visit>) -> Result<(), DemoError> {
        Dice::of(self.seed, "tours").shuffle(&mut visits);
        let share = visits.len().div_ceil(TABLETS).max(1);
        for (number, visits) in visits.chunks(share).enumerate() {
            let name = format!("T-{:02}", number + 1);
            let code = self.office.device_code(&name, surveys)?;
            let mut tablet = Tablet::new(Client::new(self.url), Dice::of(self.seed, &code), self.now)?;
            tablet.enrol(self.url, &code, &name)?;
            tablet.sync()?;
            for (survey, card, answers) in visits {
                tablet.kiosk(*survey, card, answers)?;
            }
            tablet.sync()?;
        }
        Ok(())
    }

    /// The companies of a closed wave: the general affairs department fills its half, the accounts
    /// department the other half some days later and submits. Some companies stay silent.
    pub(crate) fn company_wave(&self, letters: &[CompanyLetter], wave: &Wave) -> Result<(), DemoError> {
        let mut dice = Dice::of(self.seed, &format!("silent:{}", wave.number));
        let answering: Vec<_> =
            self.companies.iter().zip(letters).filter(|_| !dice.chance(SILENT_PERCENT)).collect();
        for (company, letter) in &answering {
            let answers = company::answers(self.seed, company, wave.number);
            let mut office = self.enter(letter, "総務部", "田中")?;
            office.sync()?;
            office.fill(letter.response, &answers, 0..2)?;
            office.sync()?;
        }
        self.office.settle()?;
        for (company, letter) in &answering {
            let answers = company::answers(self.seed, company, wave.number);
            let mut accounts = self.enter(letter, "経理部", "佐藤")?;
            accounts.sync()?;
            accounts.fill(letter.response, &answers, 2..4)?;
            accounts.submit(letter.response, "経理部 佐藤")?;
            accounts.sync()?;
        }
        Ok(())
    }

    /// The open wave: most companies have not begun, some have, some of those differ.
    pub(crate) fn open_company_wave(
        &self,
        letters: &[CompanyLetter],
        wave: &Wave,
    ) -> Result<Vec<CompanyFact>, DemoError> {
        let mut facts = Vec::new();
        for (place, (company, letter)) in self.companies.iter().zip(letters).enumerate() {
            let state = match place {
                _ if place < CONFLICTING => "conflict",
                _ if place < BEGUN => "draft",
                _ => "untouched",
            };
            if state != "untouched" {
                self.begin(company, letter, wave, state == "conflict")?;
            }
            facts.push(CompanyFact {
                name: letter.name.clone(),
                code: letter.code.clone(),
                response: letter.response,
                state: state.to_owned(),
            });
        }
        Ok(facts)
    }

    fn begin(
        &self,
        company: &Company,
        letter: &CompanyLetter,
        wave: &Wave,
        differ: bool,
    ) -> Result<(), DemoError> {
        let answers = company::answers(self.seed, company, wave.number);
        let mut office = self.enter(letter, "総務部", "田中")?;
        let mut accounts = self.enter(letter, "経理部", "佐藤")?;
        office.sync()?;
        accounts.sync()?;
        // Both are offline now.
        office.fill(letter.response, &answers, 0..2)?;
        if differ {
            accounts.fill(letter.response, &answers, 2..3)?;
            let differing = [("profile/employees_dispatched", "11"), ("costs/training", "240")];
            let typed: Typed =
                differing.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
            accounts.enter(letter.response, &typed)?;
            office.enter(letter.response, &vec![("costs/training".to_owned(), "265".to_owned())])?;
        }
        office.sync()?;
        accounts.sync()
    }

    /// A supported company writes down its own survey of employees, before and after.
    pub(crate) fn follow_ups(&self, letters: &[CompanyLetter], wave: &Wave) -> Result<(), DemoError> {
        let mut dice = Dice::of(self.seed, &format!("follow-up:{}", wave.number));
        for (company, letter) in self.supported().zip(letters) {
            let typed = registers::follow_up(&mut dice, company, wave.fiscal_year);
            let mut device = self.enter(letter, "人事部", "鈴木")?;
            device.sync()?;
            let answers = company::CompanyAnswers { sections: vec![typed], sites: Vec::new() };
            device.fill(letter.response, &answers, 0..1)?;
            device.submit(letter.response, "人事部 鈴木")?;
            device.sync()?;
        }
        Ok(())
    }

    /// Companies that are asked after their support.
    pub(crate) fn supported(&self) -> impl Iterator<Item = &Company> {
        self.companies.iter().step_by(3).take(60)
    }

    /// Rows of a register of `wave`.
    pub(crate) fn rows(&self, wave: &Wave) -> registers::Rows {
        let (number, year) = (wave.number, wave.fiscal_year);
        match wave.form {
            "support-register" => registers::support(self.seed, self.companies, number, year),
            "training-register" => registers::trainings(self.seed, number, year),
            "procedure-inventory" => registers::procedures(self.seed, number, year),
            "staff-attendance" => registers::attendance(self.seed, number, year),
            _ => registers::workload(self.seed, number, year),
        }
    }

    fn enter(&self, letter: &CompanyLetter, department: &str, name: &str) -> Result<Tablet, DemoError> {
        let dice = Dice::of(self.seed, &format!("{}:{department}", letter.response));
        let mut device = Tablet::new(Client::new(self.url), dice, self.now)?;
        device.enter_company(self.url, &letter.code, name, department)?;
        Ok(device)
    }
}
