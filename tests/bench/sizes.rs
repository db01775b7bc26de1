//! What is loaded and what is installed.

use std::{fs, io::Write as _, path::Path};

use crate::report::Report;

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("size") {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let kilobytes = |bytes: u64| bytes as f64 / 1_000.0;
    let dist = root.join("web/dist");
    let (mut wasm, mut page) = (0, 0);
    for path in files(&dist) {
        let Ok(bytes) = fs::read(&path) else { continue };
        let packed = gzip(&bytes);
        if path.extension().is_some_and(|ending| ending == "wasm") {
            wasm += packed;
        } else if path
            .extension()
            .is_some_and(|ending| ["js", "css", "html"].iter().any(|known| ending == *known))
        {
            page += packed;
        }
    }
    if page > 0 {
        report.say("size/wasm-gzip", kilobytes(wasm), "kB", None);
        report.say("size/pages-gzip", kilobytes(page), "kB", None);
    }
    let library = root.join("target/release/libtsumugi_mobile.so");
    if let Ok(data) = fs::metadata(library) {
        report.say("size/tablet-library", kilobytes(data.len()), "kB", None);
    }
    let server = root.join("target/release/tsumugi");
    if let Ok(data) = fs::metadata(server) {
        report.say("size/server-binary", kilobytes(data.len()), "kB", None);
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .map(|entry| entry.path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

fn gzip(bytes: &[u8]) -> u64 {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().map_or(0, |packed| packed.len() as u64)
}
