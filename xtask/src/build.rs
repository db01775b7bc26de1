//! `cargo xtask build`: one part at a time.

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

/// The pages, into `web/dist`.
///
/// # Errors
/// When Node is missing or a page does not compile.
pub(crate) fn web() -> Outcome {
    packages()?;
    run(command("npm", "web").args(["run", "--silent", "build"]))
}

/// The packages of the pages, as the lock file names them; nothing when they are there already.
///
/// # Errors
/// When Node is missing or a package cannot be had.
pub(crate) fn packages() -> Outcome {
    need::node()?;
    let lock = root().join("web/package-lock.json");
    let installed = root().join("web/node_modules/.package-lock.json");
    let modified = |path: &std::path::Path| path.metadata().and_then(|data| data.modified()).ok();
    if modified(&installed).is_some_and(|installed| modified(&lock).is_some_and(|lock| lock <= installed)) {
        return Ok(());
    }
    run(command("npm", "web").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
}

/// The server, into the debug folder of the target.
///
/// # Errors
/// When it does not compile.
pub(crate) fn server() -> Outcome {
    run(command("cargo", ".").args(["build", "--package", "tsumugi-server"]))
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
