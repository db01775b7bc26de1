//! The server over real HTTP: journeys, roles, bad input, full disks.

mod anonymous;
mod common;
mod company;
mod hostile;
mod log;
mod place;
mod register;
mod staff;
