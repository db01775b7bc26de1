//! `tsumugi demo`: a made-up ward that serves until it is stopped.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::{
    output::{Ending, Failure, Output},
    run::stop_on_signal,
};
use crate::demo::{Client, DemoError, DemoOptions, Facts, run};

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Port on localhost; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Fill, print the answer of `GET /v1/indicators` on standard output, and end.
    #[arg(long)]
    check: bool,
    /// Another made-up ward.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

pub(super) fn demo(data: Option<PathBuf>, demo: &Demo, output: Output) -> Result<Ending, Failure> {
    // Without a folder of its own the demo leaves nothing behind.
    let passing =
        data.is_none().then(|| std::env::temp_dir().join(format!("tsumugi-demo-{}", std::process::id())));
    let Some(folder) = data.or_else(|| passing.clone()) else { return Ok(Ending::Ok) };
    let ended = fill_and_serve(folder, demo, output);
    if let Some(folder) = passing {
        // What cannot be removed lies in the folder for temporary files.
        let _ = std::fs::remove_dir_all(folder);
    }
    ended
}

fn fill_and_serve(folder: PathBuf, demo: &Demo, output: Output) -> Result<Ending, Failure> {
    let options = DemoOptions { data: folder, port: demo.port, seed: demo.seed };
    let (handle, facts) = run(&options, &mut |step| eprintln!("  {step}")).map_err(|error| match error {
        DemoError::Start(error) => super::client::explain(&error, output.japanese),
        error => Failure::environment(error),
    })?;
    if demo.check {
        let tiles = indicators(&facts).map_err(Failure::environment)?;
        output.show(&tiles, serde_json::to_string_pretty(&tiles).unwrap_or_default());
        return Ok(Ending::Ok);
    }
    let known = serde_json::to_value(&facts).map_err(Failure::environment)?;
    stop_on_signal(&handle)?;
    output.show(&known, facts.page());
    handle.wait();
    Ok(Ending::Ok)
}

fn indicators(facts: &Facts) -> Result<Value, DemoError> {
    let mut analyst = Client::new(&facts.url);
    if let Some(account) = facts.accounts.get("analyst") {
        analyst.sign_in(&account.account, &account.password)?;
    }
    analyst.get("/v1/indicators")
}
