//! The real server below its port: router, application, projector and SQLite on a folder.
//!
//! What is drawn by the machine there and would change what devices do (the epoch of the log) is
//! put in the place of the drawn value while the server is down, so that a seed replays.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, body::Bytes};
use rusqlite::{Connection, OptionalExtension as _, types::Value as Cell};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use tsumugi_core::{
    id::{DeviceId, ItemId, Nullifier, ResponseId, SurveyId},
    item::Item,
    sealed::lock,
    survey::{Mode, Survey},
};
use tsumugi_server::{
    Config,
    app::{App, secret_hash},
    backup::{self, Keys},
    http, keyring,
    projection::{Projector, close_survey},
    store::{LockedKey, StoredDevice},
};
use tsumugi_tests::Chance;

use crate::{
    office::{Office, PASSPHRASE},
    server::{Answer, Backing, Carrier, Counted, Row, Sent, Server},
    tablet::Right,
};

/// As little as the derivation takes: guessing is not what is simulated.
const MEMORY_KIB: u32 = 64;

struct Running {
    app: App,
    projector: Projector,
}

/// A server on a folder of its own.
pub struct RealServer {
    // Before the folder: it lets go of its files first.
    running: Option<Running>,
    runtime: Runtime,
    folder: TempDir,
    backup: Option<PathBuf>,
    lives: u64,
    surveys: [SurveyId; 2],
}

impl RealServer {
    /// A server without surveys.
    ///
    /// # Panics
    /// When the machine gives no folder or no threads.
    pub fn new() -> Self {
        // Memory where there is a disk of it: what a power cut leaves is proved elsewhere.
        let shared = Path::new("/dev/shm");
        let folder = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let none = SurveyId::from_bytes([0; 16]);
        let mut server = Self {
            running: None,
            runtime,
            folder: folder.expect("a folder"),
            backup: None,
            lives: 0,
            surveys: [none; 2],
        };
        // Once to make the database, then with an epoch that the seed knows.
        server.start();
        server.next_life();
        server
    }

    fn config(&self) -> Config {
        Config {
            data: self.folder.path().join("data"),
            backup_folder: Some(self.folder.path().join("backups")),
            backup_keep: 0,
            fictitious: true,
            free_bytes: 0,
            readers: 1,
            passphrase_memory_kib: MEMORY_KIB,
            ..Config::default()
        }
    }

    fn start(&mut self) {
        let app = App::open(self.config()).expect("a server on its folder");
        let projector = Projector::open(app.clone()).expect("a projector");
        self.running = Some(Running { app, projector });
    }

    /// Starts with the epoch of the next life.
    fn next_life(&mut self) {
        self.running = None;
        self.lives += 1;
        let epoch = Chance::of(self.lives).seed().max(1).to_le_bytes();
        let set = "UPDATE meta SET value = ?1 WHERE key = 'epoch'";
        assert_eq!(self.database().execute(set, [epoch.as_slice()]).expect("an epoch"), 1);
        self.start();
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("a running server")
    }

    fn database(&self) -> Connection {
        Connection::open(self.config().database()).expect("the database")
    }

    fn epoch(&self) -> u64 {
        self.running().app.blocking_store().epoch().expect("an epoch").0
    }

    /// Every row of a table that names cards, and its row number where it has one.
    fn rows_of(db: &Connection, table: &str) -> Vec<Row> {
        let mut select = db.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let columns = select.column_count();
        let mut rows = select.query([]).expect("rows");
        let mut found = Vec::new();
        while let Some(row) = rows.next().expect("a row") {
            let mut one = Row { table: table.to_owned(), bytes: Vec::new(), numbers: Vec::new() };
            for column in 0..columns {
                match row.get(column).expect("a value") {
                    Cell::Integer(number) => one.numbers.push(number),
                    #[expect(clippy::cast_possible_truncation, reason = "a time would be a whole number")]
                    Cell::Real(number) => one.numbers.push(number as i64),
                    Cell::Text(text) => one.bytes.push(text.into_bytes()),
                    Cell::Blob(bytes) => one.bytes.push(bytes),
                    Cell::Null => {}
                }
            }
            found.push(one);
        }
        let numbered = format!("SELECT rowid FROM {table} LIMIT 1");
        if let Ok(number) = db.query_row(&numbered, [], |row| row.get(0)) {
            found.extend(found.first().cloned().map(|row| Row { numbers: vec![number], ..row }));
        }
        found
    }
}

impl Default for RealServer {
    fn default() -> Self {
        Self::new()
    }
}

impl Carrier for RealServer {
    fn carry(&mut self, sent: &Sent) -> Answer {
        let mut request = Request::post(&sent.path).header("content-type", &sent.content_type);
        if let Some(value) = &sent.authorization {
            request = request.header("authorization", value);
        }
        for (name, value) in &sent.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(sent.body.clone()))).expect("a request");
        let router = http::router(self.running().projector.clone());
        self.runtime.block_on(async move {
            let reply = router.oneshot(request).await.expect("a router that always answers");
            let retry_after = reply.headers().get("retry-after");
            let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
            let status = reply.status().as_u16();
            let body = reply.into_body().collect().await.expect("a whole body").to_bytes().to_vec();
            Answer { status, retry_after, body }
        })
    }
}

impl Server for RealServer {
    fn begin(&mut self, office: &Office) {
        self.surveys = [office.company.id, office.anonymous.id];
        let store = self.running().app.blocking_store();
        store.append(office.items.clone()).expect("a log");
        store.put_survey(office.company.clone(), None, Vec::new()).expect("a survey");
        let mut chance = Chance::of(1);
        let salt = [7; 16];
        let wrap = keyring::derive(PASSPHRASE, &salt, MEMORY_KIB).expect("a key");
        let locked = lock(&office.key, &wrap, office.anonymous.id, chance.rng());
        let key = LockedKey { salt: salt.to_vec(), memory_kib: MEMORY_KIB, locked };
        store.put_survey(office.anonymous.clone(), Some(key), Vec::new()).expect("a survey");
        let cards = office.cards.iter().map(|card| card.nullifier()).collect();
        store.put_cards(office.anonymous.id, 0, cards, Vec::new()).expect("cards");
    }

    fn enrol(&mut self, device: DeviceId, token: &str, name: &str, right: Right) {
        let (role, surveys, response) = match right {
            Right::Field => ("tablet", self.surveys.to_vec(), None),
            Right::Company(survey, response) => ("company", vec![survey], Some(response)),
        };
        let device = StoredDevice {
            id: device,
            role: role.to_owned(),
            name: name.to_owned(),
            surveys,
            response,
            enrolled: 0,
            last_seen: None,
            revoked: false,
        };
        self.running().app.blocking_store().put_device(device, secret_hash(token)).expect("a device");
    }

    fn revoke(&mut self, device: DeviceId) {
        self.running().app.blocking_store().revoke(device).expect("a store");
    }

    fn survey(&self, survey: SurveyId) -> Survey {
        let found = self.running().app.blocking_store().survey(survey).expect("a store");
        found.expect("a survey of the office")
    }

    fn revise(&mut self, survey: &Survey, items: Vec<Item>) {
        self.running().app.blocking_store().put_survey(survey.clone(), None, items).expect("a revision");
    }

    fn items(&self) -> BTreeSet<ItemId> {
        let db = self.database();
        let mut select = db.prepare("SELECT id FROM items WHERE refusal IS NULL").expect("a table");
        let ids = select.query_map([], |row| row.get(0)).expect("rows");
        ids.map(|id| ItemId::from_bytes(id.expect("a name"))).collect()
    }

    fn changes(&self, response: ResponseId) -> Vec<Vec<u8>> {
        self.running().app.blocking_store().changes(response).expect("a store")
    }

    fn record(&self, survey: SurveyId, nullifier: Nullifier) -> Option<Vec<u8>> {
        let select = "SELECT record FROM sealed WHERE survey = ?1 AND nullifier = ?2";
        let key = (survey.as_bytes(), nullifier.as_bytes());
        self.database().query_row(select, key, |row| row.get(0)).optional().expect("a table")
    }

    fn kept(&self) -> Vec<Row> {
        let db = self.database();
        let named = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%nullifier%'";
        let mut select = db.prepare(named).expect("a schema");
        let tables = select.query_map([], |row| row.get::<_, String>(0)).expect("tables");
        tables.flat_map(|table| Self::rows_of(&db, &table.expect("a name"))).collect()
    }

    fn restart(&mut self, _later: bool) {
        self.running = None;
        self.start();
        self.running().projector.catch_up().expect("a projector");
    }

    fn backups(&mut self) -> &mut dyn Backing {
        self
    }

    fn close(&mut self, survey: SurveyId) -> Counted {
        let projector = &self.running().projector;
        let store = self.running().app.blocking_store();
        if !store.is_counted(survey).expect("a store") {
            let anonymous = self.survey(survey).mode == Mode::Anonymous;
            close_survey(projector, survey, anonymous.then_some(PASSPHRASE)).expect("a closing");
        }
        let mut rows = Vec::new();
        store.each_row(survey, &mut |row| rows.push((row.row, row.outputs))).expect("rows");
        let counts = store.sealed_counts(survey).expect("counts");
        Counted {
            rows,
            conflicts: counts.iter().map(|count| count.conflicts).sum(),
            refused: counts.iter().map(|count| count.refused).sum(),
        }
    }
}

impl Backing for RealServer {
    fn begin(&mut self) -> bool {
        let made = backup::make(&self.running().app, &[]).expect("a backup");
        self.backup = Some(made.file);
        true
    }

    fn verify(&mut self) {}

    fn restore(&mut self) {
        let Some(file) = self.backup.clone() else { return };
        let before = self.epoch();
        self.running = None;
        let data = self.config().data;
        std::fs::remove_dir_all(&data).expect("the disk dies");
        backup::restore(&file, &Keys::default(), &data, false, 1).expect("the way back");
        self.start();
        assert_ne!(self.epoch(), before, "a restored log has the epoch of the one before");
        self.next_life();
        self.running().projector.catch_up().expect("a projector");
    }
}
