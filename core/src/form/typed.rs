//! Answers in the type of their question: one notation for each value, whoever typed it.

use unicode_normalization::UnicodeNormalization as _;

use super::{DataType, Question, RefusedReason, calendar, number};
use crate::answers::Value;

/// The most characters that a text answer may have.
const MOST_CHARACTERS: usize = 20_000;

/// What a question's answer must look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeRule<'a> {
    /// What the instance holds.
    pub(super) data_type: DataType,
    /// Unit that may stand behind a number.
    pub(super) unit: &'a str,
    /// Offset of the place, for a time without one. Minutes east of UTC.
    pub(super) offset_minutes: i16,
}

impl<'a> TypeRule<'a> {
    pub(super) fn of(question: &'a Question, offset_minutes: i16) -> Self {
        let unit = question.parameters.get("unit").map_or("", String::as_str);
        Self { data_type: question.data_type, unit, offset_minutes }
    }

    /// The canonical value of what was typed; `None` when nothing was.
    pub(super) fn read(&self, text: &str) -> Result<Option<Value>, RefusedReason> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let value = match self.data_type {
            DataType::Int => Value::Integer(number::parse_integer(text, self.unit)?),
            DataType::Decimal => Value::Decimal(number::parse_decimal(text, self.unit)?),
            DataType::Boolean => Value::text(parse_boolean(text)?),
            DataType::Date => Value::Text(date_only(text)?),
            DataType::Time => Value::Text(calendar::parse_time(text)?),
            DataType::DateTime => Value::Text(calendar::parse_date_time(text, self.offset_minutes)?),
            DataType::Geopoint => Value::Text(parse_places(text, 1, 1)?),
            DataType::Geotrace => Value::Text(parse_places(text, 2, usize::MAX)?),
            DataType::Geoshape => Value::Text(parse_places(text, 4, usize::MAX)?),
            DataType::SelectMultiple | DataType::Rank => Value::Text(words(text)),
            DataType::String | DataType::Barcode | DataType::Binary | DataType::Intent => {
                Value::Text(plain(text)?)
            }
        };
        Ok(Some(value))
    }

    /// The canonical form of a value that came as a value.
    pub(super) fn accept(&self, value: &Value) -> Result<Option<Value>, RefusedReason> {
        match (self.data_type, value) {
            (DataType::Int, Value::Integer(whole)) => Ok(Some(Value::Integer(number::whole_number(*whole)?))),
            (DataType::Int, Value::Decimal(fraction)) => number::as_integer(*fraction)
                .map(|whole| Some(Value::Integer(whole)))
                .ok_or(RefusedReason::NotAWholeNumber),
            (DataType::Decimal, Value::Decimal(number)) if number.is_finite() => {
                Ok(Some(Value::Decimal(*number)))
            }
            (DataType::Decimal, Value::Decimal(_)) => Err(RefusedReason::NotANumber),
            (_, other) => self.read(&other.to_string()),
        }
    }

    /// What a calculation gives, in the question's type; text where it does not fit.
    pub(super) fn computed(&self, text: &str) -> Option<Value> {
        if text.is_empty() {
            return None;
        }
        let number = || text.parse::<f64>().ok().filter(|number| number.is_finite());
        let typed = match self.data_type {
            // XForms casts to a whole number by leaving the fraction out.
            DataType::Int => number().map(f64::trunc).and_then(number::as_integer).map(Value::Integer),
            DataType::Decimal => number().map(Value::Decimal),
            _ => None,
        };
        Some(typed.unwrap_or_else(|| Value::text(text)))
    }

    /// True when a stored value is already what [`TypeRule::accept`] would make of it.
    pub(super) fn fits(&self, value: &Value) -> bool {
        match (self.data_type, value) {
            (DataType::Int, Value::Integer(_)) | (DataType::Decimal, Value::Decimal(_)) => true,
            (DataType::Int | DataType::Decimal, _) => false,
            (_, Value::Text(text)) => self.read(text).is_ok(),
            _ => false,
        }
    }
}

/// A date question also takes a date with a time, as a device's picker gives it.
fn date_only(text: &str) -> Result<String, RefusedReason> {
    let day = text.trim().split_once('T').map_or(text, |(day, _)| day);
    calendar::parse_date(day)
}

fn parse_boolean(text: &str) -> Result<&'static str, RefusedReason> {
    match text.trim().to_lowercase().as_str() {
        // Both notations of XML Schema stay: expressions take the number of a `1`.
        "1" => Ok("1"),
        "0" => Ok("0"),
        "true" | "yes" | "はい" => Ok("true"),
        "false" | "no" | "いいえ" => Ok("false"),
        _ => Err(RefusedReason::NotABoolean),
    }
}

/// Space separated words, each once, in the order given.
fn words(text: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen.join(" ")
}

fn plain(text: &str) -> Result<String, RefusedReason> {
    if text.chars().count() > MOST_CHARACTERS {
        return Err(RefusedReason::TooLong);
    }
    // One text in one notation: a device may give `が` as one character or as two.
    let lines: String = text.replace("\r\n", "\n").replace('\r', "\n").nfc().collect();
    // XML, CSV and terminals refuse or obey control characters.
    Ok(lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect())
}

/// Points `lat lon [alt [acc]]` separated by `;`.
fn parse_places(text: &str, least: usize, most: usize) -> Result<String, RefusedReason> {
    let points: Vec<String> = text
        .split(';')
        .map(str::trim)
        .filter(|point| !point.is_empty())
        .map(parse_place)
        .collect::<Result<_, _>>()?;
    let closed = least < 4 || points.first() == points.last();
    if points.len() < least || points.len() > most || !closed {
        return Err(RefusedReason::NotAPlace);
    }
    Ok(points.join("; "))
}

fn parse_place(point: &str) -> Result<String, RefusedReason> {
    let parts: Vec<&str> = point.split([' ', ',']).filter(|part| !part.is_empty()).collect();
    let number = |at: usize| match parts.get(at) {
        Some(part) => {
            part.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or(RefusedReason::NotAPlace)
        }
        None if at >= 2 => Ok(0.0),
        None => Err(RefusedReason::NotAPlace),
    };
    let (latitude, longitude) = (number(0)?, number(1)?);
    number(2)?;
    number(3)?;
    if parts.len() > 4 || latitude.abs() > 90.0 || longitude.abs() > 180.0 {
        return Err(RefusedReason::NotAPlace);
    }
    // An altitude or accuracy that nobody measured is not made up.
    Ok(parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(data_type: DataType) -> TypeRule<'static> {
        TypeRule { data_type, unit: "", offset_minutes: 540 }
    }

    #[test]
    fn what_was_typed_becomes_one_value_for_each_type() {
        for (data_type, text, value) in [
            (DataType::Int, "１，２３４", Value::Integer(1234)),
            (DataType::Decimal, "12", Value::Decimal(12.0)),
            (DataType::Boolean, "はい", Value::text("true")),
            (DataType::Date, "2026-11-22T10:00:00+09:00", Value::text("2026-11-22")),
            (DataType::SelectMultiple, " b  a b ", Value::text("b a")),
            (DataType::Geopoint, "35.69, 139.70", Value::text("35.69 139.70")),
            (DataType::String, "a\r\nb\u{0}", Value::text("a\nb")),
        ] {
            assert_eq!(rule(data_type).read(text), Ok(Some(value)), "{text}");
        }
        assert_eq!(rule(DataType::Int).read("  "), Ok(None));
    }

    #[test]
    fn a_value_is_brought_into_the_type_of_its_question() {
        assert_eq!(rule(DataType::Int).accept(&Value::Decimal(3.0)), Ok(Some(Value::Integer(3))));
        assert_eq!(rule(DataType::Int).accept(&Value::Decimal(3.5)), Err(RefusedReason::NotAWholeNumber));
        assert_eq!(rule(DataType::Decimal).accept(&Value::Integer(3)), Ok(Some(Value::Decimal(3.0))));
        assert_eq!(rule(DataType::String).accept(&Value::Integer(3)), Ok(Some(Value::text("3"))));
        assert_eq!(rule(DataType::Decimal).accept(&Value::Decimal(f64::NAN)), Err(RefusedReason::NotANumber));
    }

    #[test]
    fn an_open_shape_is_no_shape() {
        let shape = rule(DataType::Geoshape);
        assert!(shape.read("0 0; 0 1; 1 1; 0 0").is_ok());
        assert_eq!(shape.read("0 0; 0 1; 1 1; 1 0"), Err(RefusedReason::NotAPlace));
        assert_eq!(rule(DataType::Geopoint).read("91 0"), Err(RefusedReason::NotAPlace));
    }
}
