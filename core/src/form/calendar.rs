//! Dates and times as people type them in Japan: 2026-11-22, R8.11.22, 令和8年11月22日.
//!
//! Owns the five modern eras. Stores ISO 8601 only.

use jiff::civil::{Date, Time, date};
use unicode_normalization::UnicodeNormalization;

use super::RefusedReason;

/// An era of the Japanese calendar, by its first day.
struct Era {
    letter: char,
    names: [&'static str; 2],
    first: Date,
}

/// From the latest to the first, as names are looked up. The Gregorian calendar came into
/// use on 1 January of Meiji 6 (1873); earlier days of the era are not accepted.
const ERAS: [Era; 5] = [
    Era { letter: 'R', names: ["令和", "令"], first: date(2019, 5, 1) },
    Era { letter: 'H', names: ["平成", "平"], first: date(1989, 1, 8) },
    Era { letter: 'S', names: ["昭和", "昭"], first: date(1926, 12, 25) },
    Era { letter: 'T', names: ["大正", "大"], first: date(1912, 7, 30) },
    Era { letter: 'M', names: ["明治", "明"], first: date(1868, 1, 25) },
];

/// First day of the Gregorian calendar in Japan.
const GREGORIAN: Date = date(1873, 1, 1);

/// Reads a date and gives it as ISO 8601 (`2026-11-22`).
///
/// # Errors
/// [`RefusedReason`] when it is no date, no day of the calendar, or not in the era that it names.
pub(super) fn parse_date(text: &str) -> Result<String, RefusedReason> {
    let normal: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    Ok(civil_date(&normal)?.to_string())
}

fn civil_date(text: &str) -> Result<Date, RefusedReason> {
    if let Some((index, rest)) = era_of(text) {
        return date_of_era(index, rest);
    }
    if text.len() == 8 && text.chars().all(|c| c.is_ascii_digit()) {
        let number: i32 = text.parse().map_err(|_| RefusedReason::NotADate)?;
        return day(number / 10_000, number / 100 % 100, number % 100);
    }
    let (year, month, day_of_month) = three_numbers(text)?;
    // Two digits of a year could be of the era or of the century.
    if year < 1000 { Err(RefusedReason::NotADate) } else { day(year, month, day_of_month) }
}

fn era_of(text: &str) -> Option<(usize, &str)> {
    ERAS.iter().enumerate().find_map(|(index, era)| {
        let named = era.names.iter().find_map(|name| text.strip_prefix(name));
        let lettered = text.strip_prefix([era.letter, era.letter.to_ascii_lowercase()]);
        named.or(lettered).map(|rest| (index, rest))
    })
}

fn date_of_era(index: usize, rest: &str) -> Result<Date, RefusedReason> {
    let era = ERAS.get(index).ok_or(RefusedReason::NotADate)?;
    let rest = rest.trim_start_matches(['.', '-', '/']);
    let first_year = rest.strip_prefix('元').map(|rest| format!("1{rest}"));
    let (year, month, day_of_month) = three_numbers(first_year.as_deref().unwrap_or(rest))?;
    if !(1..=99).contains(&year) {
        return Err(RefusedReason::NotADate);
    }
    let date = day(i32::from(era.first.year()) + year - 1, month, day_of_month)?;
    let ended =
        index.checked_sub(1).and_then(|later| ERAS.get(later)).is_some_and(|later| date >= later.first);
    if date < era.first || date < GREGORIAN || ended { Err(RefusedReason::OutsideEra) } else { Ok(date) }
}

/// `8.11.22`, `8年11月22日`, `2026/11/22`, `2026-11-22`.
fn three_numbers(text: &str) -> Result<(i32, i32, i32), RefusedReason> {
    let japanese = text.contains('年');
    let text = if japanese { text.strip_suffix('日').unwrap_or(text) } else { text };
    let separators: &[char] =
        if japanese { &['年', '月'] } else { &['-', '/', '.', '\u{2212}', '\u{2010}'] };
    let mut numbers = text.split(separators).map(|part| {
        let fits = (1..=4).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit());
        if fits {
            part.parse::<i32>().map_err(|_| RefusedReason::NotADate)
        } else {
            Err(RefusedReason::NotADate)
        }
    });
    let mut next = || numbers.next().ok_or(RefusedReason::NotADate)?;
    let date = (next()?, next()?, next()?);
    if numbers.next().is_some() { Err(RefusedReason::NotADate) } else { Ok(date) }
}

fn day(year: i32, month: i32, day_of_month: i32) -> Result<Date, RefusedReason> {
    let year = i16::try_from(year).map_err(|_| RefusedReason::NoSuchDay)?;
    let month = i8::try_from(month).map_err(|_| RefusedReason::NoSuchDay)?;
    let day_of_month = i8::try_from(day_of_month).map_err(|_| RefusedReason::NoSuchDay)?;
    Date::new(year, month, day_of_month).map_err(|_| RefusedReason::NoSuchDay)
}

/// Reads a time of day and gives it as ISO 8601; an offset is kept where it was given.
///
/// # Errors
/// [`RefusedReason::NotATime`].
pub(super) fn parse_time(text: &str) -> Result<String, RefusedReason> {
    let normal: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    let (clock, offset) = split_offset(&normal);
    Ok(format!("{}{offset}", civil_time(clock)?))
}

fn civil_time(text: &str) -> Result<String, RefusedReason> {
    let (text, half) = match (text.strip_prefix("午前"), text.strip_prefix("午後")) {
        (Some(rest), _) => (rest, 1),
        (_, Some(rest)) => (rest, 2),
        _ => (text, 0),
    };
    let text = text.replace("時半", ":30").replace(['時', '分'], ":").replace('秒', "");
    let mut parts = text.trim_end_matches(':').split(':');
    let mut number = || match parts.next() {
        Some(part) if (1..=2).contains(&part.len()) => {
            part.parse::<i8>().map_err(|_| RefusedReason::NotATime)
        }
        Some(_) => Err(RefusedReason::NotATime),
        None => Ok(0),
    };
    let (hour, minute) = (number()?, number()?);
    let (second, fraction) = match parts.next() {
        Some(part) => part.split_once('.').unwrap_or((part, "")),
        None => ("00", ""),
    };
    let second: i8 = second.parse().map_err(|_| RefusedReason::NotATime)?;
    let fraction_fits = fraction.len() <= 9 && fraction.chars().all(|c| c.is_ascii_digit());
    if parts.next().is_some() || !fraction_fits || (half > 0 && hour > 12) {
        return Err(RefusedReason::NotATime);
    }
    let hour = if half == 2 && hour < 12 { hour + 12 } else { hour };
    let time = Time::new(hour, minute, second, 0).map_err(|_| RefusedReason::NotATime)?;
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{:02}:{:02}:{:02}{point}{fraction}", time.hour(), time.minute(), time.second()))
}

/// Divides `09:00:00+09:00` before its offset.
fn split_offset(text: &str) -> (&str, &str) {
    let zulu = text.strip_suffix('Z').map(|clock| (clock, "Z"));
    let signed = text.rfind(['+', '-']).and_then(|at| text.split_at_checked(at)).filter(|(_, offset)| {
        let digits = offset.chars().skip(1).filter(|c| *c != ':');
        offset.len() >= 3 && digits.clone().count() <= 4 && digits.clone().all(|c| c.is_ascii_digit())
    });
    zulu.or(signed).unwrap_or((text, ""))
}

/// Reads a date with a time and gives it as ISO 8601; without an offset it gets `offset_minutes`.
///
/// # Errors
/// [`RefusedReason`] when the date or the time cannot be read.
pub(super) fn parse_date_time(text: &str, offset_minutes: i16) -> Result<String, RefusedReason> {
    let normal: String = text.nfkc().collect();
    let normal = normal.trim();
    let (day, clock) = normal
        .split_once(['T', ' '])
        .or_else(|| normal.find('日').and_then(|at| normal.split_at_checked(at + '日'.len_utf8())))
        .unwrap_or((normal, "00:00"));
    let date = parse_date(day)?;
    let clock: String = clock.chars().filter(|c| !c.is_whitespace()).collect();
    let (clock, offset) = split_offset(&clock);
    let time = civil_time(clock)?;
    let offset = if offset.is_empty() { format_offset(offset_minutes) } else { offset.to_owned() };
    Ok(format!("{date}T{time}{offset}"))
}

/// `+09:00`.
pub(super) fn format_offset(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_every_usual_way() {
        for text in [
            "2026-11-22",
            "2026/11/22",
            "2026.11.22",
            "20261122",
            "2026年11月22日",
            "R8.11.22",
            "r8/11/22",
            "R08.11.22",
            "令和8年11月22日",
            "令和 8年 11月 22日",
            "令8.11.22",
            "㋿8年11月22日",
            "R8.11.22",
        ] {
            assert_eq!(parse_date(text).as_deref(), Ok("2026-11-22"), "{text}");
        }
        assert_eq!(parse_date("令和元年5月1日").as_deref(), Ok("2019-05-01"));
        assert_eq!(parse_date("H31.4.30").as_deref(), Ok("2019-04-30"));
        assert_eq!(parse_date("昭和64年1月7日").as_deref(), Ok("1989-01-07"));
        assert_eq!(parse_date("T1.7.30").as_deref(), Ok("1912-07-30"));
        assert_eq!(parse_date("明治45年7月29日").as_deref(), Ok("1912-07-29"));
    }

    #[test]
    fn a_day_that_never_was_is_refused_with_its_reason() {
        for (text, reason) in [
            ("令和元年4月30日", RefusedReason::OutsideEra),
            ("平成40年1月1日", RefusedReason::OutsideEra),
            ("明治3年1月1日", RefusedReason::OutsideEra),
            ("2026-02-29", RefusedReason::NoSuchDay),
            ("R8.4.31", RefusedReason::NoSuchDay),
            ("R8", RefusedReason::NotADate),
            ("8.11.22", RefusedReason::NotADate),
            ("きのう", RefusedReason::NotADate),
            ("2026-11-22-1", RefusedReason::NotADate),
        ] {
            assert_eq!(parse_date(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_time_is_read_in_every_usual_way() {
        for (text, time) in [
            ("9:05", "09:05:00"),
            ("09:05:30", "09:05:30"),
            ("午後3時", "15:00:00"),
            ("9時半", "09:30:00"),
            ("18時5分", "18:05:00"),
            ("10:00:00.000+09:00", "10:00:00.000+09:00"),
        ] {
            assert_eq!(parse_time(text).as_deref(), Ok(time), "{text}");
        }
        assert_eq!(parse_time("25:00"), Err(RefusedReason::NotATime));
        assert_eq!(parse_time("9"), Ok("09:00:00".to_owned()));
        assert_eq!(parse_time("9:5:x"), Err(RefusedReason::NotATime));
    }

    #[test]
    fn a_date_with_a_time_carries_the_offset_of_the_place() {
        assert_eq!(parse_date_time("2026-11-22 9:05", 540).as_deref(), Ok("2026-11-22T09:05:00+09:00"));
        assert_eq!(
            parse_date_time("2026-11-22T09:05:00.000+09:00", 0).as_deref(),
            Ok("2026-11-22T09:05:00.000+09:00")
        );
        assert_eq!(
            parse_date_time("令和8年11月22日午後3時", 540).as_deref(),
            Ok("2026-11-22T15:00:00+09:00")
        );
        assert_eq!(parse_date_time("2026-11-22T00:00:00Z", 540).as_deref(), Ok("2026-11-22T00:00:00Z"));
    }
}
