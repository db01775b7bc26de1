//! A made-up ward: its companies and how they change from one wave to the next.
//!
//! Nothing here is a real company: names are put together from a short list of words, and
//! corporate numbers begin with 9 9, which is not issued.

use super::dice::Dice;

/// A company of the made-up ward.
#[derive(Debug, Clone)]
pub(crate) struct Company {
    /// Name.
    pub(crate) name: String,
    /// 13 digits with a valid check digit.
    pub(crate) corporate_number: String,
    /// Major division of the standard industrial classification.
    pub(crate) industry: &'static str,
    /// Stratum code of the sample.
    pub(crate) stratum: &'static str,
    /// Employees in the baseline wave.
    pub(crate) employees: u32,
    /// Wave (0, 1, 2) from which telework is introduced; `None` for never.
    pub(crate) introduces_in: Option<u32>,
}

/// Strata of the company sample: code, label in Japanese and English, companies in the ward,
/// companies in the sample, employees from and to.
pub(crate) const COMPANY_STRATA: &[(&str, &str, &str, u64, u32, u32, u32)] = &[
    ("30-99", "30〜99人", "30 to 99 employees", 1_840, 190, 30, 99),
    ("100-299", "100〜299人", "100 to 299 employees", 460, 110, 100, 299),
];

const WORDS: &[&str] = &[
    "つむぎ",
    "あおば",
    "かえで",
    "すみれ",
    "みなも",
    "はるか",
    "こまち",
    "いろは",
    "あかね",
    "しらかば",
    "ひなた",
    "さくらぎ",
    "ゆうひ",
    "あさひおか",
    "みずほの",
    "たちばな",
    "わかくさ",
    "ほしの",
    "つばめ",
    "なぎさ",
];
const TRADES: &[(&str, &str)] = &[
    ("製作所", "E"),
    ("精機", "E"),
    ("印刷", "E"),
    ("システム", "G"),
    ("ソフト", "G"),
    ("建設", "D"),
    ("運輸", "H"),
    ("商事", "I"),
    ("販売", "I"),
    ("設計事務所", "L"),
    ("フーズ", "M"),
    ("学院", "O"),
    ("ケア", "P"),
    ("不動産", "K"),
    ("サービス", "R"),
];

/// The companies of the sample, always the same for a seed.
pub(crate) fn companies(seed: u64) -> Vec<Company> {
    let mut dice = Dice::of(seed, "companies");
    let mut names: Vec<(String, &'static str)> = WORDS
        .iter()
        .flat_map(|word| {
            TRADES.iter().map(move |(trade, industry)| (format!("株式会社{word}{trade}"), *industry))
        })
        .collect();
    dice.shuffle(&mut names);
    let mut names = names.into_iter().enumerate();
    let mut companies = Vec::new();
    for (stratum, _, _, _, sample, low, high) in COMPANY_STRATA {
        for _ in 0..*sample {
            let Some((number, (name, industry))) = names.next() else { break };
            // Larger companies and information services introduce telework sooner.
            let base = if *low >= 100 { 52 } else { 38 } + if industry == "G" { 25 } else { 0 };
            let introduces_in = match dice.between(1, 100) {
                drawn if drawn <= base => Some(0),
                drawn if drawn <= base + 6 => Some(1),
                drawn if drawn <= base + 11 => Some(2),
                _ => None,
            };
            companies.push(Company {
                name,
                corporate_number: corporate_number(number),
                industry,
                stratum,
                employees: dice.between(*low, *high),
                introduces_in,
            });
        }
    }
    companies
}

/// A corporate number: 12 digits that are not issued behind their check digit
/// (法人番号の指定等に関する省令: 9 less the remainder by 9 of the weighted sum, weights 1 and 2
/// in turn from the lowest digit).
pub fn corporate_number(place: usize) -> String {
    let base = format!("99{place:010}");
    let sum: u32 = base
        .bytes()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{}{base}", 9 - sum % 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ward_has_three_hundred_companies_with_names_of_their_own() {
        let companies = companies(7);
        assert_eq!(companies.len(), 300);
        let names: std::collections::BTreeSet<_> = companies.iter().map(|company| &company.name).collect();
        assert_eq!(names.len(), 300);
    }

    #[test]
    fn a_check_digit_is_that_of_the_ordinance() {
        // The National Tax Agency's own number, 7000012050002, base 000012050002.
        let base = "000012050002";
        let sum: u32 = base
            .bytes()
            .rev()
            .zip([1, 2].into_iter().cycle())
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        assert_eq!(9 - sum % 9, 7);
        assert_eq!(corporate_number(0).len(), 13);
    }
}
