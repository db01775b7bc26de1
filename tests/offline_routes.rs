//! Stories of answers that reach the server without the internet: on a stick, by another tablet,
//! by the laptop of a team leader.

use std::{fs, path::Path};

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tsumugi_core::{
    device::{BundleNews, HttpRequest},
    id::SurveyId,
    sealed::{Bundle, BundleReply, Errand, MAX_POST_BYTES, Parcel, SealKey, SealPublic},
    survey::Mode,
    sync::{Protocol, Request},
};
use tsumugi_server::{
    api::{CompanyLetter, SurveyView},
    demo::{Client, Tablet},
};
use tsumugi_tests::{LONELINESS, Program, World, shown, typed, world::now};

const BINARY: &str = env!("CARGO_BIN_EXE_tsumugi-story");
/// What no relay may hold: a word of a company's answer, and the beginning of a token.
const CANARY: &str = "カナリア工業団地";
const TOKEN: &str = "tsm_";

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

/// Every file below a folder, as one run of bytes.
fn everything_below(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder").flatten() {
        let path = entry.path();
        bytes.extend(if path.is_dir() {
            everything_below(&path)
        } else {
            fs::read(path).unwrap_or_default()
        });
    }
    bytes
}

/// A tablet in the field, and what was done with it.
struct Field {
    tablet: Tablet,
    rng: ChaCha20Rng,
}

impl Field {
    fn of(tablet: Tablet, seed: u64) -> Self {
        Self { tablet, rng: ChaCha20Rng::seed_from_u64(seed) }
    }

    fn pack(&mut self) -> Vec<u8> {
        self.tablet.device().pack_bundle(&mut self.rng).expect("it packs")
    }

    fn carry(&mut self, file: &[u8]) -> Vec<u8> {
        self.tablet.device().carry_bundle(file, &mut self.rng).expect("it carries")
    }

    fn read(&mut self, reply: &[u8]) -> BundleNews {
        self.tablet.device().read_bundle_reply(reply, now(), &mut self.rng).expect("a reply")
    }

    /// Changes and records that wait, and records that are kept until a backup holds them.
    fn waiting(&mut self) -> (usize, usize, usize) {
        let status = self.tablet.device().status();
        (status.waiting_changes, status.waiting_records, status.kept_records)
    }
}

/// A ward with a company form, an anonymous one, and a tablet that was at the office once.
struct Ward {
    world: World,
    anonymous: SurveyView,
    company: SurveyView,
    letter: CompanyLetter,
    cards: Vec<String>,
}

impl Ward {
    fn new() -> Self {
        let world = World::new();
        let anonymous = world.open("loneliness", Mode::Anonymous, 2026, &[("30-99", 96_000)]);
        let company = world.open("company-telework", Mode::Company, 2026, &[("30-99", 1_840)]);
        let cards = world.office.cards(anonymous.id, "30-99", 4).expect("cards");
        let letter = world.letter(company.id, "株式会社みほん", "30-99");
        Self { world, anonymous, company, letter, cards }
    }

    fn surveys(&self) -> [SurveyId; 2] {
        [self.anonymous.id, self.company.id]
    }

    /// A tablet with one changed form and two sealed records that nobody has yet.
    fn busy(&self, name: &str, seed: u64) -> Field {
        let mut tablet = self.world.tablet(name, &self.surveys());
        tablet.open(self.letter.response).expect("the company's form");
        let answers = [("profile/employees_regular", "40"), ("profile/company_name", CANARY)];
        tablet.enter(self.letter.response, &typed(&answers)).expect("answers that fit");
        for card in &self.cards[..2] {
            tablet.kiosk(self.anonymous.id, card, &typed(&LONELINESS)).expect("an answer");
        }
        Field::of(tablet, seed)
    }

    fn changes(&self) -> usize {
        self.world.store().changes(self.letter.response).expect("the store").len()
    }

    /// The answers stand at the server once.
    fn assert_counted_once(&self) {
        assert_eq!(self.changes(), 1, "the changes of one day are one change, and it is there once");
        let mut person = self.world.person(&self.letter, "総務", "田中");
        person.open(self.letter.response).expect("the response");
        let answer = shown(&mut person, self.letter.response, "profile/employees_regular");
        assert_eq!(answer.map(|value| value.to_string()).as_deref(), Some("40"));
        let report = self.world.office.close(self.anonymous.id).expect("the survey closes");
        assert_eq!((report.rows, report.conflicts), (2, 0), "two people, once each");
    }
}

fn post(url: &str, bundle: &[u8]) -> Vec<u8> {
    let request = HttpRequest {
        id: 0,
        method: "POST".to_owned(),
        path: "/v1/bundles".to_owned(),
        content_type: "application/x-tsumugi-bundle".to_owned(),
        authorization: None,
        body: bundle.to_vec(),
    };
    let reply = Client::new(url).exchange(&request).expect("an answer");
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    reply.body
}

#[test]
fn a_tablet_that_is_never_online_reaches_the_server_over_a_tablet_and_a_laptop() {
    let ward = Ward::new();
    let mut far = ward.busy("T-01", 1);
    let mut near = Field::of(ward.world.tablet("T-02", &ward.surveys()), 2);
    let folder = ward.world.folder().join("laptop");
    let laptop = Program::new(BINARY, &folder);
    let relay = laptop.serve(&["--relay", "--upstream", "http://127.0.0.1:9"]);

    // Tablet to tablet, twice.
    let file = far.pack();
    for _ in 0..2 {
        let held = far_reads(&mut far, &near.carry(&file));
        assert_eq!((held.on_the_way, held.changes), (2, 0));
    }
    // Tablet to laptop, twice; the server is not reached.
    let forwarded = near.tablet.device().bundles_to_forward().expect("what it carries");
    for _ in 0..2 {
        let reply = post(&relay.url, &forwarded);
        assert_eq!(near.read(&reply).for_others, 2);
    }
    let failed = laptop.run(&["relay", "forward"]);
    assert_eq!(failed.code, 1, "{}", failed.out);
    assert!(failed.out.contains("upstream-failed"), "{}", failed.out);
    assert_eq!(far.waiting(), (1, 2, 0), "held by a relay is not held by the server");

    // What a thief of the laptop, or of the second tablet, reads.
    let held = everything_below(&folder);
    let nullifiers: Vec<[u8; 32]> = ward.nullifiers();
    assert!(has(
        &held,
        &Bundle::decode(&file).expect("a bundle").parcels().next().expect("one").1.as_bytes()[..40]
    ));
    for (what, bytes) in [("laptop", &held), ("tablet", &forwarded)] {
        for word in ward.secrets() {
            assert!(!has(bytes, &word), "the {what} holds {}", String::from_utf8_lossy(&word));
        }
        assert!(!nullifiers.iter().any(|nullifier| has(bytes, nullifier)), "the {what} knows a card");
    }
    let stranger = SealKey::make(&mut far.rng);
    let bundle = Bundle::decode(&forwarded).expect("a bundle");
    assert!(bundle.parcels().all(|(_, parcel)| parcel.open(&stranger).is_err()));

    // Laptop to server, twice: over the network, and with a stick from the laptop.
    drop(relay);
    let stick = ward.world.folder().join("stick.tsumugi");
    let url = ward.world.url();
    fs::write(folder.join("tsumugi.toml"), format!("upstream = \"{url}\"\n")).expect("the configuration");
    let packed = laptop.run(&["bundle", "pack", stick.to_str().expect("a path")]);
    // The command is a relay itself for that moment, and may have handed them on already.
    assert_eq!(packed.code, 0, "{}{}", packed.out, packed.errors);
    let relay = laptop.serve(&["--relay", "--upstream", &url]);
    post(&url, &forwarded);
    let done = laptop.run(&["relay", "forward"]);
    assert_eq!((done.code, &done.json()["waiting"]), (0, &0.into()), "{}", done.out);
    assert_eq!(laptop.run(&["relay", "status"]).json()["answered"], 2);

    // The way back.
    let reply = post(&relay.url, &forwarded);
    assert_eq!(near.read(&reply).for_others, 2);
    let news = far_reads(&mut far, &near.carry(&file));
    assert_eq!((news.changes, news.batches, news.refused), (1, 1, 0));
    assert_eq!(far.waiting(), (0, 0, 2), "copies stay until a verified backup holds them");
    let again = far_reads(&mut far, &near.carry(&file));
    assert_eq!((again.changes, again.batches), (0, 0));
    ward.assert_counted_once();

    // At last the tablet is online itself: everything is there already.
    far.tablet.sync().expect("a sync");
    assert_eq!(far.waiting(), (0, 0, 2));
    assert_eq!(ward.changes(), 1);
}

fn far_reads(far: &mut Field, reply: &[u8]) -> BundleNews {
    far.read(reply)
}

impl Ward {
    fn nullifiers(&self) -> Vec<[u8; 32]> {
        let card = |code: &String| {
            let code = code.parse().expect("a card's code");
            let serial = tsumugi_core::sealed::CardSerial::derive(code);
            *serial.nullifier(self.anonymous.id).as_bytes()
        };
        self.cards.iter().map(card).collect()
    }

    /// Words that stand in what the tablet packed, but for its seal.
    fn secrets(&self) -> Vec<Vec<u8>> {
        let ids = self.surveys().map(|survey| survey.as_bytes().to_vec());
        let utf16: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut words = vec![CANARY.into(), utf16, TOKEN.into(), b"employees_regular".to_vec()];
        words.extend(ids);
        words.push(self.letter.response.as_bytes().to_vec());
        words
    }
}

#[test]
fn what_is_looked_for_at_the_relay_is_found_at_the_server() {
    let mut ward = Ward::new();
    let mut tablet = ward.busy("T-01", 3);
    post(&ward.world.url(), &tablet.pack());
    let nullifiers = ward.nullifiers();
    ward.world.stop();
    let held = everything_below(ward.world.data());
    assert!(has(&held, ward.letter.response.as_bytes()), "the search sees what is there");
    assert!(nullifiers[..2].iter().all(|nullifier| has(&held, nullifier)));
}

#[test]
fn a_stick_brings_the_answers_once_however_often_it_is_read() {
    let mut ward = Ward::new();
    let mut field = ward.busy("T-01", 4);
    let stick = ward.world.folder().join("T-01.tsumugi");
    fs::write(&stick, field.pack()).expect("a stick");
    let (file, reply) = (stick.to_str().expect("a path"), ward.world.folder().join("T-01.tsumugi.reply"));
    ward.world.stop();
    let server = Program::new(BINARY, ward.world.data());

    let key = server.run(&["bundle", "key"]).json()["key"].as_str().map(str::to_owned);
    assert_eq!(key, field.tablet.device().enrolment().and_then(|own| own.bundle_key.clone()));

    // Without the server's folder: version, size, parcels. With it: what is in them.
    let stranger = Program::new(BINARY, ward.world.folder().join("nothing"));
    let known = stranger.run(&["bundle", "verify", file]).json();
    assert_eq!((&known["sound"], &known["parcels"], &known["version"]), (&true.into(), &2.into(), &1.into()));
    assert!(known.get("contents").is_none());
    let contents = server.run(&["bundle", "verify", file]).json()["contents"].clone();
    let of = |survey: SurveyId| {
        let wanted = survey.to_string();
        contents["surveys"]
            .as_array()
            .expect("surveys")
            .iter()
            .find(|row| row["survey"] == wanted.as_str())
            .cloned()
    };
    assert_eq!(of(ward.company.id).map(|row| row["changes"].clone()), Some(1.into()));
    assert_eq!(of(ward.anonymous.id).map(|row| row["records"].clone()), Some(8.into()), "a whole batch");
    assert_eq!((&contents["unreadable"], &contents["strange"]), (&0.into(), &0.into()));

    for _ in 0..2 {
        let taken = server.run(&["bundle", "unpack", file]);
        assert_eq!(taken.code, 0, "{}{}", taken.out, taken.errors);
        assert_eq!((&taken.json()["answered"], &taken.json()["unreadable"]), (&2.into(), &0.into()));
    }
    let news = field.read(&fs::read(&reply).expect("the reply beside the file"));
    assert_eq!((news.changes, news.batches, news.refused, news.strange), (1, 1, 0, 0));
    assert_eq!(field.waiting(), (0, 0, 2));
    ward.world.start();
    ward.assert_counted_once();
}

#[test]
fn a_damaged_stick_is_refused_in_both_languages_and_nothing_of_it_is_taken() {
    let mut ward = Ward::new();
    let mut field = ward.busy("T-01", 5);
    let whole = field.pack();
    ward.world.stop();
    let server = Program::new(BINARY, ward.world.data());
    let path = ward.world.folder().join("bad.tsumugi");
    let file = path.to_str().expect("a path");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let cut = whole[..whole.len() - 9].to_vec();
    for (bytes, ja, en) in [
        (flipped, "ファイルの中身が壊れています", "the file is damaged"),
        (cut, "コピーが途中で切れています", "the copy is cut"),
        (
            b"holiday photo, and nothing else".to_vec(),
            "ファイルを取り違えていないか",
            "check that it is the right file",
        ),
    ] {
        fs::write(&path, bytes).expect("a bad stick");
        for verb in ["verify", "unpack"] {
            let said = server.run_in("ja_JP.UTF-8", &["bundle", verb, file]);
            assert_eq!((said.code, said.out.contains(ja)), (1, true), "{said:?}");
            let said = server.run_in("C", &["bundle", verb, file]);
            assert_eq!((said.code, said.out.contains(en)), (1, true), "{said:?}");
        }
    }
    ward.world.start();
    assert_eq!(ward.changes(), 0);
    fs::write(&path, &whole).expect("the good copy");
    post(&ward.world.url(), &whole);
    ward.assert_counted_once();
}

#[test]
fn a_forged_bundle_writes_nothing_and_a_revoked_tablet_is_told() {
    let ward = Ward::new();
    let other = ward.world.letter(ward.company.id, "有限会社べつの", "30-99");
    let mut thief = ward.world.person(&ward.letter, "総務", "田中");
    let device = thief.device().enrolment().expect("enrolled").clone();
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let server: SealPublic = device.bundle_key.expect("told").parse().expect("a key");

    // A change of another company's response, with this company's own right.
    let mut victim = ward.world.tablet("T-01", &[ward.company.id]);
    victim.open(other.response).expect("the form");
    victim.enter(other.response, &typed(&[("profile/employees_regular", "7")])).expect("an answer");
    let copied = Field::of(victim, 7).pack_items(&ward.world);
    let request = Request { protocol: Protocol::V2, push: copied, ..Request::default() };
    for (token, status) in [(device.token.as_str(), 200), ("tsm_nobody", 401)] {
        let errand = Errand::Items { token: token.to_owned(), request: request.encode() };
        let (parcel, secret) = Parcel::seal(&server, &errand, &mut rng).expect("it fits");
        let bundle = Bundle::of([parcel.clone()]).encode().expect("small");
        let reply = BundleReply::decode(&post(&ward.world.url(), &bundle)).expect("a reply");
        let sealed = reply.notices().next().expect("a notice").fate.reply().to_vec();
        let answer = secret.open(parcel.id(), &sealed).expect("sealed to who packed it");
        assert_eq!(answer.status, status);
        if status == 200 {
            let pushed = tsumugi_core::sync::Reply::decode(&answer.body).expect("a reply").pushed;
            assert_eq!(pushed, [Some(tsumugi_core::sync::Refusal::NotGranted)]);
        }
    }
    assert_eq!(ward.world.store().changes(other.response).expect("the store").len(), 0);

    let mut field = ward.busy("T-02", 8);
    let id = field.tablet.device().enrolment().expect("enrolled").device_id;
    ward.world.store().revoke(id).expect("the store");
    let reply = post(&ward.world.url(), &field.pack());
    let news = field.read(&reply);
    assert_eq!((news.changes, news.batches), (0, 1), "sealed records come from nobody and are taken");
    assert_eq!(field.tablet.device().status().problem, "revoked");
    assert_eq!(ward.changes(), 0);
}

impl Field {
    /// The changes in a packed bundle, as whoever holds the server's key sees them.
    fn pack_items(&mut self, world: &World) -> Vec<tsumugi_core::item::Item> {
        let secret = world.store().secret("bundle").expect("the store");
        let key = SealKey::from_secret_bytes(&secret).expect("a key");
        let bundle = Bundle::decode(&self.pack()).expect("a bundle");
        let items = |parcel: &Parcel| match parcel.open(&key).expect("for this server").0 {
            Errand::Items { request, .. } => Request::decode(&request).expect("a request").push,
            Errand::Records { .. } => Vec::new(),
        };
        bundle.parcels().flat_map(|(_, parcel)| items(parcel)).collect()
    }
}

#[test]
fn a_tablet_that_is_online_hands_on_what_it_carries_by_itself() {
    let ward = Ward::new();
    let mut far = ward.busy("T-01", 9);
    let mut near = Field::of(ward.world.tablet("T-02", &ward.surveys()), 10);
    let file = far.pack();
    near.carry(&file);
    near.tablet.sync().expect("its own sync");
    assert_eq!(near.tablet.device().carried_parcels().expect("holds"), 0);
    let news = far_reads(&mut far, &near.carry(&file));
    assert_eq!((news.changes, news.batches), (1, 1));
    ward.assert_counted_once();
}

#[test]
fn a_relay_of_a_relay_hands_on_and_refuses_what_is_too_large() {
    let ward = Ward::new();
    let mut far = ward.busy("T-01", 11);
    let [first, second] =
        ["first", "second"].map(|name| Program::new(BINARY, ward.world.folder().join(name)));
    let next = second.serve(&["--relay", "--upstream", &ward.world.url()]);
    let here = first.serve(&["--relay", "--upstream", &next.url]);
    let file = far.pack();
    post(&here.url, &file);
    for program in [&first, &second, &first] {
        assert_eq!(program.run(&["relay", "forward"]).code, 0);
    }
    let reply = post(&here.url, &file);
    let news = far_reads(&mut far, &reply);
    assert_eq!((news.changes, news.batches), (1, 1));
    ward.assert_counted_once();

    // A relay is no server, and says so.
    let refused =
        Client::new(&here.url).get::<serde_json::Value>("/v1/surveys").expect_err("nothing is there");
    assert!(refused.to_string().contains("404"), "{refused}");
    let large = vec![0; MAX_POST_BYTES + 1];
    let request = HttpRequest {
        id: 0,
        method: "POST".to_owned(),
        path: "/v1/bundles".to_owned(),
        content_type: "application/x-tsumugi-bundle".to_owned(),
        authorization: None,
        body: large,
    };
    let status = Client::new(&here.url).exchange(&request).map(|reply| reply.status);
    assert!(matches!(status, Ok(413) | Err(_)), "{status:?}");
}
