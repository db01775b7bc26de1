//! Conversions between texts and numbers.

use super::date;

/// Prints a number as `string()` does: no exponent, no trailing zeros, an empty text for
/// what is not a number.
pub fn number_to_string(number: f64) -> String {
    if number.is_nan() {
        String::new()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

/// Reads a number as `number()` does; a date counts its days since 1970-01-01T00:00Z, a
/// date without offset at `offset_minutes` east of UTC. Anything else is NaN.
pub fn text_to_number(text: &str, offset_minutes: i16) -> f64 {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !starts {
        return f64::NAN;
    }
    if let Ok(number) = text.parse() {
        return number;
    }
    date::parse(text, offset_minutes).map_or(f64::NAN, date::days)
}
