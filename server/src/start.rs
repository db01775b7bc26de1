//! Starting and stopping: one call that `serve`, the demo and the tests share.

use std::{io, net::SocketAddr, thread, time::Duration};

use tokio::{net::TcpListener, runtime, sync::watch};
use tracing::{error, info};

use crate::{
    app::{App, OpenError},
    backup,
    config::Config,
    http,
    projection::{CountingError, Projector},
    relay,
};

/// The server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder could not be taken.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The indicator file cannot be used.
    #[error(transparent)]
    Indicators(#[from] CountingError),
    /// The port is taken.
    #[error("the address {address} is in use by another program")]
    PortInUse {
        /// Address and port.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("the server cannot listen on {address}")]
    Listen {
        /// Address and port.
        address: SocketAddr,
        /// The operating system's own words.
        source: io::Error,
    },
    /// No threads.
    #[error("the server cannot start its threads")]
    Threads(#[source] io::Error),
}

/// A running server. Stops when dropped.
pub struct Handle {
    addr: SocketAddr,
    app: App,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Starts a server on its own threads and returns when it takes requests.
///
/// # Errors
/// [`StartError`] when the data folder or the port is taken.
pub fn run(config: Config) -> Result<Handle, StartError> {
    let address = config.listen;
    let limits = config.clone();
    // The folder first: a second process must not answer for a moment on a free port.
    let app = App::open(config)?;
    let projector = Projector::open(app.clone())?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().map_err(StartError::Threads)?;
    let listener = runtime.block_on(TcpListener::bind(address)).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortInUse { address },
        _ => StartError::Listen { address, source },
    })?;
    let addr = listener.local_addr().map_err(|source| StartError::Listen { address, source })?;
    app.set_address(addr);
    let router = http::router(projector.clone());
    let (stop, stopped) = watch::channel(false);
    if app.is_relay() {
        runtime.spawn(relay::keep_forwarding(app.clone()));
    } else {
        runtime.spawn(projector.run());
        runtime.spawn(keep_backups(app.clone()));
    }
    runtime.spawn(watch_disk(app.clone()));
    runtime.spawn(end_streams(app.clone(), stopped.clone()));
    let thread = thread::Builder::new()
        .name("http".to_owned())
        .spawn(move || runtime.block_on(http::serve(listener, router, &limits, stopped)))
        .map_err(StartError::Threads)?;
    info!("listening on http://{addr}");
    Ok(Handle { addr, app, stop, thread: Some(thread) })
}

impl Handle {
    /// Address and port that the server listens on.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://` and the address.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What the server knows.
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// Something that stops the server from another thread: send `true`.
    pub fn stopper(&self) -> watch::Sender<bool> {
        self.stop.clone()
    }

    /// Returns when the server has stopped.
    pub fn wait(mut self) {
        self.join();
    }

    /// Stops the server: running requests end, then the data folder is let go.
    pub fn stop(self) {
        drop(self);
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread was already reported by its hook.
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.join();
    }
}

/// A stream never ends by itself: a server that stops would wait for it.
async fn end_streams(app: App, mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_ok() {
        app.live().end();
    }
}

/// Looks at the disk often enough to stop taking answers before it is full.
async fn watch_disk(app: App) {
    loop {
        app.look_at_disk();
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

/// Makes a backup whenever the last one is too old; one that fails is tried again in an hour.
async fn keep_backups(app: App) {
    // A server that lives for one command has no time for it.
    let mut wait = 60;
    loop {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        let own = app.clone();
        let work = move || match backup::is_due(&own) {
            Ok(true) => backup::make(&own, &[]).map(drop),
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        wait = match tokio::task::spawn_blocking(work).await {
            Ok(Ok(())) => 60,
            Ok(Err(error)) => {
                error!("no backup could be made: {error}");
                3_600
            }
            Err(_) => return,
        };
    }
}
