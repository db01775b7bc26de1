//! Stories of devices: a surveyor's tablet, the browsers of a company, and a server in memory.

mod anonymous;
mod bundle;
mod company;
mod exchange;
mod faults;
mod world;
