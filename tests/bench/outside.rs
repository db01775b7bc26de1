//! The server as a process of its own, so that its memory and its processor time are its own.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tsumugi_tests::World;

use crate::{
    connection::Connection,
    process::{self, Family},
};

/// The binary that the bench was built with, on the folder of a world that was stopped.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Stops the server inside of this process and starts the binary at the same address.
    pub(crate) fn in_place_of(world: &mut World, settings: &[(&str, &str)]) -> Self {
        let url = world.url();
        world.stop();
        let process = Command::new(binary())
            .args(["serve", "--listen", url.trim_start_matches("http://"), "--data"])
            .arg(world.data())
            .env("TSUMUGI_LOG", "error")
            .env("TSUMUGI_INDICATORS", world.folder().join("indicators.toml"))
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .expect("the server's binary");
        let server = Self { process, url };
        while !Connection::answers(&server.url) {
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// The most memory that the process had so far, in MiB; `None` where that is not told.
    pub(crate) fn peak_mebibytes(&self) -> Option<f64> {
        process::peak_mebibytes(&self.process.id().to_string())
    }

    /// Processor time of the process so far, in seconds.
    pub(crate) fn processor_seconds(&self) -> f64 {
        crate::connection::processor_seconds(&self.process.id().to_string())
    }

    /// The process with the workers that it starts.
    pub(crate) fn family(&self) -> Family {
        Family(self.process.id())
    }

    /// Where it listens, as `host:port`.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its work is done; what it acknowledged is on the disk.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

fn binary() -> PathBuf {
    let bench = std::env::current_exe().expect("this program");
    bench.parent().expect("the folder that cargo built into").join("tsumugi")
}
