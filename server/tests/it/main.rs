//! The server over real HTTP: journeys, roles, bad input, full disks.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod anonymous;
mod backup;
mod common;
mod company;
mod hostile;
mod intake;
mod live;
mod log;
mod place;
mod register;
mod slow;
mod staff;
mod worker;
