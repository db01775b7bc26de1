//! The server's real binary on a data folder, started, asked and killed.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use serde_json::Value as Json;

/// A server process.
pub struct Served {
    child: Child,
    // Kept open: a server that cannot print is another story.
    _out: BufReader<ChildStdout>,
    /// Address that it listens on.
    pub url: String,
}

/// Why a server did not begin to listen.
#[derive(Debug)]
pub struct NotServed {
    /// Exit code; nothing after a signal, which is what a crash is.
    pub code: Option<i32>,
    /// What it said.
    pub words: String,
}

impl Served {
    /// Starts `program`, the binary `durability-server`, and returns when it listens.
    ///
    /// # Errors
    /// [`NotServed`] when it ended first.
    ///
    /// # Panics
    /// When the program cannot be started at all.
    pub fn start<'a>(
        program: &Path,
        data: &Path,
        environment: impl IntoIterator<Item = (&'a str, &'a OsStr)>,
    ) -> Result<Self, NotServed> {
        let mut child = Command::new(program)
            .arg("--data")
            .arg(data)
            .args(["--json", "serve", "--listen", "127.0.0.1:0"])
            .env("TSUMUGI_PASSPHRASE_MEMORY_KIB", "64")
            .env("TSUMUGI_LOG", "off")
            // A reply tells how many backups there are: one that is made meanwhile changes it.
            .env("TSUMUGI_BACKUP_HOURS", "0")
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        out.read_line(&mut line).expect("its output");
        let told: Option<Json> = serde_json::from_str(&line).ok();
        let url = told.and_then(|told| Some(told.get("url")?.as_str()?.to_owned()));
        match url {
            Some(url) => Ok(Self { child, _out: out, url }),
            None => {
                let ended = child.wait_with_output().expect("its end");
                let words = line + &String::from_utf8_lossy(&ended.stderr);
                Err(NotServed { code: ended.status.code(), words })
            }
        }
    }

    /// Kills it with SIGKILL; returns when it is gone, with the panic that it told of, if any.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(&mut self) -> Option<String> {
        self.child.kill().expect("a kill");
        self.child.wait().expect("its end");
        let mut words = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            errors.read_to_string(&mut words).expect("its errors");
        }
        words.contains("panicked").then_some(words)
    }

    /// Asks it to stop, as a service manager does, and gives how it ended.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn stop(&mut self) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("the command kill").success(), "the server was gone already");
        self.child.wait().expect("its end")
    }

    /// How it ended, when it ended by itself: nobody asked it to.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn ended(&mut self) -> Option<String> {
        self.child.try_wait().expect("its state").map(|status| status.to_string())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A test that failed must not leave a server behind; one that is gone is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
