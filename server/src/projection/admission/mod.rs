//! Where automerge meets bytes of devices: in a worker process, or on a thread of its own.
//!
//! Owns the one step that runs foreign code on hostile bytes: opening a response and admitting what
//! waits for it. The gate lets nothing through that is known to harm; this is the second wall. A
//! worker has limits of memory and time, and one that dies takes nothing with it: the response is
//! tried once more, and then what waits for it is kept aside. A thread (for the library, which has no
//! program to start again) has a large stack and no other limit.

mod job;
mod place;
mod pool;
mod worker;

pub use place::{AdmissionError, Admitter};
pub use worker::run_worker;

pub(super) use job::{Job, Judged};
