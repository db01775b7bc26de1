//! `doctor`: looks at everything that a server needs, and says what to do.

use serde_json::json;
use tsumugi_core::indicator::{IndicatorFile, estimate::PopulationMargin};

use super::output::{Ending, Failure, Output};
use crate::{
    Config,
    app::{App, OpenError, free_bytes},
    clock,
    store::Upkeep,
};

struct Finding {
    check: &'static str,
    ok: bool,
    words: String,
}

fn finding(check: &'static str, ok: bool, words: impl Into<String>) -> Finding {
    Finding { check, ok, words: words.into() }
}

/// Checks the folder, the database, the disk and the indicator file. Changes nothing.
pub(super) fn doctor(config: Config, output: Output) -> Result<Ending, Failure> {
    let mut findings = vec![disk(&config), indicators(&config)];
    match App::open(config) {
        Ok(app) => {
            findings.push(finding("folder", true, "no other process uses it"));
            findings.push(database(app.blocking_store()));
            findings.push(backups(&app));
        }
        Err(OpenError::Locked { .. }) => {
            findings.push(finding(
                "folder",
                true,
                "a server is running on it; stop it to check the database",
            ));
        }
        Err(error @ OpenError::Folder { .. }) => return Err(Failure::environment(error)),
        Err(OpenError::Database { file, source }) => {
            let words = format!(
                "{}: {source}; the file was left as it is: copy it, then go back to a backup",
                file.display()
            );
            findings.push(finding("database", false, words));
        }
    }
    let sound = findings.iter().all(|finding| finding.ok);
    for found in &findings {
        let mark = if found.ok { "ok" } else { "!!" };
        let value = json!({ "check": found.check, "ok": found.ok, "detail": found.words });
        output.show(&value, format!("{mark} {}: {}", found.check, found.words));
    }
    Ok(if sound { Ending::Ok } else { Ending::Findings })
}

fn disk(config: &Config) -> Finding {
    match free_bytes(&config.data) {
        Some(free) => {
            finding("disk", free >= config.free_bytes, format!("{} MiB are free", free / (1024 * 1024)))
        }
        None => finding("disk", true, "the data folder is not there yet"),
    }
}

fn indicators(config: &Config) -> Finding {
    let path = config.indicator_file();
    let Ok(source) = std::fs::read_to_string(&path) else {
        return finding(
            "indicators",
            true,
            format!("no file at {}: the dashboard has no tiles", path.display()),
        );
    };
    let margins = std::fs::read_to_string(config.margin_file()).unwrap_or_default();
    if let (false, Err(issues)) = (margins.is_empty(), PopulationMargin::parse(&margins)) {
        let lines: Vec<String> = issues.iter().map(ToString::to_string).collect();
        return finding(
            "indicators",
            false,
            format!("{}: {}", config.margin_file().display(), lines.join("; ")),
        );
    }
    match IndicatorFile::parse(&source) {
        Ok(file) => finding("indicators", true, format!("{} indicators", file.indicators.len())),
        Err(issues) => {
            let lines: Vec<String> = issues.iter().map(ToString::to_string).collect();
            finding("indicators", false, lines.join("; "))
        }
    }
}

fn database(store: &(impl Upkeep + ?Sized)) -> Finding {
    match store.verify() {
        Ok(wrong) if wrong.is_empty() => {
            finding("database", true, "every page and every item is as it was written")
        }
        Ok(wrong) => finding("database", false, wrong.join("; ")),
        Err(error) => finding("database", false, error.to_string()),
    }
}

/// Without a verified backup a dead disk loses what devices no longer have, and devices keep
/// their sealed copies for ever.
fn backups(app: &App) -> Finding {
    let store = app.blocking_store();
    let (rows, contents) = match store.backups().and_then(|rows| Ok((rows, store.contents()?))) {
        Ok(found) => found,
        Err(error) => return finding("backup", false, error.to_string()),
    };
    let Some(last) = rows.into_iter().find(|row| row.verified.is_some()) else {
        // A server that nobody has sent anything to has nothing to lose.
        let words = "there is no verified backup: make one with `tsumugi backup`";
        return finding("backup", contents.devices == 0, words);
    };
    let hours = clock::now().unix_ms.saturating_sub(last.begun) / 3_600_000;
    let most = 2 * i64::from(app.config().backup_hours);
    let words = format!("the last verified backup is {hours} h old: {}", last.file);
    finding("backup", most == 0 || hours < most, words)
}
