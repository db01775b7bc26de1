//! The writer: one thread, one connection, many requests in one commit.
//!
//! A job runs inside a savepoint of its own, so that one that fails takes nothing with it.
//! Its caller hears back after the commit. While a commit waits for the disk (0.3 to 4 ms),
//! the next jobs gather, so the rate of durable requests is not the rate of fsyncs. Those who were
//! just answered come again a moment later: a group waits for as many as the last one had, for half
//! the time that its commit took. Else small and large groups would take turns.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tracing::error;

use crate::store::StoreError;

/// Jobs of one commit: more would make the first one wait.
const MOST_JOBS: usize = 256;

/// Longest that a group waits for others.
const MOST_WAIT: Duration = Duration::from_millis(2);

type Acknowledge = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> Acknowledge + Send>;

/// The way to the writer thread.
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, queue) = sync_channel::<Job>(4096);
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(&connection, &queue))
            .map_err(|error| StoreError::Database(Box::new(error)))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `job` in a transaction and returns when it is durable.
    pub(super) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, wait) = sync_channel(1);
        let job: Job = Box::new(move |connection| {
            let outcome = in_savepoint(connection, job);
            Box::new(move |committed| {
                // The caller may have gone: its write stands all the same.
                let _ = answer.send(committed.and(outcome));
            })
        });
        self.jobs.as_ref().ok_or(StoreError::Stopped)?.send(job).map_err(|_| StoreError::Stopped)?;
        wait.recv().map_err(|_| StoreError::Stopped)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the last commit was like.
#[derive(Debug, Clone, Copy, Default)]
struct Last {
    jobs: usize,
    took: Duration,
}

/// Does the jobs that come while as many as in the last group may be expected.
fn gather(connection: &Connection, queue: &Receiver<Job>, last: Last, done: &mut Vec<Acknowledge>) {
    let until = Instant::now() + (last.took / 2).min(MOST_WAIT);
    while done.len() < MOST_JOBS {
        let job = match done.len() < last.jobs {
            true => queue.recv_timeout(until.saturating_duration_since(Instant::now())).ok(),
            false => queue.try_recv().ok(),
        };
        let Some(job) = job else { return };
        done.push(job(connection));
    }
}

fn run(connection: &Connection, queue: &Receiver<Job>) {
    let mut last = Last::default();
    while let Ok(first) = queue.recv() {
        let mut acknowledge = Vec::new();
        let begun = connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from);
        if let Err(failure) = begun {
            first(connection)(Err(failure));
            continue;
        }
        acknowledge.push(first(connection));
        gather(connection, queue, last, &mut acknowledge);
        let began = Instant::now();
        let mut committed = if connection.is_autocommit() {
            // A full disk ended the transaction by itself: nothing of the group stands.
            Err(StoreError::Full)
        } else {
            connection.execute_batch("COMMIT").map_err(StoreError::from)
        };
        last = Last { jobs: acknowledge.len(), took: began.elapsed() };
        if committed.is_err() && !connection.is_autocommit() {
            // Nothing of the group stands: say so to each of them.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for acknowledge in acknowledge {
            acknowledge(match &mut committed {
                Ok(()) => Ok(()),
                Err(failure) => Err(again(failure)),
            });
        }
    }
    if let Err(failure) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        error!("the write-ahead log stays beside the database: {failure}");
    }
}

fn again(failure: &StoreError) -> StoreError {
    match failure {
        StoreError::Full => StoreError::Full,
        StoreError::Damaged { detail } => StoreError::Damaged { detail: detail.clone() },
        other => StoreError::Database(other.to_string().into()),
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if connection.is_autocommit() {
        // A full disk ends the whole transaction, and the jobs after it must not write alone.
        return Err(StoreError::Full);
    }
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    let outcome = job(connection);
    if connection.is_autocommit() {
        return outcome.and(Err(StoreError::Full));
    }
    if outcome.is_err() {
        connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    connection.prepare_cached("RELEASE job")?.execute([])?;
    outcome
}
