//! What the made-up people answer on anonymous forms.
//!
//! Rates move from one wave to the next by a few points, as such rates do; the margins of
//! the direct loneliness item follow the government's survey (人々のつながりに関する基礎調査).

use super::{company::Typed, dice::Dice};

/// Answers of one person, in the order of the questions.
type Answered = Typed;

fn put(typed: &mut Answered, path: &str, code: impl Into<String>) {
    typed.push((path.to_owned(), code.into()));
}

/// An employee's loneliness answers in `wave`; the stratum is the size of the company.
pub(crate) fn employee(dice: &mut Dice, wave: u32, stratum: &str) -> Answered {
    let mut typed = Answered::new();
    let days =
        dice.code(&[("0", 54), ("lt1", 6), ("1", 14), ("2", 11), ("3", 5), ("4", 3), ("5", 6), ("na", 1)]);
    let teleworks = !matches!(days, "0" | "na");
    put(&mut typed, "work/telework_days", days);
    let mood = mood(dice, wave, teleworks);
    for name in ["ucla_companionship", "ucla_left_out", "ucla_isolated"] {
        put(&mut typed, &format!("feelings/{name}"), indirect(dice, mood));
    }
    put(&mut typed, "feelings/loneliness_direct", mood);
    let age = [("under30", 18), ("30s", 24), ("40s", 28), ("50s", 21), ("60plus", 7), ("na", 2)];
    put(&mut typed, "about_you/age_band", dice.code(&age));
    put(&mut typed, "about_you/gender", dice.code(&[("male", 52), ("female", 44), ("other", 1), ("na", 3)]));
    put(&mut typed, "about_you/company_size", stratum);
    typed
}

/// The direct item: the baseline has 44 % of teleworkers in the upper three options, each wave six points fewer.
fn mood(dice: &mut Dice, wave: u32, teleworks: bool) -> &'static str {
    let eased = wave * 3;
    if teleworks {
        dice.code(&[
            ("1", 18 + eased),
            ("2", 35 + eased),
            ("3", 22 - eased),
            ("4", 16 - eased),
            ("5", 6),
            ("na", 3),
        ])
    } else {
        dice.code(&[("1", 22), ("2", 40), ("3", 18), ("4", 13), ("5", 4), ("na", 3)])
    }
}

/// An indirect item that goes with the direct answer.
fn indirect(dice: &mut Dice, mood: &str) -> &'static str {
    match mood {
        "1" => dice.code(&[("1", 70), ("2", 26), ("3", 4)]),
        "2" => dice.code(&[("1", 20), ("2", 62), ("3", 17), ("na", 1)]),
        "3" => dice.code(&[("1", 6), ("2", 46), ("3", 44), ("4", 4)]),
        "4" => dice.code(&[("2", 24), ("3", 60), ("4", 16)]),
        "5" => dice.code(&[("2", 6), ("3", 38), ("4", 56)]),
        _ => dice.code(&[("2", 30), ("3", 20), ("na", 50)]),
    }
}

/// A resident's answers in `wave`; the stratum is the area.
pub(crate) fn resident(dice: &mut Dice, wave: u32, area: &str) -> Answered {
    let mut typed = Answered::new();
    let age = dice.code(&[
        ("18-29", 14),
        ("30-39", 15),
        ("40-49", 18),
        ("50-59", 17),
        ("60-64", 7),
        ("65-74", 15),
        ("75plus", 12),
        ("na", 2),
    ]);
    let old = matches!(age, "65-74" | "75plus");
    let work = if old {
        dice.code(&[("employee", 12), ("part", 14), ("self", 12), ("home", 22), ("none", 38), ("na", 2)])
    } else {
        dice.code(&[
            ("employee", 56),
            ("part", 16),
            ("self", 9),
            ("home", 10),
            ("student", 4),
            ("none", 4),
            ("na", 1),
        ])
    };
    put(&mut typed, "life/work_status", work);
    let satisfied = wave * 3;
    let balance =
        dice.code(&[("5", 22 + satisfied), ("4", 43), ("3", 17 - satisfied), ("2", 11), ("1", 5), ("na", 2)]);
    put(&mut typed, "life/wlb_satisfaction", balance);
    if matches!(balance, "1" | "2") {
        put(
            &mut typed,
            "life/wlb_reasons",
            dice.codes(
                &[
                    ("hours", 48),
                    ("commute", 30),
                    ("care", 24),
                    ("income", 36),
                    ("leave", 28),
                    ("health", 14),
                ],
                "other",
            ),
        );
    }
    digital(&mut typed, dice, wave, old);
    put(&mut typed, "about_you/gender", dice.code(&[("male", 47), ("female", 50), ("other", 1), ("na", 2)]));
    put(&mut typed, "about_you/age_band", age);
    put(&mut typed, "about_you/area", area);
    typed
}

fn digital(typed: &mut Answered, dice: &mut Dice, wave: u32, old: bool) {
    let used = if old { 38 + wave * 11 } else { 74 + wave * 2 };
    let services = if dice.chance(2) {
        "na".to_owned()
    } else if dice.chance(used) {
        let kinds = [
            ("procedure", 52),
            ("certificate", 40),
            ("myna", 46),
            ("booking", 34),
            ("library", 22),
            ("line", 44),
        ];
        dice.codes(&kinds, "procedure")
    } else {
        "none".to_owned()
    };
    if services == "none" {
        put(typed, "digital/services", services);
        let reasons = [
            ("no_need", 34),
            ("unknown", 26),
            ("difficult", 44),
            ("device", 20),
            ("worry", 30),
            ("window", 38),
        ];
        put(typed, "digital/reasons_not", dice.codes(&reasons, "no_need"));
    } else {
        put(typed, "digital/services", services);
    }
    let help = [("class", 24), ("family", 26), ("counter", 22), ("none", 26), ("na", 2)];
    put(typed, "digital/help_wanted", dice.code(&help));
}

/// A participant's answers after the digital class.
pub(crate) fn participant(dice: &mut Dice) -> Answered {
    let mut typed = Answered::new();
    put(
        &mut typed,
        "class/sessions",
        dice.code(&[("1", 30), ("2-3", 40), ("4-6", 20), ("7plus", 8), ("na", 2)]),
    );
    put(
        &mut typed,
        "class/satisfaction",
        dice.code(&[("5", 42), ("4", 38), ("3", 13), ("2", 4), ("1", 1), ("na", 2)]),
    );
    put(&mut typed, "experience/before", dice.code(&[("yes", 36), ("no", 60), ("na", 4)]));
    let kinds = [
        ("procedure", 44),
        ("certificate", 24),
        ("myna", 36),
        ("booking", 26),
        ("library", 18),
        ("line", 48),
    ];
    put(&mut typed, "experience/after", dice.codes(&kinds, "none"));
    put(
        &mut typed,
        "experience/confidence",
        dice.code(&[("5", 30), ("4", 44), ("3", 20), ("2", 4), ("na", 2)]),
    );
    put(
        &mut typed,
        "experience/wanted",
        dice.codes(
            &[("smartphone", 50), ("procedures", 44), ("payment", 30), ("safety", 34), ("ai", 16)],
            "none",
        ),
    );
    put(
        &mut typed,
        "about_you/age_band",
        dice.code(&[("under65", 18), ("65-74", 44), ("75-84", 30), ("85plus", 6), ("na", 2)]),
    );
    put(&mut typed, "about_you/gender", dice.code(&[("male", 38), ("female", 58), ("na", 4)]));
    typed
}
