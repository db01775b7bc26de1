//! What a step needs on the machine: looked for, installed where that can be done without
//! asking, else said in words with the way to get it.

use std::{path::PathBuf, process::Command};

use crate::step::{Outcome, fail, read, root, run, succeeds};

/// Node.js 20 or later with npm.
///
/// # Errors
/// When it is missing or older: Node comes from the person, not from us.
pub(crate) fn node() -> Outcome {
    let Ok(version) = read(Command::new("node").arg("--version")) else {
        return fail(
            "Node.js is missing. Install Node.js 20 or later (https://nodejs.org) and run this again.\n  \
             Node.js がありません。20 以降を入れてから、もう一度実行してください。",
        );
    };
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|text| text.parse::<u32>().ok());
    match major {
        Some(20..) => Ok(()),
        _ => fail(format!("Node.js {} is too old; 20 or later is needed", version.trim())),
    }
}

/// How core can be compiled to WebAssembly on this machine.
pub(crate) enum WasmToolchain {
    /// The standard library of the toolchain is there.
    Rustup,
    /// Debian's compiler builds the standard library from its own sources.
    Debian,
}

/// The standard library for `wasm32-unknown-unknown`, installed when it is not there.
///
/// # Errors
/// When neither rustup nor Debian's packages can give it.
pub(crate) fn wasm() -> Outcome<WasmToolchain> {
    let present = || {
        read(Command::new("rustc").current_dir(root()).args([
            "--print",
            "target-libdir",
            "--target",
            "wasm32-unknown-unknown",
        ]))
        .is_ok_and(|folder| PathBuf::from(folder.trim()).is_dir())
    };
    if present() {
        return Ok(WasmToolchain::Rustup);
    }
    eprintln!("  adding the WebAssembly target to the toolchain");
    let added =
        run(Command::new("rustup").current_dir(root()).args(["target", "add", "wasm32-unknown-unknown"]));
    if added.is_ok() && present() {
        return Ok(WasmToolchain::Rustup);
    }
    let debian = || succeeds(Command::new("dpkg").args(["-s", "rustc-web", "rust-web-src"]));
    if debian() || (apt(&["rustc-web", "rust-web-src"]).is_ok() && debian()) {
        return Ok(WasmToolchain::Debian);
    }
    fail(
        "the WebAssembly target is missing: run `rustup target add wasm32-unknown-unknown`, \
         or on Debian install the packages rustc-web and rust-web-src, and run this again",
    )
}

/// A Chromium for the browser tests, with a Japanese font.
///
/// # Errors
/// When there is none and Debian's package cannot be installed.
pub(crate) fn chromium() -> Outcome<PathBuf> {
    let found = || {
        std::env::var_os("CHROMIUM")
            .map(PathBuf::from)
            .into_iter()
            .chain(
                ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
                    .map(PathBuf::from),
            )
            .find(|path| path.is_file())
    };
    let japanese =
        || Command::new("fc-list").arg(":lang=ja").output().is_ok_and(|output| !output.stdout.is_empty());
    if found().is_none() || !japanese() {
        // A failure is said below, with what to do.
        drop(apt(&["chromium", "fonts-noto-cjk"]));
    }
    match found() {
        Some(path) => Ok(path),
        None => fail(
            "Chromium is missing: install it (Debian: `apt-get install chromium fonts-noto-cjk`) or name it in CHROMIUM",
        ),
    }
}

/// A JDK (17 or later) and Maven, for the Kotlin program.
///
/// # Errors
/// When they are missing and Debian's packages cannot be installed.
pub(crate) fn maven() -> Outcome {
    let there =
        || succeeds(Command::new("mvn").arg("--version")) && succeeds(Command::new("java").arg("-version"));
    if there() || (apt(&["openjdk-17-jdk-headless", "maven"]).is_ok() && there()) {
        return Ok(());
    }
    fail(
        "a JDK and Maven are missing: install JDK 17 or later and Maven (Debian: `apt-get install openjdk-17-jdk-headless maven`)",
    )
}

/// Python 3, for the Python program.
///
/// # Errors
/// When it is missing and Debian's package cannot be installed.
pub(crate) fn python() -> Outcome {
    let there = || succeeds(Command::new("python3").arg("--version"));
    if there() || (apt(&["python3"]).is_ok() && there()) {
        return Ok(());
    }
    fail("Python 3 is missing: install it (Debian: `apt-get install python3`)")
}

/// Installs Debian packages, as root or through a sudo that does not ask.
fn apt(packages: &[&str]) -> Outcome {
    if !succeeds(Command::new("apt-get").arg("--version")) {
        return fail("this machine has no apt-get");
    }
    let root = read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let apt = || {
        let mut command = if root { Command::new("apt-get") } else { Command::new("sudo") };
        if !root {
            command.args(["-n", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    eprintln!("  installing {}", packages.join(", "));
    run(apt().args(["update", "-qq"]))?;
    run(apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages))
}
