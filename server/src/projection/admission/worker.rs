//! The worker: the same program, started again with limits, that does one job after another.

use std::{
    io::{self, Read, Write},
    thread,
};

use super::job::{HELLO, Job, read_frame, write_frame};

/// Stack of the thread that does the jobs.
pub(super) const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Does jobs from standard input until it ends. Never more than `mebibytes` of address space, nor
/// `seconds` of the processor for one job: whoever needs more is ended by the operating system.
///
/// # Errors
/// When a pipe breaks or a limit cannot be set.
pub fn run_worker(mebibytes: u64, seconds: u64) -> io::Result<()> {
    limit_memory(mebibytes)?;
    // A panic of automerge is an end like any other; its words may hold answers.
    std::panic::set_hook(Box::new(|_| ()));
    let work = move || work(&mut io::stdin().lock(), &mut io::stdout().lock(), || limit_time(seconds));
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(work)?;
    thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}

fn work(
    from: &mut impl Read,
    to: &mut impl Write,
    limit_time: impl Fn() -> io::Result<()>,
) -> io::Result<()> {
    write_frame(to, HELLO)?;
    while let Some(bytes) = read_frame(from)? {
        limit_time()?;
        let job = Job::decode(&bytes).ok_or(io::ErrorKind::InvalidData)?;
        write_frame(to, &serde_json::to_vec(&job.judge())?)?;
    }
    Ok(())
}

#[cfg(unix)]
fn limit_memory(mebibytes: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let bytes = Some(mebibytes.saturating_mul(1024 * 1024));
    Ok(setrlimit(Resource::As, Rlimit { current: bytes, maximum: bytes })?)
}

/// So many seconds of the processor from now on.
#[cfg(unix)]
fn limit_time(seconds: u64) -> io::Result<()> {
    use rustix::{
        process::{Resource, Rlimit, getrlimit, setrlimit},
        time::{ClockId, clock_gettime},
    };
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    let Rlimit { maximum, .. } = getrlimit(Resource::Cpu);
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(used + 1 + seconds), maximum })?)
}

/// Here only the server's own clock limits a worker.
#[cfg(not(unix))]
fn limit_memory(_mebibytes: u64) -> io::Result<()> {
    Ok(())
}

/// Here only the server's own clock limits a worker.
#[cfg(not(unix))]
fn limit_time(_seconds: u64) -> io::Result<()> {
    Ok(())
}
