//! SQLite: one file, one writer thread that commits many requests at once, readers beside it.
//!
//! Owns all SQL of the server. WAL with `synchronous=FULL`: with NORMAL, simulated power
//! cuts lost up to 406 acknowledged rows, with FULL none. Numbered `.sql` files in
//! `migrations/` bring an old file up; a file of a later version is refused.

mod analysis;
mod backups;
mod catalogue;
mod connection;
mod database;
mod devices;
mod inbox;
mod intake;
mod json;
mod log;
mod parcels;
mod pool;
mod sealed;
mod staff;
mod totals;
mod writer;

pub use database::SqliteStore;
