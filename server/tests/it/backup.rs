//! Backups on the command line: made while the server runs, verified, restored, refused.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use tsumugi_server::{backup::is_due, store::BackupRow};

use crate::common::World;

fn tsumugi(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tsumugi"))
        .env("LANG", "C")
        .args(["--json", "--data"])
        .arg(data)
        .args(arguments)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_backup_is_encrypted_verified_and_restored() {
    let world = World::start();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("backup.key");
    let made = tsumugi(&world.config.data, &["backup", "new-key", "--out", text(&key)]);
    let recipient = json(&made)["recipient"].as_str().unwrap().to_owned();
    assert!(recipient.starts_with("age1"));

    let made = tsumugi(&world.config.data, &["backup", "--recipient", &recipient]);
    let file = json(&made)["file"].as_str().unwrap().to_owned();
    assert!(file.ends_with(".tar.age"), "{file}");
    let list = json(&tsumugi(&world.config.data, &["backup", "list"]));
    assert!(list[0]["verified"].is_string(), "{list}");

    let without = tsumugi(&world.config.data, &["verify", &file]);
    assert_eq!(without.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&without.stdout).contains("--key"));
    let verified = tsumugi(&world.config.data, &["verify", &file, "--key", text(&key)]);
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    assert_eq!(json(&verified)["manifest"]["contents"]["surveys"], 0);

    let target = folder.path().join("restored");
    let restored = tsumugi(&target, &["restore", &file, "--key", text(&key)]);
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    let again = tsumugi(&target, &["restore", &file, "--key", text(&key)]);
    assert_eq!(again.status.code(), Some(3), "a database is never written over");
    let again = tsumugi(&target, &["restore", &file, "--key", text(&key), "--set-aside"]);
    let aside = json(&again)["aside"].as_str().unwrap().to_owned();
    assert!(Path::new(&aside).join("tsumugi.db").is_file());
    let accounts = json(&tsumugi(&target, &["account", "list"]));
    assert_eq!(accounts, json(&tsumugi(&world.config.data, &["account", "list"])));
}

/// Some thirty places, of an odd distance so that all kinds of bytes are met.
fn written_step(bytes: &[u8]) -> usize {
    (bytes.iter().filter(|byte| **byte != 0).count() / 30) | 1
}

#[test]
fn a_byte_that_changed_anywhere_is_found() {
    let world = World::start();
    let made = tsumugi(&world.config.data, &["backup"]);
    let file = json(&made)["file"].as_str().unwrap().to_owned();
    let sound = fs::read(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.tar");
    // Zeros fill up headers and blocks of tar; they say nothing.
    let written: Vec<usize> = (0..sound.len()).filter(|place| sound[*place] != 0).collect();
    for place in written.into_iter().step_by(written_step(&sound)) {
        let mut bytes = sound.clone();
        bytes[place] ^= 0x40;
        fs::write(&damaged, bytes).unwrap();
        let verified = tsumugi(&world.config.data, &["verify", text(&damaged)]);
        assert_eq!(verified.status.code(), Some(1), "byte {place}: {verified:?}");
        assert_eq!(json(&verified)["sound"], false);
    }
    for length in [0, 1, 600, sound.len() / 2, sound.len() - 1100] {
        fs::write(&damaged, &sound[..length]).unwrap();
        assert_eq!(
            tsumugi(&world.config.data, &["verify", text(&damaged)]).status.code(),
            Some(1),
            "{length}"
        );
    }
}

#[test]
fn a_wrong_key_is_said_in_words() {
    let world = World::start();
    let secret = "AGE-SECRET-KEY-1QQQQ";
    for (given, expected) in [("age1nonsense", "age1nonsense"), (secret, "public key")] {
        let made = tsumugi(&world.config.data, &["backup", "--recipient", given]);
        let words = String::from_utf8_lossy(&made.stdout).into_owned();
        assert_eq!(made.status.code(), Some(1), "{words}");
        assert!(words.contains("backup-key") && words.contains(expected), "{words}");
        assert!(!words.contains("1QQQQ"), "a secret key is not repeated");
    }
}

#[test]
fn a_backup_is_due_when_it_is_older_than_what_answers_rest_on() {
    const HOUR_MS: i64 = 3_600_000;
    let world = World::with(|config| config.backup_hours = 24);
    let app = world.handle().app();
    let store = app.blocking_store();
    assert!(is_due(app).unwrap(), "there is none");
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let verified = |begun: i64| {
        let number = store.begin_backup(begun).unwrap();
        let row = BackupRow { number, begun, verified: Some(begun), file: "b.tar".to_owned(), bytes: 1 };
        store.end_backup(row).unwrap();
    };
    verified(now - 25 * HOUR_MS);
    assert!(is_due(app).unwrap(), "it is a day old");
    verified(now - 2 * HOUR_MS);
    assert!(!is_due(app).unwrap());
    world.open("loneliness", "anonymous", &["30-99"]);
    assert!(is_due(app).unwrap(), "a survey was opened after it");
    verified(now - HOUR_MS / 2);
    assert!(!is_due(app).unwrap(), "once an hour is often enough");
}
