//! The project's own commands: `cargo xtask demo`, `test`, `build`, `fuzz`,
//! `durability`, `simulate`, `bench`.
//!
//! Owns the order of steps, what they need on the machine and how they report. Does not
//! know what the parts do inside; each step is a command that anyone can run by hand.

mod bench;
mod build;
mod demo;
mod durability;
mod forms;
mod fuzz;
mod need;
mod simulate;
mod step;
mod stories;
mod test;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tsumugi's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything, fill a server with made-up data and serve it on localhost.
    Demo(demo::Args),
    /// Run everything that guards the project.
    Test(test::Args),
    /// Build one part.
    Build {
        /// Which part.
        #[command(subcommand)]
        part: build::Part,
    },
    /// Look for inputs that break a claim, with cargo-fuzz; the bounded run is in `test`.
    Fuzz(fuzz::Args),
    /// Kill, cut the power and post at once, at length; the bounded runs are in `test`.
    Durability(durability::Args),
    /// Live seeds of the simulated world; 20,000 of them are in `test`.
    Simulate(simulate::Args),
    /// Measure; figures go to docs/BENCHMARKS.md by hand.
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Test(args) => test::run_parts(&args),
        Command::Build { part } => build::run_part(&part),
        Command::Fuzz(args) => fuzz::run_targets(&args),
        Command::Durability(args) => durability::run_all(&args),
        Command::Simulate(args) => simulate::run_seeds(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}
