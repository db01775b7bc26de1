//! Children that are killed and watched, and the long runs of `cargo xtask durability`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use tsumugi_durability::{
    cut_server::cut_servers,
    cut_tablet::cut_tablets,
    disk::Syncs,
    life::{Course, Plan, live, obey},
    report::Report,
    rows,
    season::kill_tablets,
    siege::kill_servers,
    storm::storm,
};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A life of the tablet in a folder: `busy` or `offline`, at most so many deeds.
    Tablet { folder: PathBuf, seed: u64, course: String, deeds: u64 },
    /// Does on a tablet what is asked on standard input, a deed a line.
    Hand { folder: PathBuf },
    /// Rows in the tablet's file of a folder, under this value of `synchronous`.
    Rows { folder: PathBuf, synchronous: String },
    /// Cuts the power of tablets and servers, so many images each.
    Cuts {
        images: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Posts the same thing 64 times at once, so many rounds.
    Storm {
        rounds: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Kills tablets and servers, this many times each.
    Kills {
        kills: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> io::Result<()> {
    match command {
        Command::Tablet { folder, seed, course, deeds } => {
            let plan = plan_in(&folder)?;
            let course = if course == "busy" { Course::Busy } else { Course::Offline };
            live(&folder, &plan, seed, course, deeds)
        }
        Command::Hand { folder } => obey(&folder, &plan_in(&folder)?),
        Command::Rows { folder, synchronous } => rows::write(&folder, &synchronous),
        Command::Cuts { images, seed } => {
            let program = std::env::current_exe()?;
            let server = program.with_file_name("durability-server");
            let moments = images.div_ceil(3);
            conclude("power cuts of tablets", &cut_tablets(&program, moments, Syncs::Believed, seed))?;
            conclude("power cuts of servers", &cut_servers(&server, moments, Syncs::Believed, seed))
        }
        Command::Storm { rounds, seed } => {
            let server = std::env::current_exe()?.with_file_name("durability-server");
            conclude("64 posts at once", &storm(&server, rounds, seed))
        }
        Command::Kills { kills, seed } => {
            let program = std::env::current_exe()?;
            let server = program.with_file_name("durability-server");
            conclude("kill -9 of tablets", &kill_tablets(&program, kills, seed))?;
            conclude("kill -9 of servers", &kill_servers(&server, kills, seed))
        }
    }
}

fn plan_in(folder: &Path) -> io::Result<Plan> {
    let text = fs::read_to_string(folder.join("plan.json"))?;
    Plan::decode(&text).ok_or_else(|| io::Error::other("the plan cannot be read"))
}

fn conclude(name: &str, report: &Report) -> io::Result<()> {
    eprintln!("{name}: {report}");
    for sentence in &report.wrong {
        eprintln!("  {sentence}");
    }
    if report.wrong.is_empty() { Ok(()) } else { Err(io::Error::other("something does not hold")) }
}
