//! The application that handlers, the projector and the command line share.

use std::{fs::File, io, path::PathBuf, sync::Arc};

use crate::config::Config;

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
}

/// What the server knows while it runs; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    // Held as long as the process lives; the operating system lets go of it after a kill.
    _lock: File,
}

impl App {
    /// Takes the data folder and opens what lies in it.
    ///
    /// # Errors
    /// [`OpenError`] when another process has the folder or it cannot be written.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let lock = lock(&config)?;
        Ok(Self(Arc::new(Inner { config, _lock: lock })))
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }
}

fn lock(config: &Config) -> Result<File, OpenError> {
    let folder = config.data.clone();
    let refused = |source| OpenError::Folder { folder: folder.clone(), source };
    std::fs::create_dir_all(&folder).map_err(refused)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("tsumugi.lock"))
        .map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::Locked { folder }),
        Err(std::fs::TryLockError::Error(source)) => Err(OpenError::Folder { folder, source }),
    }
}
