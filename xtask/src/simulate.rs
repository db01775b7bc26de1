//! `cargo xtask simulate`: seeds of the simulated world.

use std::process::Command;

use crate::step::{Outcome, Steps, command, run, target};

/// Seeds of the step in `cargo xtask test`.
const SEEDS: u64 = 20_000;

/// Options of `cargo xtask simulate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first seed: with `--seeds 1` a seed that did not hold is lived again.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Prints everything that happens in the first seed.
    #[arg(long)]
    trace: bool,
}

/// Builds optimised and lives the seeds on all cores.
///
/// # Errors
/// When a seed does not hold: it was printed with what happened in it.
pub(crate) fn run_seeds(args: &Args) -> Outcome {
    let mut steps = Steps::new(2);
    steps.run("the simulation", || {
        run(command("cargo", ".").args(["build", "--release", "--package", "tsumugi-simulation"]))
    })?;
    let mut simulate = Command::new(target().join("release/simulate"));
    simulate.args(["--seeds", &args.seeds.to_string(), "--from", &args.from.to_string()]);
    if args.trace {
        simulate.arg("--trace");
    }
    steps.run(&format!("seeds from {} on", args.from), || run(&mut simulate))
}

/// The step of `cargo xtask test`, with what its build has made: building again optimised takes
/// longer than it saves.
///
/// # Errors
/// As [`run_seeds`].
pub(crate) fn guard() -> Outcome {
    run(Command::new(target().join("debug/simulate")).args(["--seeds", &SEEDS.to_string()]))
}
