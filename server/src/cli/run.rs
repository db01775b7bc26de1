//! From what was typed to what is done.

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use super::{
    args::{Backup, BackupCommand, Bundle, Cli, Command, Form, Indicator, RelayCommand, Serve},
    backup, bundle,
    client::{Client, explain},
    commands,
    doctor::doctor,
    indicator,
    output::{Ending, Failure, Output},
};
use crate::{Config, config::Admission, projection::run_worker, run};

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.json);
    output.end(dispatch(cli, output))
}

fn dispatch(cli: Cli, output: Output) -> Result<Ending, Failure> {
    match &cli.command {
        Command::Form(Form::Check { files }) => return commands::check_forms(files, output),
        Command::Indicator(check @ Indicator::Check { .. }) => {
            return indicator::check(check, output);
        }
        Command::Backup(Backup { command: Some(BackupCommand::NewKey { out }), .. }) => {
            return backup::new_key(out, output);
        }
        Command::Verify(verify) => return backup::verify(verify, output),
        Command::Demo(demo) => return super::demo::demo(cli.data, demo, output),
        Command::Worker { mebibytes, seconds } => {
            return run_worker(*mebibytes, *seconds).map(|()| Ending::Ok).map_err(Failure::environment);
        }
        _ => (),
    }
    let mut config = Config::read(cli.config, cli.data).map_err(Failure::environment)?;
    config.admission.get_or_insert(Admission::Process);
    match cli.command {
        Command::Serve(serve) => return serve_until_stopped(config, &serve, output),
        Command::Doctor => return doctor(config, output),
        Command::Bundle(Bundle::Verify { file }) => return bundle::verify(config, &file, output),
        Command::Restore(restore) => return backup::restore(&config, &restore, output),
        Command::Relay(ref relay) => config.upstream = relay.upstream.clone().or(config.upstream),
        _ => (),
    }
    let client = Client::open(config, output.japanese)?;
    match &cli.command {
        Command::Form(form) => commands::form(&client, form, output),
        Command::Survey(survey) => commands::survey(&client, survey, output),
        Command::Card(card) => commands::card(&client, card, output),
        Command::Device(device) => commands::device(&client, device, output),
        Command::Account(account) => commands::account(&client, account, output),
        Command::Export(export) => commands::export(&client, export, output),
        Command::Indicator(command) => indicator::indicator(&client, command, output),
        Command::Backup(command) => backup::backup(&client, command, output),
        Command::Bundle(command) => bundle::bundle(&client, command, output),
        Command::Relay(relay) => {
            bundle::relay(&client, matches!(relay.command, RelayCommand::Forward), output)
        }
        Command::Demo(_)
        | Command::Serve(_)
        | Command::Doctor
        | Command::Restore(_)
        | Command::Verify(_)
        | Command::Worker { .. } => Ok(Ending::Ok),
    }
}

/// Sends the log to standard error: lines for people, or JSON.
pub(crate) fn start_log(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process keeps the first log.
    let _ = if config.log_json { log.json().try_init() } else { log.with_target(false).try_init() };
}

fn serve_until_stopped(mut config: Config, serve: &Serve, output: Output) -> Result<Ending, Failure> {
    if let Some(listen) = serve.listen {
        config.listen = listen;
    }
    if serve.relay {
        config.upstream = serve.upstream.clone().or(config.upstream);
        if config.upstream.is_none() {
            let words = output.say(
                "中継の送り先を --upstream で指定してください。",
                "say by --upstream where a relay hands on to",
            );
            return Err(Failure::Usage(words.to_owned()));
        }
    }
    start_log(&config);
    let handle = run(config).map_err(|error| explain(&error, output.japanese))?;
    let url = handle.app().public_url();
    stop_on_signal(&handle)?;
    output
        .show(&serde_json::json!({ "url": url }), format!("{} {url}", output.say("開いています:", "open:")));
    handle.wait();
    Ok(Ending::Ok)
}

/// Stops the server at ctrl-c, or when the service manager ends it. Both are listened for when this
/// returns: a server may be stopped as soon as it has said its address.
pub(crate) fn stop_on_signal(handle: &crate::Handle) -> Result<(), Failure> {
    let stopper = handle.stopper();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::environment)?;
    let within = runtime.enter();
    let signal = signal().map_err(Failure::environment)?;
    drop(within);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(signal);
            // The server may have stopped by itself.
            let _ = stopper.send(true);
        })
        .map_err(Failure::environment)?;
    Ok(())
}

#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
        }
    })
}

#[cfg(not(unix))]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    // Without a console there is nothing to wait for but the end of the process.
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
