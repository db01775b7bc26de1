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

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;

    /// A machine that answers one request with these bytes; its address.
    fn machine(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            stream.write_all(answer.as_bytes()).expect("an answer");
        });
        format!("http://{address}/")
    }

    #[test]
    fn what_the_next_machine_asks_to_wait_is_heard() {
        let busy = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n";
        let error = Upstream::at(&machine(busy)).post(b"").expect_err("a busy machine");
        assert!(matches!(error, RelayError::Refused { status: 503, retry_after_seconds: 30 }), "{error}");
        let page = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        assert_eq!(Upstream::at(&machine(page)).post(b"").ok().as_deref(), Some(&b"hello"[..]));
        let nobody = Upstream::at("http://127.0.0.1:9").post(b"").expect_err("nobody listens");
        assert!(matches!(nobody, RelayError::Unreachable { .. }), "{nobody}");
    }
}
