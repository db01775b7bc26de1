//! Company surveys: two people, one questionnaire.

use serde_json::json;
use tsumugi_core::answers::{Path, Value};

use crate::common::{World, device::Tablet};

const COMPANY: &str = "名称,層,法人番号\n北製作所,30-99,8700110005901\n";

#[test]
fn two_people_answer_the_same_question_offline_and_one_is_chosen() {
    let world = World::start();
    let survey = world.open("company-telework", "company", &["30-99", "100-299"]);
    let code = world.companies(survey, COMPANY).remove(0);
    let mut accounts = Tablet::of_company(&world, 1, &code, "佐藤");
    let mut staff = Tablet::of_company(&world, 2, &code, "鈴木");
    let response = accounts.response();
    for tablet in [&mut accounts, &mut staff] {
        tablet.sync(&world);
        let start = tablet.start();
        tablet.device.open_response(response, &start).unwrap();
    }
    let path = Path::new("profile/employees_regular");
    let (now, later) = (accounts.now, staff.now);
    accounts.device.set_text(response, &path, "40", now, &mut accounts.rng).unwrap();
    staff.device.set_text(response, &path, "45", later, &mut staff.rng).unwrap();
    accounts.sync(&world);
    staff.sync(&world);
    accounts.sync(&world);
    assert_eq!(accounts.device.conflicts(response, "ja").unwrap().len(), 1);
    assert_eq!(staff.device.conflicts(response, "ja").unwrap().len(), 1);
    let states =
        || world.local("GET", &format!("/v1/surveys/{survey}/fieldwork"), b"").json()["states"].clone();
    assert_eq!(states(), json!({ "conflict": 1 }));

    accounts.device.choose(response, &path, Value::Integer(45), now, &mut accounts.rng).unwrap();
    accounts.sync(&world);
    staff.sync(&world);
    assert!(staff.device.conflicts(response, "ja").unwrap().is_empty());
    assert_eq!(states(), json!({ "draft": 1 }));
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let mut world = World::start();
    let survey = world.open("company-telework", "company", &["30-99"]);
    let code = world.companies(survey, COMPANY).remove(0);
    let mut tablet = Tablet::of_company(&world, 1, &code, "佐藤");
    tablet.sync(&world);
    let (response, start, now) = (tablet.response(), tablet.start(), tablet.now);
    tablet.device.open_response(response, &start).unwrap();
    let path = Path::new("profile/company_name");
    tablet.device.set_text(response, &path, "北製作所", now, &mut tablet.rng).unwrap();
    tablet.sync(&world);
    world.restart();
    let mut second = Tablet::of_company(&world, 2, &code, "鈴木");
    second.sync(&world);
    let start = second.start();
    second.device.open_response(response, &start).unwrap();
    let screen = serde_json::to_string(&second.device.screen(response, "ja").unwrap()).unwrap();
    assert!(screen.contains("北製作所"));
}

#[test]
fn a_company_sees_its_own_response_only() {
    let world = World::start();
    let survey = world.open("company-telework", "company", &["30-99"]);
    let codes = world.companies(survey, "name,stratum\nKita,30-99\nMinami,30-99\n");
    let mut kita = Tablet::of_company(&world, 1, &codes[0], "佐藤");
    kita.sync(&world);
    let cards = kita.device.responses(survey).unwrap();
    assert_eq!(cards.iter().map(|card| card.name.as_str()).collect::<Vec<_>>(), ["Kita"]);
}

#[test]
fn errors_in_a_list_of_companies_are_told_by_row_and_nothing_is_taken() {
    let world = World::start();
    let survey = world.open("company-telework", "company", &["30-99", "100-299"]);
    let csv = "name,stratum,corporate_number\nKita,30-99,8700110005901\n,30-99,\nMinami,1000+,\nHigashi,30-99,1234567890123\n";
    let answer = world.local("POST", &format!("/v1/surveys/{survey}/companies"), csv.as_bytes()).ok().json();
    let found: Vec<(&str, &str)> = answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["cell"].as_str().unwrap(), finding["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [("row 3", "name-missing"), ("row 4", "stratum-unknown"), ("row 5", "corporate-number")]
    );
    assert_eq!(answer["letters"], json!([]));
    assert_eq!(world.companies(survey, COMPANY).len(), 1, "the good row was not taken before");
}
