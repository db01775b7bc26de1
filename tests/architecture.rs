//! The rules of docs/ARCHITECTURE.md, asserted on the sources themselves.
//!
//! When a rule hurts: one page in docs/adr, and the rule and its test change together.

#[path = "architecture/source.rs"]
mod source;

use std::{collections::BTreeSet, fs, path::Path};

use source::{Source, root, rust_sources};

/// Core's floors, from the top; a room imports only from floors below its own.
const CORE: &[&[&str]] = &[
    &["device", "indicator", "xlsform", "xform"],
    &["form", "response", "sealed", "sync"],
    &["xpath", "item", "survey"],
    &["answers", "id", "moment", "text"],
];

/// The server's floors, from the top.
const SERVER: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["demo"],
    &["start"],
    &["http"],
    &["projection"],
    &["export", "backup", "relay"],
    &["app"],
    &["store"],
    &["import", "keyring"],
    &["config", "code", "clock"],
    &["api"],
];

/// A foreign crate and the only places that may name it.
const CONFINED: &[(&str, &[&str])] = &[
    ("rusqlite", &["mobile-ffi/src/storage.rs", "server/src/store/sqlite"]),
    ("axum", &["server/src/http", "server/src/main.rs"]),
    ("automerge", &["core/src/response"]),
    ("hpke", &["core/src/sealed"]),
    ("chacha20poly1305", &["core/src/sealed", "core/src/device/vault.rs"]),
];

/// Rooms that carry anonymous answers and must not know merged responses.
const ANONYMOUS: &[&str] = &["core/src/sealed", "core/src/device/outbox.rs"];

const MAX_FILE_LINES: usize = 450;
const MAX_FUNCTION_LINES: usize = 60;
const MAX_TRAIT_METHODS: usize = 12;

fn floor_of(floors: &[&[&str]], room: &str) -> Option<usize> {
    floors.iter().position(|rooms| rooms.contains(&room))
}

/// Imports of `folder`'s files that do not go down.
fn climbing_imports(folder: &str, floors: &[&[&str]]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in rust_sources(&[folder]) {
        let Some(room) = source.room(folder) else { continue };
        let Some(own) = floor_of(floors, &room) else {
            wrong.push(format!("{}: the room `{room}` is not drawn", source.path));
            continue;
        };
        for other in source.crate_imports() {
            match floor_of(floors, &other) {
                Some(floor) if floor > own || other == room => {}
                Some(_) => {
                    wrong.push(format!("{}: `{room}` imports `{other}`, which is not below it", source.path))
                }
                None => {}
            }
        }
    }
    wrong
}

fn assert_none(rule: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{rule}:\n  {}", wrong.join("\n  "));
}

#[test]
fn imports_in_core_go_down_only() {
    assert_none("imports go down only", &climbing_imports("core/src", CORE));
}

#[test]
fn imports_in_the_server_go_down_only() {
    assert_none("imports go down only", &climbing_imports("server/src", SERVER));
}

#[test]
fn each_drawn_room_exists() {
    let missing: Vec<String> = [("core/src", CORE), ("server/src", SERVER)]
        .into_iter()
        .flat_map(|(folder, floors)| floors.iter().copied().flatten().map(move |room| (folder, room)))
        .filter(|(folder, room)| {
            let path = root().join(folder).join(room);
            !path.is_dir() && !path.with_extension("rs").is_file()
        })
        // Reserved on the drawing for servers of other systems.
        .filter(|(_, room)| **room != "import")
        .map(|(folder, room)| format!("{folder}/{room}"))
        .collect();
    assert_none("a room of the drawing is missing", &missing);
}

#[test]
fn fragile_crates_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for source in rust_sources(&["core/src", "server/src", "mobile-ffi/src", "web/wasm/src"]) {
        for (name, homes) in CONFINED {
            let at_home = homes.iter().any(|home| source.path.starts_with(home));
            if !at_home && source.names_crate(name) {
                wrong.push(format!("{} names `{name}`", source.path));
            }
        }
    }
    assert_none("a crate is named outside its room", &wrong);
}

#[test]
fn anonymous_answers_never_meet_merged_responses() {
    let wrong: Vec<String> = rust_sources(&["core/src"])
        .into_iter()
        .filter(|source| ANONYMOUS.iter().any(|room| source.path.starts_with(room)))
        .filter(|source| source.crate_imports().contains("response"))
        .map(|source| source.path)
        .collect();
    assert_none("the anonymous route imports response/", &wrong);
}

#[test]
fn no_source_is_unsafe() {
    let wrong: Vec<String> = rust_sources(&["core", "server", "mobile-ffi", "web/wasm", "tests", "xtask"])
        .into_iter()
        .filter(Source::is_unsafe)
        .map(|source| source.path)
        .collect();
    assert_none("`unsafe` is used", &wrong);
}

#[test]
fn a_file_is_one_idea() {
    let wrong: Vec<String> = rust_sources(&["core/src", "server/src", "mobile-ffi", "web/wasm", "xtask"])
        .into_iter()
        .filter(|source| !source.is_test())
        .map(|source| (source.lines_without_tests(), source.path))
        .filter(|(lines, _)| *lines > MAX_FILE_LINES)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert_none("a file has more than 450 lines", &wrong);
}

#[test]
fn a_function_is_one_thought() {
    let wrong: Vec<String> = rust_sources(&["core/src", "server/src", "mobile-ffi", "web/wasm", "xtask"])
        .into_iter()
        .filter(|source| !source.is_test())
        .flat_map(|source| source.long_functions(MAX_FUNCTION_LINES))
        .collect();
    assert_none("a function has more than 60 lines", &wrong);
}

#[test]
fn a_trait_is_small() {
    let wrong: Vec<String> = rust_sources(&["core/src", "server/src", "mobile-ffi", "web/wasm"])
        .into_iter()
        .flat_map(|source| source.large_traits(MAX_TRAIT_METHODS))
        .collect();
    assert_none("a trait has more than 12 methods", &wrong);
}

#[test]
fn a_mod_file_says_what_a_room_owns_and_holds_no_code() {
    let mut wrong = Vec::new();
    for source in rust_sources(&["core/src", "server/src", "mobile-ffi/src"]) {
        if source.path.ends_with("/mod.rs") {
            wrong.extend(source.code_in_mod().map(|what| format!("{}: {what}", source.path)));
            if !source.has_room_doc() {
                wrong.push(format!("{}: no room doc", source.path));
            }
        }
    }
    assert_none("a mod.rs is a door plate only", &wrong);
}

#[test]
fn each_path_in_the_architecture_page_exists() {
    let page =
        fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md is there");
    let prefixes = ["core/", "server/", "mobile-ffi/", "web/", "tests/", "xtask/", "forms/", "docs/"];
    let missing: Vec<String> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)))
        .filter(|word| !word.contains(['*', '{', ' ', '…']))
        .filter(|word| !root().join(word).exists())
        .map(str::to_owned)
        .collect();
    assert_none("a path of the page does not exist", &missing);
}

#[test]
fn the_japanese_readme_has_the_same_sections() {
    let sections = |name: &str| -> Vec<usize> {
        let text = fs::read_to_string(root().join(name)).unwrap_or_else(|_| panic!("{name} is there"));
        let mut fenced = false;
        text.lines()
            .filter(|line| {
                fenced ^= line.starts_with("```");
                !fenced && line.starts_with('#')
            })
            .map(|line| line.chars().take_while(|sign| *sign == '#').count())
            .collect()
    };
    assert_eq!(sections("README.md"), sections("README.ja.md"));
}

#[test]
fn each_decision_record_is_numbered_once() {
    let mut numbers = BTreeSet::new();
    let folder = root().join("docs/adr");
    for entry in fs::read_dir(Path::new(&folder)).expect("docs/adr is there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let number: String = name.chars().take(4).collect();
        assert!(number.chars().all(|sign| sign.is_ascii_digit()), "{name} begins with its number");
        assert!(numbers.insert(number), "{name} has a number of its own");
    }
}
