//! What the made-up ward writes into its own registers, one row a record.

use super::{company::Typed, dice::Dice, ward::Company};

/// Rows of one register.
pub(crate) type Rows = Vec<Typed>;

fn row<const N: usize>(cells: [(&str, String); N]) -> Typed {
    cells
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
}

/// A day of the fiscal year that began in April of `year`.
fn day(dice: &mut Dice, year: i32) -> String {
    let month = dice.between(4, 15);
    let (year, month) = if month > 12 { (year + 1, month - 12) } else { (year, month) };
    format!("{year}-{month:02}-{:02}", dice.between(1, 28))
}

/// Subsidies, consulting and expert dispatches; `wave` 0 is the baseline year.
pub(crate) fn support(seed: u64, companies: &[Company], wave: u32, year: i32) -> Rows {
    let mut dice = Dice::of(seed, &format!("support:{wave}"));
    let mut rows = Rows::new();
    let supported = 58 + 29 * wave as usize;
    for (place, company) in companies.iter().step_by(3).cycle().take(supported).enumerate() {
        let kind = dice.code(&[("subsidy", 50), ("consulting", 25), ("dispatch", 25)]);
        rows.push(support_row(&mut dice, company, rows.len(), kind, year));
        // Every fifth company uses a second scheme: it still counts once.
        if place % 5 == 0 {
            rows.push(support_row(&mut dice, company, rows.len(), "dispatch", year));
        }
    }
    rows
}

fn support_row(dice: &mut Dice, company: &Company, number: usize, kind: &'static str, year: i32) -> Typed {
    let done = dice.chance(94);
    let subsidy = kind == "subsidy";
    row([
        ("record_id", format!("S{year}-{:04}", number + 1)),
        ("support_kind", kind.to_owned()),
        ("corporate_number", company.corporate_number.clone()),
        ("company_name", company.name.clone()),
        ("employees", company.employees.to_string()),
        (
            "scheme",
            if subsidy {
                dice.code(&[("introduction", 4), ("equipment", 4), ("rules", 2), ("satellite", 1)]).to_owned()
            } else {
                String::new()
            },
        ),
        ("status", if done { "done" } else { "decided" }.to_owned()),
        ("done_on", if done { day(dice, year) } else { String::new() }),
        ("amount_yen", if subsidy { (dice.between(60, 160) * 10_000).to_string() } else { String::new() }),
        ("hours", if subsidy { String::new() } else { format!("{}", f64::from(dice.between(8, 28)) / 2.0) }),
        (
            "expert_field",
            if subsidy {
                String::new()
            } else {
                dice.code(&[("it", 4), ("labour", 4), ("security", 2), ("bpr", 2)]).to_owned()
            },
        ),
    ])
}

/// Trainings and classes.
pub(crate) fn trainings(seed: u64, wave: u32, year: i32) -> Rows {
    let mut dice = Dice::of(seed, &format!("trainings:{wave}"));
    let programs = [
        ("mental_health", "メンタルヘルス研修", 8 + 2 * wave, 20, 32),
        ("digital_juku", "だれでもデジタル塾", 36 + 8 * wave, 14, 26),
    ];
    let mut rows = Rows::new();
    for (program, title, held, low, high) in programs {
        // One more is called off: it does not count.
        for number in 1..=held + 1 {
            let status = if number > held { "cancelled" } else { "held" };
            let attendances = dice.between(low, high);
            rows.push(row([
                ("record_id", format!("T{year}-{program}-{number:02}")),
                ("program", program.to_owned()),
                ("title", format!("{title} 第{number}回")),
                ("held_on", day(&mut dice, year)),
                ("venue", dice.code(&[("区民センター", 3), ("図書館", 2), ("産業会館", 2)]).to_owned()),
                ("format", dice.code(&[("in_person", 7), ("online", 2), ("hybrid", 2)]).to_owned()),
                ("minutes", "90".to_owned()),
                ("capacity", "30".to_owned()),
                ("status", status.to_owned()),
                ("attendances", if status == "held" { attendances.to_string() } else { String::new() }),
                (
                    "attendances_65plus",
                    if status == "held" && program == "digital_juku" {
                        (attendances * 3 / 4).to_string()
                    } else {
                        String::new()
                    },
                ),
            ]));
        }
    }
    rows
}

const DEPARTMENTS: &[&str] =
    &["戸籍住民課", "税務課", "保育課", "福祉課", "環境課", "建築課", "産業課", "健康推進課"];
const PROCEDURES: &[&str] =
    &["証明書の交付申請", "変更の届出", "利用の申込み", "減免の申請", "助成の申請", "更新の手続き"];

/// The inventory of procedures; the same procedures each wave, more of them online.
pub(crate) fn procedures(seed: u64, wave: u32, year: i32) -> Rows {
    let mut dice = Dice::of(seed, "procedures");
    let mut rows = Rows::new();
    for (department, office) in DEPARTMENTS.iter().enumerate() {
        for (place, procedure) in PROCEDURES.iter().enumerate() {
            let online_from = dice.between(0, 6);
            let online = match online_from {
                0..=2 => "full",
                3 if wave >= 1 => "full",
                3..=4 => "partial",
                5 => "planned",
                _ => "no",
            };
            let reached = matches!(online, "full" | "partial");
            let uses = dice.between(40, 4_000);
            rows.push(row([
                ("procedure_id", format!("P{:02}{:02}", department + 1, place + 1)),
                ("procedure_name", format!("{office} {procedure}")),
                ("department", (*office).to_owned()),
                ("requester", if place == 3 { "business" } else { "resident" }.to_owned()),
                ("kind", if place == 1 { "notification" } else { "application" }.to_owned()),
                ("status", "active".to_owned()),
                ("legal_basis", if place % 2 == 0 { "law" } else { "ordinance" }.to_owned()),
                ("uses_per_year", uses.to_string()),
                ("online", online.to_owned()),
                ("online_method", if reached { "tokyo".to_owned() } else { String::new() }),
                ("online_started_on", if reached { format!("{}-10-01", year - 1) } else { String::new() }),
                ("online_uses_per_year", if reached { (uses / 3).to_string() } else { String::new() }),
                ("obstacle", if online == "full" { String::new() } else { "identity".to_owned() }),
                (
                    "planned_fiscal_year",
                    if online == "planned" { (year + 1).to_string() } else { String::new() },
                ),
            ]));
        }
    }
    rows
}

/// Telework of the ward's staff by department and month.
pub(crate) fn attendance(seed: u64, wave: u32, year: i32) -> Rows {
    let mut dice = Dice::of(seed, &format!("attendance:{wave}"));
    let mut rows = Rows::new();
    for (place, office) in DEPARTMENTS.iter().enumerate() {
        let staff = 24 + 7 * u32::try_from(place).unwrap_or(0);
        let teleworkable = staff * 2 / 3;
        for month in 4..=9 {
            let teleworked = teleworkable * (34 + wave * 6 + dice.between(0, 8)) / 100;
            rows.push(row([
                ("year_month", format!("{year}-{month:02}")),
                ("department", (*office).to_owned()),
                ("staff_total", staff.to_string()),
                ("staff_teleworkable", teleworkable.to_string()),
                ("staff_teleworked", teleworked.to_string()),
                ("person_days", (teleworkable * 20).to_string()),
                ("telework_days", (teleworked * dice.between(3, 6)).to_string()),
            ]));
        }
    }
    rows
}

/// Handling times before and after, and the cost of paper and printing.
pub(crate) fn workload(seed: u64, wave: u32, year: i32) -> Rows {
    let mut dice = Dice::of(seed, &format!("workload:{wave}"));
    let mut rows = Rows::new();
    for number in 1..=20_u32 {
        let before = dice.between(18, 60);
        let after = before * (82 - wave * 6 - dice.between(0, 10)) / 100;
        rows.push(row([
            ("record_id", format!("B{year}-H{number:02}")),
            ("record_kind", "handling_time".to_owned()),
            (
                "department",
                DEPARTMENTS.get(number as usize % DEPARTMENTS.len()).copied().unwrap_or("税務課").to_owned(),
            ),
            ("procedure_id", format!("P{:02}{:02}", number % 8 + 1, number % 6 + 1)),
            ("minutes_before", before.to_string()),
            ("cases_before", dice.between(30, 90).to_string()),
            ("measured_before_on", format!("{year}-05-20")),
            ("minutes_after", after.to_string()),
            ("cases_after", dice.between(30, 90).to_string()),
            ("measured_after_on", format!("{year}-09-20")),
        ]));
    }
    for month in 4..=9 {
        for (item, yen) in
            [("paper", 420_000), ("toner", 310_000), ("printing", 680_000), ("copier", 540_000)]
        {
            let cost = yen * (100 - wave * 27 + dice.between(0, 6)) / 100;
            rows.push(row([
                ("record_id", format!("B{year}-C{month:02}-{item}")),
                ("record_kind", "paper_cost".to_owned()),
                ("department", "経理課".to_owned()),
                ("cost_item", item.to_owned()),
                ("cost_month", format!("{year}-{month:02}")),
                ("cost_yen", cost.to_string()),
            ]));
        }
    }
    rows
}

/// A supported company's own survey of its employees, before and after.
pub(crate) fn follow_up(dice: &mut Dice, company: &Company, year: i32) -> Typed {
    let mut typed = row([
        ("company/corporate_number", company.corporate_number.clone()),
        ("company/company_name", company.name.clone()),
        ("company/employees", company.employees.to_string()),
        ("company/supports", dice.codes(&[("subsidy", 70), ("consulting", 35), ("dispatch", 30)], "subsidy")),
        ("company/support_started", format!("{year}-04-10")),
        ("company/support_ended", format!("{year}-06-30")),
        ("before/surveyed_on", format!("{year}-04-05")),
        ("after/surveyed_on", format!("{year}-10-05")),
    ]);
    let asked = (company.employees * 3 / 5).max(10);
    // Share of each answer in percent, from very satisfied to not at all.
    let waves = [("before", [8, 27, 34, 21, 10]), ("after", [14, 36 + dice.between(0, 6), 30, 12, 8])];
    for (when, shares) in waves {
        for (code, share) in [5, 4, 3, 2, 1].into_iter().zip(shares) {
            typed.push((format!("{when}/{when}_{code}"), (asked * share / 100).to_string()));
        }
    }
    typed.push((
        "after/reasons".to_owned(),
        dice.codes(
            &[("flexible", 62), ("commute", 55), ("focus", 34), ("family", 30), ("tools", 20)],
            "other",
        ),
    ));
    typed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::ward;

    #[test]
    fn eighty_seven_companies_are_supported_in_the_second_year_and_some_twice() {
        let rows = support(7, &ward::companies(7), 1, 2026);
        let numbers: std::collections::BTreeSet<_> = rows
            .iter()
            .flat_map(|row| {
                row.iter().filter(|(name, _)| name == "corporate_number").map(|(_, text)| text.clone())
            })
            .collect();
        assert_eq!(numbers.len(), 87);
        assert!(rows.len() > 87);
    }

    #[test]
    fn a_day_stays_in_its_fiscal_year() {
        let mut dice = Dice::of(7, "days");
        for _ in 0..200 {
            let day = day(&mut dice, 2026);
            assert!(("2026-04-01".."2027-04-01").contains(&day.as_str()), "{day}");
        }
    }
}
