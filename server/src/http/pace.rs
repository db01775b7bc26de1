//! How fast a body must come: a piece every so often, and so many bytes a second on the whole.
//!
//! A sender that gives one byte every ten seconds holds a connection for hours otherwise. A body that
//! is too slow ends with 408, which a device takes for "later".

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::error::ApiError;
use crate::config::Config;

/// What is asked of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// The next piece must come within this.
    piece: Duration,
    /// From then on the rate counts.
    grace: Duration,
    /// Bytes a second.
    rate: u64,
}

impl Pace {
    pub(super) const fn of(config: &Config) -> Self {
        Self {
            piece: Duration::from_secs(config.body_seconds),
            grace: Duration::from_secs(config.body_grace_seconds),
            rate: config.body_rate,
        }
    }

    /// When a body that has brought so many bytes since `begun`, the last at `last`, is too slow.
    fn end(&self, begun: Instant, last: Instant, bytes: u64) -> Instant {
        let piece = last + self.piece;
        match bytes.saturating_mul(1_000).checked_div(self.rate) {
            Some(millis) => piece.min(begun + self.grace + Duration::from_millis(millis)),
            None => piece,
        }
    }
}

/// Watches the body of a request.
pub(super) async fn keep(State(pace): State<Pace>, request: Request, next: Next) -> Response {
    let slow = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| Body::new(Paced::new(body, pace, Arc::clone(&slow))));
    let response = next.run(request).await;
    if slow.load(Ordering::Relaxed) {
        let detail = "the body did not arrive in time; send it again";
        return ApiError::new(StatusCode::REQUEST_TIMEOUT, "body-slow", detail).into_response();
    }
    response
}

struct Paced {
    body: Body,
    pace: Pace,
    begun: Instant,
    bytes: u64,
    timer: Pin<Box<Sleep>>,
    slow: Arc<AtomicBool>,
}

impl Paced {
    fn new(body: Body, pace: Pace, slow: Arc<AtomicBool>) -> Self {
        let begun = Instant::now();
        let timer = Box::pin(sleep(pace.end(begun, begun, 0) - begun));
        Self { body, pace, begun, bytes: 0, timer, slow }
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => {
                if let Some(Ok(data)) = frame.as_ref().map(|frame| frame.as_ref().map(Frame::data_ref)) {
                    self.bytes += data.map_or(0, Bytes::len) as u64;
                    let end = self.pace.end(self.begun, Instant::now(), self.bytes);
                    self.timer.as_mut().reset(end);
                }
                Poll::Ready(frame)
            }
            Poll::Pending => match self.timer.as_mut().poll(context) {
                Poll::Ready(()) => {
                    self.slow.store(true, Ordering::Relaxed);
                    Poll::Ready(Some(Err(axum::Error::new("the body is too slow"))))
                }
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_be_slow_at_first_and_then_no_slower_than_its_rate() {
        let pace = Pace { piece: Duration::from_secs(15), grace: Duration::from_secs(10), rate: 1_000 };
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(pace.end(begun, begun, 0), after(10));
        assert_eq!(pace.end(begun, after(9), 2_000), after(12));
        assert_eq!(pace.end(begun, after(9), 100_000), after(24), "the next piece");
        assert_eq!(Pace { rate: 0, ..pace }.end(begun, after(9), 0), after(24), "no rate is asked for");
    }
}
