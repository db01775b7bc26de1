//! `cargo xtask fuzz`: looks for inputs that break a claim of `tests/fuzzing`.

use std::fs;

use crate::{
    need,
    step::{Outcome, Steps, command, fail, root, run, target},
};

const TARGETS: &[&str] =
    &["expression", "workbook", "sheets", "xform", "entry", "bundle", "gate", "wire", "record"];

/// Options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this target; all, one after another, when none is named.
    target: Option<String>,
    /// How long each target runs.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
}

/// Runs the targets under libFuzzer with AddressSanitizer.
///
/// # Errors
/// What is missing on the machine, or the first input that breaks a claim.
pub(crate) fn run_targets(args: &Args) -> Outcome {
    let named = args.target.as_deref();
    let chosen: Vec<&str> =
        TARGETS.iter().copied().filter(|target| named.is_none_or(|named| named == *target)).collect();
    if chosen.is_empty() {
        return fail(format!("there is no such fuzz target; there are: {}", TARGETS.join(", ")));
    }
    let mut steps = Steps::new(chosen.len() + 1);
    steps.run("nightly toolchain and cargo-fuzz", need::cargo_fuzz)?;
    for name in chosen {
        steps.run(&format!("{name}, {} s", args.seconds), || one(name, args.seconds))?;
    }
    eprintln!("\n✓ nothing was found in {} s", steps.seconds());
    Ok(())
}

fn one(name: &str, seconds: u64) -> Outcome {
    // What libFuzzer finds worth keeping goes to the first folder; the seeds stay as they are.
    let found = target().join("fuzz/corpus").join(name);
    fs::create_dir_all(&found)
        .or_else(|error| fail(format!("{} cannot be made: {error}", found.display())))?;
    let seeds = |kind: &str| root().join("tests/fuzz").join(kind).join(name);
    let mut fuzz = command("rustup", ".");
    fuzz.args(["run", "nightly", "cargo", "fuzz", "run", "--fuzz-dir", "tests/fuzz", "--target-dir"]);
    fuzz.arg(target().join("fuzz/build")).arg(name).arg(&found);
    fuzz.args([seeds("corpus"), seeds("regressions")].iter().filter(|folder| folder.is_dir()));
    let limits = ["-max_len=65536", "-timeout=30", "-rss_limit_mb=2048"];
    fuzz.arg("--").arg(format!("-max_total_time={seconds}")).args(limits);
    run(&mut fuzz).or_else(|failure| {
        fail(format!(
            "{}\n  The input is below tests/fuzz/artifacts/{name}. Put it into tests/fuzz/regressions/{name} \
             under a name that says what it is, and mend what it shows.",
            failure.0
        ))
    })
}
