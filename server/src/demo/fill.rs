//! A year of the made-up ward, in the order in which it happens.

use jiff::{ToSpan as _, Zoned};
use tsumugi_core::{id::SurveyId, moment::Moment, survey::Mode, text::Localized};

use super::{
    DemoError,
    facts::{CompanyFact, Facts, OpenSurvey},
    field::{Field, TABLETS},
    office::{Office, WORKBOOKS},
    ward,
    waves::{Wave, waves},
};

/// Cards of each open anonymous survey that are printed for whoever tries the demo.
const SPARE_CARDS: u32 = 60;
/// Enrolment codes for whoever tries the demo.
const SPARE_CODES: usize = 40;

/// Name of the made-up ward.
pub(crate) fn ward_name() -> Localized {
    Localized::of([("ja", "架空区 産業課"), ("en", "Made-up Ward, Industry Section")])
}

/// Whom to call about the made-up surveys.
pub(crate) fn contact() -> Localized {
    Localized::of([
        ("ja", "架空区 産業課 統計係 電話 00-0000-0000(架空)。統計法に基づかない任意の調査です。"),
        ("en", "Made-up Ward, Industry Section, phone 00-0000-0000 (made up). Answering is voluntary."),
    ])
}

/// Publishes the forms and lives through three waves.
pub(crate) fn fill(
    office: &Office,
    seed: u64,
    now: &Zoned,
    facts: &mut Facts,
    say: &mut dyn FnMut(&str),
) -> Result<(), DemoError> {
    say(&format!("publishing {} forms", WORKBOOKS.len()));
    let mut forms = std::collections::BTreeMap::new();
    for (name, workbook) in WORKBOOKS {
        forms.insert(*name, office.publish(name, workbook)?);
    }
    let companies = ward::companies(seed);
    let moment = Moment {
        unix_ms: now.timestamp().as_millisecond(),
        offset_minutes: i16::try_from(now.offset().seconds() / 60).unwrap_or(540),
    };
    let url = facts.url.clone();
    let field = Field { seed, url: &url, now: moment, office, companies: &companies };
    for number in 0..3 {
        let mut opened = Vec::new();
        for wave in waves(now).into_iter().filter(|wave| wave.number == number) {
            if let Some(form) = forms.get(wave.form) {
                opened.push((office.open_survey(*form, &wave)?.id, wave));
            }
        }
        if number < 2 {
            closed_wave(&field, &opened, say)?;
        } else {
            open_wave(&field, &opened, facts, say)?;
        }
    }
    Ok(())
}

/// Everybody answers, everything is closed and counted.
fn closed_wave(
    field: &Field<'_>,
    opened: &[(SurveyId, Wave)],
    say: &mut dyn FnMut(&str),
) -> Result<(), DemoError> {
    let year = opened.first().map_or(0, |(_, wave)| wave.fiscal_year);
    let mut visits = Vec::new();
    let mut anonymous = Vec::new();
    for (survey, wave) in opened {
        match wave.mode {
            Mode::Anonymous => {
                anonymous.push(*survey);
                visits.extend(field.anonymous(*survey, wave)?);
            }
            Mode::Register => {
                field.office.rows(*survey, &field.rows(wave))?;
            }
            Mode::Company if wave.form == "company-telework" => {
                say(&format!("{year}: {} companies fill from two departments", field.companies.len()));
                field.company_wave(&letters(field, *survey, wave, field.companies.iter())?, wave)?;
            }
            Mode::Company => {
                field.follow_ups(&letters(field, *survey, wave, field.supported())?, wave)?;
            }
        }
    }
    say(&format!("{year}: {} people answer on {TABLETS} tablets without a network", visits.len()));
    field.on_tablets(&anonymous, visits)?;
    say(&format!("{year}: closing and counting {} surveys", opened.len()));
    field.office.settle()?;
    for (survey, _) in opened {
        field.office.close(*survey)?;
    }
    Ok(())
}

/// The present wave: some companies have begun, everything else waits for whoever tries it.
fn open_wave(
    field: &Field<'_>,
    opened: &[(SurveyId, Wave)],
    facts: &mut Facts,
    say: &mut dyn FnMut(&str),
) -> Result<(), DemoError> {
    say("opening a wave to be answered by hand");
    for (survey, wave) in opened {
        facts.surveys.insert(wave.form.to_owned(), OpenSurvey { id: *survey, fiscal_year: wave.fiscal_year });
        match wave.mode {
            Mode::Anonymous => {
                let stratum = wave.strata.first().map_or("all", |stratum| stratum.code.as_str());
                facts.cards.insert(wave.form.to_owned(), field.office.cards(*survey, stratum, SPARE_CARDS)?);
            }
            Mode::Company if wave.form == "company-telework" => {
                let letters = letters(field, *survey, wave, field.companies.iter())?;
                facts.companies = field.open_company_wave(&letters, wave)?;
                // Whoever tries the demo finds an untouched company first.
                facts.companies.sort_by_key(|company: &CompanyFact| company.state != "untouched");
            }
            Mode::Company => drop(letters(field, *survey, wave, field.supported())?),
            Mode::Register => {}
        }
    }
    let surveys: Vec<SurveyId> = opened.iter().map(|(survey, _)| *survey).collect();
    for number in 0..SPARE_CODES {
        let name = format!("T-{:02}", TABLETS + 1 + number);
        facts.enrol_codes.push(field.office.device_code(&name, &surveys)?);
    }
    field.office.settle()
}

fn letters<'a>(
    field: &Field<'_>,
    survey: SurveyId,
    wave: &Wave,
    companies: impl Iterator<Item = &'a ward::Company>,
) -> Result<Vec<crate::api::CompanyLetter>, DemoError> {
    let asked: Vec<(&str, &str, &str)> = companies
        .map(|company| {
            let stratum = if wave.strata.is_empty() { "all" } else { company.stratum };
            (company.name.as_str(), stratum, company.corporate_number.as_str())
        })
        .collect();
    field.office.letters(survey, &asked)
}

/// The Japanese fiscal year of a day, by its first calendar year.
pub(crate) fn fiscal_year(day: &Zoned) -> i32 {
    i32::from(day.year()) - i32::from(day.month() < 4)
}

/// The day `days` from `day`, ISO 8601.
pub(crate) fn day_after(day: &Zoned, days: i64) -> String {
    day.date().saturating_add(days.days()).to_string()
}
