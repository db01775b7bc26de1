//! `cargo xtask demo`: everything built, a made-up ward served on localhost.

use std::path::PathBuf;

use crate::{
    build,
    step::{Outcome, Steps, command, fail, target},
    wasm,
};

/// Options of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Port on localhost.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder for the data; an existing one made by the demo is used again.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Build, fill, print the answer of `GET /v1/indicators` on standard output, and exit.
    #[arg(long)]
    check: bool,
}

/// Builds and starts the demo.
///
/// # Errors
/// The first step that fails.
pub(crate) fn run(args: &Args) -> Outcome {
    let mut steps = Steps::new(4);
    steps.run("core as WebAssembly", wasm::build)?;
    steps.run("web pages", build::web)?;
    steps.run("server", build::server)?;
    let mut server = command(target().join("debug/tsumugi"), ".");
    server.arg("demo").arg("--port").arg(if args.check { "0".to_owned() } else { args.port.to_string() });
    if let Some(data) = &args.data {
        let here = std::env::current_dir().or_else(|error| fail(format!("no current folder: {error}")))?;
        server.arg("--data").arg(here.join(data));
    }
    if args.check {
        server.arg("--check");
    }
    steps.run("a made-up ward", || match server.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => fail(format!("the demo ended with {status}")),
        Err(error) => fail(format!("the server could not be started: {error}")),
    })
}
