//! Numbers as people type them: full-width digits, thousands separators, a unit behind.

use unicode_normalization::UnicodeNormalization;

use super::RefusedReason;

/// The largest whole number that every part of the system holds exactly (2^53).
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// Reads a whole number; `unit` may stand behind it.
///
/// # Errors
/// [`RefusedReason`] when it is no number, has a fraction, or is beyond 2^53.
pub(super) fn parse_integer(text: &str, unit: &str) -> Result<i64, RefusedReason> {
    let plain = plain_number(text, unit)?;
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    if fraction.chars().any(|digit| digit != '0') {
        return Err(RefusedReason::NotAWholeNumber);
    }
    let number: i64 = match whole {
        "" | "-" => 0,
        whole => whole.parse().map_err(|_| RefusedReason::TooLarge)?,
    };
    whole_number(number)
}

/// Refuses whole numbers beyond 2^53.
pub(super) fn whole_number(number: i64) -> Result<i64, RefusedReason> {
    if number.unsigned_abs() > 1 << 53 { Err(RefusedReason::TooLarge) } else { Ok(number) }
}

/// Reads a number that may have a fraction; `unit` may stand behind it.
///
/// # Errors
/// [`RefusedReason`] when it is no number or is beyond 2^53.
pub(super) fn parse_decimal(text: &str, unit: &str) -> Result<f64, RefusedReason> {
    let number: f64 = plain_number(text, unit)?.parse().map_err(|_| RefusedReason::NotANumber)?;
    if number.abs() > LARGEST { Err(RefusedReason::TooLarge) } else { Ok(number) }
}

/// The whole number that `number` is, if it is one.
pub(super) fn as_integer(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and at most 2^53, so i64 holds it exactly")]
    (number.fract() == 0.0 && number.abs() <= LARGEST).then_some(number as i64)
}

/// Writes `number` with commas between groups of three digits.
pub(super) fn with_thousands(number: &str) -> String {
    let (sign, unsigned) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(w, f)| (w, Some(f)));
    if !whole.chars().all(|c| c.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// NFKC, without spaces, separators and unit: `[-]digits[.digits]`.
fn plain_number(text: &str, unit: &str) -> Result<String, RefusedReason> {
    let normal: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    let unit: String = unit.nfkc().filter(|c| !c.is_whitespace()).collect();
    let without_unit = if unit.is_empty() { None } else { normal.strip_suffix(unit.as_str()) };
    let signed = without_unit.unwrap_or(&normal);
    // Japanese accounts write a loss as △1,234 or ▲1,234.
    let negative = signed.strip_prefix(['-', '\u{2212}', '\u{2010}', '\u{2013}', '\u{30fc}', '△', '▲']);
    let digits = negative.or_else(|| signed.strip_prefix('+')).unwrap_or(signed);
    // In some keyboards the separator is the Japanese comma.
    let digits = digits.replace('、', ",");
    let (whole, fraction) = digits.split_once('.').map_or((digits.as_str(), None), |(w, f)| (w, Some(f)));
    let fraction = fraction.unwrap_or("");
    let only_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if !only_digits(fraction) || !only_digits(&whole.replace(',', "")) {
        return Err(RefusedReason::NotANumber);
    }
    let groups: Vec<&str> = whole.split(',').collect();
    if groups.len() > 1 {
        let first_fits = groups.first().is_some_and(|group| (1..=3).contains(&group.len()));
        if !first_fits || groups.iter().skip(1).any(|group| group.len() != 3) {
            return Err(RefusedReason::OddThousands);
        }
    }
    let whole = groups.concat();
    if whole.is_empty() && fraction.is_empty() {
        return Err(RefusedReason::NotANumber);
    }
    let sign = if negative.is_some() { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { &whole };
    Ok(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_companies_write_them() {
        for (text, number) in [
            ("12", 12),
            ("1,234", 1234),
            ("1,234,567", 1_234_567),
            ("1234,567 千円", 0),
            ("12,345千円", 12_345),
            ("△1,200", -1200),
            ("−3", -3),
            ("12.0", 12),
            (" 0 ", 0),
            ("1、234", 1234),
        ] {
            let read = parse_integer(text, "千円");
            if text.starts_with("1234,") {
                assert_eq!(read, Err(RefusedReason::OddThousands));
            } else {
                assert_eq!(read, Ok(number), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_whole_number_is_refused_with_its_reason() {
        for (text, reason) in [
            ("abc", RefusedReason::NotANumber),
            ("", RefusedReason::NotANumber),
            ("-", RefusedReason::NotANumber),
            ("1.5", RefusedReason::NotAWholeNumber),
            ("1,5", RefusedReason::OddThousands),
            ("99999999999999999999", RefusedReason::TooLarge),
            ("9007199254740993", RefusedReason::TooLarge),
            ("1e5", RefusedReason::NotANumber),
            ("1.2.3", RefusedReason::NotANumber),
        ] {
            assert_eq!(parse_integer(text, ""), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_fraction_keeps_its_digits() {
        assert_eq!(parse_decimal("1,234.50", ""), Ok(1234.5));
        assert_eq!(parse_decimal(".5", ""), Ok(0.5));
        assert_eq!(parse_decimal("33.3%", "%"), Ok(33.3));
        assert_eq!(parse_decimal("NaN", ""), Err(RefusedReason::NotANumber));
        assert_eq!(parse_decimal("inf", ""), Err(RefusedReason::NotANumber));
    }

    #[test]
    fn thousands_are_separated_from_the_right() {
        for (plain, shown) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.25", "-1,234,567.25"),
            ("abcd", "abcd"),
        ] {
            assert_eq!(with_thousands(plain), shown);
        }
    }
}
