//! Stories of a server whose disk dies.

use std::fs;

use tsumugi_core::survey::Mode;
use tsumugi_server::{
    api::BackupView,
    backup::{self, Keys},
    demo::Tablet,
};
use tsumugi_tests::{LONELINESS, World, shown, typed};

fn make_backup(world: &World) -> BackupView {
    world.admin.post("/v1/backups", &serde_json::json!({})).expect("a backup")
}

fn kept(tablet: &mut Tablet) -> (usize, usize) {
    let status = tablet.device().status();
    (status.waiting_records, status.kept_records)
}

#[test]
fn nothing_is_lost_when_last_nights_backup_is_restored() {
    let mut world = World::new();
    let anonymous = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
    let company = world.open("company-telework", Mode::Company, 2026, &[("30-99", 1_840)]);
    let cards = world.office.cards(anonymous.id, "30-99", 3).expect("cards");
    let letter = world.letter(company.id, "株式会社みほん", "30-99");
    let mut tablet = world.tablet("T-01", &[anonymous.id]);
    let mut person = world.person(&letter, "総務", "田中");
    person.open(letter.response).expect("the response");

    tablet.kiosk(anonymous.id, &cards[0], &typed(&LONELINESS)).expect("an answer");
    person.enter(letter.response, &typed(&[("profile/employees_regular", "40")])).expect("an answer");
    tablet.sync().expect("a delivery");
    person.sync().expect("a sync");
    tablet.sync().expect("a sync");
    assert_eq!(kept(&mut tablet), (0, 1));
    let made = make_backup(&world);
    tablet.sync().expect("a sync");
    assert_eq!(kept(&mut tablet), (0, 0), "the backup holds it, and was verified");

    // What comes after the backup.
    for card in &cards[1..] {
        tablet.kiosk(anonymous.id, card, &typed(&LONELINESS)).expect("an answer");
    }
    person.enter(letter.response, &typed(&[("costs/training", "120")])).expect("an answer");
    tablet.sync().expect("a delivery");
    person.sync().expect("a sync");
    tablet.sync().expect("a sync");
    assert_eq!(kept(&mut tablet), (0, 2));

    let file = world.folder().join("tape.tar");
    fs::copy(&made.file, &file).expect("a copy elsewhere");
    world.stop();
    fs::remove_dir_all(world.data()).expect("the disk dies");
    backup::restore(&file, &Keys::default(), world.data(), false, 1).expect("the way back");
    world.start();

    tablet.sync().expect("a sync with the restored server");
    tablet.sync().expect("a sync");
    person.sync().expect("a sync");
    let mut other = world.person(&letter, "経理", "佐藤");
    other.open(letter.response).expect("the response");
    for (path, value) in [("profile/employees_regular", "40"), ("costs/training", "120")] {
        let shown = shown(&mut other, letter.response, path);
        assert_eq!(shown.map(|value| value.to_string()).as_deref(), Some(value), "{path}");
    }
    let report = world.office.close(anonymous.id).expect("the survey closes");
    assert_eq!((report.rows, report.conflicts), (3, 0));
}

#[test]
fn a_database_that_was_put_back_by_hand_is_noticed() {
    let mut world = World::new();
    let anonymous = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
    let cards = world.office.cards(anonymous.id, "30-99", 1).expect("a card");
    let mut tablet = world.tablet("T-01", &[anonymous.id]);
    let (database, copy) = (world.data().join("tsumugi.db"), world.folder().join("copy.db"));
    world.stop();
    fs::copy(&database, &copy).expect("a copy");
    world.start();
    tablet.kiosk(anonymous.id, &cards[0], &typed(&LONELINESS)).expect("an answer");
    tablet.sync().expect("a delivery");
    world.stop();
    fs::copy(&copy, &database).expect("the older file");
    world.start();
    tablet.sync().expect("a sync");
    tablet.sync().expect("a sync");
    assert_eq!(world.office.close(anonymous.id).expect("the survey closes").rows, 1);
}

#[test]
fn a_record_whose_bytes_changed_on_the_disk_is_found() {
    let mut world = World::new();
    let anonymous = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
    let cards = world.office.cards(anonymous.id, "30-99", 1).expect("a card");
    let mut tablet = world.tablet("T-01", &[anonymous.id]);
    tablet.kiosk(anonymous.id, &cards[0], &typed(&LONELINESS)).expect("an answer");
    tablet.sync().expect("a delivery");
    world.stop();
    let database = rusqlite::Connection::open(world.data().join("tsumugi.db")).expect("a database");
    let sql = "UPDATE sealed SET record = CAST(record || x'00' AS BLOB)";
    assert_eq!(database.execute(sql, []).expect("a change behind the server's back"), 1);
    drop(database);
    world.start();
    let refused: Result<BackupView, _> = world.admin.post("/v1/backups", &serde_json::json!({}));
    let words = refused.expect_err("no backup of it is called verified").to_string();
    assert!(words.contains("1 sealed records have changed"), "{words}");
}
