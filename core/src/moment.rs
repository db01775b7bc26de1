//! An instant as the host tells it: core has no clock.

use serde::{Deserialize, Serialize};

/// An instant with the offset of the place where it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub unix_ms: i64,
    /// Minutes east of UTC (Tokyo: 540).
    pub offset_minutes: i16,
}

impl Moment {
    /// An instant in Japan.
    pub const fn tokyo(unix_ms: i64) -> Self {
        Self { unix_ms, offset_minutes: 540 }
    }

    /// Prints the instant as RFC 3339 with seconds and offset (`2026-11-22T10:52:00+09:00`);
    /// an instant outside of the years -9999 to 9999 prints as the nearest that has a name.
    pub fn to_rfc3339(&self) -> String {
        let offset = jiff::tz::Offset::from_seconds(i32::from(self.offset_minutes) * 60)
            .unwrap_or(jiff::tz::Offset::UTC);
        let instant = jiff::Timestamp::from_millisecond(self.unix_ms).unwrap_or(if self.unix_ms < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        instant.to_zoned(jiff::tz::TimeZone::fixed(offset)).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn an_instant_prints_with_its_offset() {
        let morning = Moment::tokyo(1_795_312_320_000);
        assert_eq!(morning.to_rfc3339(), "2026-11-22T10:52:00+09:00");
        assert_eq!(Moment { offset_minutes: -150, ..morning }.to_rfc3339(), "2026-11-21T23:22:00-02:30");
        assert!(Moment::tokyo(i64::MAX).to_rfc3339().starts_with("9999-12-31"));
    }
}
