//! Lives seeds of the simulated world and tells what happened.

use std::{
    io::{Write as _, stdout},
    process::ExitCode,
    time::Instant,
};

use clap::Parser;
use tsumugi_simulation::{
    counts::grouped,
    run::{Failure, Report, is_real, live, live_all},
};

/// Seeds of the simulated world.
#[derive(Parser)]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Threads; all cores when absent.
    #[arg(long)]
    threads: Option<usize>,
    /// Prints everything that happens, of one seed.
    #[arg(long)]
    trace: bool,
}

fn tell(text: &str) {
    // Nobody may listen any more: the outcome is the exit code.
    let _ = writeln!(stdout().lock(), "{text}");
}

fn tell_failure(failure: &Failure) {
    tell(&format!("\nseed {} does not hold: {}", failure.seed, failure.sentence));
    for line in &failure.trace {
        tell(&format!("  {line}"));
    }
    tell(&format!("  replay: cargo xtask simulate --seeds 1 --from {}", failure.seed));
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.trace {
        let lived = live(args.from, is_real(args.from), None);
        for line in &lived.trace {
            tell(line);
        }
        tell(&format!("{}\n{}", lived.counts, lived.sentence.as_deref().unwrap_or("everything holds")));
        return if lived.sentence.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let progress = |seeds: u64, report: &Report| {
        if seeds.is_multiple_of(2_000) {
            let failed = report.failures.len();
            tell(&format!(
                "{} seeds in {} s, {failed} do not hold",
                grouped(seeds),
                began.elapsed().as_secs()
            ));
        }
    };
    // A panic is told with its seed; the words of the panic hook would stand between the lines.
    std::panic::set_hook(Box::new(|_| {}));
    let report = live_all(args.from, args.seeds, args.threads.unwrap_or(cores), None, &progress);
    for failure in report.failures.iter().take(3) {
        tell_failure(failure);
    }
    for failure in report.failures.iter().skip(3).take(40) {
        tell(&format!("seed {} does not hold: {}", failure.seed, failure.sentence));
    }
    tell(&format!(
        "\n{} seeds in {} s: {}\n{} do not hold",
        grouped(report.seeds),
        began.elapsed().as_secs(),
        report.counts,
        report.failures.len()
    ));
    if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
