//! The measurements of docs/BENCHMARKS.md: `cargo xtask bench [NAME] [--json]`.
//!
//! Each bench prints what it measured; `peer` is the peer or the reference of the same run,
//! since machines are noisy. No figure here makes a test fail.

mod connection;
mod crowd;
mod deposits;
mod engine;
mod engine_forms;
mod engine_native;
mod engine_scenarios;
mod form;
mod herd;
mod indicators;
mod items;
mod million;
mod outside;
mod peers;
mod people;
mod process;
mod report;
mod sizes;
mod survey;
mod sync;
mod wire;

use std::process::ExitCode;

use report::Report;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, file] = words.as_slice()
        && flag == "--native"
    {
        return match engine_native::run(file.as_ref()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{file}: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let json = words.iter().any(|word| word == "--json");
    let name = words.iter().find(|word| !word.starts_with("--")).map_or("", String::as_str);
    let mut report = Report::new(json, name.to_owned());
    form::measure(&mut report);
    engine::measure(&mut report);
    sync::measure(&mut report);
    people::measure(&mut report);
    items::measure(&mut report);
    deposits::measure(&mut report);
    herd::measure(&mut report);
    crowd::measure(&mut report);
    indicators::measure(&mut report);
    survey::measure(&mut report);
    million::measure(&mut report);
    sizes::measure(&mut report);
    ExitCode::SUCCESS
}
