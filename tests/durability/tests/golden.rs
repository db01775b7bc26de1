//! Databases of earlier versions are opened, and what waited in them arrives.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tsumugi_durability::golden;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden")
}

#[test]
fn every_golden_database_is_opened_and_nothing_in_it_is_lost() {
    let kept = fs::read_dir(folder()).expect("the golden databases");
    let mut kept: Vec<PathBuf> = kept.map(|entry| entry.expect("a name").path()).collect();
    kept.sort();
    assert!(kept.len() >= 2, "one folder for each layout of the databases: {kept:?}");
    for one in kept {
        eprintln!("{}", one.display());
        golden::check(&one);
    }
}

/// `cargo test -p tsumugi-durability --test golden -- --ignored`, once, when a layout is released.
#[test]
#[ignore = "makes the golden databases of the present layout"]
fn make_the_golden_databases_of_this_layout() {
    golden::make(&folder());
}
