//! One step: a line when it begins, a line with its seconds when it ends.

use std::{
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

/// Why a step did not succeed, in words for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "✗ {}", self.0)
    }
}

/// What a step gives.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Fails with a message.
pub(crate) fn fail<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Failure(message.into()))
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Counts steps and says how long each took; everything goes to standard error.
pub(crate) struct Steps {
    total: usize,
    done: usize,
    started: Instant,
}

impl Steps {
    /// Begins a run of `total` steps.
    pub(crate) fn new(total: usize) -> Self {
        Self { total, done: 0, started: Instant::now() }
    }

    /// Does one step.
    pub(crate) fn run<T>(&mut self, name: &str, step: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        self.done += 1;
        eprintln!("\n[{}/{}] {name}", self.done, self.total);
        let began = Instant::now();
        match step() {
            Ok(value) => {
                eprintln!("[{}/{}] {name}: done in {} s", self.done, self.total, began.elapsed().as_secs());
                Ok(value)
            }
            Err(Failure(why)) => {
                fail(format!("step {} of {} failed: {name}\n  {why}", self.done, self.total))
            }
        }
    }

    /// Seconds since the run began.
    pub(crate) fn seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }
}

/// A command that runs in `folder` below the root.
pub(crate) fn command(program: impl AsRef<OsStr>, folder: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root().join(folder));
    command
}

/// Runs a command with its output on standard error.
///
/// # Errors
/// When it cannot be started or does not exit with 0: the message repeats the command.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let shown = show(command);
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => fail(format!("`{shown}` ended with {status}")),
        Err(error) => fail(format!("`{shown}` could not be started: {error}")),
    }
}

/// Runs a command and gives what it printed on standard output.
///
/// # Errors
/// As [`run`].
pub(crate) fn read(command: &mut Command) -> Outcome<String> {
    let shown = show(command);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => fail(format!("`{shown}` ended with {}", output.status)),
        Err(error) => fail(format!("`{shown}` could not be started: {error}")),
    }
}

/// True when the command runs and exits with 0; prints nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn show(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
