//! `cargo xtask bench`: the measurements of docs/BENCHMARKS.md.

use crate::{
    build, need,
    step::{self, Outcome, command, fail},
    wasm,
};

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
    // Sizes are those of the pages, the server and the tablet library as they are delivered.
    wasm::build()?;
    build::web()?;
    if wants(args, "engine") {
        // The peer of the form engine runs in Node.
        build::packages_of("tests/bench/peer")?;
        wasm::build_tapes()?;
    }
    if ["items", "people", "deposits"].into_iter().any(|bench| wants(args, bench)) {
        sync_peers();
    }
    if wants(args, "survey")
        && let Err(failure) = need::r_survey()
    {
        eprintln!("  {failure}; the estimators are measured without a peer");
    }
    // Each program is optimised as a whole, for minutes: those that are measured, and no other. In
    // one command, since each choice of packages has features of its own.
    let packages =
        ["--package", "tsumugi-server", "--package", "tsumugi-mobile", "--package", "tsumugi-tests"];
    let targets = ["--lib", "--bin", "tsumugi", "--bin", "bench"];
    step::run(command("cargo", ".").args(["build", "--quiet", "--release"]).args(packages).args(targets))?;
    let program = step::target().join("release/bench").with_extension(std::env::consts::EXE_EXTENSION);
    let mut bench = command(&program, ".");
    bench.args(args.name.iter());
    if args.json {
        bench.arg("--json");
    }
    match bench.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => fail(format!("the benches ended with {status}")),
        Err(error) => fail(format!("{} could not be started: {error}", program.display())),
    }
}

/// True when a bench of that name will run.
fn wants(args: &Args, bench: &str) -> bool {
    args.name.as_deref().is_none_or(|name| name.starts_with(bench) || bench.starts_with(name))
}

/// Other ways to synchronize; what cannot be had is said, and the benches run without it.
fn sync_peers() {
    if let Err(failure) = build::packages_of("tests/bench/peer/sync") {
        eprintln!("  {failure}; automerge-repo and PouchDB are not measured");
    }
    let mut samod = command("cargo", "tests/bench/peer/samod");
    samod
        .args(["build", "--quiet", "--release", "--locked", "--target-dir"])
        .arg(step::target().join("peers"));
    if let Err(failure) = step::run(&mut samod) {
        eprintln!("  {failure}; samod is not measured");
    }
}
