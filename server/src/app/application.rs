//! The application that handlers, the projector and the command line share.

use std::{
    fs::File,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;
use tsumugi_core::sealed::SealKey;

use super::{limiter::Limiter, live::Live};
use crate::{
    config::Config,
    keyring,
    store::{SqliteStore, Store, StoreError},
};

/// The data folder could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works on the folder.
    #[error("another process already uses the data folder `{folder}`")]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder cannot be made or written.
    #[error("the data folder `{folder}` cannot be used")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
    /// The database cannot be opened. It is left as it is.
    #[error("the database `{file}` cannot be opened and was left as it is")]
    Database {
        /// The file.
        file: PathBuf,
        /// Why.
        source: StoreError,
    },
}

/// What the server knows while it runs; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    store: Arc<dyn Store>,
    pepper: [u8; 32],
    bundle_key: SealKey,
    local_token: String,
    address: OnceLock<SocketAddr>,
    wrong_codes: Limiter,
    wrong_passwords: Limiter,
    news: Notify,
    live: Live,
    full: AtomicBool,
    // Held as long as the process lives; the operating system lets go of it after a kill.
    _lock: File,
}

impl App {
    /// Takes the data folder and opens what lies in it.
    ///
    /// # Errors
    /// [`OpenError`] when another process has the folder, it cannot be written, or the
    /// database is damaged.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let lock = hold_folder(&config.data)?;
        let file = config.database();
        let failed = |source| OpenError::Database { file: file.clone(), source };
        let store = SqliteStore::open(&file, config.readers, config.max_pages).map_err(failed)?;
        let store: Arc<dyn Store> = Arc::new(store);
        note_start(&*store, &config.data).map_err(failed)?;
        let pepper = store.secret("pepper").map_err(failed)?;
        let secret = store.secret("bundle").map_err(failed)?;
        let bundle_key = SealKey::from_secret_bytes(&secret)
            .map_err(|_| failed(StoreError::Missing { what: "a key for bundles" }))?;
        let local_token = write_local_token(&config.data)
            .map_err(|source| OpenError::Folder { folder: config.data.clone(), source })?;
        let wait = Duration::from_secs(u64::from(config.wrong_code_minutes) * 60);
        Ok(Self(Arc::new(Inner {
            wrong_codes: Limiter::new(config.wrong_codes, wait),
            wrong_passwords: Limiter::new(config.wrong_codes, wait),
            live: Live::new(config.streams),
            config,
            store,
            pepper,
            bundle_key,
            local_token,
            address: OnceLock::new(),
            news: Notify::new(),
            full: AtomicBool::new(false),
            _lock: lock,
        })))
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Runs `act` on the store, away from the threads that move bytes.
    ///
    /// # Errors
    /// What `act` returns; [`StoreError::Stopped`] when it panicked.
    pub async fn store<T, E>(
        &self,
        act: impl FnOnce(&dyn Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let store = Arc::clone(&self.0.store);
        match tokio::task::spawn_blocking(move || act(&*store)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(StoreError::Stopped.into()),
        }
    }

    /// The store, for threads that may wait.
    pub fn blocking_store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// Mixed into the hashes of codes, so that a copy of the table is not enough to guess them.
    pub fn pepper(&self) -> &[u8; 32] {
        &self.0.pepper
    }

    /// The key that parcels are sealed to. Made at the first start, kept in the database.
    pub fn bundle_key(&self) -> &SealKey {
        &self.0.bundle_key
    }

    /// True when this process hands bundles on and reads none.
    pub fn is_relay(&self) -> bool {
        self.0.config.upstream.is_some()
    }

    /// Token of the command line on this machine; in `local.token`, for this process only.
    pub fn local_token(&self) -> &str {
        &self.0.local_token
    }

    /// Who typed wrong codes.
    pub fn wrong_codes(&self) -> &Limiter {
        &self.0.wrong_codes
    }

    /// Who typed wrong passwords.
    pub fn wrong_passwords(&self) -> &Limiter {
        &self.0.wrong_passwords
    }

    /// Devices that are told of news while they are connected.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// Says that changes wait for the projector.
    pub fn tell_news(&self) {
        self.0.news.notify_one();
    }

    /// Returns when there is news.
    pub async fn news(&self) {
        self.0.news.notified().await;
    }

    /// Says which address is listened on, when the configuration left the port open.
    pub fn set_address(&self, address: SocketAddr) {
        // Set once, at the start; a second listener does not change what was printed.
        let _ = self.0.address.set(address);
        let file = self.0.config.data.join("server.url");
        if let Err(error) = std::fs::write(&file, format!("http://{address}")) {
            tracing::warn!("the command line will not find this server: {error}");
        }
    }

    /// Address that devices reach this server by, without a slash at the end.
    pub fn public_url(&self) -> String {
        match &self.0.config.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.0.address.get().unwrap_or(&self.0.config.listen)),
        }
    }

    /// True when nothing more is taken because the disk is nearly full.
    pub fn is_full(&self) -> bool {
        self.0.full.load(Ordering::Relaxed)
    }

    /// Looks at the disk; a failed look changes nothing.
    pub fn look_at_disk(&self) {
        if let Some(free) = free_bytes(&self.0.config.data) {
            self.0.full.store(free < self.0.config.free_bytes, Ordering::Relaxed);
        }
    }
}

/// Free bytes of the disk that holds `folder`, for those who are not root; `None` when unknown.
#[cfg(unix)]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Free bytes of the disk: not known here.
#[cfg(not(unix))]
pub fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}

/// Takes a data folder for this process.
///
/// # Errors
/// [`OpenError::Locked`] when another process has it, [`OpenError::Folder`] when it cannot be written.
pub fn hold_folder(folder: &Path) -> Result<File, OpenError> {
    let refused = |source| OpenError::Folder { folder: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(refused)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("tsumugi.lock"))
        .map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::Locked { folder: folder.to_owned() }),
        Err(std::fs::TryLockError::Error(source)) => Err(refused(source)),
    }
}

/// Counts this start in the database and beside it. A database that knows fewer starts than the
/// folder is a copy that somebody put in the place of a newer one: its log begins another life,
/// so that devices offer again what it does not have.
fn note_start(store: &dyn Store, folder: &Path) -> Result<(), StoreError> {
    let file = folder.join("tsumugi.starts");
    let seen = std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let start = store.note_start(seen)?;
    if start.is_older {
        store.renew_epoch()?;
        tracing::warn!(
            "the database is older than the one that ran here last; devices are asked for what is newer"
        );
    }
    // After the database: a cut between the two leaves the smaller number here, which means nothing.
    if let Err(error) = std::fs::write(&file, start.number.to_string()) {
        tracing::warn!("an older database would not be noticed at the next start: {error}");
    }
    Ok(())
}

fn write_local_token(folder: &Path) -> io::Result<String> {
    let token = format!("tsl_{}", hex::encode(keyring::make_bytes::<32>()));
    let mut options = File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(folder.join("local.token"))?.write_all(token.as_bytes())?;
    Ok(token)
}
