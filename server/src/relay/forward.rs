//! Handing parcels on, again and again, until the server has answered.

use std::time::Duration;

use tracing::{info, warn};
use tsumugi_core::{
    device::Pace,
    sealed::{Bundle, BundleError, BundleReply, MAX_POST_BYTES, MAX_POST_PARCELS},
};

use super::upstream::Upstream;
use crate::{app::App, clock, keyring, store::StoreError};

/// An answer that nobody asked for is kept so long; whoever comes later hands its parcel in again.
const KEEP_ANSWERS_MS: i64 = 90 * 24 * 3_600_000;
/// Bytes of parcels in one bundle: what stands around them fits below the limit of a post.
const PARCEL_BYTES: usize = MAX_POST_BYTES / 2;

/// Parcels could not be handed on. They are held, and nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// No next machine is configured.
    #[error("this folder is not that of a relay: no upstream is configured")]
    NoUpstream,
    /// The next machine does not answer.
    #[error("the next machine does not answer: {detail}")]
    Unreachable {
        /// In the words of the connection.
        detail: String,
    },
    /// The next machine answered with a failure.
    #[error("the next machine answers with status {status}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its `Retry-After`; 0 without one.
        retry_after_seconds: u64,
    },
    /// What came back is no reply.
    #[error("the next machine's reply cannot be read: {0}")]
    Reply(#[from] BundleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RelayError {
    /// Milliseconds that the next machine asked to wait; 0 for none.
    const fn asked_ms(&self) -> u64 {
        match self {
            Self::Refused { retry_after_seconds, .. } => retry_after_seconds.saturating_mul(1_000),
            _ => 0,
        }
    }
}

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// Parcels that were handed on.
    pub posted: u64,
    /// Parcels that the server answered.
    pub answered: u64,
}

/// Hands on every parcel that waits, once, and keeps what comes back.
///
/// # Errors
/// [`RelayError`]; what was answered before it is kept.
pub fn forward(app: &App) -> Result<Forwarded, RelayError> {
    let upstream = Upstream::at(app.config().upstream.as_deref().ok_or(RelayError::NoUpstream)?);
    let store = app.blocking_store();
    let mut done = Forwarded::default();
    let mut after = None;
    loop {
        let mut parcels = store.parcels_to_forward(after, PARCEL_BYTES)?;
        parcels.truncate(MAX_POST_PARCELS);
        let Some(last) = parcels.last() else { break };
        after = Some(last.id());
        done.posted += parcels.len() as u64;
        let reply = upstream.post(&Bundle::of(parcels).encode()?)?;
        let notices = BundleReply::decode(&reply)?.notices().collect();
        done.answered += store.settle_parcels(notices, clock::now().unix_ms)?;
    }
    store.forget_answers(clock::now().unix_ms - KEEP_ANSWERS_MS)?;
    Ok(done)
}

/// Hands on what comes as soon as it comes, and what waits once a minute; after a failure it waits
/// longer each time, and as long as the next machine asks.
pub async fn keep_forwarding(app: App) {
    let mut pace = Pace::default();
    loop {
        let own = app.clone();
        let Ok(round) = tokio::task::spawn_blocking(move || forward(&own)).await else { return };
        let now = clock::now();
        let wait_ms = match round {
            Ok(done) => {
                if done.answered > 0 {
                    info!(answered = done.answered, "the server answered {} parcels", done.answered);
                }
                pace.succeeded(now, 0, &mut keyring::host_rng());
                pace.poll_ms(now)
            }
            Err(error) => {
                pace.failed(now, error.asked_ms(), &mut keyring::host_rng());
                warn!("parcels wait: {error}");
                pace.wait_ms(now)
            }
        };
        let waited = tokio::time::sleep(Duration::from_millis(wait_ms.max(1)));
        // News does not shorten a wait that a failure or the next machine asked for.
        if pace.wait_ms(now) > 0 {
            waited.await;
        } else {
            tokio::select! {
                () = waited => (),
                () = app.news() => (),
            }
        }
    }
}
