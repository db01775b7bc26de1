//! `cargo xtask build`: one part at a time.

use std::{fs, path::Path, time::SystemTime};

use clap::Subcommand;

use crate::{
    forms, need,
    step::{Outcome, command, root, run, target},
    wasm,
};

/// A part that can be built alone.
#[derive(Subcommand)]
pub(crate) enum Part {
    /// Core and its skin as WebAssembly, with the JavaScript glue.
    Wasm,
    /// The pages that the server embeds.
    Web,
    /// The server `tsumugi`.
    Server,
    /// The workbooks of the forms, from their readable sources.
    Forms,
    /// The tablet library with its Kotlin, Swift and Python bindings.
    Bindings,
}

/// Builds one part.
///
/// # Errors
/// What is missing or did not compile.
pub(crate) fn run_part(part: &Part) -> Outcome {
    match part {
        Part::Wasm => wasm::build(),
        Part::Web => web(),
        Part::Server => server(),
        Part::Forms => forms::build(),
        Part::Bindings => bindings(),
    }
}

/// What the pages are made of, below `web`.
const SOURCES: [&str; 6] =
    ["src", "public", "index.html", "vite.config.ts", "svelte.config.js", "package-lock.json"];

/// The pages, into `web/dist`; nothing when they are newer than what they are made of, so
/// that the server, which holds them, is not compiled again.
///
/// # Errors
/// When Node is missing or a page does not compile.
pub(crate) fn web() -> Outcome {
    packages()?;
    let web = root().join("web");
    let newest = SOURCES.iter().filter_map(|source| newest(&web.join(source))).max();
    if modified(&web.join("dist/index.html")) > newest {
        return Ok(());
    }
    run(command("npm", "web").args(["run", "--silent", "build"]))
}

/// When a file was last written; nothing when it is not there.
pub(crate) fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

/// When a file, or anything below a folder, was last written.
fn newest(path: &Path) -> Option<SystemTime> {
    let below = fs::read_dir(path).into_iter().flatten().flatten().filter_map(|entry| newest(&entry.path()));
    below.max().max(modified(path))
}

/// The packages of the pages, as the lock file names them; nothing when they are there already.
///
/// # Errors
/// When Node is missing or a package cannot be had.
pub(crate) fn packages() -> Outcome {
    packages_of("web")
}

/// The packages that the lock file in `folder` names; nothing when they are there already.
///
/// # Errors
/// When Node is missing or a package cannot be had.
pub(crate) fn packages_of(folder: &str) -> Outcome {
    need::node()?;
    let lock = root().join(folder).join("package-lock.json");
    let installed = root().join(folder).join("node_modules/.package-lock.json");
    if modified(&installed).is_some_and(|installed| modified(&lock).is_some_and(|lock| lock <= installed)) {
        return Ok(());
    }
    run(command("npm", folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
}

/// The server, into the debug folder of the target.
///
/// # Errors
/// When it does not compile.
pub(crate) fn server() -> Outcome {
    // With the features of the whole workspace, as the tests build it: most crates then serve both.
    run(command("cargo", ".").args(["build", "--workspace", "--bin", "tsumugi"]))
}

/// The tablet library and its bindings, into `mobile-ffi/bindings`.
///
/// # Errors
/// When the library does not compile.
pub(crate) fn bindings() -> Outcome {
    run(command("cargo", ".").args(["build", "--package", "tsumugi-mobile"]))?;
    generate()
}

/// The bindings of the library that stands in the debug folder.
///
/// # Errors
/// When the library was not built.
pub(crate) fn generate() -> Outcome {
    let library = target().join("debug").join(format!(
        "{}tsumugi_mobile{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    for language in ["kotlin", "swift", "python"] {
        run(command(target().join("debug/uniffi-bindgen"), ".")
            .args(["generate", "--no-format", "--language", language, "--library"])
            .arg(&library)
            .arg("--out-dir")
            .arg(root().join("mobile-ffi/bindings").join(language)))?;
    }
    Ok(())
}
