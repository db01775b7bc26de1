//! The real binary: one command of it, or one that serves.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// The binary on one data folder.
pub struct Program {
    path: PathBuf,
    data: PathBuf,
}

/// How a command ended.
#[derive(Debug)]
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub errors: String,
}

impl Said {
    /// The output as JSON, `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_default()
    }
}

impl Program {
    /// The binary at `path` on the folder `data`.
    pub fn new(path: impl AsRef<Path>, data: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), data: data.as_ref().to_owned() }
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    fn command(&self, arguments: &[&str], language: &str) -> Command {
        let mut command = Command::new(&self.path);
        command
            .arg("--data")
            .arg(&self.data)
            .args(arguments)
            .env("LC_ALL", language)
            .env("TSUMUGI_LOG", "error")
            .env("TSUMUGI_BACKUP_HOURS", "0")
            .env("TSUMUGI_PASSPHRASE_MEMORY_KIB", "64");
        command
    }

    /// Runs a command to its end, in the language of a locale.
    pub fn run_in(&self, language: &str, arguments: &[&str]) -> Said {
        let ended = self.command(arguments, language).output().expect("the binary starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            code: ended.status.code().unwrap_or(-1),
            out: text(&ended.stdout),
            errors: text(&ended.stderr),
        }
    }

    /// Runs a command to its end; its output is JSON.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_in("C", &[&["--json"], arguments].concat())
    }

    /// Starts `serve` with more arguments on a free port, and returns when it listens.
    pub fn serve(&self, arguments: &[&str]) -> Serving {
        let arguments = [&["--json", "serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut child =
            self.command(&arguments, "C").stdout(Stdio::piped()).spawn().expect("the binary starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        out.read_line(&mut line).expect("its output");
        let told: Value = serde_json::from_str(&line).unwrap_or_default();
        let url = told.get("url").and_then(Value::as_str).expect("its address").to_owned();
        Serving { child, _out: out, url }
    }
}

/// A process that serves until it is dropped.
pub struct Serving {
    child: Child,
    // Kept open: a server that cannot print is another story.
    _out: BufReader<std::process::ChildStdout>,
    /// Address that it listens on.
    pub url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // One that has ended already is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
