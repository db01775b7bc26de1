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

/// A Chromium that Playwright can drive, with a font for Japanese where we install it ourselves.
///
/// # Errors
/// When there is none and none can be installed.
pub(crate) fn chromium() -> Outcome<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let found = || named.iter().chain(&usual).find(|path| path.is_file()).cloned();
    if let Some(browser) = found() {
        return Ok(browser);
    }
    // Without the font Japanese text is boxes: widths and screenshots would be of no use.
    let installed = apt(&["chromium", "fonts-noto-cjk"]);
    match (found(), installed) {
        (Some(browser), _) => Ok(browser),
        (None, outcome) => fail(format!(
            "Chromium is missing{}. Install Chromium or Chrome, name it in CHROMIUM if it is not in \
             /usr/bin, and run this again.\n  \
             Chromium がありません。入れてから (環境変数 CHROMIUM で場所を示せます)、もう一度実行してください。",
            outcome.err().map(|failure| format!(" ({})", failure.0)).unwrap_or_default()
        )),
    }
}

/// A Java of at least version 17 with Maven, for the Kotlin program.
///
/// # Errors
/// When one is missing and cannot be installed.
pub(crate) fn maven() -> Outcome {
    let present =
        || succeeds(Command::new("mvn").arg("--version")) && succeeds(Command::new("java").arg("--version"));
    if present() || (apt(&["maven", "default-jdk-headless"]).is_ok() && present()) {
        return Ok(());
    }
    fail(
        "Maven with a Java of version 17 or later is missing. Install both (on Debian: maven, \
         default-jdk-headless) and run this again.\n  \
         Maven と Java 17 以降がありません。入れてから、もう一度実行してください。",
    )
}

/// Python 3.9 or later, for the Python program.
///
/// # Errors
/// When it is missing and cannot be installed.
pub(crate) fn python() -> Outcome {
    let recent = "import sys; sys.exit(sys.version_info < (3, 9))";
    let present = || succeeds(Command::new("python3").args(["-c", recent]));
    if present() || (apt(&["python3"]).is_ok() && present()) {
        return Ok(());
    }
    fail(
        "Python 3.9 or later is missing. Install it and run this again.\n  \
         Python 3.9 以降がありません。入れてから、もう一度実行してください。",
    )
}

/// R with the package `survey`, the peer of the estimators in the benches.
///
/// # Errors
/// When it is missing and cannot be installed.
pub(crate) fn r_survey() -> Outcome {
    let present = || succeeds(Command::new("Rscript").args(["-e", "library(survey)"]));
    if present() || (apt(&["r-base-core", "r-cran-survey"]).is_ok() && present()) {
        return Ok(());
    }
    fail("R with the package survey is missing: on Debian install r-base-core and r-cran-survey")
}

/// cargo-fuzz and a nightly toolchain, which its sanitizer needs; both installed when missing.
///
/// # Errors
/// When one cannot be installed.
pub(crate) fn cargo_fuzz() -> Outcome {
    let nightly = || succeeds(Command::new("rustup").args(["run", "nightly", "rustc", "--version"]));
    let install = ["toolchain", "install", "nightly", "--profile", "minimal"];
    if !nightly() && (run(Command::new("rustup").args(install)).is_err() || !nightly()) {
        return fail(
            "a nightly toolchain is missing: run `rustup toolchain install nightly` and this again. \
             `cargo xtask test fuzz` runs a fixed number of inputs without one",
        );
    }
    let present = || succeeds(Command::new("cargo").args(["fuzz", "--version"]));
    if present() {
        return Ok(());
    }
    eprintln!("  installing cargo-fuzz");
    run(Command::new("cargo").args(["install", "--quiet", "--locked", "cargo-fuzz"]))?;
    if present() { Ok(()) } else { fail("cargo-fuzz was installed and is not found: is its folder in PATH?") }
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
