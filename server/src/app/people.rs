//! Accounts, passwords and sessions of staff.

use sha2::{Digest, Sha256};

use super::error::AppError;
use crate::{
    api::NewAccount,
    keyring::{self, MIN_CHARACTERS},
    store::{Account, AuditNote, SecretHash, Store},
};

/// What is stored of a random token: its SHA-256.
pub fn secret_hash(token: &str) -> SecretHash {
    Sha256::digest(token.as_bytes()).into()
}

/// Adds an account or gives it a new password, in the name of `by` at `now`; the audit says so.
///
/// # Errors
/// [`AppError::Invalid`] when the name is empty or the password short.
pub fn put_account(
    store: &dyn Store,
    new: NewAccount,
    memory_kib: u32,
    by: String,
    now: i64,
) -> Result<(), AppError> {
    let name = new.account.trim().to_owned();
    if name.is_empty() || name.chars().count() > 64 {
        return Err(AppError::invalid("account-name", "the name of an account has 1 to 64 characters"));
    }
    if new.password.chars().count() < MIN_CHARACTERS {
        let detail = format!("a password has at least {MIN_CHARACTERS} characters");
        return Err(AppError::invalid("password-short", detail));
    }
    let salt = keyring::make_salt();
    let hash = keyring::derive(&new.password, &salt, memory_kib)?;
    let object = format!("{name} as {}", new.role.word());
    let account = Account {
        name,
        role: new.role,
        language: new.language.unwrap_or_else(|| "ja".to_owned()),
        salt: salt.to_vec(),
        memory_kib,
        hash: hash.to_vec(),
    };
    store.put_account(account, AuditNote { at: now, who: by, action: "account.put".to_owned(), object })?;
    Ok(())
}

/// The account of that name when the password is right. Does the same work for a name that
/// nobody has, so that time does not tell who has an account.
///
/// # Errors
/// [`AppError::Wrong`] for a wrong name and a wrong password alike.
pub fn account_of_password(
    store: &dyn Store,
    name: &str,
    password: &str,
    memory_kib: u32,
) -> Result<Account, AppError> {
    let found = store.account(name.trim().to_owned())?;
    let (salt, memory) =
        found.as_ref().map_or((vec![0; 16], memory_kib), |found| (found.salt.clone(), found.memory_kib));
    let hash = keyring::derive(password, &salt, memory)?;
    match found {
        Some(account) if keyring::same(&account.hash, hash.as_slice()) => Ok(account),
        _ => Err(AppError::Wrong { what: "account or password" }),
    }
}

/// Opens a session and returns its secret token.
///
/// # Errors
/// [`AppError::Store`] when it could not be written.
pub fn open_session(store: &dyn Store, account: &Account, expires: i64) -> Result<String, AppError> {
    let token = format!("tss_{}", hex::encode(keyring::make_bytes::<32>()));
    let csrf = hex::encode(keyring::make_bytes::<16>());
    store.put_session(secret_hash(&token), account.name.clone(), csrf, expires)?;
    Ok(token)
}
