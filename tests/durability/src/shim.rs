//! The shim between a process and its files: compiled here, loaded with `LD_PRELOAD`.
//!
//! `shim.c` is C because it stands in for functions of the C library, and because nothing of
//! ours is `unsafe`. It is compiled by `cc`, the linker that Rust itself needs on Linux.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// The compiled shim; gone when dropped.
pub struct Shim {
    _folder: TempDir,
    library: PathBuf,
}

/// Which calls of a process may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// Writes and cuts.
    Writes = 1,
    /// fsync and fdatasync.
    Syncs = 2,
    /// Making, renaming and removing files.
    Names = 4,
    /// All of them.
    All = 7,
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Which call fails, from 1.
    pub at: u32,
    /// What the process is told.
    pub errno: Errno,
    /// Every call after it fails too.
    pub forever: bool,
    /// Which calls count.
    pub calls: Calls,
}

/// What a failed call tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errno {
    /// `EIO`: the disk does not answer.
    Io = 5,
    /// `ENOSPC`: the disk is full.
    NoSpace = 28,
}

impl Fault {
    /// Orders the fault: the next counted call of the process is the first.
    ///
    /// # Errors
    /// When the order cannot be written.
    pub fn order(self, file: &Path) -> io::Result<()> {
        let Self { at, errno, forever, calls } = self;
        // Renamed into place: the shim must not read half of it.
        let draft = file.with_extension("draft");
        fs::write(&draft, format!("{at} {} {} {}\n", errno as i32, i32::from(forever), calls as i32))?;
        fs::rename(draft, file)
    }
}

/// True when the ordered fault came.
pub fn was_met(file: &Path) -> bool {
    beside(file, ".met").exists()
}

/// Ends a fault that lasts: space was made, or the disk answers again.
///
/// # Errors
/// When the word cannot be given.
pub fn lift(file: &Path) -> io::Result<()> {
    fs::write(beside(file, ".lift"), [])
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

impl Shim {
    /// Compiles the shim.
    ///
    /// # Panics
    /// When there is no C compiler, or it does not take the file.
    pub fn compile() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (source, library) = (folder.path().join("shim.c"), folder.path().join("shim.so"));
        fs::write(&source, include_str!("shim.c")).expect("the source");
        let flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o"];
        let mut cc = Command::new("cc");
        cc.args(flags).arg(&library).arg(&source).args(["-ldl", "-lpthread"]);
        let ended = cc.output().expect("a C compiler (cc), as Rust's own linker");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        Self { _folder: folder, library }
    }

    /// The environment of a process whose files below `folder` are recorded in `trace`, and
    /// failed as a file `fault` orders.
    pub fn environment(
        &self,
        folder: &Path,
        trace: Option<&Path>,
        fault: Option<&Path>,
    ) -> Vec<(&'static str, OsString)> {
        let mut environment = vec![
            ("LD_PRELOAD", self.library.clone().into_os_string()),
            ("DURABILITY_FOLDER", folder.as_os_str().to_owned()),
        ];
        environment.extend(trace.map(|file| ("DURABILITY_TRACE", file.as_os_str().to_owned())));
        environment.extend(fault.map(|file| ("DURABILITY_FAULT", file.as_os_str().to_owned())));
        environment
    }
}
