//! People of the ward: accounts, sessions, and what the server says of itself.

use serde::{Deserialize, Serialize};
use tsumugi_core::text::Localized;
use utoipa::ToSchema;

/// What a member of staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Everything, and accounts.
    Admin,
    /// Forms, surveys, cards, companies, devices, fieldwork.
    FieldManager,
    /// Indicators and exports.
    Analyst,
}

impl Role {
    /// The word that is stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::FieldManager => "field-manager",
            Self::Analyst => "analyst",
        }
    }

    /// Reads [`Role::word`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Admin, Self::FieldManager, Self::Analyst].into_iter().find(|role| role.word() == word)
    }
}

/// `POST /v1/backups` (admin).
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct NewBackup {
    /// Public keys of age (`age1…`) that it is encrypted for, beside those of the configuration.
    pub recipients: Vec<String>,
}

/// A backup (admin).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupView {
    /// Its number.
    pub number: u64,
    /// When it was begun, RFC 3339.
    pub begun: String,
    /// When restoring it had succeeded; absent when it failed or is under way.
    pub verified: Option<String>,
    /// Its file.
    pub file: String,
    /// Bytes of the file.
    pub bytes: u64,
}

/// `POST /v1/session`. Answered by 204 and a cookie.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// Name of the account.
    pub account: String,
    /// Its password.
    pub password: String,
}

/// `GET /v1/session`. With the cookie, every request that is not a GET must carry the
/// header `x-csrf-token` with `csrf`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Name of the account.
    pub account: String,
    /// What it may do.
    pub role: Role,
    /// Language tag of the account (`ja`, `en`).
    pub language: String,
    /// Value of the header `x-csrf-token`.
    pub csrf: String,
}

/// `POST /v1/accounts` (admin). An account of that name gets the new password and role.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewAccount {
    /// Name, 1 to 64 characters.
    pub account: String,
    /// At least 12 characters.
    pub password: String,
    /// What it may do.
    pub role: Role,
    /// Language tag; Japanese when absent.
    #[serde(default)]
    pub language: Option<String>,
}

/// A row of `GET /v1/accounts` (admin).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Name of the account.
    pub account: String,
    /// What it may do.
    pub role: Role,
    /// Language tag.
    pub language: String,
}

/// `GET /v1/server`: who runs this server. Open to everybody.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerView {
    /// Name of the ward or office, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub name: Localized,
    /// Whom to call, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub contact: Localized,
    /// Version of the program.
    pub version: String,
    /// Made-up data: every page says so.
    pub fictitious: bool,
    /// Public key that parcels are sealed to, hexadecimal; empty at a relay, which reads none.
    #[serde(default)]
    pub bundle_key: String,
}

/// A row of `GET /v1/audit` (admin): who did what. Holds no answer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditView {
    /// Number of the row.
    pub seq: i64,
    /// RFC 3339 instant.
    pub at: String,
    /// Account, or `device`, or `local`.
    pub who: String,
    /// What was done (`survey.close`).
    pub action: String,
    /// To what.
    pub object: String,
    /// Chains the rows: SHA-256 over the row before and this one.
    pub hash: String,
}
