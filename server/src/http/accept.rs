//! The accept loop: hyper's HTTP/1 with a timer on the head of a request.
//!
//! `axum::serve` has no such timer: half-sent heads stay open as long as the sender likes
//! (watched for 75 s). Here the head must arrive in `header_seconds`, and the number of
//! connections is bounded; the rest waits in the operating system's queue.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tower::ServiceExt;
use tracing::{debug, warn};

/// Serves `router` on `listener` until `stop` becomes true; then lets running requests end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    header_seconds: u64,
    connections: usize,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(connections.max(1)));
    let graceful = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(header_seconds));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let router = router.clone();
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request.map(Body::new));
            async move { answer.await.map_err(|never: Infallible| never) }
        });
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                // No address: a connection may carry an anonymous answer.
                debug!("a connection ended early: {error}");
            }
            drop(place);
        });
    }
    tokio::select! {
        () = graceful.shutdown() => (),
        () = tokio::time::sleep(Duration::from_secs(10)) => warn!("requests still ran when the server stopped"),
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            stream.set_nodelay(true).ok()?;
            Some((stream, peer, place))
        }
        Err(error) => {
            // Too many open files, or a connection that was gone already.
            warn!("a connection could not be accepted: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
