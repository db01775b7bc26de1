//! `cargo xtask test`: everything that guards the project, in the order of how soon it fails.

use clap::ValueEnum;

use crate::{
    build, simulate,
    step::{Outcome, Steps, command, run},
    stories, wasm,
};

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these parts; all when none is named.
    parts: Vec<Part>,
}

/// A part of the guard.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// cargo fmt, cargo clippy.
    Lint,
    /// Unit, property, contract, conformance, journey, architecture tests.
    Rust,
    /// 20,000 seeds of the simulated world.
    Simulation,
    /// A fixed number of inputs for the fuzz targets, and inputs that were made to harm.
    Fuzz,
    /// Types and unit tests of the pages; the WebAssembly build and recorded forms in Node.
    Web,
    /// The demo's sixteen tiles.
    Demo,
    /// The tablet library from Python and from Kotlin on the JVM, against a real server.
    Ffi,
    /// The pages in a real Chromium, against a real server.
    Browser,
}

impl Part {
    fn steps(self) -> usize {
        match self {
            Self::Rust | Self::Simulation | Self::Fuzz | Self::Demo | Self::Browser => 1,
            Self::Lint => 2,
            Self::Ffi => 3,
            Self::Web => 4,
        }
    }
}

/// Runs the parts.
///
/// # Errors
/// The first step that fails.
pub(crate) fn run_parts(args: &Args) -> Outcome {
    let parts = if args.parts.is_empty() { Part::value_variants() } else { &args.parts };
    let chosen = |part| parts.contains(&part);
    // The pages are embedded in the server: they come before anything that compiles it.
    let mut steps = Steps::new(parts.iter().map(|part| part.steps()).sum::<usize>() + 3);
    if chosen(Part::Lint) {
        steps.run("format", || run(command("cargo", ".").args(["fmt", "--all", "--check"])))?;
    }
    steps.run("core as WebAssembly", wasm::build)?;
    steps.run("web pages", build::web)?;
    if chosen(Part::Lint) {
        let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        steps.run("lints", || run(command("cargo", ".").args(clippy)))?;
    }
    steps.run("server, tablet library and tests", || {
        run(command("cargo", ".").args(["build", "--workspace", "--all-targets"]))
    })?;
    if chosen(Part::Rust) {
        let but_fuzzing = ["test", "--workspace", "--exclude", "tsumugi-fuzzing"];
        steps.run("Rust tests", || run(command("cargo", ".").args(but_fuzzing)))?;
    }
    if chosen(Part::Simulation) {
        steps.run("the simulated world", simulate::guard)?;
    }
    if chosen(Part::Fuzz) {
        let fuzzing = ["test", "--package", "tsumugi-fuzzing"];
        steps.run("fuzz targets, bounded", || run(command("cargo", ".").args(fuzzing)))?;
    }
    if chosen(Part::Web) {
        for script in ["check", "test", "test:wasm"] {
            steps.run(&format!("web {script}"), || {
                run(command("npm", "web").args(["run", "--silent", script]))
            })?;
        }
    }
    if chosen(Part::Web) {
        steps.run("recorded forms on the WebAssembly build, in Node", stories::tapes)?;
    }
    if chosen(Part::Demo) {
        steps.run("the demo's sixteen indicators", stories::check_demo)?;
    }
    if chosen(Part::Ffi) {
        steps.run("bindings of the tablet library", build::generate)?;
        steps.run("a tablet's story in Python", stories::python)?;
        steps.run("a tablet's story in Kotlin", stories::kotlin)?;
    }
    if chosen(Part::Browser) {
        steps.run("stories in Chromium", stories::browser)?;
    }
    eprintln!("\n✓ everything passed in {} s", steps.seconds());
    Ok(())
}
