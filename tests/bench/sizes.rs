//! What is loaded, what is installed, and what a server at rest holds.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::report::Report;

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("size") {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let kilobytes = |bytes: u64| bytes as f64 / 1_000.0;
    let (mut wasm, mut page) = (0, 0);
    for path in files(&root.join("web/dist")) {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending {
            "wasm" => wasm += brotli(&path),
            "js" | "css" | "html" => page += brotli(&path),
            _ => {}
        }
    }
    if page > 0 {
        report.say("size/wasm-brotli", kilobytes(wasm), "kB", None);
        report.say("size/pages-brotli", kilobytes(page), "kB", None);
    }
    let built = std::env::current_exe().ok().and_then(|bench| bench.parent().map(Path::to_path_buf));
    let built = built.expect("the folder that cargo built into");
    for (name, file) in [("size/tablet-library", "libtsumugi_mobile.so"), ("size/server-binary", "tsumugi")] {
        if let Ok(data) = fs::metadata(built.join(file)) {
            report.say(name, kilobytes(data.len()), "kB", None);
        }
    }
    if let Some(mebibytes) = idle(&built.join("tsumugi")) {
        report.say("size/server-rss-idle", mebibytes, "MiB", None);
    }
}

/// Resident memory of a server on an empty folder, five seconds after its start.
fn idle(server: &Path) -> Option<f64> {
    let folder = tempfile::tempdir().ok()?;
    let mut process = Command::new(server)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .env("TSUMUGI_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .ok()?;
    std::thread::sleep(Duration::from_secs(5));
    let resident = crate::indicators::resident_kilobytes(process.id());
    process.kill().and_then(|()| process.wait()).ok()?;
    resident.map(|kilobytes| kilobytes / 1_024.0)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .map(|entry| entry.path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// Bytes of a file as Brotli packs it at its best; Node.js, which builds the pages, has it.
fn brotli(path: &PathBuf) -> u64 {
    let script = "const [, file] = process.argv; \
        console.log(require('zlib').brotliCompressSync(require('fs').readFileSync(file)).length)";
    let output = Command::new("node").args(["-e", script]).arg(path).output().expect("Node.js");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a length")
}
