//! The data folder, the port, the disk.

use std::{fs, process::Command};

use serde_json::{Value, json};
use tsumugi_server::{Config, StartError, app::OpenError, run};

use crate::common::World;

fn config(world: &World) -> Config {
    Config { listen: "127.0.0.1:0".parse().unwrap(), ..world.config.clone() }
}

#[test]
fn a_second_process_on_the_folder_is_refused_and_the_first_goes_on() {
    let world = World::start();
    let error = run(config(&world)).err().unwrap();
    assert!(matches!(error, StartError::Open(OpenError::Locked { .. })), "{error}");
    assert_eq!(world.send("GET", "/healthz", &[], b"").status, 200);
}

#[test]
fn a_port_in_use_is_named() {
    let world = World::start();
    let taken = world.handle().addr();
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data: folder.path().to_owned(), listen: taken, ..Config::default() };
    let error = run(config).err().unwrap();
    assert_eq!(error.to_string(), format!("the address {taken} is in use by another program"));
}

#[test]
fn a_full_database_says_so_and_goes_on_reading() {
    let mut world = World::with(|config| config.max_pages = 120);
    let post = |world: &World, name: &str| {
        let body = json!({ "account": name.repeat(8), "password": "a long password", "role": "analyst" });
        world.local_json("POST", "/v1/accounts", &body)
    };
    let mut taken = 0_usize;
    let full = loop {
        let answer = post(&world, &format!("{taken:06}"));
        if answer.status != 204 {
            break answer;
        }
        taken += 1;
        assert!(taken < 20_000, "the limit was never met");
    };
    assert_eq!((full.status, full.code().as_str()), (507, "disk-full"));
    assert!(full.retry_after.is_some());
    let accounts = world.local("GET", "/v1/accounts", b"").ok().json();
    assert_eq!(accounts.as_array().unwrap().len(), taken, "what was acknowledged is there, and no more");
    world.config.max_pages = 0;
    world.restart();
    assert_eq!(post(&world, "after").status, 204);
}

#[test]
fn a_damaged_database_is_reported_and_left_as_it_is() {
    let mut world = World::start();
    drop(world.handle.take());
    let file = world.config.database();
    let mut bytes = fs::read(&file).unwrap();
    bytes[..4096].fill(0x5A);
    fs::write(&file, &bytes).unwrap();
    let error = run(config(&world)).err().unwrap();
    assert!(matches!(error, StartError::Open(OpenError::Database { .. })), "{error}");
    assert_eq!(fs::read(&file).unwrap(), bytes, "the file was not touched");
    let (code, _, words) = tsumugi(&world, &["doctor"]);
    assert_eq!(code, 1, "{words}");
}

fn tsumugi(world: &World, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tsumugi"))
        .args(args)
        .args(["--data", world.config.data.to_str().unwrap()])
        .env("TSUMUGI_PASSPHRASE_MEMORY_KIB", "64")
        .env("LANG", "C.UTF-8")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_line_speaks_to_the_running_server_and_to_a_folder_at_rest() {
    let mut world = World::start();
    let survey = world.open("support-register", "register", &[]);
    let (code, out, _) = tsumugi(&world, &["survey", "list", "--json"]);
    let listed: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, listed[0]["id"].as_str()), (0, Some(survey.to_string().as_str())));
    let (code, out, _) = tsumugi(&world, &["device", "enrol", "--name", "T-02"]);
    assert_eq!(code, 0);
    assert!(out.contains("/tablet#"), "{out}");
    drop(world.handle.take());
    let (code, out, words) = tsumugi(&world, &["account", "add", "sato", "--role", "analyst", "--json"]);
    assert_eq!(code, 0, "{words}");
    let added: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(added["password"].as_str().map(str::len), Some(20));
    let (_, out, _) = tsumugi(&world, &["device", "enrol", "--name", "T-03"]);
    assert!(out.contains("http://127.0.0.1:8080/tablet#"), "the address that `serve` will have: {out}");
    let (code, _, words) = tsumugi(&world, &["doctor"]);
    assert_eq!(code, 0, "{words}");
}

#[test]
fn exit_codes_tell_findings_usage_and_environment() {
    let world = World::start();
    let missing = "00000000000000000000000000000001";
    assert_eq!(tsumugi(&world, &["survey", "open", missing]).0, 1);
    assert_eq!(tsumugi(&world, &["survey", "opne"]).0, 2);
    assert_eq!(tsumugi(&world, &["form", "check", "/no/such/file.xlsx"]).0, 3);
    let (code, _, words) = tsumugi(&world, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 3);
    assert!(words.contains("another process already uses the data folder"), "{words}");
}
