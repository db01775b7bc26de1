//! Small items: into the log, and the exchange of large sets that are nearly equal.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tsumugi_core::{
    answers::{Path, Value},
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    response::ResponseDoc,
    survey::Mode,
    sync::{MemoryReplica, Replica as _, Request, Session, Update},
};
use tsumugi_tests::World;

use crate::{
    connection::{Connection, Cost, cost, post, send_all},
    outside::Server,
    peers::{Meter, Peer, Pushed, Spent},
    report::Report,
    wire::Wire,
};

/// Media type of an exchange.
pub(crate) const MEDIA: &str = "application/x-tsumugi-sync";
const NEW: usize = 10_000;
const A_REQUEST: usize = 1_000;
const HELD: usize = 100_000;

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("items") {
        return;
    }
    if !report.names("items/beside") {
        push(report);
        nearly_equal(report);
    }
    beside_peers(report);
}

/// The same numbers in each run.
pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

/// One change each of a new response, as a register's rows are.
pub(crate) fn items(survey: SurveyId, count: usize, seed: u8) -> Vec<Item> {
    let mut rng = rng(seed);
    (0..count)
        .map(|number| {
            let answer = (Path::new("costs/training"), Some(Value::Integer(number as i64)));
            let chunk = ResponseDoc::new().record(&[answer], &mut rng).expect("recordable").expect("new");
            Item::of_response(ItemKind::Change, survey, ResponseId::make(&mut rng), chunk)
        })
        .collect()
}

struct Site {
    world: World,
    survey: SurveyId,
    token: String,
    /// Where its server stands, also when it is a process of its own.
    url: String,
}

impl Site {
    fn open() -> Self {
        let world = World::new();
        let survey = world.open("company-telework", Mode::Company, 2026, &[("30-99", 1_840)]).id;
        let mut tablet = world.tablet("T-01", &[survey]);
        let token = tablet.device().enrolment().expect("enrolled").token.clone();
        let url = world.url();
        Self { world, survey, token, url }
    }

    fn request(&self, body: &[u8]) -> Vec<u8> {
        post(&self.url, "/v1/sync", MEDIA, Some(&self.token), body)
    }

    /// New items in requests of a thousand.
    fn pushes(&self, items: &[Item]) -> Vec<Vec<u8>> {
        let push = |push: &[Item]| Request { push: push.to_vec(), ..Request::default() }.encode();
        items.chunks(A_REQUEST).map(|items| self.request(&push(items))).collect()
    }

    /// One session of `replica`; bytes both ways and requests.
    fn sync(&self, replica: &mut MemoryReplica) -> (usize, usize) {
        self.sync_at(&self.url, replica)
    }

    /// As `sync`, with the server that stands at `url` on this site's data.
    fn sync_at(&self, url: &str, replica: &mut MemoryReplica) -> (usize, usize) {
        let mut connection = Connection::open(url);
        let (mut bytes, mut requests) = (0, 0);
        let mut session = Session::new();
        while let Some(body) = session.next_request(replica).expect("memory") {
            let (status, reply) = connection.exchange(&self.request(&body));
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&reply));
            bytes += body.len() + reply.len();
            requests += 1;
            session.on_reply(replica, &reply).expect("a reply");
        }
        (bytes, requests)
    }
}

fn push(report: &mut Report) {
    let site = Site::open();
    let all = items(site.survey, NEW, 1);
    let bytes: usize = all.iter().map(Item::encoded_len).sum();
    let Cost { seconds, processor } = send_all(&site.url, &site.pushes(&all), 2);
    report.say("items/push-10000", NEW as f64 / seconds, "items/s", None);
    report.say("items/push-10000-processor", processor * 1e6 / NEW as f64, "us/item", None);
    report.say("items/size", bytes as f64 / NEW as f64, "bytes", None);
}

fn nearly_equal(report: &mut Report) {
    let site = Site::open();
    let held = items(site.survey, HELD, 2);
    for chunk in held.chunks(10_000) {
        site.world.store().append(chunk.to_vec()).expect("the store");
    }
    let mut replica = MemoryReplica::new();
    let mut bytes = (0, 0);
    let first = cost(|| bytes = site.sync(&mut replica));
    report.say("items/first-100000", first.seconds, "s", None);
    report.say("items/first-100000-requests", bytes.1 as f64, "requests", None);
    let quiet = cost(|| bytes = site.sync(&mut replica));
    report.say("items/nothing-new-bytes", bytes.0 as f64, "bytes", None);
    report.say("items/nothing-new-requests", bytes.1 as f64, "requests", None);
    report.say("items/nothing-new-ms", quiet.seconds * 1e3, "ms", None);

    let new = items(site.survey, 10, 3);
    let size: usize = new.iter().map(Item::encoded_len).sum();
    site.world.store().append(new).expect("the store");
    let (bytes, _) = site.sync(&mut replica);
    report.say("items/ten-new-beside-them", bytes as f64 - size as f64, "bytes", None);

    for d in [10, 100, 1_000, 10_000] {
        repair(report, &site, &mut replica, d);
    }
}

/// The server was restored and lacks `d` items that the device has as confirmed.
fn repair(report: &mut Report, site: &Site, replica: &mut MemoryReplica, d: usize) {
    let lost = items(site.survey, d, u8::try_from(d % 251).unwrap_or(0));
    let size: usize = lost.iter().map(Item::encoded_len).sum();
    replica.commit(Update { received: lost, ..Update::default() }).expect("memory");
    site.world.store().renew_epoch().expect("the store");
    let mut bytes = (0, 0);
    let spent = cost(|| bytes = site.sync(replica));
    let beside = bytes.0 as f64 - size as f64;
    report.say(&format!("items/repair-{d}-beside"), beside, "bytes", Some((600 + 60 * d) as f64));
    report.say(&format!("items/repair-{d}-requests"), bytes.1 as f64, "requests", None);
    report.say(&format!("items/repair-{d}-ms"), spent.seconds * 1e3, "ms", None);
}

/// The server as a process behind the same counting proxy as its peers.
fn beside_peers(report: &mut Report) {
    if !report.wants("items/beside") {
        return;
    }
    let mut site = Site::open();
    let requests = site.pushes(&items(site.survey, NEW, 4));
    let server = Server::in_place_of(&mut site.world, &[]);
    let wire = Wire::to(server.address());
    let mut replica = MemoryReplica::new();
    // What a server does when it starts is not part of the next phases.
    server.family().processor_at_rest();
    let url = wire.url();
    let meter = Meter::of(server.family(), &wire);
    send_all(&url, &requests, 2);
    let push = meter.after(requests.len() as f64 * 2.0);
    site.sync_at(&url, &mut replica);
    // Beside the survey and its form.
    let changes = replica.items().filter(|item| item.kind() == ItemKind::Change).count();
    assert_eq!(changes, NEW, "every acknowledged item is there, once");
    server.family().processor_at_rest();
    let meter = Meter::of(server.family(), &wire);
    let (_, asked) = site.sync_at(&url, &mut replica);
    let nothing_new = meter.after(asked as f64 * 2.0);
    let ours = Pushed { push, nothing_new, memory: server.family().peak_mebibytes() };
    for peer in Peer::installed() {
        let Some(theirs) = peer.push(0) else { continue };
        let name = format!("items/beside-{}-{}", peer.name, peer.documents);
        say_pushed(report, &name, (NEW, ours), (peer.documents, theirs));
        let mut quiet = |what: &str, unit: &str, of: fn(&Spent) -> f64| {
            let name = format!("{name}-nothing-new-{what}");
            report.say(&name, of(&ours.nothing_new), unit, Some(of(&theirs.nothing_new)));
        };
        quiet("bytes", "bytes", |spent| spent.bytes);
        quiet("messages", "messages", |spent| spent.messages);
        quiet("processor", "ms", |spent| spent.processor * 1e3);
        report.say(&format!("{name}-memory"), ours.memory, "MiB", Some(theirs.memory));
    }
}

/// What one of the pushed documents cost: `(how many, what they cost)` of ours and of the peer.
pub(crate) fn say_pushed(report: &mut Report, name: &str, ours: (usize, Pushed), theirs: (usize, Pushed)) {
    let mut one = |what: &str, unit: &str, of: fn(&Spent, f64) -> f64| {
        let [ours, theirs] = [ours, theirs].map(|(count, pushed)| of(&pushed.push, count as f64));
        report.say(&format!("{name}-{what}"), ours, unit, Some(theirs));
    };
    one("durable", "items/s", |spent, count| count / spent.seconds);
    one("processor", "us/item", |spent, count| spent.processor * 1e6 / count);
    one("wire", "bytes/item", |spent, count| spent.bytes / count);
}
