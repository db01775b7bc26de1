//! The command line.
//!
//! Owns the verbs, what they print and the exit codes: 0 ok, 1 findings, 2 usage,
//! 3 environment. Everything that touches data goes over the HTTP interface: to the server
//! that runs on the data folder, or to one that is started on a free port for the moment. So
//! there is one way to do each thing, and one audit of it.

mod args;
mod backup;
mod bundle;
mod client;
mod commands;
mod demo;
mod doctor;
mod indicator;
mod output;
mod run;

pub use run::main;
