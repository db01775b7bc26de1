//! What a server costs: the processor time and the memory of its process and of the workers
//! that it started.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use crate::connection::processor_seconds;

/// Longest time that a server works on after its answer.
const LONGEST: Duration = Duration::from_secs(120);

/// A process with its children.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Family(pub(crate) u32);

impl Family {
    /// Processor time so far, in seconds.
    pub(crate) fn processor(self) -> f64 {
        self.members().iter().map(|member| processor_seconds(member)).sum()
    }

    /// Processor time once nothing has been done for half a second: what a server puts off
    /// until after its answer counts too.
    pub(crate) fn processor_at_rest(self) -> f64 {
        let began = Instant::now();
        let mut before = self.processor();
        loop {
            thread::sleep(Duration::from_millis(500));
            let after = self.processor();
            // A hundredth is what idle timers take.
            if after - before <= 0.011 || began.elapsed() > LONGEST {
                return after;
            }
            before = after;
        }
    }

    /// The most memory that each had so far, added up, in MiB.
    pub(crate) fn peak_mebibytes(self) -> f64 {
        self.members().iter().filter_map(|member| peak_mebibytes(member)).sum()
    }

    fn members(self) -> Vec<String> {
        let process = self.0.to_string();
        let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
        let children = threads
            .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
            .flat_map(|children| children.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        std::iter::once(process.clone()).chain(children).collect()
    }
}

/// The most memory that a process had so far, in MiB; `None` where that is not told.
pub(crate) fn peak_mebibytes(process: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kilobytes| kilobytes / 1_024.0)
}
