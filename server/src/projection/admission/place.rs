//! Where a job is done.

use std::{io, thread};

use super::{
    job::{Job, Judged},
    pool::{Pool, Recipe},
    worker::STACK_BYTES,
};
use crate::config::{Admission, Config};

/// A response could not be examined.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// Nothing is wrong with the response.
    #[error("no worker could be started")]
    NoWorker(#[source] io::Error),
    /// Whoever examined it did not live to tell.
    #[error("the worker died: {how}")]
    Died {
        /// As far as it is known.
        how: &'static str,
    },
}

/// Does jobs, in the place that the configuration says.
#[derive(Debug)]
pub struct Admitter(Option<Pool>);

impl Admitter {
    /// Starts nothing yet.
    pub fn new(config: &Config) -> Self {
        let recipe = Recipe {
            program: config.worker_program.clone(),
            mebibytes: config.worker_mebibytes,
            seconds: config.worker_seconds,
        };
        // A program that embeds the server has no worker in it.
        let process = config.admission == Some(Admission::Process);
        Self(process.then(|| Pool::new(recipe, config.workers)))
    }

    /// Examines what waits for a response.
    ///
    /// # Errors
    /// [`AdmissionError`].
    pub(crate) fn judge(&self, job: Job) -> Result<Judged, AdmissionError> {
        match &self.0 {
            Some(pool) => pool.judge(&job),
            None => {
                let thread = thread::Builder::new().name("admission".to_owned()).stack_size(STACK_BYTES);
                let work = thread.spawn(move || job.judge()).map_err(AdmissionError::NoWorker)?;
                work.join().map_err(|_| AdmissionError::Died { how: "it panicked" })
            }
        }
    }
}
