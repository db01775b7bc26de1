//! The verbs that speak to a server.

use std::{
    fmt::Write as _,
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use qrcode::{QrCode, render::unicode::Dense1x2};
use serde_json::{Value, json};

use super::{
    args::{Account, Card, Device, Export, Form, Survey},
    client::Client,
    output::{Ending, Failure, Output},
};
use crate::{
    api::FileFinding,
    app::{FormFile, read_form_file},
    keyring,
};

pub(super) type Outcome = Result<Ending, Failure>;

pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| Failure::Environment(format!("{}: {error}", file.display())))
}

/// Writes a new file for this person only; an existing one is never overwritten.
pub(super) fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::Environment(format!("{}: {error}", file.display()));
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map_err(failed)?.write_all(bytes).map_err(failed)
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn title<'a>(value: &'a Value, name: &str, output: Output) -> &'a str {
    let texts = value.get(name);
    let of = |language: &str| texts.and_then(|texts| texts.get(language)).and_then(Value::as_str);
    of(output.language())
        .or_else(|| of("ja"))
        .or_else(|| of("en"))
        .or_else(|| of("default"))
        .unwrap_or_default()
}

pub(super) fn rows(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The secret from a file, from the environment, or typed.
fn secret(file: Option<&PathBuf>, variable: &str, question: &str) -> Result<String, Failure> {
    if let Some(file) = file {
        let bytes = read(file)?;
        return Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned());
    }
    if let Ok(secret) = std::env::var(variable) {
        return Ok(secret);
    }
    let _ = write!(std::io::stderr(), "{question}: ");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(Failure::environment)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn finding_lines(findings: &[FileFinding], output: Output) -> String {
    let mut lines = String::new();
    for finding in findings {
        let place = [finding.sheet.as_str(), finding.cell.as_str()].join(" ");
        let severity = match finding.severity.as_str() {
            "error" => output.say("エラー", "error"),
            _ => output.say("注意", "warning"),
        };
        let _ = writeln!(
            lines,
            "  {severity} {}: {}\n      → {}",
            place.trim(),
            finding.what.get(output.language()),
            finding.remedy.get(output.language())
        );
    }
    lines
}

/// `form check`: needs no server and no data folder.
pub(super) fn check_forms(files: &[PathBuf], output: Output) -> Outcome {
    let mut ending = Ending::Ok;
    for file in files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let FormFile { definition, findings } = read_form_file(&read(file)?, &name);
        let publishable = definition.is_some();
        if !publishable {
            ending = Ending::Findings;
        }
        let verdict = match (publishable, findings.len()) {
            (true, 0) => output.say("問題ありません", "sound"),
            (true, _) => output.say("公開できます(注意あり)", "may be published; look at the warnings"),
            (false, _) => output.say("公開できません", "cannot be published"),
        };
        let value = json!({ "file": file, "publishable": publishable, "findings": findings });
        let words = format!("{}: {verdict}\n{}", file.display(), finding_lines(&findings, output));
        output.show(&value, words.trim_end());
    }
    Ok(ending)
}

/// `form publish`, `form list`.
pub(super) fn form(client: &Client, command: &Form, output: Output) -> Outcome {
    let Form::Publish { file } = command else {
        let forms = client.get("/v1/forms")?;
        let mut words = String::new();
        for form in rows(&forms) {
            let published = form.get("published").and_then(Value::as_bool).unwrap_or_default();
            let mark = if published { "*" } else { " " };
            let _ = writeln!(
                words,
                "{mark} {} {} {}",
                text(form, "id"),
                text(form, "name"),
                title(form, "title", output)
            );
        }
        output.show(&forms, words.trim_end());
        return Ok(Ending::Ok);
    };
    let name: String = file
        .file_name()
        .map(|name| {
            name.to_string_lossy()
                .chars()
                .filter(|letter| letter.is_ascii_alphanumeric() || "._-".contains(*letter))
                .collect()
        })
        .unwrap_or_default();
    let reply = client.send("POST", &format!("/v1/forms?filename={name}"), &[], read(file)?)?.json()?;
    let findings: Vec<FileFinding> =
        reply.get("findings").cloned().and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default();
    let Some(id) = reply.get("formId").and_then(Value::as_str) else {
        output.show(&reply, finding_lines(&findings, output).trim_end());
        return Ok(Ending::Findings);
    };
    let form = client.post(&format!("/v1/forms/{id}/publish"), &json!({}))?;
    output.show(&form, format!("{}{id} {}", finding_lines(&findings, output), title(&form, "title", output)));
    Ok(Ending::Ok)
}

/// `survey list|open|close`.
pub(super) fn survey(client: &Client, command: &Survey, output: Output) -> Outcome {
    match command {
        Survey::List => {
            let surveys = client.get("/v1/surveys")?;
            let mut words = String::new();
            for survey in rows(&surveys) {
                let year = survey.get("fiscalYear").and_then(Value::as_i64).unwrap_or_default();
                let _ = writeln!(
                    words,
                    "{} {year} {:<9} {:<6} {}",
                    text(survey, "id"),
                    text(survey, "mode"),
                    text(survey, "state"),
                    title(survey, "title", output)
                );
            }
            output.show(&surveys, words.trim_end());
        }
        Survey::Open { survey } => {
            let opened = client.post(&format!("/v1/surveys/{survey}/open"), &json!({}))?;
            output.show(&opened, output.say("回答を受け付けています", "answers are taken from now on"));
        }
        Survey::Close { survey, passphrase_file } => {
            let surveys = client.get("/v1/surveys")?;
            let anonymous = rows(&surveys)
                .iter()
                .any(|known| text(known, "id") == survey && text(known, "mode") == "anonymous");
            let question = output.say("調査の合い言葉", "passphrase of the survey");
            let body = if anonymous {
                json!({ "passphrase": secret(passphrase_file.as_ref(), "TSUMUGI_PASSPHRASE", question)? })
            } else {
                json!({})
            };
            let report = client.post(&format!("/v1/surveys/{survey}/close"), &body)?;
            let number = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or_default();
            let words = format!(
                "{}: {} / {}: {}",
                output.say("集計した回答", "rows counted"),
                number("rows"),
                output.say("受け付けなかった記録", "records refused"),
                number("refused")
            );
            output.show(&report, words);
        }
    }
    Ok(Ending::Ok)
}

/// `card print`.
pub(super) fn card(client: &Client, command: &Card, output: Output) -> Outcome {
    let Card::Print { survey, stratum, count, out } = command;
    if out.exists() {
        return Err(Failure::Usage(format!("{} is there already", out.display())));
    }
    let headers = [("accept", "text/html"), ("content-type", "application/json")];
    let body = json!({ "stratum": stratum, "count": count }).to_string().into_bytes();
    let page = client.send("POST", &format!("/v1/surveys/{survey}/cards"), &headers, body)?;
    write_new(out, &page.body)?;
    let words = output.say(
        "印刷用のページを書き出しました。印刷したら消してください。",
        "the page to print was written; delete it when it is printed",
    );
    output.show(&json!({ "file": out, "cards": count }), format!("{}: {words}", out.display()));
    Ok(Ending::Ok)
}

/// `device enrol|list|revoke`.
pub(super) fn device(client: &Client, command: &Device, output: Output) -> Outcome {
    match command {
        Device::Enrol { name, survey } => {
            let all = client.get("/v1/surveys")?;
            let open = || {
                rows(&all)
                    .iter()
                    .filter(|survey| text(survey, "state") == "open")
                    .map(|survey| text(survey, "id").to_owned())
            };
            let surveys: Vec<String> = if survey.is_empty() { open().collect() } else { survey.clone() };
            let code = client.post("/v1/devices/codes", &json!({ "name": name, "surveys": surveys }))?;
            let url = text(&code, "url");
            let drawn =
                QrCode::new(url).map(|qr| qr.render::<Dense1x2>().build()).map_err(Failure::environment)?;
            let until = output.say("まで有効・一回だけ", "until then, once");
            output.show(
                &code,
                format!("{drawn}\n{}\n{url}\n{} {until}", text(&code, "code"), text(&code, "expires")),
            );
        }
        Device::List => {
            let devices = client.get("/v1/devices")?;
            let mut words = String::new();
            for device in rows(&devices) {
                let revoked = device.get("revoked").and_then(Value::as_bool).unwrap_or_default();
                let mark = if revoked { output.say("停止", "revoked") } else { "" };
                let _ = writeln!(
                    words,
                    "{} {:<7} {} {mark}",
                    text(device, "id"),
                    text(device, "role"),
                    text(device, "name")
                );
            }
            output.show(&devices, words.trim_end());
        }
        Device::Revoke { device } => {
            client.send("DELETE", &format!("/v1/devices/{device}"), &[], Vec::new())?;
            output.show(
                &json!({ "revoked": device }),
                output.say("端末を止めました", "the device was revoked"),
            );
        }
    }
    Ok(Ending::Ok)
}

/// `account add|list`.
pub(super) fn account(client: &Client, command: &Account, output: Output) -> Outcome {
    let Account::Add { name, role, password_file } = command else {
        let accounts = client.get("/v1/accounts")?;
        let lines: Vec<String> = rows(&accounts)
            .iter()
            .map(|account| format!("{} {}", text(account, "account"), text(account, "role")))
            .collect();
        output.show(&accounts, lines.join("\n"));
        return Ok(Ending::Ok);
    };
    if crate::api::Role::parse(role).is_none() {
        return Err(Failure::Usage("a role is `admin`, `field-manager` or `analyst`".to_owned()));
    }
    let given = password_file.is_some() || std::env::var_os("TSUMUGI_PASSWORD").is_some();
    let password = if given {
        secret(password_file.as_ref(), "TSUMUGI_PASSWORD", "")?
    } else {
        hex::encode(keyring::make_bytes::<10>())
    };
    client.post("/v1/accounts", &json!({ "account": name, "password": password, "role": role }))?;
    let shown = (!given).then_some(&password);
    let words = match shown {
        Some(password) => {
            format!("{name}: {} {password}", output.say("パスワード(一度だけ表示)", "password (shown once)"))
        }
        None => name.clone(),
    };
    output.show(&json!({ "account": name, "role": role, "password": shown }), words);
    Ok(Ending::Ok)
}

/// `export`.
pub(super) fn export(client: &Client, command: &Export, output: Output) -> Outcome {
    if command.out.exists() {
        return Err(Failure::Usage(format!("{} is there already", command.out.display())));
    }
    let surveys = client.get("/v1/surveys")?;
    let anonymous = rows(&surveys)
        .iter()
        .any(|survey| text(survey, "id") == command.survey && text(survey, "mode") == "anonymous");
    let question = output.say("調査の合い言葉", "passphrase of the survey");
    let passphrase = if anonymous {
        Some(secret(command.passphrase_file.as_ref(), "TSUMUGI_PASSPHRASE", question)?)
    } else {
        None
    };
    let headers: Vec<(&str, &str)> =
        passphrase.iter().map(|passphrase| ("x-tsumugi-passphrase", passphrase.as_str())).collect();
    let (file, table) = match &command.table {
        Some(table) => ("export.csv", format!("&table={table}")),
        None => ("export.zip", String::new()),
    };
    let path =
        format!("/v1/surveys/{}/{file}?bom={}&lang={}{table}", command.survey, command.bom, command.lang);
    let reply = client.send("GET", &path, &headers, Vec::new())?;
    write_new(&command.out, &reply.body)?;
    output.show(&json!({ "file": command.out, "bytes": reply.body.len() }), command.out.display());
    Ok(Ending::Ok)
}
