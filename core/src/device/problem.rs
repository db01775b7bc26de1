//! What is wrong with the exchange, as the person is told, and what a server's refusal says.

use serde::Deserialize;

/// Why waiting does not mend the last failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// The server does not let this device sync any more.
    Revoked,
    /// The server does not take what this device sends.
    Refused,
    /// Sealed records came too late for their survey.
    Closed,
}

impl Problem {
    /// What programs know it by.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Refused => "refused",
            Self::Closed => "closed",
        }
    }
}

/// What the server answers to a device that it does not let sync.
const SHUT_OUT: [&str; 2] = ["device-revoked", "device-unknown"];

/// True when `body` is the server's own word that this device may not sync. A proxy that asks for a
/// password, a hotel's page: they answer with the same status, and a device that believed them
/// would send nothing any more.
pub(super) fn shuts_out(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        code: String,
    }
    serde_json::from_slice::<Refusal>(body).is_ok_and(|refusal| SHUT_OUT.contains(&refusal.code.as_str()))
}
