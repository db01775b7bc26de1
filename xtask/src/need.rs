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
