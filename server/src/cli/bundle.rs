//! `bundle`, `relay`: what is carried by hand, and handing it on.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tsumugi_core::{
    device::BUNDLE_TYPE,
    sealed::{Bundle, BundleError, BundleReply, Fate, is_reply},
};

use super::{
    args::Bundle as Command,
    client::Client,
    commands::{text, write_new},
    output::{Ending, Failure, Output},
};
use crate::Config;

type Outcome = Result<Ending, Failure>;

const MEDIA: [(&str, &str); 1] = [("content-type", BUNDLE_TYPE)];

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| Failure::Environment(format!("{}: {error}", file.display())))
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// What is wrong with a file, for people and for programs.
fn damaged(file: &Path, error: BundleError, output: Output) -> Ending {
    let value = json!({ "sound": false, "detail": error.to_string() });
    output.show(&value, format!("{}: {}", file.display(), error.message(output.language())));
    Ending::Findings
}

/// How the parcels of a reply fared: answered, on their way, unreadable.
fn fates(reply: &BundleReply) -> [u64; 3] {
    reply.notices().fold([0; 3], |[answered, carried, unreadable], notice| match notice.fate {
        Fate::Answered(_) => [answered + 1, carried, unreadable],
        Fate::Carried => [answered, carried + 1, unreadable],
        Fate::Unreadable => [answered, carried, unreadable + 1],
    })
}

fn fate_words([answered, carried, unreadable]: [u64; 3], output: Output) -> String {
    format!(
        "{} {answered}  {} {carried}  {} {unreadable}",
        output.say("取り込み済み", "taken"),
        output.say("中継中", "on their way"),
        output.say("このサーバー宛てではない・壊れている", "not for this server, or changed"),
    )
}

/// `bundle verify`: what can be known without a key, and more where the server's folder is.
pub(super) fn verify(config: Config, file: &Path, output: Output) -> Outcome {
    let bytes = read(file)?;
    if is_reply(&bytes) {
        return Ok(match BundleReply::decode(&bytes) {
            Ok(reply) => {
                let fates = fates(&reply);
                let [answered, carried, unreadable] = fates;
                let value = json!({ "sound": true, "kind": "reply", "version": 1, "bytes": bytes.len(),
                    "answered": answered, "carried": carried, "unreadable": unreadable });
                let kind = output.say("返事(第1版)", "a reply (version 1)");
                let words = format!(
                    "{}: {kind}, {} bytes\n{}",
                    file.display(),
                    bytes.len(),
                    fate_words(fates, output)
                );
                output.show(&value, words);
                Ending::Ok
            }
            Err(error) => damaged(file, error, output),
        });
    }
    let bundle = match Bundle::decode(&bytes) {
        Ok(bundle) => bundle,
        Err(error) => return Ok(damaged(file, error, output)),
    };
    let mut value = json!({ "sound": true, "kind": "bundle", "version": 1, "bytes": bytes.len(),
        "parcels": bundle.len() });
    let sound = output.say("壊れていません。持ち運びファイル(第1版)", "sound, a bundle (version 1)");
    let parcels = output.say("小包", "parcels");
    let mut words = format!("{}: {sound}, {} bytes, {parcels} {}", file.display(), bytes.len(), bundle.len());
    if config.database().is_file() && config.upstream.is_none() {
        let client = Client::open(config, output.japanese)?;
        let contents = client.send("POST", "/v1/bundles/verify", &MEDIA, bytes)?.json()?;
        words = format!("{words}\n{}", content_words(&contents, output));
        value["contents"] = contents;
    } else {
        let locked = output.say(
            "中身は、サーバーのデータフォルダがある所でだけ分かります。",
            "what is in it is known only where the server's data folder is",
        );
        words = format!("{words}\n{locked}");
    }
    output.show(&value, words);
    Ok(Ending::Ok)
}

fn content_words(contents: &Value, output: Output) -> String {
    let mut lines: Vec<String> = Vec::new();
    for survey in contents.get("surveys").and_then(Value::as_array).into_iter().flatten() {
        lines.push(format!(
            "  {} {} {}  {} {}",
            text(survey, "survey"),
            output.say("変更", "changes"),
            number(survey, "changes"),
            output.say(
                "封をした記録(8件ずつの束。人数ではありません)",
                "sealed records (in batches of 8, not people)"
            ),
            number(survey, "records"),
        ));
    }
    let refused = [
        (
            "unreadable",
            "このサーバー宛てではない、または書き換えられた小包",
            "parcels not for this server, or changed",
        ),
        (
            "strange",
            "登録されていない、または止められた端末の小包",
            "parcels of devices that are unknown or revoked",
        ),
    ];
    for (name, ja, en) in refused {
        if number(contents, name) > 0 {
            lines.push(format!("  {} {}", output.say(ja, en), number(contents, name)));
        }
    }
    lines.join("\n")
}

/// `bundle unpack`: into the server by its own gate, or into a relay; the reply goes beside the file.
fn unpack(client: &Client, file: &Path, reply: Option<&PathBuf>, output: Output) -> Outcome {
    let bytes = read(file)?;
    let check = match is_reply(&bytes) {
        true => BundleReply::decode(&bytes).map(drop),
        false => Bundle::decode(&bytes).map(drop),
    };
    if let Err(error) = check {
        return Ok(damaged(file, error, output));
    }
    let brings_reply = is_reply(&bytes);
    let answer = client.send("POST", "/v1/bundles/file", &MEDIA, bytes)?.body;
    if brings_reply {
        let said = output.say(
            "返事を取り込みました。端末が次に来たときに渡します。",
            "the answers were taken, and go to the devices when they come",
        );
        output.show(&json!({ "taken": true }), said);
        return Ok(Ending::Ok);
    }
    let beside = || PathBuf::from(format!("{}.reply", file.display()));
    let place = reply.cloned().unwrap_or_else(beside);
    put_reply(&place, &answer)?;
    let fates = fates(&BundleReply::decode(&answer).map_err(Failure::environment)?);
    let [answered, carried, unreadable] = fates;
    let value = json!({ "answered": answered, "carried": carried, "unreadable": unreadable, "reply": place });
    let back = output.say(
        "返事のファイルを端末に持ち帰り、「返事を読み込む」で読んでください",
        "carry the reply back to the device and read it there",
    );
    output.show(&value, format!("{}\n{back}: {}", fate_words(fates, output), place.display()));
    Ok(if unreadable > 0 { Ending::Findings } else { Ending::Ok })
}

/// Writes a reply; one of an earlier time is replaced, anything else is not.
fn put_reply(place: &Path, reply: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::Environment(format!("{}: {error}", place.display()));
    if std::fs::read(place).is_ok_and(|old| is_reply(&old)) {
        let new = place.with_extension("reply-new");
        std::fs::write(&new, reply).map_err(failed)?;
        return std::fs::rename(&new, place).map_err(failed);
    }
    write_new(place, reply)
}

/// `bundle pack`: what this relay holds, for the next stick.
fn pack(client: &Client, file: &PathBuf, output: Output) -> Outcome {
    let packed = client.send("POST", "/v1/relay/pack", &[], Vec::new()).map_err(|failure| match failure {
        Failure::Refused { code, .. } if code == "not-found" => Failure::Usage(
            output
                .say(
                    "このフォルダは中継ではありません。サーバーのものはサーバーにあります(`serve --relay` か tsumugi.toml の upstream)。",
                    "this folder is not that of a relay, and a server has nobody to send to (`serve --relay`, or upstream in tsumugi.toml)",
                )
                .to_owned(),
        ),
        other => other,
    })?;
    let bundle = Bundle::decode(&packed.body).map_err(Failure::environment)?;
    if bundle.is_empty() {
        output.show(&json!({ "parcels": 0 }), output.say("送るものはありません。", "nothing waits here"));
        return Ok(Ending::Ok);
    }
    write_new(file, &packed.body)?;
    let value = json!({ "file": file, "parcels": bundle.len(), "bytes": packed.body.len() });
    let parcels = output.say("小包", "parcels");
    output
        .show(&value, format!("{}: {parcels} {}, {} bytes", file.display(), bundle.len(), packed.body.len()));
    Ok(Ending::Ok)
}

/// `bundle key|pack|unpack`.
pub(super) fn bundle(client: &Client, command: &Command, output: Output) -> Outcome {
    match command {
        Command::Key => {
            let server = client.get("/v1/server")?;
            let key = text(&server, "bundleKey");
            output.show(&json!({ "key": key }), key);
            Ok(Ending::Ok)
        }
        Command::Pack { file } => pack(client, file, output),
        Command::Unpack { file, reply } => unpack(client, file, reply.as_ref(), output),
        Command::Verify { .. } => Ok(Ending::Ok),
    }
}

/// `relay forward|status`.
pub(super) fn relay(client: &Client, forwards: bool, output: Output) -> Outcome {
    let view = match forwards {
        true => client.post("/v1/relay/forward", &json!({}))?,
        false => client.get("/v1/relay")?,
    };
    let words = format!(
        "{} {}  {} {}  {} {}\n{}",
        output.say("待っている小包", "waiting"),
        number(&view, "waiting"),
        output.say("預かっている返事", "answers kept"),
        number(&view, "answered"),
        output.say("今回返事が来た小包", "answered now"),
        number(&view, "new"),
        text(&view, "upstream"),
    );
    output.show(&view, words);
    Ok(Ending::Ok)
}
