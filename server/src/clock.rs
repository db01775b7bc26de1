//! The host's clock, the only one: core takes a `Moment`.

use jiff::{Timestamp, tz};
use tsumugi_core::moment::Moment;

/// This instant, with the offset of Japan.
pub fn now() -> Moment {
    Moment::tokyo(Timestamp::now().as_millisecond())
}

/// RFC 3339 text of an instant, in its own offset, to the second.
pub fn rfc3339(moment: Moment) -> String {
    let offset = tz::Offset::from_seconds(i32::from(moment.offset_minutes) * 60).unwrap_or(tz::Offset::UTC);
    let Ok(instant) = Timestamp::from_millisecond(moment.unix_ms) else { return String::new() };
    instant.to_zoned(offset.to_time_zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// RFC 3339 text of milliseconds since 1970, in the offset of Japan.
pub fn rfc3339_ms(unix_ms: i64) -> String {
    rfc3339(Moment::tokyo(unix_ms))
}

#[cfg(test)]
mod tests {
    use super::rfc3339_ms;

    #[test]
    fn an_instant_is_told_in_the_time_of_japan() {
        assert_eq!(rfc3339_ms(0), "1970-01-01T09:00:00+09:00");
    }
}
