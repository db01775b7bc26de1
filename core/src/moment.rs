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
}
