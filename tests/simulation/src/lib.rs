//! A simulated world: core's devices, a network, a server, and a model of what must be true.
//!
//! Owns the accidents, the reference model and the comparison of the two. Everything of a world
//! is drawn from one seed: no thread, no clock, no port. The devices are core's own `Device`, and
//! every n-th seed has the real server below its port.

pub mod accidents;
pub mod ballots;
pub mod checks;
pub mod counts;
pub mod defect;
pub mod disk;
pub mod exchange;
pub mod heal;
pub mod history;
pub mod memory_server;
pub mod network;
pub mod office;
pub mod people;
pub mod plan;
pub mod real_server;
pub mod run;
pub mod server;
pub mod shelf;
pub mod tablet;
pub mod world;
