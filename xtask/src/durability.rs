//! `cargo xtask durability`: the long proofs that nothing acknowledged is lost.

use crate::step::{Outcome, Steps, command, fail, run};

/// Options of `cargo xtask durability`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often tablets, and how often servers, are killed.
    #[arg(long, default_value_t = 10_000)]
    kills: u64,
    /// How many disks of a power cut are opened, of tablets and of servers.
    #[arg(long, default_value_t = 100_000)]
    cuts: u64,
    /// How often one thing is posted 64 times at once.
    #[arg(long, default_value_t = 10_000)]
    rounds: u64,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Builds optimised and runs everything; 0 leaves a part out.
///
/// # Errors
/// When something does not hold: its sentence was printed, with the seed that repeats it.
pub(crate) fn run_all(args: &Args) -> Outcome {
    if !cfg!(target_os = "linux") {
        return fail("power cuts and faults need Linux: the shim stands in for its C library");
    }
    let parts = [("kills", args.kills), ("cuts", args.cuts), ("storm", args.rounds)];
    let chosen: Vec<_> = parts.into_iter().filter(|(_, times)| *times > 0).collect();
    let mut steps = Steps::new(chosen.len() + 1);
    steps.run("tablets, server and their tests", || {
        run(command("cargo", ".").args(["build", "--release", "--package", "tsumugi-durability"]))
    })?;
    for (part, times) in chosen {
        let mut cargo = command("cargo", ".");
        cargo.args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "tsumugi-durability",
            "--bin",
            "durability",
            "--",
        ]);
        cargo.args([part, &times.to_string(), "--seed", &args.seed.to_string()]);
        steps.run(&format!("{part}, {times}"), || run(&mut cargo))?;
    }
    eprintln!("\n✓ nothing acknowledged was lost in {} s", steps.seconds());
    Ok(())
}
