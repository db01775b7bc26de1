//! Dates of OpenRosa: instants that count as days and print as ISO 8601.
//!
//! A date without a time is midnight at the host's offset. Only fixed offsets: Japan has no
//! summer time, and core has no time zone database.

use jiff::civil;

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// How a date converts to text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Iso,
    WholeDays,
}

/// An instant, or what came of a text that is no date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DateTime {
    unix_ms: Option<i64>,
    style: Style,
}

impl DateTime {
    /// An instant.
    pub const fn at(unix_ms: i64) -> Self {
        Self { unix_ms: Some(unix_ms), style: Style::Iso }
    }

    /// What a text that is no date becomes: not a number, and false.
    pub const INVALID: Self = Self { unix_ms: None, style: Style::Iso };

    /// A number read from the text of a date, which prints as whole days.
    pub(super) const fn as_days(unix_ms: i64) -> Self {
        Self { unix_ms: Some(unix_ms), style: Style::WholeDays }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, or `None` when it is no date.
    pub const fn unix_ms(&self) -> Option<i64> {
        self.unix_ms
    }

    /// Days since 1970-01-01T00:00:00Z.
    pub fn days(&self) -> f64 {
        self.unix_ms.map_or(f64::NAN, days)
    }

    /// Any date but the first instant of 1970 counts as true, as a number would.
    pub(super) fn is_true(&self) -> bool {
        match self.style {
            Style::Iso => self.unix_ms.is_some_and(|ms| ms != 0),
            Style::WholeDays => true,
        }
    }

    /// The date in ISO 8601, with the time and offset unless it is midnight.
    pub fn to_text(&self, offset_minutes: i16) -> String {
        let Some(unix_ms) = self.unix_ms else { return "Invalid Date".to_owned() };
        if self.style == Style::WholeDays {
            return unix_ms.div_euclid(DAY_MS).to_string();
        }
        let Some(local) = local(unix_ms, offset_minutes) else { return "Invalid Date".to_owned() };
        let date = local.date();
        if local.time() == civil::Time::midnight() {
            return date.to_string();
        }
        let time = local.time();
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let offset = offset_minutes.unsigned_abs();
        format!(
            "{date}T{:02}:{:02}:{:02}.{:03}{sign}{:02}:{:02}",
            time.hour(),
            time.minute(),
            time.second(),
            time.millisecond(),
            offset / 60,
            offset % 60
        )
    }
}

/// Days since 1970-01-01T00:00:00Z.
#[expect(clippy::cast_precision_loss, reason = "a date fits 53 bits of milliseconds")]
pub(super) fn days(unix_ms: i64) -> f64 {
    unix_ms as f64 / DAY_MS as f64
}

/// The civil date and time at an offset.
pub(super) fn local(unix_ms: i64, offset_minutes: i16) -> Option<civil::DateTime> {
    let epoch = civil::date(1970, 1, 1).at(0, 0, 0, 0);
    let shifted = unix_ms.checked_add(i64::from(offset_minutes) * 60_000)?;
    epoch.checked_add(jiff::SignedDuration::from_millis(shifted)).ok()
}

/// The instant of a civil date and time at an offset.
fn instant(local: civil::DateTime, offset_minutes: i64) -> Option<i64> {
    let epoch = civil::date(1970, 1, 1).at(0, 0, 0, 0);
    let millis = local.duration_since(epoch).as_millis();
    i64::try_from(millis).ok()?.checked_sub(offset_minutes * 60_000)
}

/// Reads an ISO 8601 date, or date and time, into milliseconds since 1970.
pub(super) fn parse(text: &str, offset_minutes: i16) -> Option<i64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let date = parse_date(date)?;
    let (time, offset) = match time {
        Some(time) => parse_time(time)?,
        None => (civil::Time::midnight(), None),
    };
    instant(date.to_datetime(time), offset.unwrap_or(i64::from(offset_minutes)))
}

fn digits<T: std::str::FromStr>(text: &str, length: usize) -> Option<T> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn parse_date(text: &str) -> Option<civil::Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    civil::Date::new(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?).ok()
}

/// Reads `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff` with or without an offset in minutes.
pub(super) fn parse_time(text: &str) -> Option<(civil::Time, Option<i64>)> {
    let (clock, offset) = if let Some(clock) = text.strip_suffix('Z') {
        (clock, Some(0))
    } else if let Some(at) = text.rfind(['+', '-']) {
        (text.get(..at)?, Some(parse_offset(text.get(at..)?)?))
    } else {
        (text, None)
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, nanosecond) = match parts.next() {
        Some(second) => parse_second(second)?,
        None => (0, 0),
    };
    if parts.next().is_some() {
        return None;
    }
    Some((civil::Time::new(hour, minute, second, nanosecond).ok()?, offset))
}

fn parse_second(text: &str) -> Option<(i8, i32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let millis: String = fraction.chars().chain("00".chars()).take(3).collect();
    Some((digits(whole, 2)?, millis.parse::<i32>().ok()? * 1_000_000))
}

fn parse_offset(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits_of = text.get(1..)?;
    let (hours, minutes) = match digits_of.split_once(':') {
        Some((hours, minutes)) => (digits::<i64>(hours, 2)?, digits::<i64>(minutes, 2)?),
        None => (digits::<i64>(digits_of, 2)?, 0),
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}
