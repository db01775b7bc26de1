//! Accounts, sessions and the audit.

use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

use super::database::SqliteStore;
use crate::{
    api::Role,
    store::{Account, AuditNote, AuditRow, SecretHash, Session, Staff, StoreError, Stored},
};

const ACCOUNT: &str = "SELECT name, role, language, salt, memory_kib, hash FROM accounts";

type AccountColumns = (String, String, String, Vec<u8>, u32, Vec<u8>);

fn account_columns(row: &Row<'_>) -> rusqlite::Result<AccountColumns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

fn role(word: &str) -> Stored<Role> {
    Role::parse(word).ok_or_else(|| StoreError::Damaged { detail: "an account has no known role".to_owned() })
}

fn account((name, word, language, salt, memory_kib, hash): AccountColumns) -> Stored<Account> {
    Ok(Account { name, role: role(&word)?, language, salt, memory_kib, hash })
}

/// Appends to the audit; each row's hash holds all rows before it.
fn append(db: &Connection, note: AuditNote) -> Stored<()> {
    let AuditNote { at, who, action, object } = note;
    let before: Option<Vec<u8>> =
        db.query_row("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1", [], |row| row.get(0)).optional()?;
    let mut hash = Sha256::new();
    hash.update(before.unwrap_or_default());
    for part in [&at.to_string(), &who, &action, &object] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let hash: [u8; 32] = hash.finalize().into();
    db.execute(
        "INSERT INTO audit (at, who, action, object, hash) VALUES (?1, ?2, ?3, ?4, ?5)",
        (at, who, action, object, hash),
    )?;
    Ok(())
}

impl Staff for SqliteStore {
    fn put_account(&self, account: Account, note: AuditNote) -> Stored<()> {
        self.write(move |db| {
            db.execute(
                "INSERT INTO accounts (name, role, language, salt, memory_kib, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (name) DO UPDATE
                 SET role = excluded.role, language = excluded.language, salt = excluded.salt,
                     memory_kib = excluded.memory_kib, hash = excluded.hash",
                (
                    &account.name,
                    account.role.word(),
                    &account.language,
                    &account.salt,
                    account.memory_kib,
                    &account.hash,
                ),
            )?;
            db.execute("DELETE FROM sessions WHERE account = ?1", [&account.name])?;
            append(db, note)
        })
    }

    fn account(&self, name: String) -> Stored<Option<Account>> {
        let sql = format!("{ACCOUNT} WHERE name = ?1");
        let found = self.read(|db| Ok(db.query_row(&sql, [name], account_columns).optional()?))?;
        found.map(account).transpose()
    }

    fn accounts(&self) -> Stored<Vec<Account>> {
        self.read(|db| {
            let mut select = db.prepare(&format!("{ACCOUNT} ORDER BY name"))?;
            let rows = select.query_map([], account_columns)?;
            rows.map(|columns| account(columns?)).collect()
        })
    }

    fn put_session(&self, token: SecretHash, account: String, csrf: String, expires: i64) -> Stored<()> {
        self.write(move |db| {
            db.execute(
                "INSERT INTO sessions (token, account, csrf, expires) VALUES (?1, ?2, ?3, ?4)",
                (token, account, csrf, expires),
            )?;
            Ok(())
        })
    }

    fn session(&self, token: SecretHash, now: i64) -> Stored<Option<Session>> {
        let sql = "SELECT s.account, a.role, a.language, s.csrf
                   FROM sessions s JOIN accounts a ON a.name = s.account
                   WHERE s.token = ?1 AND s.expires > ?2";
        let found = self.read(|db| {
            let mut select = db.prepare_cached(sql)?;
            let session = select.query_row((token, now), |row| {
                Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
            });
            Ok(session.optional()?)
        })?;
        found
            .map(|(account, word, language, csrf)| {
                Ok(Session { account, role: role(&word)?, language, csrf })
            })
            .transpose()
    }

    fn touch_session(&self, token: SecretHash, expires: i64) -> Stored<()> {
        self.write(move |db| {
            db.execute("UPDATE sessions SET expires = ?2 WHERE token = ?1", (token, expires))?;
            Ok(())
        })
    }

    fn end_session(&self, token: SecretHash) -> Stored<()> {
        self.write(move |db| {
            db.execute("DELETE FROM sessions WHERE token = ?1", [token])?;
            Ok(())
        })
    }

    fn record(&self, at: i64, who: String, action: String, object: String) -> Stored<()> {
        self.write(move |db| append(db, AuditNote { at, who, action, object }))
    }

    fn audit(&self, limit: usize) -> Stored<Vec<AuditRow>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|db| {
            let mut select = db
                .prepare("SELECT seq, at, who, action, object, hash FROM audit ORDER BY seq DESC LIMIT ?1")?;
            let rows = select.query_map([limit], |row| {
                Ok(AuditRow {
                    seq: row.get(0)?,
                    at: row.get(1)?,
                    who: row.get(2)?,
                    action: row.get(3)?,
                    object: row.get(4)?,
                    hash: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
