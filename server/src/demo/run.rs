//! The demo from an empty folder to a ward that stands, or from a folder that it filled before.

use std::{fs, io, path::PathBuf};

use jiff::Zoned;
use rand_core::{Rng as _, UnwrapErr};

use super::{
    client::Client,
    facts::{Account, Facts},
    fill,
    office::Office,
};
use crate::{
    Config, Handle, StartError,
    api::{NewAccount, Role},
    app::{AppError, put_account},
    clock,
};

/// What is chosen on the command line.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Folder for the data.
    pub data: PathBuf,
    /// Port on localhost; 0 takes a free one.
    pub port: u16,
    /// Seed of the made-up ward.
    pub seed: u64,
}

/// The demo does not stand.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// An account was refused.
    #[error("the account `{name}` was refused: {why}")]
    Account {
        /// Name of the account.
        name: &'static str,
        /// The server's own words.
        why: AppError,
    },
    /// The folder holds something else.
    #[error("`{folder}` holds data that no demo made; choose another folder with --data")]
    OtherData {
        /// The folder.
        folder: PathBuf,
    },
    /// A file of the folder cannot be read or written.
    #[error("`{file}` cannot be read or written: {source}")]
    File {
        /// The file.
        file: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
    /// The server cannot be reached.
    #[error("{path} was not answered: {detail}")]
    Unreachable {
        /// The route.
        path: String,
        /// Words of the HTTP client.
        detail: String,
    },
    /// The server answered something else than a demo expects.
    #[error("{path} answered {status}: {detail}")]
    Reply {
        /// The route.
        path: String,
        /// HTTP status.
        status: u16,
        /// The answer, or what is wrong with it.
        detail: String,
    },
    /// A made-up answer does not fit its form.
    #[error("the made-up answer at `{path}` was refused: {detail}")]
    Answer {
        /// The question.
        path: String,
        /// Why.
        detail: String,
    },
    /// A made-up device failed.
    #[error("a made-up device failed: {0}")]
    Device(String),
    /// An exchange did not come to an end.
    #[error("an exchange with the server did not come to an end")]
    Endless,
}

impl DemoError {
    pub(crate) fn reply(path: &str, status: u16, detail: &str) -> Self {
        Self::Reply { path: path.to_owned(), status, detail: detail.to_owned() }
    }

    pub(crate) fn device(error: impl std::fmt::Display) -> Self {
        Self::Device(error.to_string())
    }

    pub(crate) fn answer(path: &str, error: impl std::fmt::Display) -> Self {
        Self::Answer { path: path.to_owned(), detail: error.to_string() }
    }
}

const FACTS_FILE: &str = "demo.json";
const INDICATORS: &str = include_str!("../../../forms/indicators.toml");

/// Starts a server on localhost and fills it, unless the folder was filled before. `say` is
/// told each step in words.
///
/// # Errors
/// [`DemoError`]: nothing is hidden, a made-up answer that is refused stops the demo.
pub fn run(options: &DemoOptions, say: &mut dyn FnMut(&str)) -> Result<(Handle, Facts), DemoError> {
    let facts_file = options.data.join(FACTS_FILE);
    let known: Option<Facts> =
        fs::read(&facts_file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if known.is_none() && holds_something(&options.data) {
        return Err(DemoError::OtherData { folder: options.data.clone() });
    }
    let written = |file: PathBuf, text: &str| match fs::write(&file, text) {
        Ok(()) => Ok(()),
        Err(source) => Err(DemoError::File { file, source }),
    };
    fs::create_dir_all(&options.data)
        .map_err(|source| DemoError::File { file: options.data.clone(), source })?;
    written(options.data.join("indicators.toml"), INDICATORS)?;
    let handle = crate::run(config(options))?;
    let url = handle.url();
    if let Some(mut facts) = known {
        say("the folder was filled before and is used again");
        facts.stand_at(&url);
        return Ok((handle, facts));
    }
    let mut facts = Facts { passphrase: secret(), ..Facts::default() };
    for (role, name, key) in [
        (Role::Admin, "admin", "admin"),
        (Role::FieldManager, "manager", "fieldManager"),
        (Role::Analyst, "analyst", "analyst"),
    ] {
        let account = Account { account: name.to_owned(), password: secret() };
        let new = NewAccount {
            account: account.account.clone(),
            password: account.password.clone(),
            role,
            language: None,
        };
        let (store, memory) = (handle.app().blocking_store(), handle.app().config().passphrase_memory_kib);
        put_account(store, new, memory, "local".to_owned(), clock::now().unix_ms)
            .map_err(|why| DemoError::Account { name, why })?;
        facts.accounts.insert(key.to_owned(), account);
    }
    facts.stand_at(&url);
    let mut client = Client::new(&url);
    if let Some(manager) = facts.accounts.get("fieldManager") {
        client.sign_in(&manager.account, &manager.password)?;
    }
    let office = Office::new(client, facts.passphrase.clone());
    fill::fill(&office, options.seed, &Zoned::now(), &mut facts, say)?;
    written(facts_file, &serde_json::to_string(&facts).unwrap_or_default())?;
    Ok((handle, facts))
}

fn config(options: &DemoOptions) -> Config {
    Config {
        data: options.data.clone(),
        // Never another address: the passwords stand on a terminal.
        listen: ([127, 0, 0, 1], options.port).into(),
        indicators: Some(options.data.join("indicators.toml")),
        fictitious: true,
        name: fill::ward_name(),
        contact: fill::contact(),
        // Codes are printed for somebody who tries things out, not for a field team.
        code_minutes: 60 * 24 * 30,
        log: "warn".to_owned(),
        ..Config::default()
    }
}

fn holds_something(folder: &std::path::Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Twenty random characters, easy to tell apart.
fn secret() -> String {
    const SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bytes = [0; 20];
    UnwrapErr(getrandom::SysRng).fill_bytes(&mut bytes);
    bytes.iter().map(|byte| char::from(SIGNS.get(usize::from(byte % 32)).copied().unwrap_or(b'x'))).collect()
}
