//! The next machine: the server, or another relay.

use std::time::Duration;

use tsumugi_core::{device::BUNDLE_TYPE, sealed::MAX_BUNDLE_BYTES};
use ureq::Agent;

use super::RelayError;

/// A way to post bundles.
pub(super) struct Upstream {
    agent: Agent,
    url: String,
}

impl Upstream {
    pub(super) fn at(url: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // A slow line may take minutes for eight megabytes; one that is dead takes no longer.
            .timeout_global(Some(Duration::from_secs(600)))
            .timeout_connect(Some(Duration::from_secs(20)))
            .build()
            .new_agent();
        Self { agent, url: format!("{}/v1/bundles", url.trim_end_matches('/')) }
    }

    /// Posts a bundle; the bytes of the reply.
    pub(super) fn post(&self, bundle: &[u8]) -> Result<Vec<u8>, RelayError> {
        let unreachable = |error: ureq::Error| RelayError::Unreachable { detail: error.to_string() };
        let sent = self.agent.post(&self.url).header("content-type", BUNDLE_TYPE).send(bundle);
        let mut response = sent.map_err(unreachable)?;
        let status = response.status().as_u16();
        if status == 200 {
            let limit = MAX_BUNDLE_BYTES as u64 + 1;
            return response.body_mut().with_config().limit(limit).read_to_vec().map_err(unreachable);
        }
        let seconds = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after_seconds = seconds.and_then(|seconds| seconds.trim().parse().ok()).unwrap_or(0);
        Err(RelayError::Refused { status, retry_after_seconds })
    }
}
