//! `GET /v1/indicators` after the demo.

use std::{process::Command, time::Instant};

use tsumugi_server::demo::{DemoOptions, run};

use crate::report::{Report, median_ms};

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("indicators") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let options = DemoOptions { data: folder.path().join("demo"), port: 0, seed: 7 };
    let began = Instant::now();
    let (handle, facts) = run(&options, &mut |_| {}).expect("a demo");
    report.say("indicators/demo-fill", began.elapsed().as_secs_f64(), "s", None);
    let mut analyst = tsumugi_server::demo::Client::new(&handle.url());
    let account = facts.accounts.get("analyst").expect("an analyst");
    analyst.sign_in(&account.account, &account.password).expect("a session");
    let get = || {
        let tiles: Vec<serde_json::Value> = analyst.get("/v1/indicators").expect("the tiles");
        assert_eq!(tiles.len(), 16);
    };
    get();
    report.say("indicators/get-after-demo", median_ms(51, get), "ms", None);
    if let Some(kilobytes) = resident_kilobytes(std::process::id()) {
        report.say("indicators/process-rss-after-demo", kilobytes / 1_024.0, "MiB", None);
    }
}

/// Resident memory of a process, where the system tells it.
pub(crate) fn resident_kilobytes(process: u32) -> Option<f64> {
    let output = Command::new("ps").args(["-o", "rss=", "-p", &process.to_string()]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
