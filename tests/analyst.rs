//! Stories of analysts who look at numbers.

use serde_json::Value;
use tsumugi_core::survey::Mode;
use tsumugi_server::demo::Typed;
use tsumugi_tests::World;

fn answers(direct: &str, gender: &str) -> Typed {
    [
        ("work/telework_days", "2"),
        ("feelings/ucla_companionship", "2"),
        ("feelings/ucla_left_out", "3"),
        ("feelings/ucla_isolated", "1"),
        ("feelings/loneliness_direct", direct),
        ("about_you/age_band", "30s"),
        ("about_you/gender", gender),
        ("about_you/company_size", "30-99"),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect()
}

/// A closed wave in which `lonely` of `people` teleworkers feel lonely; six of them are of another gender.
fn wave(world: &World, fiscal_year: i32, people: usize, lonely: usize) {
    let survey = world.open("loneliness", Mode::Anonymous, fiscal_year, &[("30-99", 96_000)]);
    let cards = world.office.cards(survey.id, "30-99", u32::try_from(people).expect("few")).expect("cards");
    let mut tablet = world.tablet(&format!("T-{fiscal_year}"), &[survey.id]);
    for (place, card) in cards.iter().enumerate() {
        let direct = if place < lonely { "4" } else { "2" };
        let gender = if place % 10 == 9 { "other" } else { "female" };
        tablet.kiosk(survey.id, card, &answers(direct, gender)).expect("an answer");
    }
    tablet.sync().expect("a delivery");
    world.office.close(survey.id).expect("the survey closes");
}

fn tile(world: &World, id: &str) -> Value {
    let tiles: Vec<Value> = world.analyst.get("/v1/indicators").expect("the tiles");
    assert_eq!(tiles.len(), 16);
    tiles.into_iter().find(|tile| tile["id"] == id).expect("the indicator")
}

#[test]
fn a_share_is_shown_with_its_interval_its_baseline_and_its_target() {
    let world = World::new();
    wave(&world, 2025, 60, 30);
    wave(&world, 2026, 60, 18);
    let tile = tile(&world, "S2-KPI-O1");
    assert_eq!(tile["value"], 30.0, "18 of 60, in percent");
    assert_eq!(tile["baseline"]["value"], 50.0, "30 of 60 the year before");
    assert_eq!(tile["target"]["kind"], "relative-change");
    assert_eq!(tile["target"]["value"], -15.0, "as the plan says it");
    assert_eq!(tile["target"]["level"], 42.5, "15 percent less than 50");
    assert_eq!(tile["direction"], "down");
    assert_eq!(tile["suppressed"], false);
    let [low, high] = [0, 1].map(|end| tile["interval"][end].as_f64().expect("an end"));
    assert!(low < 30.0 && 30.0 < high && low > 15.0 && high < 50.0, "[{low}, {high}]");
}

#[test]
fn nine_respondents_are_too_few_to_show() {
    let world = World::new();
    wave(&world, 2026, 9, 4);
    let tile = tile(&world, "S2-KPI-O1");
    assert_eq!(tile["suppressed"], true);
    assert_eq!(tile["value"], Value::Null);
    assert_eq!(tile["interval"], Value::Null);
    assert!(!tile.to_string().contains("44"), "4 of 9 stands nowhere: {tile}");
}

#[test]
fn an_indicator_without_data_says_so() {
    let world = World::new();
    let tile = tile(&world, "S3-KGI");
    assert_eq!(tile["value"], Value::Null);
    assert_eq!(tile["suppressed"], false);
    assert!(tile["reason"].is_object() || tile["reason"].is_string(), "{tile}");
}

#[test]
fn a_small_group_of_a_breakdown_cannot_be_found_by_subtraction() {
    let world = World::new();
    wave(&world, 2026, 60, 18);
    let table: Value =
        world.analyst.get("/v1/indicators/S2-KPI-O1/breakdown?by=gender").expect("the breakdown");
    let text = table.to_string();
    let cells = table["cells"].as_array().or_else(|| table["rows"].as_array()).expect("cells").clone();
    let hidden = cells.iter().filter(|cell| cell.to_string().contains("\"x\"")).count();
    assert!(hidden >= 2, "six people, and one more so that they cannot be subtracted: {text}");
}

/// 50 women, 15 of them lonely; 16 of another gender, one of them lonely and six of them in their thirties.
fn two_genders() -> World {
    let world = World::new();
    let survey = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
    let cards = world.office.cards(survey.id, "30-99", 66).expect("cards");
    let mut tablet = world.tablet("T-1", &[survey.id]);
    for (place, card) in cards.iter().enumerate() {
        let lonely = if place < 15 || place == 50 { "4" } else { "2" };
        let mut person = answers(lonely, if place < 50 { "female" } else { "other" });
        let forties = if place < 50 { place % 5 < 2 } else { place >= 56 };
        if forties {
            person.retain(|(path, _)| path != "about_you/age_band");
            person.push(("about_you/age_band".to_owned(), "40s".to_owned()));
        }
        tablet.kiosk(survey.id, card, &person).expect("an answer");
    }
    tablet.sync().expect("a delivery");
    world.office.close(survey.id).expect("the survey closes");
    world
}

#[test]
fn a_table_that_tells_more_beside_an_earlier_one_is_refused_also_after_a_restart() {
    let mut world = two_genders();
    let gender = "/v1/indicators/S2-KPI-O1/breakdown?by=gender";
    let both = "/v1/indicators/S2-KPI-O1/breakdown?by=gender,age";
    let first: Value = world.analyst.get(gender).expect("one in sixteen is shown");
    for _ in 0..2 {
        // The one would be one of six, or of the other ten.
        let refused = world.analyst.get::<Value>(both).expect_err("too narrow").to_string();
        assert!(refused.contains("release-refused") || refused.contains("409"), "{refused}");
        let again: Value = world.analyst.get(gender).expect("what was shown stays shown");
        assert_eq!(again, first);
        world.stop();
        world.start();
    }
}

#[test]
fn the_same_table_asked_first_hides_what_it_must() {
    let world = two_genders();
    let table: Value =
        world.analyst.get("/v1/indicators/S2-KPI-O1/breakdown?by=gender,age").expect("the table");
    assert!(table.to_string().contains("\"x\""), "{table}");
}
