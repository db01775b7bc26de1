//! What the made-up companies answer.

use super::{dice::Dice, ward::Company};

/// What is typed: path and text.
pub type Typed = Vec<(String, String)>;

/// One company's answers of one wave.
#[derive(Debug, Clone, Default)]
pub(crate) struct CompanyAnswers {
    /// Answers of the four sections, in the order in which departments fill them.
    pub(crate) sections: Vec<Typed>,
    /// Instances of `profile/sites`, each with its answers by name.
    pub(crate) sites: Vec<Typed>,
}

fn put(typed: &mut Typed, path: &str, text: impl ToString) {
    typed.push((path.to_owned(), text.to_string()));
}

/// The numbers that later sections and the next wave depend on.
struct Staff {
    regular: u32,
    nonregular: u32,
    total: u32,
    teleworkers: u32,
}

fn staff(company: &Company, wave: u32) -> Staff {
    // At most 5 % growth a wave and at most 26 % more teleworkers: no reason is asked for.
    let total = company.employees + company.employees * wave * 4 / 100;
    let nonregular = total / 5;
    let introduced = company.introduces_in.is_some_and(|first| first <= wave);
    let since = company.introduces_in.map_or(0, |first| wave.saturating_sub(first));
    let share = if introduced { 24 + since * 5 + company.employees % 9 } else { 0 };
    Staff { regular: total - nonregular, nonregular, total, teleworkers: total * share / 100 }
}

/// The answers of `company` in `wave` (0 is the baseline).
pub(crate) fn answers(seed: u64, company: &Company, wave: u32) -> CompanyAnswers {
    let mut dice = Dice::of(seed, &format!("{}:{wave}", company.corporate_number));
    let now = staff(company, wave);
    let before = wave.checked_sub(1).map(|wave| staff(company, wave));
    CompanyAnswers {
        sections: vec![
            profile(company, &now, &mut dice),
            workforce(company, wave, &now, before.as_ref(), &mut dice),
            costs(company, &now, before.as_ref(), &mut dice),
            effects(company, wave, &now, &mut dice),
        ],
        sites: sites(&now, &mut dice),
    }
}

fn profile(company: &Company, staff: &Staff, dice: &mut Dice) -> Typed {
    let mut typed = Typed::new();
    put(&mut typed, "profile/corporate_number", &company.corporate_number);
    put(&mut typed, "profile/company_name", &company.name);
    put(&mut typed, "profile/department", dice.code(&[("総務部", 6), ("人事部", 3), ("経営企画室", 1)]));
    put(&mut typed, "profile/industry", company.industry);
    put(&mut typed, "profile/established_year", 1950 + company.employees % 70);
    put(&mut typed, "profile/employees_regular", staff.regular);
    put(&mut typed, "profile/employees_nonregular", staff.nonregular);
    put(&mut typed, "profile/employees_dispatched", dice.between(0, 8));
    typed
}

fn sites(staff: &Staff, dice: &mut Dice) -> Vec<Typed> {
    let count = if staff.total >= 100 { dice.between(1, 3) } else { 1 };
    (0..count)
        .map(|place| {
            let mut typed = Typed::new();
            put(
                &mut typed,
                "site_name",
                ["本社", "第二事業所", "倉庫"].get(place as usize).unwrap_or(&"事業所"),
            );
            put(
                &mut typed,
                "site_area",
                if place == 0 {
                    "in_ward"
                } else {
                    dice.code(&[("in_ward", 2), ("other_ward", 2), ("tama", 1)])
                },
            );
            put(&mut typed, "site_employees", staff.total / count);
            put(&mut typed, "site_teleworkers", staff.teleworkers / count);
            typed
        })
        .collect()
}

fn workforce(company: &Company, wave: u32, now: &Staff, before: Option<&Staff>, dice: &mut Dice) -> Typed {
    let mut typed = Typed::new();
    let introduced = company.introduces_in.is_some_and(|first| first <= wave);
    let status = match (introduced, company.introduces_in) {
        (true, _) => dice.code(&[("rule", 7), ("practice", 3)]),
        (false, Some(_)) => "planned",
        (false, None) => "none",
    };
    put(&mut typed, "workforce/telework_status", status);
    if introduced {
        put(&mut typed, "workforce/introduced_year", 2019 + company.employees % 6);
    }
    let practised = now.teleworkers > 0;
    put(&mut typed, "workforce/practised", if practised { "yes" } else { "no" });
    put(&mut typed, "workforce/eligible", now.teleworkers + now.total / 10);
    if !practised {
        return typed;
    }
    put(
        &mut typed,
        "workforce/telework_forms",
        dice.codes(&[("home", 97), ("mobile", 40), ("satellite", 14)], "home"),
    );
    put(&mut typed, "workforce/teleworkers", now.teleworkers);
    for (name, count) in days(now.teleworkers) {
        put(&mut typed, name, count);
    }
    if let Some(before) = before
        && now.teleworkers.abs_diff(before.teleworkers) * 100 > before.teleworkers * 30
    {
        put(&mut typed, "workforce/teleworkers_change_reason", "policy");
        put(&mut typed, "workforce/teleworkers_change_detail", "規程を定めて対象を広げた");
    }
    put(
        &mut typed,
        "workforce/tools",
        dice.codes(
            &[
                ("laptop", 92),
                ("vpn", 64),
                ("vdi", 18),
                ("cloud", 71),
                ("meeting", 88),
                ("chat", 66),
                ("attendance", 45),
            ],
            "laptop",
        ),
    );
    typed
}

/// Days a week as in the ward's monthly survey (one day 35 %, two 27 %, three 11 %, four 9 %,
/// five 18 %), made to add up to `teleworkers`.
fn days(teleworkers: u32) -> [(&'static str, u32); 6] {
    let part = |percent: u32| teleworkers * percent / 100;
    let (two, three, four, five, less) = (part(26), part(10), part(9), part(18), part(4));
    [
        ("workforce/days_lt1", less),
        ("workforce/days_1", teleworkers - less - two - three - four - five),
        ("workforce/days_2", two),
        ("workforce/days_3", three),
        ("workforce/days_4", four),
        ("workforce/days_5", five),
    ]
}

/// Costs in thousand yen; they follow the teleworkers, so that one wave is near the next.
fn costs(company: &Company, now: &Staff, before: Option<&Staff>, dice: &mut Dice) -> Typed {
    let mut typed = Typed::new();
    let each = |rate: u32, staff: &Staff| 20 + staff.teleworkers * rate + company.employees % 7;
    let rates = [
        ("equipment", 42),
        ("software", 18),
        ("communication", 11),
        ("security", 9),
        ("satellite", 3),
        ("training", 4),
        ("allowance", 6),
    ];
    for (name, rate) in rates {
        put(&mut typed, &format!("costs/{name}"), each(rate, now));
    }
    put(&mut typed, "costs/other", 0);
    let sum = |staff: &Staff| rates.iter().map(|(_, rate)| each(*rate, staff)).sum::<u32>();
    let subsidised = now.teleworkers > 0 && dice.chance(30);
    put(&mut typed, "costs/subsidy_used", if subsidised { "yes" } else { "no" });
    if subsidised {
        put(
            &mut typed,
            "costs/subsidy_sources",
            dice.codes(&[("ward", 60), ("tokyo", 50), ("national", 20)], "ward"),
        );
        put(&mut typed, "costs/subsidy_amount", sum(now) / 4);
    }
    put(&mut typed, "costs/saved_commuting", now.teleworkers * 6);
    put(&mut typed, "costs/saved_office", now.teleworkers * 2);
    put(&mut typed, "costs/saved_paper", now.teleworkers);
    if let Some(before) = before
        && sum(now).abs_diff(sum(before)) * 100 > sum(before) * 30
    {
        put(&mut typed, "costs/change_reason", "対象者を増やし、機器をそろえたため");
    }
    typed
}

fn effects(company: &Company, wave: u32, now: &Staff, dice: &mut Dice) -> Typed {
    let mut typed = Typed::new();
    // The effects are asked of companies that telework.
    let asked = company.introduces_in.is_some_and(|first| first <= wave) || now.teleworkers > 0;
    let better = [("5", 12), ("4", 38), ("3", 36), ("2", 8), ("1", 2), ("unknown", 4)];
    for name in ["productivity", "recruitment", "retention", "wlb", "overtime", "communication_effect"] {
        let code = dice.code(&better);
        if asked {
            put(&mut typed, &format!("effects/{name}"), code);
        }
    }
    let challenges = dice.codes(
        &[
            ("communication", 52),
            ("management", 38),
            ("evaluation", 30),
            ("security", 34),
            ("cost", 28),
            ("paper", 24),
            ("unsuitable", 22),
            ("loneliness", 18),
            ("fairness", 15),
        ],
        "none",
    );
    put(&mut typed, "effects/challenges", &challenges);
    if challenges.contains(' ') {
        put(&mut typed, "effects/challenge_most", challenges.split(' ').next().unwrap_or_default());
    }
    put(
        &mut typed,
        "effects/satisfaction",
        dice.code(&[("5", 14), ("4", 40), ("3", 30), ("2", 12), ("1", 4)]),
    );
    let intention = match (now.teleworkers > 0, company.introduces_in) {
        (true, _) => dice.code(&[("expand", 22), ("keep", 64), ("reduce", 9), ("undecided", 5)]),
        (false, Some(_)) => "start",
        (false, None) => "undecided",
    };
    put(&mut typed, "effects/intention", intention);
    put(&mut typed, "effects/support_known", dice.code(&[("yes", 58), ("no", 42)]));
    put(&mut typed, "effects/support_used", dice.code(&[("yes", 24), ("no", 70), ("unknown", 6)]));
    put(
        &mut typed,
        "effects/support_wanted",
        dice.codes(
            &[("subsidy", 62), ("consulting", 30), ("dispatch", 24), ("seminar", 28), ("examples", 40)],
            "none",
        ),
    );
    typed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::ward;

    #[test]
    fn days_a_week_add_up_to_the_teleworkers() {
        for teleworkers in [1, 7, 33, 128] {
            assert_eq!(days(teleworkers).iter().map(|(_, count)| count).sum::<u32>(), teleworkers);
        }
    }

    #[test]
    fn a_company_answers_four_sections() {
        let companies = ward::companies(7);
        let answers = answers(7, companies.first().expect("300 companies"), 1);
        assert_eq!(answers.sections.len(), 4);
        assert!(answers.sections.iter().all(|section| section.len() >= 5));
        assert!(!answers.sites.is_empty());
    }
}
