//! The accept loop: hyper's HTTP/1 with limits on whoever is slow or many.
//!
//! `axum::serve` has no such limits: half-sent heads stay open as long as the sender likes (watched
//! for 75 s). Here the head must arrive in `header_seconds`, whoever is sent an answer must take some
//! of it every `write_seconds`, and the number of connections is bounded, from one address and in
//! all; the rest waits in the operating system's queue. Bodies have [`super::pace`].

use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tower::ServiceExt;
use tracing::{debug, warn};

use super::stall::Stalling;
use crate::config::Config;

/// Serves `router` on `listener` until `stop` becomes true; then lets running requests end.
pub async fn serve(listener: TcpListener, router: Router, config: &Config, mut stop: watch::Receiver<bool>) {
    let places = Places::new(config);
    let graceful = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(config.header_seconds));
    let patience = Duration::from_secs(config.write_seconds.max(1));
    loop {
        let accepted = tokio::select! {
            accepted = places.accept(&listener) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let router = router.clone();
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request.map(Body::new));
            async move { answer.await.map_err(|never: Infallible| never) }
        });
        let stream = TokioIo::new(Stalling::new(stream, patience));
        let connection = graceful.watch(builder.serve_connection(stream, service));
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

type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// How many connections there may be.
struct Places {
    all: Arc<Semaphore>,
    /// How many there are from each address; nothing where a proxy of ours is the only address.
    by_address: Option<Counts>,
    most_by_address: usize,
}

/// One connection; it is counted until this is dropped. The address is forgotten with the last one.
struct Place {
    _one: OwnedSemaphorePermit,
    of: Option<(Counts, IpAddr)>,
}

impl Places {
    fn new(config: &Config) -> Self {
        let counted = config.connections_per_address > 0 && !config.trust_proxy;
        Self {
            all: Arc::new(Semaphore::new(config.connections.max(1))),
            by_address: counted.then(Arc::default),
            most_by_address: config.connections_per_address,
        }
    }

    async fn accept(&self, listener: &TcpListener) -> Option<(TcpStream, SocketAddr, Place)> {
        let one = Arc::clone(&self.all).acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, peer)) => {
                let of = self.count(peer.ip())?;
                stream.set_nodelay(true).ok()?;
                Some((stream, peer, Place { _one: one, of }))
            }
            Err(error) => {
                // Too many open files, or a connection that was gone already.
                warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
                None
            }
        }
    }

    /// Counts a connection of an address; nothing when it has all that it may have.
    fn count(&self, address: IpAddr) -> Option<Option<(Counts, IpAddr)>> {
        let Some(by_address) = &self.by_address else { return Some(None) };
        let mut counts = by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.most_by_address {
            return None;
        }
        *count += 1;
        Some(Some((Arc::clone(by_address), address)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((counts, address)) = &self.of else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(address);
            }
        }
    }
}
