//! Stories that other programs play against a real server: a demo is filled once, and each
//! story gets a server of its own on a copy of it, so that none sees what another used up.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use crate::{
    build, need,
    step::{Outcome, command, fail, read, root, run, target},
    wasm,
};

/// Fills a made-up ward and holds that each of the sixteen indicators has a value.
///
/// # Errors
/// When the demo does not stand, or a tile has no value.
pub(crate) fn check_demo() -> Outcome {
    let printed = fill(&folder("demo"))?;
    let tiles: Vec<serde_json::Value> = match serde_json::from_str(&printed) {
        Ok(tiles) => tiles,
        Err(error) => return fail(format!("`tsumugi demo --check` did not print a list of tiles: {error}")),
    };
    let valued =
        tiles.iter().filter(|tile| tile.get("value").is_some_and(serde_json::Value::is_number)).count();
    if tiles.len() == 16 && valued == 16 {
        eprintln!("  16 tiles, each with a value");
        return Ok(());
    }
    fail(format!(
        "16 tiles with a value were expected; there are {} tiles, {valued} of them with a value",
        tiles.len()
    ))
}

/// Plays the Python program.
///
/// # Errors
/// When Python is missing or something does not hold.
pub(crate) fn python() -> Outcome {
    need::python()?;
    let server = Server::start("python")?;
    run(command("python3", "mobile-ffi/python-test").arg("story.py").env("TSUMUGI_DEMO", &server.facts))
}

/// Plays recorded forms on the WebAssembly build in Node, and holds that each step comes out
/// as on the native build.
///
/// # Errors
/// When Node is missing or a step differs.
pub(crate) fn tapes() -> Outcome {
    need::node()?;
    let folder = wasm::build_tapes()?;
    let tapes = root().join("tests/fixtures/forms/form_tapes.json.gz");
    let native = folder.join("native.jsonl");
    let conformance = target().join("debug/conformance");
    // Its exit code tells of steps that differ from the recording, which the Rust tests weigh.
    let printed =
        command(conformance, ".").args(["tapes".as_ref(), tapes.as_os_str(), "--failures".as_ref()]).output();
    let written = printed.and_then(|output| fs::write(&native, output.stdout));
    written.or_else(|error| fail(format!("{}: {error}", native.display())))?;
    run(command("node", "tests/tapes/node")
        .arg("play.mjs")
        .arg(folder.join("tapes.js"))
        .arg(&tapes)
        .arg(&native))
}

/// Plays the Kotlin program on the JVM.
///
/// # Errors
/// When Java or Maven is missing or something does not hold.
pub(crate) fn kotlin() -> Outcome {
    need::maven()?;
    let server = Server::start("kotlin")?;
    run(command("mvn", "mobile-ffi/kotlin-test")
        .args(["--batch-mode", "--quiet", "test"])
        .arg(format!("-Djna.library.path={}", target().join("debug").display()))
        .env("TSUMUGI_DEMO", &server.facts))
}

/// Plays the browser stories; each file of them starts its own server on a copy of the demo.
///
/// # Errors
/// When Chromium is missing or something does not hold.
pub(crate) fn browser() -> Outcome {
    let chromium = need::chromium()?;
    run(command("npm", "web")
        .args(["run", "--silent", "e2e"])
        .env("CHROMIUM", chromium)
        .env("CARGO_TARGET_DIR", target())
        .env("TSUMUGI_DEMO_DATA", filled()?))
}

/// A demo server on a copy of the filled ward; it ends with this value.
struct Server {
    process: Child,
    /// What `tsumugi demo --json` printed: address, accounts, codes.
    facts: String,
}

impl Server {
    fn start(story: &str) -> Outcome<Self> {
        let data = folder(story);
        copy(&filled()?, &data)?;
        let spawned = command(target().join("debug/tsumugi"), ".")
            .args(["demo", "--json", "--port", "0", "--data"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = match spawned {
            Ok(process) => process,
            Err(error) => return fail(format!("the demo server could not be started: {error}")),
        };
        let mut facts = String::new();
        let told = process.stdout.take().map(|output| BufReader::new(output).read_line(&mut facts));
        let server = Self { process, facts };
        match told {
            Some(Ok(length)) if length > 0 => Ok(server),
            _ => fail("the demo server ended before it stood"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that is gone already has nothing to be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn folder(name: &str) -> PathBuf {
    target().join("xtask").join(name)
}

/// The folder of a filled demo; filled now when no step before did it.
fn filled() -> Outcome<PathBuf> {
    let data = folder("demo");
    let binary = target().join("debug/tsumugi");
    // A ward that an older server filled would tell of that server.
    if build::modified(&data.join("demo.json")) < build::modified(&binary) {
        fill(&data)?;
    }
    Ok(data)
}

fn fill(data: &Path) -> Outcome<String> {
    empty(data)?;
    read(
        command(target().join("debug/tsumugi"), ".")
            .args(["demo", "--check", "--port", "0", "--data"])
            .arg(data),
    )
}

fn empty(folder: &Path) -> Outcome {
    let emptied = if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) };
    emptied
        .and_then(|()| fs::create_dir_all(folder))
        .or_else(|error| fail(format!("{}: {error}", folder.display())))
}

/// Copies the files of a data folder. A slow machine has made a backup meanwhile, in a folder of
/// its own: a copy does without.
fn copy(from: &Path, to: &Path) -> Outcome {
    empty(to)?;
    let copied = fs::read_dir(from).and_then(|files| {
        files.into_iter().try_for_each(|file| {
            let file = file?;
            if file.file_type()?.is_dir() {
                return Ok(());
            }
            fs::copy(file.path(), to.join(file.file_name())).map(drop)
        })
    });
    copied.or_else(|error| fail(format!("{} could not be copied: {error}", from.display())))
}
