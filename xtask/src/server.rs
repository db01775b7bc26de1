//! A server with the demo's data, for the steps that need one.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::step::{Outcome, command, fail, target};

/// A running demo server; stopped when dropped.
pub(crate) struct DemoServer {
    child: Child,
    /// What the server printed when it stood: its address, accounts and codes.
    pub(crate) facts: Value,
}

impl DemoServer {
    /// Fills `data` and serves it on a free port of localhost.
    ///
    /// # Errors
    /// When the server ends before it stands.
    pub(crate) fn start(data: &Path) -> Outcome<Self> {
        let mut child = command(target().join("debug/tsumugi"), ".")
            .args(["demo", "--json", "--port", "0", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .or_else(|error| fail(format!("the server could not be started: {error}")))?;
        let Some(output) = child.stdout.take() else { return fail("the server has no standard output") };
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line);
        match serde_json::from_str(&line) {
            Ok(facts) if read.is_ok() => Ok(Self { child, facts }),
            _ => {
                drop(child.kill());
                fail("the demo server ended before it stood; its messages are above")
            }
        }
    }

    /// The address, as `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        self.facts.get("url").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
