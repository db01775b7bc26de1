//! The surveys of the made-up ward: each form in three waves.

use jiff::Zoned;
use tsumugi_core::{survey::Mode, text::Localized};

use super::{
    fill::{day_after, fiscal_year},
    ward::COMPANY_STRATA,
};
use crate::api::NewStratum;

/// One wave of one form.
#[derive(Debug, Clone)]
pub(crate) struct Wave {
    /// XLSForm `form_id`.
    pub(crate) form: &'static str,
    /// 0 the baseline, 1 the present year, 2 the wave that is open.
    pub(crate) number: u32,
    /// How it is answered.
    pub(crate) mode: Mode,
    /// Title for people.
    pub(crate) title: Localized,
    /// Fiscal year by its first calendar year.
    pub(crate) fiscal_year: i32,
    /// First civil day.
    pub(crate) opens: String,
    /// Last civil day.
    pub(crate) closes: String,
    /// Strata with their populations.
    pub(crate) strata: Vec<NewStratum>,
}

/// Areas of the made-up ward: code, names, adult residents, residents in the sample.
pub(crate) const AREAS: &[(&str, &str, &str, u64, u32)] = &[
    ("north", "北部", "North", 38_200, 170),
    ("east", "東部", "East", 31_500, 150),
    ("south", "南部", "South", 42_800, 190),
    ("west", "西部", "West", 29_400, 140),
    ("central", "中央部", "Central", 33_100, 150),
];

/// Sizes of the companies whose employees are asked: code, names, employees, asked.
pub(crate) const EMPLOYEE_STRATA: &[(&str, &str, &str, u64, u32)] = &[
    ("1-29", "1〜29人", "1 to 29 employees", 61_000, 180),
    ("30-99", "30〜99人", "30 to 99 employees", 96_000, 560),
    ("100-299", "100〜299人", "100 to 299 employees", 74_000, 480),
    ("300+", "300人以上", "300 and more employees", 58_000, 280),
];

const FORMS: &[(&str, Mode, &str, &str)] = &[
    ("loneliness", Mode::Anonymous, "従業員 孤独感調査", "Employees: loneliness"),
    ("company-telework", Mode::Company, "テレワーク実態調査(企業)", "Companies: telework"),
    ("resident", Mode::Anonymous, "区民意識調査", "Residents"),
    ("supported-company-follow-up", Mode::Company, "支援企業 事後調査", "Supported companies: follow-up"),
    ("digital-juku-follow-up", Mode::Anonymous, "だれでもデジタル塾 追跡調査", "Digital juku: follow-up"),
    ("support-register", Mode::Register, "助成金・専門家派遣 台帳", "Register of subsidies and dispatches"),
    ("training-register", Mode::Register, "研修・講座 台帳", "Register of trainings and classes"),
    ("procedure-inventory", Mode::Register, "行政手続き 棚卸し", "Inventory of procedures"),
    ("staff-attendance", Mode::Register, "職員テレワーク 勤怠", "Staff telework"),
    ("bpr-register", Mode::Register, "業務量調査・用紙コスト", "Workload and paper cost"),
];

fn strata_of(form: &str) -> Vec<NewStratum> {
    let stratum = |code: &str, ja: &str, en: &str, population: Option<u64>| NewStratum {
        code: code.to_owned(),
        label: Localized::of([("ja", ja), ("en", en)]),
        population,
    };
    match form {
        "loneliness" => EMPLOYEE_STRATA
            .iter()
            .map(|(code, ja, en, population, _)| stratum(code, ja, en, Some(*population)))
            .collect(),
        "resident" => AREAS
            .iter()
            .map(|(code, ja, en, population, _)| stratum(code, ja, en, Some(*population)))
            .collect(),
        "company-telework" => COMPANY_STRATA
            .iter()
            .map(|(code, ja, en, population, ..)| stratum(code, ja, en, Some(*population)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The three waves of every form: last year's, this year's, and one that is open today. The
/// open one belongs to the next fiscal year, so that it never mixes with a counted one.
pub(crate) fn waves(today: &Zoned) -> Vec<Wave> {
    let of_form = |number: u32| {
        let fiscal_year = fiscal_year(today) - 1 + i32::try_from(number).unwrap_or(0);
        let reiwa = fiscal_year - 2018;
        let trial = if number == 2 { [" 試行", ", trial"] } else { [""; 2] };
        let window = match number {
            2 => [day_after(today, -21), day_after(today, 26)],
            _ => [format!("{fiscal_year}-09-01"), format!("{fiscal_year}-10-31")],
        };
        FORMS.iter().map(move |(form, mode, ja, en)| Wave {
            form,
            number,
            mode: *mode,
            title: Localized::of([
                ("ja", &format!("{ja} 令和{reiwa}年度{}", trial[0])),
                ("en", &format!("{en}, fiscal year {fiscal_year}{}", trial[1])),
            ]),
            fiscal_year,
            opens: window[0].clone(),
            closes: window[1].clone(),
            strata: strata_of(form),
        })
    };
    (0..3).flat_map(of_form).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_forms_have_three_waves_each() {
        let waves = waves(&"2026-11-23T09:00:00+09:00[+09:00]".parse().expect("a day"));
        assert_eq!(waves.len(), 30);
        assert!(waves.iter().all(|wave| (2025..=2027).contains(&wave.fiscal_year)));
        assert_eq!(EMPLOYEE_STRATA.iter().map(|stratum| stratum.4).sum::<u32>(), 1_500);
        assert_eq!(AREAS.iter().map(|area| area.4).sum::<u32>(), 800);
    }
}
