//! Tsumugi's server: one binary, one data folder.
//!
//! Owns HTTP, the store, the projection of responses into rows, counting and export. What an
//! answer means, how changes merge and how numbers are hidden is core's. Floors, imports go
//! down only: `cli` → `start` → `http` → `projection` → `export`, `backup`, `relay` → `app` → `store` →
//! `config`, `keyring`, `code`, `clock`, `api`. Everything below HTTP is synchronous.

pub mod api;
pub mod app;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod code;
pub mod config;
pub mod demo;
pub mod export;
pub mod http;
pub mod keyring;
pub mod projection;
pub mod relay;
mod start;
pub mod store;

pub use config::Config;
pub use start::{Handle, StartError, run};
