//! Dates and times of XForms and OpenRosa.

use jiff::civil;

use super::{
    super::{
        date::{self, DAY_MS, DateTime},
        error::EvalError,
        object::Object,
    },
    call::{Call, Given},
    table::Function,
};
use crate::moment::Moment;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("today", 0, 0, today),
    Function::new("now", 0, 0, |call| Ok(Object::Date(DateTime::at(now_of(call)?.unix_ms)))),
    Function::new("date", 1, 1, to_date),
    Function::new("date-time", 1, 1, to_date),
    Function::new("decimal-date-time", 1, 1, decimal_date_time),
    Function::new("decimal-time", 1, 1, decimal_time),
    Function::new("format-date", 2, 2, format_date),
    Function::new("format-date-time", 2, 2, format_date),
];

fn now_of(call: &Call<'_, '_, '_>) -> Result<Moment, EvalError> {
    call.host().now().ok_or_else(|| call.unavailable("a clock"))
}

fn today<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let Moment { unix_ms, offset_minutes } = now_of(call)?;
    let offset_ms = i64::from(offset_minutes) * 60_000;
    let midnight = (unix_ms + offset_ms).div_euclid(DAY_MS) * DAY_MS - offset_ms;
    Ok(Object::Date(DateTime::at(midnight)))
}

/// The instant of days since 1970, to the millisecond.
#[expect(clippy::cast_possible_truncation, reason = "a float that is too large becomes the last instant")]
#[expect(clippy::cast_precision_loss, reason = "the milliseconds of a day are exact")]
fn instant_of_days(days: f64) -> Option<i64> {
    days.is_finite().then(|| (days * DAY_MS as f64).round() as i64)
}

/// Reads the text of a date; months and days may lack their leading zero.
fn instant_of_text(text: &str, offset: i16) -> Option<i64> {
    let text = text.trim();
    date::parse(text, offset).or_else(|| date::parse(&padded(text)?, offset))
}

fn padded(text: &str) -> Option<String> {
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let mut parts = day.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let time = time.map_or_else(String::new, |time| format!("T{time}"));
    Some(format!("{year}-{month:0>2}-{day:0>2}{time}"))
}

/// The instant of what is a date, the text of one, or a number of days.
fn instant_of(call: &Call<'_, '_, '_>, object: &Object<'_>) -> Option<i64> {
    match object {
        Object::Date(date) => date.unix_ms(),
        Object::Number(days) => instant_of_days(*days),
        Object::Boolean(_) => None,
        Object::Text(_) | Object::Nodes(_) => {
            let text = object.to_text(call.offset());
            instant_of_text(&text, call.offset()).or_else(|| instant_of_days(object.to_number(call.offset())))
        }
    }
}

/// A truth value or an empty text gives an empty text; what is no date gives an invalid one.
fn to_date<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let object = call.object(0)?;
    let empty = match &object {
        Object::Boolean(_) => true,
        Object::Text(_) | Object::Nodes(_) => object.to_text(call.offset()).is_empty(),
        Object::Number(_) | Object::Date(_) => false,
    };
    if empty {
        return Ok(Object::text(""));
    }
    Ok(Object::Date(instant_of(call, &object).map_or(DateTime::INVALID, DateTime::at)))
}

fn decimal_date_time<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let object = call.object(0)?;
    Ok(Object::Number(instant_of(call, &object).map_or(f64::NAN, date::days)))
}

/// The part of the day that has passed at a time, told at the host's offset.
fn decimal_time<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let text = call.text(0)?;
    let clock = text.trim();
    let fraction = date::parse_time(clock.split_once('T').map_or(clock, |(_, clock)| clock)).map_or(
        f64::NAN,
        |(time, offset)| {
            let here = i64::from(call.offset());
            let since_midnight = time.duration_since(civil::Time::midnight()).as_millis();
            let millis = i64::try_from(since_midnight).unwrap_or(0);
            date::days((millis + (here - offset.unwrap_or(here)) * 60_000).rem_euclid(DAY_MS))
        },
    );
    Ok(Object::Number(fraction))
}

fn format_date<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let object = call.object(0)?;
    let pattern = call.text(1)?;
    let local = instant_of(call, &object).and_then(|unix_ms| date::local(unix_ms, call.offset()));
    Ok(Object::text(local.map_or_else(String::new, |local| formatted(&pattern, local))))
}

fn formatted(pattern: &str, local: civil::DateTime) -> String {
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let mut ahead = letters.clone();
        match ahead.next().and_then(|directive| field(directive, local)) {
            Some(field) => {
                text.push_str(&field);
                letters = ahead;
            }
            None => text.push('%'),
        }
    }
    text
}

/// The directives of the ODK XForms specification.
fn field(directive: char, local: civil::DateTime) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let named = |names: &[&str], number: i8| {
        let index = usize::try_from(number - 1).unwrap_or_default();
        names.get(index).map_or_else(String::new, |name| (*name).to_owned())
    };
    Some(match directive {
        'Y' => format!("{:04}", local.year()),
        'y' => format!("{:02}", local.year().rem_euclid(100)),
        'm' => format!("{:02}", local.month()),
        'n' => local.month().to_string(),
        'b' => named(&MONTHS, local.month()),
        'd' => format!("{:02}", local.day()),
        'e' => local.day().to_string(),
        'a' => named(&DAYS, local.weekday().to_monday_one_offset()),
        'H' => format!("{:02}", local.hour()),
        'h' => local.hour().to_string(),
        'M' => format!("{:02}", local.minute()),
        'S' => format!("{:02}", local.second()),
        '3' => format!("{:03}", local.millisecond()),
        _ => return None,
    })
}
