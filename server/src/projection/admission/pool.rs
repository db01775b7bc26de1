//! Worker processes, started when they are needed and kept for the next job.

use std::{
    io,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use super::{
    job::{HELLO, Job, Judged, read_frame, write_frame},
    place::AdmissionError,
};

/// How workers are started.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    /// The program; this one itself when absent.
    pub(super) program: Option<PathBuf>,
    pub(super) mebibytes: u64,
    pub(super) seconds: u64,
}

/// At most so many workers at a time; who comes later waits.
#[derive(Debug)]
pub(super) struct Pool {
    recipe: Recipe,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug)]
struct State {
    idle: Vec<Worker>,
    /// Workers that may still be started.
    places: usize,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    jobs: Sender<Vec<u8>>,
    results: Receiver<io::Result<Vec<u8>>>,
}

impl Pool {
    pub(super) fn new(recipe: Recipe, workers: usize) -> Self {
        let state = State { idle: Vec::new(), places: workers.max(1) };
        Self { recipe, state: Mutex::new(state), freed: Condvar::new() }
    }

    /// Gives a job to a worker.
    pub(super) fn judge(&self, job: &Job) -> Result<Judged, AdmissionError> {
        let place = Place { pool: self, worker: self.take_idle() };
        place.judge(job)
    }

    /// A worker without a job, or the right to start one.
    fn take_idle(&self) -> Option<Worker> {
        let mut state = self.lock();
        loop {
            if let Some(worker) = state.idle.pop() {
                return Some(worker);
            }
            if state.places > 0 {
                state.places -= 1;
                return None;
            }
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker during one job. A job that did not come to an end gives back the place alone.
struct Place<'a> {
    pool: &'a Pool,
    worker: Option<Worker>,
}

impl Place<'_> {
    fn judge(mut self, job: &Job) -> Result<Judged, AdmissionError> {
        let recipe = &self.pool.recipe;
        let worker = match self.worker.take() {
            Some(worker) => worker,
            None => Worker::start(recipe).map_err(AdmissionError::NoWorker)?,
        };
        let judged = worker.judge(job, recipe)?;
        self.worker = Some(worker);
        Ok(judged)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        match self.worker.take() {
            Some(worker) => state.idle.push(worker),
            None => state.places += 1,
        }
        drop(state);
        self.pool.freed.notify_one();
    }
}

impl Worker {
    fn start(recipe: &Recipe) -> io::Result<Self> {
        let mut command = Command::new(program(recipe)?);
        // Nothing of the environment is its business.
        command.env_clear().arg("worker");
        // glibc reserves 64 MiB of address space for each thread that allocates otherwise.
        command.env("MALLOC_ARENA_MAX", "1");
        command.args(["--mebibytes", &recipe.mebibytes.to_string()]);
        command.args(["--seconds", &recipe.seconds.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (jobs, waiting) = channel();
        let (done, results) = channel();
        let worker = Self { child, jobs, results };
        let (stdin, stdout) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        thread::Builder::new()
            .name("worker pipe".to_owned())
            .spawn(move || move_frames(stdin, stdout, &waiting, &done))?;
        match worker.next(recipe) {
            Some(Ok(hello)) if hello == HELLO => Ok(worker),
            _ => Err(io::Error::other("the program that was started is no worker")),
        }
    }

    /// The next frame of the worker; nothing when it takes too long.
    fn next(&self, recipe: &Recipe) -> Option<io::Result<Vec<u8>>> {
        // The worker has its own limit of processor time, which comes first unless the machine is
        // busy or the worker stands still.
        match self.results.recv_timeout(Duration::from_secs(recipe.seconds.saturating_mul(6).max(1))) {
            Ok(frame) => Some(frame),
            Err(RecvTimeoutError::Disconnected) => Some(Err(io::ErrorKind::BrokenPipe.into())),
            Err(RecvTimeoutError::Timeout) => None,
        }
    }

    fn judge(&self, job: &Job, recipe: &Recipe) -> Result<Judged, AdmissionError> {
        if self.jobs.send(job.encode()).is_err() {
            return Err(AdmissionError::Died { how: "its pipe was closed" });
        }
        match self.next(recipe) {
            Some(Ok(bytes)) => serde_json::from_slice(&bytes)
                .map_err(|_| AdmissionError::Died { how: "it answered nonsense" }),
            Some(Err(_)) => Err(AdmissionError::Died { how: "it ended" }),
            None => Err(AdmissionError::Died { how: "it took too long" }),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(target_os = "linux")]
fn program(recipe: &Recipe) -> io::Result<PathBuf> {
    // The running program, also when its file was replaced by a newer one since.
    Ok(recipe.program.clone().unwrap_or_else(|| PathBuf::from("/proc/self/exe")))
}

#[cfg(not(target_os = "linux"))]
fn program(recipe: &Recipe) -> io::Result<PathBuf> {
    recipe.program.clone().map_or_else(std::env::current_exe, Ok)
}

/// Writes jobs and reads what comes back, so that whoever waits for it can stop waiting.
fn move_frames(
    mut stdin: ChildStdin,
    mut stdout: ChildStdout,
    jobs: &Receiver<Vec<u8>>,
    done: &Sender<io::Result<Vec<u8>>>,
) {
    let mut read =
        || read_frame(&mut stdout).and_then(|frame| frame.ok_or(io::ErrorKind::UnexpectedEof.into()));
    if done.send(read()).is_err() {
        return;
    }
    while let Ok(job) = jobs.recv() {
        let result = write_frame(&mut stdin, &job).and_then(|()| read());
        if done.send(result).is_err() {
            return;
        }
    }
}
