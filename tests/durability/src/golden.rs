//! Databases as earlier versions left them: kept for ever, opened by every later version.
//!
//! A golden folder holds a server's database, a tablet's database that has something left to
//! send, and what both held. It is made once for each layout and never again.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use tsumugi_core::id::SurveyId;
use tsumugi_server::api::CompanyLetter;
use tsumugi_tests::{World, shown};

use crate::{
    life::{self, PATHS},
    tablet::{self, Carrier},
    ward::Ward,
};

/// Name of the database, of the server as of a tablet.
const DATABASE: &str = "tsumugi.db";
const STORY: &str = "story.json";

/// What a golden folder held when it was made.
#[derive(Debug, Serialize, Deserialize)]
struct Story {
    anonymous: SurveyId,
    letter: CompanyLetter,
    /// Answers of the company, by path, also those that the tablet has not sent.
    answers: Vec<(String, String)>,
    /// Sealed records, also those that the tablet has not sent.
    records: u64,
}

/// Makes a golden folder below `below`, with the present version; named by the number of the
/// server's last migration.
///
/// # Panics
/// When the folder cannot be written, or the ward does not do what its own stories prove.
pub fn make(below: &Path) {
    let mut ward = Ward::with(1, 4);
    let place = tempfile::tempdir().expect("a folder");
    ward.tablet_on(place.path());
    let (plan, mut letter) = (ward.plan(), ward.letters.remove(0));
    let response = letter.response.to_string();
    let mut answers = Vec::new();
    {
        let device = tablet::open(place.path()).expect("the tablet");
        for (card, (path, text)) in [(PATHS[1], "128"), (PATHS[2], "95")].into_iter().enumerate() {
            life::answer(&device, &response, path, text).expect("an answer");
            life::seal(&device, &plan, card).expect("an entry");
            answers.push((path.to_owned(), text.to_owned()));
            if card == 0 {
                Carrier::to(&plan.url).sync(&device).expect("an exchange");
            }
        }
    }
    let anonymous = ward.anonymous.id;
    ward.world.stop();
    let into = below.join(format!("{:04}", layout(&ward.world.data().join(DATABASE))));
    fs::create_dir_all(&into).expect("the folder");
    pack(&ward.world.data().join(DATABASE), &into.join("server.db.gz")).expect("a copy");
    pack(&place.path().join(DATABASE), &into.join("tablet.db.gz")).expect("a copy");
    let records = answers.len() as u64;
    letter.qr_svg.clear();
    let story = Story { anonymous, letter, answers, records };
    let text = serde_json::to_string_pretty(&story).expect("JSON");
    fs::write(into.join(STORY), text + "\n").expect("the story");
}

/// Opens what a golden folder holds with the present version, lets the tablet send the rest, and
/// counts: nothing is lost and nothing counts twice.
///
/// # Panics
/// When it is not so.
pub fn check(folder: &Path) {
    let story = fs::read_to_string(folder.join(STORY)).expect("the story");
    let story: Story = serde_json::from_str(&story).expect("a story");
    let world = World::on(|data| unpack(&folder.join("server.db.gz"), &data.join(DATABASE)).expect("a copy"));
    assert_eq!(world.store().verify().expect("the store"), Vec::<String>::new());
    let place = tempfile::tempdir().expect("a folder");
    unpack(&folder.join("tablet.db.gz"), &place.path().join(DATABASE)).expect("a copy");
    let device = tablet::open(place.path()).expect("an old tablet opens");
    let carrier = Carrier::to(&world.url());
    carrier.sync(&device).expect("an exchange");
    carrier.sync(&device).expect("nothing new");

    let mut reader = world.person(&story.letter, "監査", "読");
    reader.open(story.letter.response).expect("the response");
    for (path, text) in &story.answers {
        let found = shown(&mut reader, story.letter.response, path).map(|value| value.to_string());
        assert_eq!(found.as_deref(), Some(text.as_str()), "{path}");
    }
    let closed = world.office.close(story.anonymous).expect("the survey closes");
    assert_eq!((closed.rows, closed.conflicts), (story.records, 0));
}

/// How many migrations a database has seen.
fn layout(database: &Path) -> i64 {
    let opened = rusqlite::Connection::open(database).expect("a database");
    opened.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("its version")
}

/// A database that was closed: all of it is in the one file.
fn pack(from: &Path, to: &Path) -> io::Result<()> {
    assert!(!from.with_extension("db-wal").exists(), "{} was not closed", from.display());
    let mut packed = GzEncoder::new(File::create_new(to)?, Compression::best());
    io::copy(&mut File::open(from)?, &mut packed)?;
    packed.finish().map(drop)
}

fn unpack(from: &Path, to: &Path) -> io::Result<()> {
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(from)?).read_to_end(&mut bytes)?;
    fs::write(to, bytes)
}
