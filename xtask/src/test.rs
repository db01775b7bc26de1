//! `cargo xtask test`: everything that guards the project, in the order of how soon it fails.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::{
    build,
    step::{Outcome, Steps, command, fail, run, target},
    wasm,
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
    /// Unit, property, contract, conformance, journey, simulation, architecture tests.
    Rust,
    /// Types and unit tests of the pages.
    Web,
    /// The demo's sixteen tiles.
    Demo,
}

impl Part {
    fn steps(self) -> usize {
        match self {
            Self::Lint => 2,
            Self::Rust | Self::Demo => 1,
            Self::Web => 2,
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
        steps.run("Rust tests", || run(command("cargo", ".").args(["test", "--workspace"])))?;
    }
    if chosen(Part::Web) {
        for script in ["check", "test"] {
            steps.run(&format!("web {script}"), || {
                run(command("npm", "web").args(["run", "--silent", script]))
            })?;
        }
    }
    if chosen(Part::Demo) {
        steps.run("the demo's sixteen indicators", check_demo)?;
    }
    eprintln!("\n✓ everything passed in {} s", steps.seconds());
    Ok(())
}

fn fresh_folder(name: &str) -> Outcome<PathBuf> {
    let folder = target().join("xtask").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).or_else(|error| fail(format!("{}: {error}", folder.display())))?;
    }
    std::fs::create_dir_all(&folder).or_else(|error| fail(format!("{}: {error}", folder.display())))?;
    Ok(folder)
}

fn check_demo() -> Outcome {
    let data = fresh_folder("demo-check")?;
    let printed = crate::step::read(
        command(target().join("debug/tsumugi"), ".")
            .args(["demo", "--check", "--port", "0", "--data"])
            .arg(data),
    )?;
    let tiles: Vec<serde_json::Value> = match serde_json::from_str(&printed) {
        Ok(tiles) => tiles,
        Err(error) => return fail(format!("`tsumugi demo --check` did not print a list of tiles: {error}")),
    };
    let valued =
        tiles.iter().filter(|tile| tile.get("value").is_some_and(serde_json::Value::is_number)).count();
    if tiles.len() == 16 && valued == 16 {
        eprintln!("  16 tiles, each with a value");
        return Ok(());
    }
    fail(format!(
        "16 tiles with a value were expected; there are {} tiles, {valued} of them with a value",
        tiles.len()
    ))
}
