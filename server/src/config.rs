//! Configuration: a file (`tsumugi.toml` in the data folder, or `--config`) under environment
//! variables that begin with `TSUMUGI_`.
//!
//! Owns the keys and their defaults; every key is documented here and in `docs/OPERATING.md`.

use std::{net::SocketAddr, path::PathBuf};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use tsumugi_core::text::Localized;

/// The configuration could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be read: {0}")]
pub struct ConfigError(#[from] Box<figment::Error>);

/// Where changes of devices are examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Admission {
    /// In worker processes with limits of memory and time.
    Process,
    /// On a thread of this process.
    Thread,
}

/// All that an operator can set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `TSUMUGI_DATA`: the data folder. One process at a time.
    pub data: PathBuf,
    /// `TSUMUGI_LISTEN`: address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `TSUMUGI_PUBLIC_URL`: address that devices reach this server by, for QR codes and letters;
    /// `http://` and the listening address when absent. With `https://`, cookies are `Secure`.
    pub public_url: Option<String>,
    /// `TSUMUGI_UPSTREAM`: address of the server, or of the next relay, that this process is a relay
    /// of. It then takes bundles, hands them on and does nothing else.
    pub upstream: Option<String>,
    /// `TSUMUGI_NAME`: name of the ward or office, by language.
    pub name: Localized,
    /// `TSUMUGI_CONTACT`: whom to call, by language.
    pub contact: Localized,
    /// `TSUMUGI_INDICATORS`: indicator file; `indicators.toml` in the data folder when absent.
    pub indicators: Option<PathBuf>,
    /// `TSUMUGI_FICTITIOUS`: made-up data; every page says so.
    pub fictitious: bool,
    /// `TSUMUGI_SESSION_HOURS`: hours after the last request at which a staff session ends.
    pub session_hours: u32,
    /// `TSUMUGI_CODE_MINUTES`: minutes that an enrolment code of a tablet lives.
    pub code_minutes: u32,
    /// `TSUMUGI_WRONG_CODES`: wrong codes from one address before it must wait.
    pub wrong_codes: u32,
    /// `TSUMUGI_WRONG_CODE_MINUTES`: how long it must wait, in minutes.
    pub wrong_code_minutes: u32,
    /// `TSUMUGI_TRUST_PROXY`: a proxy of ours stands before this server, and the last address of
    /// `x-forwarded-for` is who asks.
    pub trust_proxy: bool,
    /// `TSUMUGI_HEADER_SECONDS`: seconds in which the head of a request must arrive.
    pub header_seconds: u64,
    /// `TSUMUGI_BODY_SECONDS`: seconds in which the next piece of a body must arrive.
    pub body_seconds: u64,
    /// `TSUMUGI_BODY_GRACE_SECONDS`: seconds after which a body must have come at `body_rate`.
    pub body_grace_seconds: u64,
    /// `TSUMUGI_BODY_RATE`: bytes a second that a body must bring on the whole; 0 asks for none.
    pub body_rate: u64,
    /// `TSUMUGI_WRITE_SECONDS`: seconds in which a client must take something of an answer.
    pub write_seconds: u64,
    /// `TSUMUGI_CONNECTIONS`: connections at a time; more wait in the operating system's queue.
    pub connections: usize,
    /// `TSUMUGI_STREAMS`: devices that are told of news at a time; the others ask once a minute.
    pub streams: usize,
    /// `TSUMUGI_CONNECTIONS_PER_ADDRESS`: connections of one address at a time; more are closed. 0 is
    /// no limit, and so it is behind a proxy of ours, which must set its own.
    pub connections_per_address: usize,
    /// `TSUMUGI_UPLOAD_BYTES`: largest workbook or CSV file in bytes.
    pub upload_bytes: usize,
    /// `TSUMUGI_FREE_BYTES`: free bytes of the disk under which nothing more is taken.
    pub free_bytes: u64,
    /// `TSUMUGI_BACKUP_HOURS`: a backup is made and verified when the last one is so many hours
    /// old; 0 for none but those that are asked for.
    pub backup_hours: u32,
    /// `TSUMUGI_BACKUP_FOLDER`: where backups lie; `backups` in the data folder when absent.
    pub backup_folder: Option<PathBuf>,
    /// `TSUMUGI_BACKUP_KEEP`: verified backups that stay; older files are removed after a new one
    /// was verified. 0 keeps all.
    pub backup_keep: usize,
    /// `TSUMUGI_BACKUP_RECIPIENTS`: public keys of age (`age1…`) that backups are encrypted for;
    /// without any they are not encrypted.
    pub backup_recipients: Vec<String>,
    /// `TSUMUGI_ADMISSION`: where changes of devices are examined: `process` or `thread`. `process`
    /// for the program `tsumugi`, `thread` for a program that embeds the server.
    pub admission: Option<Admission>,
    /// `TSUMUGI_WORKERS`: worker processes at a time.
    pub workers: usize,
    /// `TSUMUGI_WORKER_MEBIBYTES`: address space of a worker in MiB.
    pub worker_mebibytes: u64,
    /// `TSUMUGI_WORKER_SECONDS`: seconds of the processor for one response.
    pub worker_seconds: u64,
    /// `TSUMUGI_WORKER_PROGRAM`: the program whose command `worker` is started; this one when absent.
    pub worker_program: Option<PathBuf>,
    /// `TSUMUGI_QUOTA_DEVICE_ITEMS`: new items that one device may deliver on one day.
    pub quota_device_items: u64,
    /// `TSUMUGI_QUOTA_DEVICE_BYTES`: bytes of these.
    pub quota_device_bytes: u64,
    /// `TSUMUGI_QUOTA_SURVEY_BYTES`: bytes that all devices may deliver to one survey; 0 is no limit.
    pub quota_survey_bytes: u64,
    /// `TSUMUGI_QUOTA_ORPHANS`: changes of one device that may wait for others.
    pub quota_orphans: u64,
    /// `TSUMUGI_QUOTA_ORPHAN_BYTES`: bytes of these.
    pub quota_orphan_bytes: u64,
    /// `TSUMUGI_QUOTA_ORPHAN_DAYS`: days that they wait before they are kept aside.
    pub quota_orphan_days: i64,
    /// `TSUMUGI_QUOTA_REFUSED`: refused items of one device that are kept aside.
    pub quota_refused: u64,
    /// `TSUMUGI_QUOTA_REFUSED_BYTES`: bytes of these.
    pub quota_refused_bytes: u64,
    /// `TSUMUGI_READERS`: connections that read the database beside the writer.
    pub readers: usize,
    /// `TSUMUGI_MAX_PAGES`: pages that the database may have; 0 is no limit.
    pub max_pages: u64,
    /// `TSUMUGI_PASSPHRASE_MEMORY_KIB`: memory in KiB that one try of a passphrase or password costs.
    pub passphrase_memory_kib: u32,
    /// `TSUMUGI_LOG`: what is logged, as `tracing` filters (`info`, `tsumugi_server=debug`).
    pub log: String,
    /// `TSUMUGI_LOG_JSON`: log lines as JSON.
    pub log_json: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("tsumugi-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            upstream: None,
            name: Localized::of([("ja", "つむぎ"), ("en", "Tsumugi")]),
            contact: Localized::default(),
            indicators: None,
            fictitious: false,
            session_hours: 12,
            code_minutes: 15,
            wrong_codes: 5,
            wrong_code_minutes: 15,
            trust_proxy: false,
            header_seconds: 10,
            body_seconds: 15,
            body_grace_seconds: 10,
            body_rate: 1_000,
            write_seconds: 30,
            connections: 4096,
            streams: 2048,
            connections_per_address: 1024,
            upload_bytes: 50 * 1024 * 1024,
            free_bytes: 64 * 1024 * 1024,
            backup_hours: 24,
            backup_folder: None,
            backup_keep: 14,
            backup_recipients: Vec::new(),
            admission: None,
            workers: 2,
            worker_mebibytes: 512,
            worker_seconds: 10,
            worker_program: None,
            quota_device_items: 100_000,
            quota_device_bytes: 256 * 1024 * 1024,
            quota_survey_bytes: 16 * 1024 * 1024 * 1024,
            quota_orphans: 1_000,
            quota_orphan_bytes: 1024 * 1024,
            quota_orphan_days: 30,
            quota_refused: 10_000,
            quota_refused_bytes: 16 * 1024 * 1024,
            readers: 4,
            max_pages: 0,
            passphrase_memory_kib: 19 * 1024,
            log: "info".to_owned(),
            log_json: false,
        }
    }
}

impl Config {
    /// Reads `file` (a missing default file is no error) and the environment over it.
    ///
    /// # Errors
    /// [`ConfigError`] names the key, its origin and what was expected.
    pub fn read(file: Option<PathBuf>, data: Option<PathBuf>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        let env = Env::prefixed("TSUMUGI_").ignore(&["config", "server", "token", "passphrase", "password"]);
        let folder: PathBuf = match &data {
            Some(folder) => folder.clone(),
            None => figment.clone().merge(env.clone()).extract_inner("data").unwrap_or_default(),
        };
        figment = match file {
            Some(file) => figment.merge(Toml::file_exact(file)),
            None => figment.merge(Toml::file(folder.join("tsumugi.toml"))),
        };
        figment = figment.merge(env);
        if let Some(data) = data {
            figment = figment.merge(Serialized::default("data", data));
        }
        figment.extract().map_err(|error| ConfigError(Box::new(error)))
    }

    /// Where the database stands.
    pub fn database(&self) -> PathBuf {
        self.data.join("tsumugi.db")
    }

    /// Where backups lie.
    pub fn backup_folder(&self) -> PathBuf {
        self.backup_folder.clone().unwrap_or_else(|| self.data.join("backups"))
    }

    /// Where the indicator file stands.
    pub fn indicator_file(&self) -> PathBuf {
        self.indicators.clone().unwrap_or_else(|| self.data.join("indicators.toml"))
    }

    /// Totals of the population that weights are brought to: `population.csv` beside the indicators.
    pub fn margin_file(&self) -> PathBuf {
        self.indicator_file().with_file_name("population.csv")
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn a_misspelled_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tsumugi.toml"), "lisen = \"127.0.0.1:1\"\n").unwrap();
        let error = Config::read(None, Some(folder.path().to_owned())).unwrap_err().to_string();
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn the_file_in_the_data_folder_is_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tsumugi.toml"), "listen = \"127.0.0.1:7\"\n").unwrap();
        let config = Config::read(None, Some(folder.path().to_owned())).unwrap();
        assert_eq!(config.listen.port(), 7);
        assert_eq!(config.data, folder.path());
    }
}
