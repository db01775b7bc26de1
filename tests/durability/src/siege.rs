//! Kill loop of the server: the real binary dies with SIGKILL while clients push and deposit,
//! is started again, and is sent again what it did not acknowledge.

use std::{ffi::OsStr, fs, path::Path, thread, time::Duration};

use tsumugi_server::demo::{Client, Office};
use tsumugi_tests::Chance;

use crate::{
    client::{Company, Urn},
    held,
    report::Report,
    season::scratch,
    sent::Sent,
    served::Served,
    tablet::Carrier,
    ward::Ward,
};

/// Deaths of one server before it begins with an empty folder.
const DEATHS: u64 = 50;
const COMPANIES: usize = 2;
const URNS: usize = 2;
/// Cards of one urn: more than are deposited before the last death.
const CARDS: usize = 4_000;

/// No environment.
pub const PLAIN: [(&str, &OsStr); 0] = [];

/// Everybody who sends to a server.
pub struct Clients {
    companies: Vec<Company>,
    urns: Vec<Urn>,
    /// What they sent so far.
    pub sent: Sent,
}

impl Clients {
    /// Companies and urns of a ward whose server runs; each urn has `cards` records.
    pub fn of(ward: &Ward, cards: usize, chance: &mut Chance) -> Self {
        let companies = ward.letters.iter().map(|letter| Company::of(ward, letter, chance.seed())).collect();
        let urns = (0..ward.cards.len() / cards.max(1))
            .map(|urn| Urn::of(ward, urn * cards, (urn + 1) * cards, chance.seed()))
            .collect();
        Self { companies, urns, sent: Sent::default() }
    }

    /// Everybody sends at once until the server does not answer, or nothing waits.
    ///
    /// # Panics
    /// When a client does.
    pub fn send(&mut self, url: &str, chance: &mut Chance) {
        let sent: Vec<Sent> = thread::scope(|scope| {
            let companies = self.companies.iter_mut().map(|company| {
                scope.spawn(|| {
                    let (carrier, mut sent) = (Carrier::to(url), Sent::default());
                    while company.exchange(&carrier, &mut sent) {
                        company.answer();
                    }
                    sent
                })
            });
            let companies: Vec<_> = companies.collect();
            let urns = self.urns.iter_mut().map(|urn| {
                let mut chance = Chance::of(chance.seed());
                scope.spawn(move || {
                    let (carrier, mut sent) = (Carrier::to(url), Sent::default());
                    while urn.waiting() > 0 && urn.deposit(&carrier, &mut sent, &mut chance) {}
                    sent
                })
            });
            let urns: Vec<_> = urns.collect();
            companies.into_iter().chain(urns).map(|client| client.join().expect("a client")).collect()
        });
        sent.into_iter().for_each(|sent| self.sent.add(sent));
    }

    /// Companies send what waits, one after another; true when nothing waits any more.
    pub fn finish(&mut self, url: &str) -> bool {
        let carrier = Carrier::to(url);
        for company in &mut self.companies {
            company.exchange(&carrier, &mut self.sent);
        }
        self.companies.iter().all(|company| company.waiting() == 0)
    }
}

/// Kills a server `kills` times; `program` is the binary `durability-server`.
///
/// # Panics
/// When the ward around the server does not do what its own stories prove.
pub fn kill_servers(program: &Path, kills: u64, seed: u64) -> Report {
    let mut chance = Chance::of(seed);
    let mut report = Report::default();
    while report.blows < kills {
        let name = format!("seed {seed}, siege from kill {}", report.blows);
        let siege = one_siege(program, DEATHS.min(kills - report.blows), &mut chance);
        report.add_named(&name, siege);
    }
    report
}

fn one_siege(program: &Path, deaths: u64, chance: &mut Chance) -> Report {
    let mut ward = Ward::with(COMPANIES, u32::try_from(URNS * CARDS).unwrap_or(u32::MAX));
    let mut clients = Clients::of(&ward, CARDS, chance);
    ward.world.stop();
    let folder = scratch();
    let data = folder.path().join("data");
    copy_folder(ward.world.data(), &data);
    let mut report = Report::default();
    for death in 0..=deaths {
        let after = format!("after death {death}");
        let mut served = match Served::start(program, &data, PLAIN) {
            Ok(served) => served,
            Err(error) => {
                report.note(&after, [format!("the server does not start: {error:?}")]);
                return report;
            }
        };
        let found = held::compare(&data.join("tsumugi.db"), &clients.sent);
        report.note(&after, found.wrong);
        report.unsaid += found.unsaid;
        if death == deaths {
            report.note("at the end of the siege", finish(&served.url, &data, &ward, &mut clients));
            break;
        }
        let pause = Duration::from_micros(chance.below(80_000));
        let url = served.url.clone();
        thread::scope(|scope| {
            scope.spawn(|| clients.send(&url, chance));
            thread::sleep(pause);
            report.note(&after, served.kill());
        });
        report.blows += 1;
    }
    report.acknowledged += clients.sent.acknowledged() as u64;
    report
}

/// Everything that waits is sent, and the survey is closed: each record counts once.
fn finish(url: &str, data: &Path, ward: &Ward, clients: &mut Clients) -> Vec<String> {
    let mut wrong = Vec::new();
    if !clients.finish(url) {
        wrong.push("changes still wait".to_owned());
    }
    let tried =
        clients.sent.items.values().filter(|standing| **standing == crate::sent::Standing::Tried).count();
    if tried > 0 {
        wrong.push(format!("{tried} items were never acknowledged"));
    }
    let found = held::compare(&data.join("tsumugi.db"), &clients.sent);
    let records =
        clients.sent.acknowledged() - clients.sent.items.len() + usize::try_from(found.unsaid).unwrap_or(0);
    wrong.extend(found.wrong);
    let mut manager = Client::new(url);
    manager.sign_in("manager", "manager manager manager").expect("a session");
    let office = Office::new(manager, ward.world.passphrase().to_owned());
    let counted = office.close(ward.anonymous.id).expect("the survey closes");
    if (counted.rows + counted.refused, counted.conflicts) != (records as u64, 0) {
        wrong.push(format!("{records} records are held; counted are {counted:?}"));
    }
    wrong
}

/// Copies a folder of plain files.
///
/// # Panics
/// When it cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
