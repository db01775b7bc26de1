//! `backup`, `restore`, `verify`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    args::{Backup, Restore, Verify},
    client::Client,
    commands::{text, write_new},
    output::{Ending, Failure, Output},
};
use crate::{
    Config,
    app::hold_folder,
    backup::{self, BackupError, Keys, Manifest},
    clock,
};

/// Why it failed, and what to do.
fn failed(error: &BackupError, output: Output) -> Failure {
    let remedy = match error {
        BackupError::Occupied { .. } => output.say(
            "今のデータベースを脇へ移して戻すには --set-aside を付けてください(消しません)。",
            "to move the present database aside (nothing is deleted), add --set-aside",
        ),
        BackupError::Locked { .. } => output.say(
            "--key に、この控えの秘密鍵のファイルを渡してください。",
            "give the file with the secret key of this backup by --key",
        ),
        BackupError::Unsound { .. } => output.say(
            "この控えは使えません。一つ前の控えを確かめてください。",
            "this backup cannot be used: verify the one before it",
        ),
        BackupError::Space { .. } => output.say(
            "空きを増やすか、backup_folder を別のディスクにしてください。",
            "make room, or set backup_folder to another disk",
        ),
        _ => "",
    };
    let words = error.to_string();
    Failure::Environment(if remedy.is_empty() { words } else { format!("{words}\n  {remedy}") })
}

fn keys(files: &[PathBuf], output: Output) -> Result<Keys, Failure> {
    let mut text = Vec::new();
    for file in files {
        text.extend(
            std::fs::read(file)
                .map_err(|error| Failure::environment(format!("{}: {error}", file.display())))?,
        );
        text.push(b'\n');
    }
    Keys::read(text.as_slice()).map_err(|error| failed(&error, output))
}

fn describe(manifest: &Manifest, output: Output) -> String {
    let contents = &manifest.contents;
    format!(
        "{} {} ({})\n{} {}  {} {}  {} {}  {} {}",
        output.say("控え", "backup"),
        manifest.number,
        manifest.begun,
        output.say("調査", "surveys"),
        contents.surveys,
        output.say("変更", "items"),
        contents.items,
        output.say("封をした回答", "sealed records"),
        contents.records,
        output.say("端末", "devices"),
        contents.devices,
    )
}

/// `backup new-key`: needs no server and no data folder.
pub(super) fn new_key(out: &PathBuf, output: Output) -> Result<Ending, Failure> {
    let (file, public) = backup::new_identity();
    write_new(out, file.as_bytes())?;
    let words = format!(
        "{}\n{}: {public}",
        output.say(
            "秘密鍵を書き出しました。サーバーの外(金庫など)に移し、写しをもう一つ作ってください。失うと控えは開けません。",
            "the secret key was written: move it away from the server (a safe), and make a second copy; without it no backup opens",
        ),
        output.say("公開鍵(backup_recipients に書きます)", "public key (for backup_recipients)"),
    );
    output.show(&json!({ "file": out, "recipient": public }), words);
    Ok(Ending::Ok)
}

/// `backup`, `backup list`.
pub(super) fn backup(client: &Client, command: &Backup, output: Output) -> Result<Ending, Failure> {
    if let Some(super::args::BackupCommand::List) = command.command {
        let backups = client.get("/v1/backups")?;
        let lines: Vec<String> = backups
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| {
                let verified = row.get("verified").is_some_and(Value::is_string);
                let mark = if verified { "ok" } else { "--" };
                let number = row.get("number").and_then(Value::as_u64).unwrap_or_default();
                let bytes = row.get("bytes").and_then(Value::as_u64).unwrap_or_default();
                format!("{mark} {number:>6} {} {bytes:>14} {}", text(row, "begun"), text(row, "file"))
            })
            .collect();
        output.show(&backups, lines.join("\n"));
        return Ok(Ending::Ok);
    }
    let made = client.post("/v1/backups", &json!({ "recipients": command.recipient }))?;
    let file = text(&made, "file");
    let encrypted = if file.ends_with(".age") {
        ""
    } else {
        output.say(
            "\n注意: 暗号化していません。`tsumugi backup new-key` で鍵を作り、backup_recipients に書いてください。",
            "\nnote: it is not encrypted; make a key with `tsumugi backup new-key` and set backup_recipients",
        )
    };
    let bytes = made.get("bytes").and_then(Value::as_u64).unwrap_or_default();
    let said = output.say("作り、戻せることを確かめました", "made, and verified by restoring it");
    output.show(&made, format!("{file}: {said} ({bytes} bytes){encrypted}"));
    Ok(Ending::Ok)
}

/// `verify`: restores into a folder of its own and reads everything.
pub(super) fn verify(command: &Verify, output: Output) -> Result<Ending, Failure> {
    let keys = keys(&command.key, output)?;
    match backup::verify(&command.file, &keys, &std::env::temp_dir()) {
        Ok(manifest) => {
            let said = output.say("問題ありません", "sound");
            let value = json!({ "sound": true, "manifest": manifest });
            output
                .show(&value, format!("{}: {said}\n{}", command.file.display(), describe(&manifest, output)));
            Ok(Ending::Ok)
        }
        Err(error @ BackupError::Unsound { .. }) => {
            let value = json!({ "sound": false, "detail": error.to_string() });
            output.show(&value, &error);
            Ok(Ending::Findings)
        }
        Err(error) => Err(failed(&error, output)),
    }
}

/// `restore`: fills the data folder.
pub(super) fn restore(config: &Config, command: &Restore, output: Output) -> Result<Ending, Failure> {
    let keys = keys(&command.key, output)?;
    let _held = hold_folder(&config.data).map_err(Failure::environment)?;
    let now = clock::now().unix_ms;
    let restored = backup::restore(&command.file, &keys, &config.data, command.set_aside, now)
        .map_err(|error| failed(&error, output))?;
    let aside = restored.aside.as_ref().map_or(String::new(), |place| {
        format!("\n{}: {}", output.say("前のデータベース", "the database before"), place.display())
    });
    let next = output.say(
        "端末は次の同期で、控えより新しいものを送り直します。控えのあとに止めた端末・作った利用者は、もう一度行ってください。",
        "at their next sync devices send again what is newer; revoke again the devices that were revoked since, and add again the accounts",
    );
    let value = json!({ "manifest": restored.manifest, "aside": restored.aside });
    output.show(&value, format!("{}{aside}\n{next}", describe(&restored.manifest, output)));
    Ok(Ending::Ok)
}
