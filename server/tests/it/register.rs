//! Registers from CSV, export, and what the importer says.

use std::process::Command;

use serde_json::json;

use crate::common::World;

#[test]
fn rows_of_a_file_become_responses_and_come_out_again() {
    let world = World::start();
    let survey = world.open("support-register", "register", &[]);
    let path = format!("/v1/surveys/{survey}");
    let empty = world.local("POST", &format!("{path}/rows"), "no_such_question\n1\n".as_bytes()).ok().json();
    assert_eq!(empty["findings"][0]["code"], "column-unknown");
    assert_eq!(empty["accepted"], 0);
    let book = world.local("GET", &format!("{path}/export.csv?table=codebook&bom=true"), b"").ok();
    assert!(book.body.starts_with(b"\xEF\xBB\xBFtable,column,type,label"));
    let archive = world.local("GET", &format!("{path}/export.zip"), b"").ok();
    assert!(archive.body.starts_with(b"PK\x03\x04"));
}

#[test]
fn a_file_of_another_kind_is_one_clear_finding() {
    let world = World::start();
    for (name, bytes) in [
        ("photo.xlsx", &b"\xFF\xD8\xFF\xE0 jpeg"[..]),
        ("cut.xlsx", b"PK\x03\x04\x14\x00"),
        ("none.xlsx", b""),
    ] {
        let answer = world.local("POST", &format!("/v1/forms?filename={name}"), bytes).ok().json();
        assert_eq!(answer["formId"], json!(null), "{name}");
        let findings = answer["findings"].as_array().unwrap();
        assert!(
            !findings.is_empty() && findings.iter().all(|finding| finding["what"]["ja"].is_string()),
            "{name}"
        );
    }
}

#[test]
fn an_upload_over_the_limit_is_refused_in_words() {
    let world = World::with(|config| config.upload_bytes = 100_000);
    let answer = world.local("POST", "/v1/forms?filename=big.xlsx", &vec![0; 200_000]);
    assert_eq!((answer.status, answer.code().as_str()), (413, "body-large"));
}

#[test]
fn a_form_with_free_text_or_a_clock_cannot_be_anonymous() {
    let world = World::start();
    let form = world.publish("company-telework");
    let answer = world.local_json(
        "POST",
        "/v1/surveys",
        &json!({
            "form": form, "mode": "anonymous", "title": {}, "fiscalYear": 2026, "opens": "2026-04-01",
            "closes": "2026-05-01", "passphrase": crate::common::PASSPHRASE,
        }),
    );
    assert_eq!((answer.status, answer.code().as_str()), (422, "form-not-anonymous"));
}

#[test]
fn without_an_indicator_file_there_are_no_tiles_and_with_one_there_are_sixteen() {
    let world = World::start();
    assert_eq!(world.local("GET", "/v1/indicators", b"").ok().json(), json!([]));
    let world = World::with(|config| {
        config.indicators = Some(format!("{}/../forms/indicators.toml", env!("CARGO_MANIFEST_DIR")).into());
    });
    let tiles = world.local("GET", "/v1/indicators", b"").ok().json();
    assert_eq!(tiles.as_array().unwrap().len(), 16);
    assert_eq!(tiles[0]["value"], json!(null), "nothing was counted yet");
    let id = tiles[0]["id"].as_str().unwrap();
    let one = world.local("GET", &format!("/v1/indicators/{id}"), b"").ok().json();
    assert_eq!(one["tile"]["id"], tiles[0]["id"]);
    assert_eq!(world.local("GET", "/v1/indicators/none", b"").status, 404);
}

const CASES: &str = "整理番号,support_kind,法人番号(13桁),会社名,status,done_on,amount_yen,remarks\r\n\
    1,助成金,8700110005901,北製作所,done,2026-05-01,\"1,200,000\",\r\n\
    2,subsidy,8700110005901,北製作所,done,令和8年6月1日,３００，０００,=1+1\r\n\
    3,subsidy,8700110005901,北製作所,applied,,,\r\n";

#[test]
fn typed_and_imported_cases_stand_in_the_tiles_at_once() {
    let world = World::with(|config| {
        config.indicators = Some(format!("{}/../forms/indicators.toml", env!("CARGO_MANIFEST_DIR")).into());
    });
    let survey = world.open("support-register", "register", &[]);
    let path = format!("/v1/surveys/{survey}");
    let taken = world.local("POST", &format!("{path}/rows"), CASES.as_bytes()).ok().json();
    assert_eq!((taken["accepted"].as_u64(), &taken["findings"]), (Some(3), &json!([])));
    let tiles = world.local("GET", "/v1/indicators", b"").ok().json();
    let value = |id: &str| {
        let tile = tiles.as_array().unwrap().iter().find(|tile| tile["id"] == id).unwrap();
        tile["value"].as_f64()
    };
    // Two subsidies were paid, 1,200,000 and 300,000 yen, to one company.
    assert_eq!(value("S1-KPI-P1"), Some(1_500_000.0));
    assert_eq!(value("S1-KSI"), Some(1.0));
    let csv = world.local("GET", &format!("{path}/export.csv?table="), b"").ok().text();
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains(",'=1+1"), "a text that begins like a formula is guarded");

    let wrong = CASES.replace("8700110005901", "8700110005902");
    let refused = world.local("POST", &format!("{path}/rows"), wrong.as_bytes()).ok().json();
    assert_eq!(refused["accepted"], 0);
    assert_eq!(
        (refused["findings"][0]["cell"].as_str(), refused["findings"][0]["column"].as_str()),
        (Some("row 2"), Some("法人番号(13桁)"))
    );
}

#[test]
fn an_indicator_is_explained_and_counted_again_on_the_command_line() {
    let file = format!("{}/../forms/indicators.toml", env!("CARGO_MANIFEST_DIR"));
    let world = World::with(|config| config.indicators = Some(file.clone().into()));
    let survey = world.open("support-register", "register", &[]);
    world.local("POST", &format!("/v1/surveys/{survey}/rows"), CASES.as_bytes()).ok();
    let tsumugi = |language: &str, arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tsumugi"))
            .env("LANG", language)
            .env("TSUMUGI_INDICATORS", &file)
            .arg("--data")
            .arg(&world.config.data)
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, english) = tsumugi("C", &["indicator", "explain", "S1-KPI-P1"]);
    assert_eq!(code, Some(0), "{english}");
    for said in ["1500000", "total = Σ weight", "support-register", "every weight is 1", "nothing is hidden"]
    {
        assert!(english.contains(said), "{said} is missing in {english}");
    }
    let (_, japanese) = tsumugi("ja_JP.UTF-8", &["indicator", "explain", "S1-KPI-P1"]);
    assert!(japanese.contains("合計 = Σ重み") && japanese.contains("出典"), "{japanese}");
    assert_eq!(tsumugi("C", &["indicator", "explain", "none"]).0, Some(1));
    let (_, counted) = tsumugi("C", &["indicator", "compute"]);
    assert!(
        counted.lines().any(|line| line.starts_with("S1-KPI-P1") && line.contains("1500000")),
        "{counted}"
    );
    let audit = world.local("GET", "/v1/audit", b"").ok().text();
    assert!(audit.contains("indicators.count"), "{audit}");
}
