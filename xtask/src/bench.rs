//! `cargo xtask bench`: the measurements of docs/BENCHMARKS.md.

use crate::step::{Outcome, command, fail};

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only the benches whose name begins so.
    name: Option<String>,
    /// One JSON object a line: {"bench","ours","unit","peer","ratio"}.
    #[arg(long)]
    json: bool,
}

/// Builds optimised and measures.
///
/// # Errors
/// When a bench cannot be built or fails.
pub(crate) fn run(args: &Args) -> Outcome {
    let mut bench = command("cargo", ".");
    bench.args(["run", "--quiet", "--release", "--package", "tsumugi-tests", "--bin", "bench", "--"]);
    bench.args(args.name.iter());
    if args.json {
        bench.arg("--json");
    }
    match bench.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => fail(format!("the benches ended with {status}")),
        Err(error) => fail(format!("cargo could not be started: {error}")),
    }
}
