//! Core as WebAssembly, with the JavaScript glue, into `web/src/wasm`.
//!
//! Owns the order cargo, wasm-bindgen, wasm-opt. Does not decide how the target came onto
//! the machine (`need`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use wasm_bindgen_cli_support::Bindgen;

use crate::{
    build,
    need::{self, WasmToolchain},
    step::{Outcome, command, fail, read, root, run, target},
};

const NAME: &str = "tsumugi";
const TRIPLE: &str = "wasm32-unknown-unknown";
/// What the compiler uses and every browser since 2022 reads. `--all-features` wrote imports
/// in an encoding that Node 20 and Chromium 130 refuse.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Builds `tsumugi-wasm` with the profile `wasm` and writes glue, types and module;
/// nothing is written when the module has not changed.
///
/// # Errors
/// When the target is missing, the core does not compile, or the folder cannot be written.
pub(crate) fn build() -> Outcome {
    build::packages()?;
    let toolchain = need::wasm()?;
    compile(&toolchain, "tsumugi-wasm")?;
    let module = folder(&toolchain).join(TRIPLE).join("wasm/tsumugi_wasm.wasm");
    let out = root().join("web/src/wasm");
    let stamp = out.join("stamp");
    let digest = digest(&module)?;
    if fs::read_to_string(&stamp).is_ok_and(|old| old == digest) {
        return Ok(());
    }
    written(fs::create_dir_all(&out), &out)?;
    glue(&module, &out)?;
    optimize(&out.join(format!("{NAME}_bg.wasm")))?;
    written(fs::write(&stamp, digest), &stamp)
}

/// Builds the player of recorded forms for Node, with the profile `wasm`, and gives its folder.
///
/// # Errors
/// As [`build`].
pub(crate) fn build_tapes() -> Outcome<PathBuf> {
    let toolchain = need::wasm()?;
    compile(&toolchain, "tsumugi-tapes")?;
    let module = folder(&toolchain).join(TRIPLE).join("wasm/tsumugi_tapes.wasm");
    let out = target().join("tapes");
    written(fs::create_dir_all(&out), &out)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name("tapes").remove_name_section(true);
    let generated = bindgen.nodejs(true).and_then(|bindgen| bindgen.generate(&out));
    generated.or_else(|error| fail(format!("the JavaScript glue could not be made: {error:#}")))?;
    Ok(out)
}

fn folder(toolchain: &WasmToolchain) -> PathBuf {
    match toolchain {
        WasmToolchain::Rustup => target(),
        // Another compiler: its artefacts must not push out those of the first.
        WasmToolchain::Debian => target().join("debian-wasm"),
    }
}

fn compile(toolchain: &WasmToolchain, package: &str) -> Outcome {
    let mut cargo = command("cargo", ".");
    cargo.args(["build", "--package", package, "--lib", "--profile", "wasm", "--target", TRIPLE]);
    cargo.arg("--target-dir").arg(folder(toolchain));
    if let WasmToolchain::Debian = toolchain {
        let sysroot = read(command("rustc", ".").args(["--print", "sysroot"]))?;
        let host = read(command("rustc", ".").args(["--print", "host-tuple"]))?;
        let linker = Path::new(sysroot.trim()).join("lib/rustlib").join(host.trim()).join("bin/rust-lld");
        cargo
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
            .arg("-Zbuild-std=std,panic_abort");
    }
    run(&mut cargo)
}

/// Tells one module from another by its bytes and by the tools that will treat it.
fn digest(module: &Path) -> Outcome<String> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let bytes = match fs::read(module) {
        Ok(bytes) => bytes,
        Err(error) => return fail(format!("{}: {error}", module.display())),
    };
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    (wasm_opt().is_file(), FEATURES).hash(&mut hasher);
    Ok(format!("{:016x} {}", hasher.finish(), bytes.len()))
}

fn glue(module: &Path, out: &Path) -> Outcome {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name(NAME).typescript(true).remove_name_section(true);
    let generated = bindgen.web(true).and_then(|bindgen| bindgen.generate(out));
    generated.or_else(|error| fail(format!("the JavaScript glue could not be made: {error:#}")))
}

fn wasm_opt() -> PathBuf {
    root().join("web/node_modules/binaryen/bin/wasm-opt")
}

/// Makes the module smaller with wasm-opt from the npm package `binaryen`, where present:
/// nine per cent of the raw size, little of the compressed one.
fn optimize(module: &Path) -> Outcome {
    let tool = wasm_opt();
    if !tool.is_file() {
        eprintln!("  wasm-opt is not installed yet (npm package binaryen); the module stays as it is");
        return Ok(());
    }
    run(command(tool, ".").arg("-Os").args(FEATURES).arg(module).arg("-o").arg(module))
}

fn written(result: std::io::Result<()>, path: &Path) -> Outcome {
    result.or_else(|error| fail(format!("{}: {error}", path.display())))
}
