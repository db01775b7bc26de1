//! A tablet's child that does one deed after another, as it is asked.

use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::deed::{Deed, Ending, Told};

/// A process with an open tablet.
pub struct Hand {
    child: Child,
    asks: ChildStdin,
    tells: BufReader<ChildStdout>,
    /// Everything that it told so far.
    pub told: Told,
}

impl Hand {
    /// Starts `program`, the binary `durability`, on a folder with a plan.
    ///
    /// # Panics
    /// When it does not start.
    pub fn on(program: &Path, folder: &Path, environment: Vec<(&'static str, OsString)>) -> Self {
        let mut child = Command::new(program)
            .arg("hand")
            .arg(folder)
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let asks = child.stdin.take().expect("its input");
        let tells = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, asks, tells, told: Told::default() }
    }

    /// Asks for a deed and waits for what becomes of it; [`Ending::Cut`] when the process ended.
    ///
    /// # Panics
    /// When it tells something else.
    pub fn ask(&mut self, deed: &Deed) -> Ending {
        // A process that is gone is seen by what it does not tell.
        let _ = self.asks.write_all(format!("{deed}\n").as_bytes());
        for _ in 0..2 {
            let mut line = String::new();
            if self.tells.read_line(&mut line).unwrap_or(0) == 0 {
                return Ending::Cut;
            }
            self.told.hear(line.trim_end_matches('\n')).expect("a line of a deed");
        }
        self.told.deeds.last().map_or(Ending::Cut, |(_, ending)| ending.clone())
    }

    /// Kills the process and gives what it told.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(mut self) -> Told {
        self.child.kill().expect("a kill");
        self.child.wait().expect("its end");
        std::mem::take(&mut self.told)
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        // One that is gone is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
